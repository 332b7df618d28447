"""The page and the interface where somebody checks a reply.

Rule 1: this file alone knows their paths, bodies and headers.
Rule 2: it decides nothing about a check; what no confirmation is, it says in one way, whatever the reason.

    GET  /verify        the form                     POST /verify      the form's answer, a page without scripts
    POST /api/verify    {"code", "phone_last_four"} -> {"genuine": true, ...} or {"genuine": false}
"""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field, field_validator

from service.domain.asker_names import AskerNameError, asker_name
from service.domain.cards import Check
from service.domain.forwarded import read_forwarded
from service.domain.questions import MOST_PROVINCES
from service.entrypoints.challenge_socket import add_challenge
from service.entrypoints.forms import fields_of
from service.entrypoints.languages import PAGES, PageLanguage, chosen, load_languages
from service.entrypoints.receipts import receipt_of, receipt_page
from service.entrypoints.region_picture import province_tiles
from service.entrypoints.verify_answer import ApiGenuine, ApiNotConfirmed, api_genuine, genuine_page
from service.flows.verify import Asked, Genuine, NotConfirmed, TooOften, Unavailable, Verdict
from service.wiring.verifying import Checking

__all__ = ["add_verify"]

_RETRY = 30  # seconds, where a store or the keys role failed

