"""Where a browser that has read a signed card asks whether it was withdrawn; its holder is told.

Rule 1: this file alone knows its path, body and words.
Rule 2: no card comes here, only its random name; what is no living card is one answer, whatever the reason.

    POST /api/card    {"card": jti} -> {"live": true, "checked", "at", "entry", "receipt"} or {"live": false}
"""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from service.domain.cards import Check
from service.entrypoints.verify_page import HEADERS
from service.flows.check_card import CardAsked, CardLives
from service.flows.verify import NotConfirmed, TooOften, Unavailable
from service.ports.keys import KeysError
from service.wiring.verifying import Checking

__all__ = ["card_checks"]

_RETRY = 30  # seconds, where a store, the log or the link failed


class _Card(BaseModel):
    """Which card: the claim `jti`, and nothing else of it."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"card": "Qm9yZGVyIHRvd25zIDIwMg"}}
    )
    card: str = Field(max_length=64, description="the card's `jti`")


class _Lives(BaseModel):
    """It was not withdrawn. The holder is told of this check, which is number `checked` of the card and its code."""

    live: Literal[True] = True
    checked: int
    at: datetime
    entry: int  # where the transparency log has it
    receipt: str | None  # a JWS; keys in /.well-known/jwks.json


class _Gone(BaseModel):
    """Withdrawn, expired, or no card of ours: one answer. Nobody was told."""

    live: Literal[False] = False


class _Fault(BaseModel):
    detail: str


def card_checks(pages: Checking) -> APIRouter:
    """The path."""
    router = APIRouter()
    responses: dict[int | str, dict[str, object]] = {
        400: {"model": _Fault, "description": "The body is no JSON"},
        413: {"model": _Fault, "description": "The body is too large"},
        429: {
            "model": _Fault,
            "description": "This requester asks too often, whatever the card; see Retry-After",
        },
        503: {"model": _Fault, "description": "Nobody can be told now, whatever the card; see Retry-After"},
    }

    @router.post("/api/card", response_model=_Lives | _Gone, responses=responses)
    async def check(card: _Card, request: Request) -> Response:
        """Whether a card still holds. Its holder is told that it was checked."""
        address = request.client.host if request.client is not None else None
        found = await pages.check_card(CardAsked(pages.requester(address), card.card))
        match found:
            case CardLives():
                return _json(await _lives(pages, found, card.card))
            case NotConfirmed():
                return _json(_Gone())
            case TooOften(seconds=seconds):
                return _json(_Fault(detail=f"too many checks; try again in {seconds} s"), 429, seconds)
            case Unavailable():
                return _json(_Fault(detail="nobody can be told now; try again later"), 503, _RETRY)

    return router


async def _lives(pages: Checking, found: CardLives, jti: str) -> _Lives:
    """With a receipt whose answer is the card's name: what the card says never came here."""
    check = Check("", registered=False, question="card", at=found.at, log_index=found.entry)
    try:
        receipt = await pages.tokens.receipt_for(check, b"card|" + jti.encode())
    except KeysError:
        receipt = None
    at = datetime.fromtimestamp(found.at, UTC)
    return _Lives(checked=found.checks, at=at, entry=found.entry, receipt=receipt)


def _json(model: BaseModel, status: int = 200, retry: int | None = None) -> Response:
    headers = {**HEADERS, **({} if retry is None else {"Retry-After": str(retry)})}
    return JSONResponse(model.model_dump(mode="json"), status, headers)
