"""GET /transparency: how often what happened, for anybody, as a page and as JSON.

Rule 1: this file alone knows its path, its words and its headers.
Rule 2: nothing is counted here, and every figure comes from the log that anybody can count.
"""

import asyncio
from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from service.auditor.counting import FEW, Counting, Month, blurred
from service.auditor.proving import ProvingError
from service.entrypoints.languages import PageLanguage, chosen, load_languages
from service.entrypoints.verify_page import HEADERS
from service.ports.published import Published, PublishedError

__all__ = ["transparency_page"]

_MONTHS = 24
_WORDS = {
    "query": "Queries begun",
    "disclose": "Itineraries opened for the number's owner",
    "check": "Replies checked",
    "predicate": "Yes or no questions answered",
    "refuse": "Requests refused by the owner",
    "consent.given": "Consents given",
    "consent.used": "Consents used",
    "consent.withdrawn": "Consents withdrawn",
    "consent.expired": "Consents expired",
    "lock": "Locks",
    "unlock": "Unlocks",
    "dispute": "Disputes opened",
    "correction": "Corrections decided by two operators",
    "erase": "Erasures",
    "config": "Changes of the configuration",
    "restore": "Restores of a store",
    "sunset": "Closing of the service",
}
_FAMILIES = {"staff.": "Acts of staff", "key.": "Keys begun, announced, ended", "void": "Numbers left out"}


def transparency_page(source: Published) -> APIRouter:
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
        if _wants_json(request):
            return JSONResponse(_plain(months, size), headers={**HEADERS, "Vary": "Accept"})
        query = request.query_params.get("lang")
        language = languages[chosen(query, request.headers.get("accept-language"))]
        return HTMLResponse(
            language.render(
                "transparency.html",
                keep=f"?lang={language.code}" if query is not None else "",
                path="/transparency",
                months=[(one.month, _rows(one, language)) for one in months[:_MONTHS]],
                size=size,
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