_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _Question(BaseModel):
    """What a reply shows: its check code, and the last four digits of the phone number."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"code": "7KQ2M-9XW4B", "phone_last_four": "5678"}}
    )
    code: str = Field(
        max_length=64, description="as it was typed: case, width, spaces and hyphens don't matter"
    )
    phone_last_four: str = Field(max_length=64, description="four digits")
    verifier: str = Field(
        default="", max_length=64, description="who checks, for the receipt: 2 to 16 letters, or nothing"
    )

    @field_validator("verifier")
    @classmethod
    def _named(cls, name: str) -> str:
        return _verifier(name)


class _Fault(BaseModel):
    detail: str


def add_verify(app: FastAPI, pages: Checking) -> None:
    """Add the paths to an application."""
    languages = load_languages()
    app.mount("/pages", StaticFiles(directory=PAGES / "static"), name="pages")
    _add_page(app, pages, languages)
    _add_api(app, pages)
    add_challenge(app, pages, languages)


def _add_page(app: FastAPI, pages: Checking, languages: Mapping[str, PageLanguage]) -> None:
    def language_of(request: Request) -> PageLanguage:
        query = request.query_params.get("lang")
        return languages[chosen(query, request.headers.get("accept-language"))]

    @app.get("/", include_in_schema=False)
    async def first() -> Response:
        return RedirectResponse("/verify")

    @app.get("/verify", include_in_schema=False)
    async def form(request: Request) -> Response:
        return _page(language_of(request), request, "verify.html", _form(pages, language_of(request)))

    @app.post("/verify", include_in_schema=False)
    async def check(request: Request) -> Response:
        fields, language = await fields_of(request), language_of(request)
        try:
            verifier = _verifier(fields.get("verifier", ""))
        except AskerNameError:
            return _page(language, request, "verify.html", {**_form(pages, language), "misnamed": True}, 422)
        verdict = await _checked(pages, request, fields)
        if isinstance(verdict, Genuine):
            text_language = pages.packs[language.code]
            values = genuine_page(verdict, text_language, language, pages.regions, int(pages.clock()))
            made = _check(verdict, verifier)
            receipt = receipt_page(made, await receipt_of(pages, made, verdict.statement), language)
            return _page(language, request, "genuine.html", {**values, **receipt})
        return _refusal(verdict, language, request, _form(pages, language))


def _add_api(app: FastAPI, pages: Checking) -> None:
    responses: dict[int | str, dict[str, object]] = {
        400: {"model": _Fault, "description": "The body is no JSON"},
        413: {"model": _Fault, "description": "The body is too large"},
        429: {
            "model": _Fault,
            "description": "This requester asks too often, whatever the code; see Retry-After",
        },
        503: {
            "model": _Fault,
            "description": "Nothing can be checked now, whatever the code; see Retry-After",
        },
    }

    @app.post("/api/verify", response_model=ApiGenuine | ApiNotConfirmed, responses=responses)
    async def verify(question: _Question, request: Request) -> Response:
        """Check a reply. Everything but a genuine reply is the same answer."""
        verdict = await pages.verify(_asked(pages, request, question.code, question.phone_last_four))
        match verdict:
            case Genuine():
                made = _check(verdict, question.verifier)
                receipt = await receipt_of(pages, made, verdict.statement)
                return _json(api_genuine(verdict, pages.packs, pages.regions, receipt))
            case NotConfirmed():
                return _json(ApiNotConfirmed())
            case TooOften(seconds=seconds):
                return _json(_Fault(detail=f"too many checks; try again in {seconds} s"), 429, seconds)
            case Unavailable():
                return _json(_Fault(detail="nothing can be checked now; try again later"), 503, _RETRY)


async def _checked(pages: Checking, request: Request, fields: Mapping[str, str]) -> Verdict:
    """By code and digits; or by the whole message, which is then compared as a whole."""
    text = fields.get("text", "")
    if not text.strip():
        return await pages.verify(
            _asked(pages, request, fields.get("code", ""), fields.get("phone_last_four", ""))
        )
    signatures = tuple(language.texts["signature"] for language in pages.packs.values())
    found = read_forwarded(text, signatures)
    if found is None:
        return await pages.verify(_asked(pages, request, "", ""))
    verdict = await pages.verify(_asked(pages, request, found.code.symbols, found.last_four.digits))
    if isinstance(verdict, Genuine) and verdict.statement.digest != found.digest:
        return NotConfirmed()
    return verdict


def _form(pages: Checking, language: PageLanguage) -> dict[str, object]:
    """What the forms are filled with."""
    return {
        "heading": None,
        "misnamed": False,
        "short_codes": pages.short_codes,
        "most_provinces": MOST_PROVINCES,
        "provinces": province_tiles(
            lambda code: pages.regions.name(code, language.code), chinese=language.code == "zh"
        ),
    }


def _verifier(name: str) -> str:
    """Who checks, as typed; nobody has to say. Raises AskerNameError."""
    return asker_name(name) if name.strip() else ""


def _check(verdict: Genuine, verifier: str) -> Check:
    return Check(verifier, registered=False, question="show", at=verdict.at, log_index=verdict.entry)


def _asked(pages: Checking, request: Request, code: str, last_four: str) -> Asked:
    address = request.client.host if request.client is not None else None
    return Asked(pages.requester(address), code, last_four)


def _refusal(
    verdict: Verdict, language: PageLanguage, request: Request, form: Mapping[str, object]
) -> Response:
    say = language.gettext
    match verdict:
        case TooOften(seconds=seconds):
            words = {
                "heading": say("Please wait"),
                "explanation": say(
                    "Too many checks came from your network. Try again in %(seconds)s seconds. "
                    "This says nothing about the message."
                )
                % {"seconds": seconds},
                "kind": "wait",
            }
            return _page(language, request, "verify.html", {**form, **words}, 429, seconds)
        case Unavailable():
            words = {
                "heading": say("Nothing can be checked now"),
                "explanation": say(
                    "The fault is ours; try again in a minute. This says nothing about the message."
                ),
                "kind": "wait",
            }
            return _page(language, request, "verify.html", {**form, **words}, 503, _RETRY)
    words = {
        "heading": say("Cannot confirm"),
        "explanation": say("With this code and these digits we cannot confirm any reply."),
        "kind": "no",
    }
    return _page(language, request, "verify.html", {**form, **words})


def _page(
    language: PageLanguage,
    request: Request,
    template: str,
    values: Mapping[str, object],
    status: int = 200,
    retry: int | None = None,
) -> Response:
    keep = f"?lang={language.code}" if "lang" in request.query_params else ""
    headers = {**HEADERS, "Content-Language": language.tag, "Vary": "Accept-Language"}
    return HTMLResponse(language.render(template, keep=keep, **values), status, _with_retry(headers, retry))


def _json(model: BaseModel, status: int = 200, retry: int | None = None) -> Response:
    return JSONResponse(model.model_dump(mode="json"), status, _with_retry(HEADERS, retry))


def _with_retry(headers: Mapping[str, str], retry: int | None) -> dict[str, str]:
    return {**headers, **({} if retry is None else {"Retry-After": str(retry)})}
