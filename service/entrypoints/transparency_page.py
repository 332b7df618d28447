"""GET /transparency: how often what happened, for anybody, as a page and as JSON.

Rule 1: this file alone knows its path, its words and its headers.
Rule 2: nothing is counted here, and every figure but the open disputes comes from the log that anybody can count.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from service.auditor.counting import FEW, Counting, Month, blurred
from service.auditor.proving import ProvingError
from service.entrypoints.languages import PageLanguage, chosen, later, load_languages
from service.entrypoints.verify_page import HEADERS
from service.ports.published import Published, PublishedError

__all__ = ["transparency_page"]

_MONTHS = 24
_WORDS = {
    "query": later("Queries begun"),
    "disclose": later("Itineraries opened for the number's owner"),
    "check": later("Replies checked"),
    "predicate": later("Yes or no questions answered"),
    "refuse": later("Lookups and requests refused"),
    "consent.given": later("Consents given"),
    "consent.refused": later("Consents asked for, and not proved"),
    "consent.used": later("Consents used"),
    "consent.withdrawn": later("Consents withdrawn"),
    "consent.expired": later("Consents expired"),
    "lock": later("Locks"),
    "unlock": later("Unlocks"),
    "dispute": later("Disputes opened"),
    "correction": later("Corrections decided by two operators"),
    "erase": later("Erasures"),
    "config": later("Changes of the configuration"),
    "restore": later("Restores of a store"),
    "sunset": later("Closing of the service"),
}
_FAMILIES = {
    "staff.": later("Acts of staff"),
    "key.": later("Keys begun, announced, ended"),
    "void": later("Numbers left out"),
}


Open = Callable[[], Awaitable[int | None]]
"""How many disputes are open now; None: it cannot be told just now."""


def transparency_page(source: Published, disputes: Open | None = None) -> APIRouter:
    """The path. Counts are made anew at most as often as somebody asks, one at a time."""
    router = APIRouter(include_in_schema=False)
    languages: Mapping[str, PageLanguage] = load_languages()
    counting, turn = Counting(source), asyncio.Lock()

    @router.get("/transparency")
    async def page(request: Request) -> Response:
        try:
            async with turn:
                months, size = await asyncio.to_thread(counting.months)
        except (ProvingError, PublishedError):
            return Response("the log cannot be read just now\n", 503, {"Retry-After": "30"}, "text/plain")
        waiting = None if disputes is None else await disputes()
        waiting = None if waiting is None else blurred(waiting)
        if _wants_json(request):
            told = {**_plain(months, size), "open_disputes": waiting}
            return JSONResponse(told, headers={**HEADERS, "Vary": "Accept"})
        query = request.query_params.get("lang")
        language = languages[chosen(query, request.headers.get("accept-language"))]
        return HTMLResponse(
            language.render(
                "transparency.html",
                keep=f"?lang={language.code}" if query is not None else "",
                path="/transparency",
                months=[(one.month, _rows(one, language)) for one in months[:_MONTHS]],
                size=size,
                waiting=waiting,
                few=FEW,
            ),
            headers={**HEADERS, "Content-Language": language.tag, "Vary": "Accept-Language, Accept"},
        )

    return router


def _wants_json(request: Request) -> bool:
    return request.headers.get("accept", "").partition(",")[0].strip() == "application/json"


def _plain(months: list[Month], size: int) -> dict[str, object]:
    """0: fewer than `fewer_than`; other counts are to the nearest multiple of it."""
    told = [{"month": one.month, "kinds": {k: blurred(n) for k, n in one.kinds.items()}} for one in months]
    return {"log_size": size, "fewer_than": FEW, "months": told}


def _rows(month: Month, language: PageLanguage) -> list[tuple[str, int]]:
    """Words and blurred counts; kinds that are many are one row."""
    rows = {_WORDS[kind]: month.kinds[kind] for kind in _WORDS if kind in month.kinds}
    for prefix, word in _FAMILIES.items():
        several = sum(count for kind, count in month.kinds.items() if kind.startswith(prefix))
        if several:
            rows[word] = several
    return [(language.gettext(word), blurred(count)) for word, count in rows.items()]
