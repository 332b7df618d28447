"""WS /api/challenge: a live challenge, from the question to the answer.

Rule 1: this file alone knows the messages of this socket, and when it is closed.
Rule 2: it decides nothing; who leaves is told nothing any more, and nothing is shown for him.

    V -> S  {"question": "show", "phone_last_four": "5678", "name": "前台小王", ...}          one message, within ten seconds
    S -> V  {"state": "opened", "code": "204816", "pair": "47", "seconds": 180, "at": ...}
    S -> V  {"state": "asked", "seconds": 120, "at": ...}
    S -> V  {"state": "shown", ...} | refused | expired | failed | spent                    and the socket is closed
    S -> V  {"state": "fault", "field": "name", "detail": ...} | wait | unavailable         instead of opened
"""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from fastapi import FastAPI, WebSocket
from fastapi.websockets import WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain.asker_names import AskerNameError, typed_name
from service.domain.challenge import ASK_SECONDS, OPEN_SECONDS, State
from service.domain.check_codes import CheckCodeError, PhoneLastFour
from service.domain.identity import IdentityError, LastFour
from service.domain.questions import Document, Predicate, Question, QuestionError, Show
from service.entrypoints.challenge_answer import api_shown, shown_page
from service.entrypoints.languages import PageLanguage
from service.flows.challenge import Asking, Ended, Green, NotRegistered, OpenedChallenge, Refused
from service.ports.store import StoreError
from service.wiring.verifying import Checking

__all__ = ["add_challenge"]

_PATIENCE = 10.0  # seconds for the one message
_LONGEST = 4096  # characters of it
_SOCKETS = 2000  # open at once in one process; each costs four small reads a second
_POLICY_VIOLATION, _TRY_LATER = 1008, 1013  # RFC 6455, 7.4.1 and IANA's registry


class _Opening(BaseModel):
    """What a verifier asks."""

    model_config = ConfigDict(extra="forbid")
    question: Literal["show", "predicate", "id4"]
    phone_last_four: str = Field(max_length=64)
    name: str = Field(default="", max_length=200)
    inside: bool = False
    provinces: list[int] = Field(default=[], max_length=40)
    document_last_four: str = Field(default="", max_length=64)
    verifier: str = Field(default="", max_length=64)  # a registered verifier's code, and its secret
    secret: str = Field(default="", max_length=64)
    standing: bool = False  # the same again, once a day for 14 days; predicates of registered verifiers
    page: Literal["zh", "en"] | None = None  # the answer also as a piece of a page, in this language


class _FaultError(Exception):
    """What is wrong with a question, and in which field."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


def add_challenge(app: FastAPI, pages: Checking, languages: Mapping[str, PageLanguage]) -> None:
    """Add the socket to an application."""
    places = asyncio.Semaphore(_SOCKETS)

    @app.websocket("/api/challenge")
    async def challenge(socket: WebSocket) -> None:
        if not _same_origin(socket):
            await socket.close(_POLICY_VIOLATION)  # before it is accepted: 403
            return
        await socket.accept()
        if places.locked():
            await socket.close(_TRY_LATER)
            return
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # who has gone needs no answer
            async with places:
                await _served(socket, pages, languages)
                await socket.close()


def _same_origin(socket: WebSocket) -> bool:
    """A browser says whose page opens a socket: another site must not use up its visitors' challenges."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


async def _served(socket: WebSocket, pages: Checking, languages: Mapping[str, PageLanguage]) -> None:
    try:
        opening = await _read(socket)
        asking = _asking(opening, pages, socket)
    except TimeoutError:
        return
    except _FaultError as fault:
        await socket.send_json({"state": "fault", "field": fault.field, "detail": str(fault)})
        return
    opened = await pages.challenge.open(asking)
    if isinstance(opened, NotRegistered):
        detail = "this code and this secret are not registered together"
        await socket.send_json({"state": "fault", "field": "verifier", "detail": detail})
        return
    if isinstance(opened, Refused):
        state = {"state": "wait", "seconds": opened.seconds} if opened.seconds else {"state": "unavailable"}
        await socket.send_json(state)
        return
    language = languages[opening.page] if opening.page is not None else None
    telling = asyncio.create_task(_told(socket, pages, opened, asking, language))
    leaving = asyncio.create_task(_left(socket))
    try:
        await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not telling.done():
            telling.cancel()
        await asyncio.gather(telling, leaving, return_exceptions=True)
        await pages.challenge.leave(opened)


