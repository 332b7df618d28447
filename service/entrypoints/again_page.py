"""Where a registered verifier asks again, within a standing consent: a page without scripts, and an interface.

Rule 1: this file alone knows their paths, bodies and words.
Rule 2: it decides nothing; why a consent does not stand, it does not know.

    GET  /again        the form        POST /again        the form's answer
    POST /api/again    {"verifier", "secret", "consent"} -> {"state": "shown", ...} | today | ended | fault | wait | unavailable
"""

from dataclasses import dataclass, field
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from service.entrypoints.challenge_answer import ApiShown, api_shown, finding_heading, shown_page
from service.entrypoints.forms import fields_of
from service.entrypoints.languages import PageLanguage, chosen, load_languages
from service.entrypoints.verify_page import HEADERS
from service.flows.challenge import NotRegistered, Refused
from service.flows.repeat import AnsweredAgain, AskingAgain
from service.ports.standing_answers import Ended, NotNow, UsedToday
from service.wiring.verifying import Checking

__all__ = ["again_page"]

_RETRY = 30  # seconds, where a store, the keys role or the link failed


class _Again(BaseModel):
    """Who asks, and the consent that it was given."""

    model_config = ConfigDict(extra="forbid")
    verifier: str = Field(max_length=64, description="the unified social credit code")
    secret: str = Field(max_length=64, description="from the registration")
    consent: str = Field(max_length=256, description="as it was shown with the first answer")


class _State(BaseModel):
    """Why there is no answer. `ended`: whatever ended it; `today`: one a day."""

    state: Literal["today", "ended", "fault", "wait", "unavailable"]
    seconds: int | None = None


class _Fault(BaseModel):
    detail: str


class _Answered(ApiShown):
    state: Literal["shown"] = "shown"


@dataclass(frozen=True, slots=True)
class _Said:
    """What a page says instead of an answer."""

    heading: str
    explanation: str
    kind: str = "wait"
    status: int = 200
    retry: int | None = None
    state: _State = field(default_factory=lambda: _State(state="ended"))


def again_page(pages: Checking) -> APIRouter:
    """The paths."""
    router, languages = APIRouter(), load_languages()

    def language_of(request: Request) -> PageLanguage:
        return languages[chosen(request.query_params.get("lang"), request.headers.get("accept-language"))]

    @router.get("/again", include_in_schema=False)
    async def form(request: Request) -> Response:
        return _page(request, language_of(request), None, None)

    @router.post("/again", include_in_schema=False)
    async def ask(request: Request) -> Response:
        fields, language = await fields_of(request), language_of(request)
        names = ("verifier", "secret", "consent")
        found = await pages.repeat(_asking(pages, request, *(fields.get(name, "")[:256] for name in names)))
        if isinstance(found, AnsweredAgain):
            piece = shown_page(
                found.shown, found.receipt, found.name, found.question, language, pages, level=2
            )
            told = finding_heading(found.shown.finding, language)
            return _page(request, language, piece, None, told)
        said = _said(found, language)
        return _page(request, language, None, said, said.heading)

    responses: dict[int | str, dict[str, object]] = {
        400: {"model": _Fault, "description": "The body is no JSON"},
        413: {"model": _Fault, "description": "The body is too large"},
        429: {"model": _State, "description": "This requester asks too often; see Retry-After"},
        503: {"model": _State, "description": "Nothing can be answered now; see Retry-After"},
    }

    @router.post("/api/again", response_model=_Answered | _State, responses=responses)
    async def again(body: _Again, request: Request) -> Response:
        """The question that the holder agreed to, answered again; at most once a day."""
        found = await pages.repeat(_asking(pages, request, body.verifier, body.secret, body.consent))
        if isinstance(found, AnsweredAgain):
            shown = api_shown(found.shown, found.receipt, found.question, pages)
            return _json(_Answered(**shown.model_dump()))
        said = _said(found, languages["en"])
        return _json(said.state, said.status, said.retry)

    return router


def _asking(pages: Checking, request: Request, verifier: str, secret: str, consent: str) -> AskingAgain:
    address = request.client.host if request.client is not None else None
    return AskingAgain(pages.requester(address), verifier.strip(), secret, consent)


def _said(found: UsedToday | Ended | NotNow | Refused | NotRegistered, language: PageLanguage) -> _Said:
    say = language.gettext
    match found:
        case UsedToday():
            told = say(
                "This question has been answered today. It can be asked once a day; ask again tomorrow."
            )
            return _Said(say("Answered today"), told, state=_State(state="today"))
        case Ended():
            told = say(
                "This consent does not stand: it was withdrawn, its days or uses are over, or it was never given to you. "
                "Withdrawing is everybody's right and says nothing about where a number was."
            )
            return _Said(say("No consent"), told, "no")
        case NotRegistered():
            told = say("This code and this secret are not registered together.")
            return _Said(say("Not registered"), told, "no", state=_State(state="fault"))
        case Refused(seconds=seconds) if seconds:
            told = say("Too many of these were started from your network. It says nothing about any phone.")
            waits = _State(state="wait", seconds=seconds)
            return _Said(say("Please wait"), told, status=429, retry=seconds, state=waits)
    told = say(
        "Nothing was shown: the fault is ours, or the holder has locked the number for the time being. Try again tomorrow."
    )
    return _Said(say("Not possible now"), told, status=503, retry=_RETRY, state=_State(state="unavailable"))


def _page(
    request: Request, language: PageLanguage, piece: str | None, said: _Said | None, told: str = ""
) -> Response:
    keep = f"?lang={language.code}" if "lang" in request.query_params else ""
    headers = {**HEADERS, "Content-Language": language.tag, "Vary": "Accept-Language"}
    if said is not None and said.retry is not None:
        headers["Retry-After"] = str(said.retry)
    page = language.render("again.html", keep=keep, path="/again", piece=piece, said=said, told=told)
    return HTMLResponse(page, 200 if said is None else said.status, headers)


def _json(model: BaseModel, status: int = 200, retry: int | None = None) -> Response:
    headers = {**HEADERS, **({} if retry is None else {"Retry-After": str(retry)})}
    return JSONResponse(model.model_dump(mode="json"), status, headers)
