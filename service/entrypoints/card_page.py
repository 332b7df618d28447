"""The holder's page: a card for a phone number, proved by the SIM and the document.

Rule 1: this file alone knows its paths and fields. No cookie: the session is a field of the page, and ends with it.
Rule 2: it decides nothing about a card and holds no key; unknown numbers, wrong digits and used-up tries look alike.

    GET  /card    asks for the number
    POST /card    number -> asks for the digits · session, code, last_four -> the card · session, withdraw -> withdrawn
                  session, last_four, second -> the digits for when she is forced are set, or removed
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from service.domain.access_texts import access_line
from service.domain.identity import IdentityError, LastFour
from service.domain.replies import reply
from service.entrypoints.forms import fields_of
from service.entrypoints.languages import PageLanguage, chosen, load_languages
from service.entrypoints.verify_answer import moment_on_page, said_page
from service.entrypoints.verify_page import HEADERS
from service.ports.web_cards import (
    Asked,
    CardShown,
    Failed,
    Line,
    NothingKept,
    NotProved,
    Over,
    SecondSet,
    Wait,
    WebCards,
)
from service.wiring.verifying import Checking

__all__ = ["card_page"]

_RETRY = 30  # seconds, where store, keys or log failed


@dataclass(frozen=True, slots=True)
class _Said:
    """A page: its template and values, and how it is answered."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    retry: int | None = None


def card_page(cards: WebCards, pages: Checking) -> APIRouter:
    """The paths, on the link role's flow; `pages` has regions, words and the hash of who asks."""
    router = APIRouter(include_in_schema=False)
    languages = load_languages()

    def language_of(request: Request) -> PageLanguage:
        return languages[chosen(request.query_params.get("lang"), request.headers.get("accept-language"))]

    @router.get("/card")
    def form(request: Request) -> Response:
        return _page(language_of(request), request, _Said("card_ask.html", {"fault": None}))

    @router.post("/card")
    async def step(request: Request) -> Response:
        fields, language = await fields_of(request), language_of(request)
        requester = pages.requester(_host(request))
        if "number" in fields:
            said = await _asked(cards, requester, fields["number"], language)
        elif "second" in fields:
            said = await _second(cards, pages.requester(_host(request)), fields, language)
        elif "withdraw" in fields:
            said = await _withdrawn(cards, fields.get("session", ""), language)
        else:
            origin = str(request.base_url).rstrip("/")
            said = await _shown(cards, pages, requester, fields, language, origin)
        return _page(language, request, said)

    return router


async def _asked(cards: WebCards, requester: bytes, number: str, language: PageLanguage) -> _Said:
    found = await cards.ask(requester, number, language.code)
    match found:
        case Asked(token=token):
            return _Said("card_prove.html", {"session": token, "left": None})
        case Wait(seconds=seconds):
            return _waits("card_ask.html", seconds, language.gettext)
        case Failed():
            return _failed(language.gettext)
    fault = language.gettext("That is no mobile number: eleven digits, or with its country code.")
    return _Said("card_ask.html", {"fault": fault})


async def _shown(
    cards: WebCards,
    pages: Checking,
    requester: bytes,
    fields: Mapping[str, str],
    language: PageLanguage,
    origin: str,
) -> _Said:
    token = fields.get("session", "")
    found = await cards.show(requester, token, fields.get("code", ""), fields.get("last_four", ""))
    say = language.gettext
    match found:
        case CardShown():
            return _Said("card.html", _card(found, token, pages, language, origin))
        case NotProved(left=left) if left:
            return _Said("card_prove.html", {"session": token, "left": left})
        case NothingKept():
            told = say(
                "This number was not recorded yet. It is from now on; ask again once it has stayed somewhere for four hours."
            )
            return _Said("card_over.html", {"heading": say("Recording begins now"), "explanation": told})
        case Wait(seconds=seconds):
            return _waits("card_over.html", seconds, say)
        case Failed():
            return _failed(say)
        case Over() | NotProved():
            pass
    told = say(
        "Digits hold for ten minutes and three tries, and for one card. Begin anew, or text CXMYD as ever."
    )
    return _Said("card_over.html", {"heading": say("This page has ended"), "explanation": told})


def _host(request: Request) -> str | None:
    return request.client.host if request.client is not None else None


