"""HTTP connections that cannot be held: uvicorn's, with limits of number, size and time.

Rule 1: how many connections there may be, how large a request, and how long either side may take, is enforced here.
Rule 2: it reads no request and answers none but with a refusal.

    accepted ──> too many? closed
    request  ──> its head too long: 431   its body too long: 413   not all of it in time: closed
    answer   ──> not taken in time: closed

Uvicorn itself waits for ever: for the rest of a request that comes an octet at a time, and for a reader who reads nothing.
"""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HttpLimits", "bounded_bodies", "guarded"]

_TOO_LONG = b"the request's head is too long"
_REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n%s" % (len(_TOO_LONG), _TOO_LONG)
)


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Octets and seconds; `connections` of all clients together."""

    connections: int = 1000
    head_bytes: int = 16_384
    body_bytes: int = 16_384
    request_seconds: float = 10.0
    answer_seconds: float = 30.0


def guarded(limits: HttpLimits) -> type[HttpToolsProtocol]:
    """A protocol for uvicorn that keeps these limits."""
    return type("Guarded", (_Guarded,), {"limits": limits})


class _Guarded(HttpToolsProtocol):
    """One connection."""

    limits = HttpLimits()
    _deadline: asyncio.TimerHandle | None = None
    _whole = True  # whether all of the request has come
    _head = 0  # octets of a head that is not complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            transport.abort()
            return
        self._within(self.limits.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._within(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._head += len(data)
        super().data_received(data)
        if self._head > self.limits.head_bytes and not self.transport.is_closing():
            self.transport.write(_REFUSED)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._whole = False
        if self.cycle is None or self.cycle.response_complete:
            self._within(self.limits.request_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._whole, self._head = True, 0
        self._within(self.limits.answer_seconds)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self._whole:
            self._within(None)
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        self._within(None)  # from here on it is a conversation, with limits of its own
        super().handle_websocket_upgrade()

    def _within(self, seconds: float | None) -> None:
        """Cut the connection after so many seconds, unless told otherwise until then."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class _TooLargeError(Exception):
    """More octets came than a body may have."""


def bounded_bodies(app: ASGIApp, most: int) -> ASGIApp:
    """The same application, answering 413 as soon as a body is announced as longer, or turns out to be."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        taken, answered = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise _TooLargeError
            return message

        async def sent(message: Message) -> None:
            """The application's answer; or ours, where it has made another refusal of the one that it was told."""
            nonlocal answered
            if taken <= most:
                answered = True
                await send(message)
            elif not answered:
                answered = True
                await _refuse(send)

        if _announced(scope) > most:
            await _refuse(send)
            return
        try:
            await app(scope, counted, sent)
        except _TooLargeError:
            await sent({})

    return bounded


def _announced(scope: Scope) -> int:
    """What Content-Length says; the parser has checked that it is a number."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


async def _refuse(send: Send) -> None:
    """The connection stays: closed with octets unread, it would be reset before its client has read this."""
    body = b'{"detail":"the body is too large"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