async def _told(
    socket: WebSocket, pages: Checking, opened: OpenedChallenge, asking: Asking, language: PageLanguage | None
) -> None:
    """Say what becomes of it, until it is over."""
    await _said(
        socket, pages, "opened", code=opened.digits, pair=opened.pair, name=opened.name, seconds=OPEN_SECONDS
    )
    try:
        async for progress in pages.challenge.watch(opened):
            match progress:
                case Green(shown=shown, receipt=receipt):
                    values = api_shown(shown, receipt, asking.question, pages).model_dump(mode="json")
                    if language is not None:
                        values["html"] = shown_page(
                            shown, receipt, opened.name, opened.question, language, pages
                        )
                    await socket.send_json({"state": "shown", **values})
                case Ended(state=state):
                    await _said(socket, pages, state.name.lower() if state is not None else "expired")
                case State():
                    await _said(socket, pages, "asked", seconds=ASK_SECONDS)
    except StoreError:
        await _said(socket, pages, "failed")


async def _said(socket: WebSocket, pages: Checking, state: str, **values: object) -> None:
    at = datetime.fromtimestamp(int(pages.clock()), UTC).isoformat().replace("+00:00", "Z")
    await socket.send_json({"state": state, **values, "at": at})


async def _left(socket: WebSocket) -> None:
    """Returns when the other side has gone; whatever it says meanwhile means nothing."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _read(socket: WebSocket) -> _Opening:
    """The one message. Raises TimeoutError where none comes."""
    async with asyncio.timeout(_PATIENCE):
        message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    text = message.get("text") or ""
    if len(text) > _LONGEST:
        raise _FaultError("question", f"at most {_LONGEST} characters")
    try:
        fields: Any = json.loads(text)
        return _Opening.model_validate(fields)
    except ValidationError as error:
        fault = error.errors()[0]
        raise _FaultError(str(fault["loc"][0]) if fault["loc"] else "question", fault["msg"]) from None
    except (ValueError, RecursionError):
        raise _FaultError("question", "one JSON object") from None


def _asking(opening: _Opening, pages: Checking, socket: WebSocket) -> Asking:
    """The question, in the terms of the domain. Raises _FaultError."""
    try:
        last_four = PhoneLastFour.parse(opening.phone_last_four)
    except CheckCodeError as error:
        raise _FaultError("phone_last_four", str(error)) from None
    try:
        name = "" if opening.verifier.strip() else typed_name(opening.name)
    except AskerNameError as error:
        raise _FaultError("name", str(error)) from None
    if opening.secret.strip() and not opening.verifier.strip():
        raise _FaultError("verifier", "a secret belongs to a unified social credit code")
    if opening.standing and (opening.question != "predicate" or not opening.verifier.strip()):
        raise _FaultError(
            "standing", "only a registered verifier's yes-or-no question about provinces can stand"
        )
    address = socket.client.host if socket.client is not None else None
    question = _question(opening, pages)
    return Asking(
        pages.requester(address),
        question,
        last_four,
        name,
        opening.verifier.strip(),
        opening.secret,
        opening.standing,
    )


def _question(opening: _Opening, pages: Checking) -> Question:
    try:
        if opening.question == "predicate":
            known = pages.regions.is_province
            return Predicate.of(opening.provinces, known, inside=opening.inside)
        if opening.question == "id4":
            return Document(LastFour.parse(opening.document_last_four))
    except QuestionError as error:
        raise _FaultError("provinces", str(error)) from None
    except IdentityError as error:
        raise _FaultError("document_last_four", str(error)) from None
    return Show()