async def _second(
    cards: WebCards, requester: bytes, fields: Mapping[str, str], language: PageLanguage
) -> _Said:
    """Whatever fails is told as one thing, in the same page as what is done: whoever looks on learns nothing more."""
    say, token = language.gettext, fields.get("session", "")
    try:
        own = LastFour.parse(fields.get("last_four", ""))
        second = None if "remove" in fields else LastFour.parse(fields["second"])
    except IdentityError:
        own, second = None, None
    heading = say("Nothing was changed")
    if own is None or own == second:
        told = say("Four characters are needed in both fields, and the other four must differ from your own.")
        return _Said("card_over.html", {"heading": heading, "explanation": told})
    match await cards.second(requester, token, own, second):
        case SecondSet():
            told = say(
                "Remember them, and write them nowhere. Nobody can read whether there are any, here or at support."
            )
            return _Said("card_over.html", {"heading": say("Done"), "explanation": told})
        case Wait(seconds=seconds):
            return _waits("card_over.html", seconds, say)
        case Failed():
            return _failed(say)
    told = say(
        "Your own four characters did not match, or this page has ended. Begin anew with a fresh card."
    )
    return _Said("card_over.html", {"heading": heading, "explanation": told})


async def _withdrawn(cards: WebCards, token: str, language: PageLanguage) -> _Said:
    say = language.gettext
    if await cards.withdraw(token):
        told = say(
            "Nobody can check this card or its code any more, with a network. A browser without one learns it when it has one again."
        )
        return _Said("card_over.html", {"heading": say("Card withdrawn"), "explanation": told})
    told = say(
        "This page can withdraw nothing any more. Text TH from the phone: it withdraws the newest card or code at any time."
    )
    return _Said("card_over.html", {"heading": say("Not withdrawn"), "explanation": told}, 503)


def _card(
    found: CardShown, token: str, pages: Checking, language: PageLanguage, origin: str
) -> dict[str, object]:
    """What the holder sees: what a verifier will see, and how to show it."""
    texts, address = pages.packs[language.code], f"{origin}/q#{found.card}"
    return {
        **said_page(found.statement, language, pages.regions),
        "until": moment_on_page(found.statement.valid_until, language),
        "text": reply(found.statement, texts, pages.regions.name, found.code),
        "code": None if found.code is None else found.code.written,
        "address": None if found.card is None else address,
        "qr": None if found.card is None else _qr(address),
        "until_seconds": found.statement.valid_until,
        "left": _left(found.statement.valid_until - int(pages.clock())),
        "entry": found.entry,
        "session": token,
        "record": [
            {"told": access_line(line.access, texts), "position": line.access.position}
            for line in found.record
        ],
        "openings": _openings(found.record),
        "exported": _file(found.exported) if found.exported else None,
    }


def _openings(record: Sequence[Line]) -> str:
    """A file that opens each entry's commitment: SHA-256 over salt and committed bytes, both in hex."""
    lines = [
        {
            "number": line.access.number,
            "log_index": line.access.position,
            "salt": line.salt.hex(),
            "committed": line.committed.hex(),
        }
        for line in record
    ]
    return _file(json.dumps(lines))


def _file(content: str) -> str:
    """A JSON file inside the page, which is kept nowhere."""
    return "data:application/json;base64," + base64.b64encode(content.encode()).decode()


def _qr(address: str) -> str:
    """As a picture in the page. Level L: the card is large, and a screen has no stains."""
    code = segno.make_qr(address, error="l", boost_error=False)
    return str(code.svg_data_uri(border=4, dark="#000", light="#fff", scale=4))


def _left(seconds: int) -> str:
    """Hours and minutes, for a page whose scripts do not run."""
    return f"{max(0, seconds) // 3600:02}:{max(0, seconds) // 60 % 60:02}"


def _waits(template: str, seconds: int, say: Callable[[str], str]) -> _Said:
    told = say(
        "Too many requests came from your network. Try again in %(seconds)s seconds, or text CXMYD as ever."
    )
    told %= {"seconds": seconds}
    if template == "card_ask.html":
        return _Said(template, {"fault": told}, 429, seconds)
    return _Said(template, {"heading": say("Please wait"), "explanation": told}, 429, seconds)


def _failed(say: Callable[[str], str]) -> _Said:
    told = say(
        "The fault is ours; nothing was shown. Try again in a minute, or text CXMYD: it does not depend on this page."
    )
    return _Said(
        "card_over.html", {"heading": say("Nothing can be shown now"), "explanation": told}, 503, _RETRY
    )


def _page(language: PageLanguage, request: Request, said: _Said) -> Response:
    keep = f"?lang={language.code}" if "lang" in request.query_params else ""
    headers = {**HEADERS, "Content-Language": language.tag, "Vary": "Accept-Language"}
    if said.retry is not None:
        headers["Retry-After"] = str(said.retry)
    page = language.render(said.template, keep=keep, path="/card", **said.values)
    return HTMLResponse(page, said.status, headers)
