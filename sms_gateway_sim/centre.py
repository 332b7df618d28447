"""Handsets and their threads: what the simulated centre knows.

Rule 1: this file alone says what a message is and who has which.
Rule 2: it knows no socket and no protocol; the clock is passed in.

    handset --send--> Centre --route--> ESME            ESME --receive--> Centre --> thread, listeners
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["Centre", "Message", "OriginatedSms", "Route", "UnknownHandsetError"]

_MSISDN = re.compile(r"\+?([1-9][0-9]{6,14})")
_THREAD = 500  # messages kept of a handset; older ones are forgotten
_LISTENER = 1000  # messages that may wait for a slow listener


class UnknownHandsetError(ValueError):
    """No number that a handset could have."""


@dataclass(frozen=True, slots=True)
class OriginatedSms:
    """A text on its way from a handset."""

    sender: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message in a thread. `at` is ISO 8601 in UTC with milliseconds; `parts` counts short messages."""

    id: int
    sender: str
    to: str
    text: str
    at: str
    parts: int

    def as_json(self) -> dict[str, object]:
        """The contract's form: {"id", "from", "to", "text", "at", "parts"}."""
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.to,
            "text": self.text,
            "at": self.at,
            "parts": self.parts,
        }


class Route(Protocol):
    """Whoever brings a handset's text to an ESME: True once it was acknowledged."""

    async def deliver(self, sms: OriginatedSms) -> bool: ...


@dataclass(slots=True)
class _Handset:
    thread: deque[Message] = field(default_factory=lambda: deque(maxlen=_THREAD))
    listeners: set[asyncio.Queue[Message]] = field(default_factory=set)


class Centre:
    """Any number of handsets; one that nobody has used yet begins with its first message."""

    def __init__(self, clock: Callable[[], float], parts: Callable[[str], int]) -> None:
        self._clock = clock
        self._parts = parts
        self._handsets: dict[str, _Handset] = {}
        self._routes: list[Route] = []
        self._last = 0
        self._tasks: set[asyncio.Task[bool]] = set()

    def attach(self, route: Route) -> None:
        """Let this route bring texts to ESMEs."""
        self._routes.append(route)

    def receive(self, sender: str, msisdn: str, text: str, parts: int) -> Message:
        """A text has arrived at a handset. Raises UnknownHandsetError."""
        return self._add(msisdn, Message(self._next(), sender, normalized(msisdn), text, self._now(), parts))

    async def send(self, msisdn: str, to: str, text: str) -> Message:
        """A handset sends a text: it stands in its thread at once, and is on its way. Raises UnknownHandsetError."""
        number = normalized(msisdn)
        message = self._add(number, Message(self._next(), number, to, text, self._now(), self._parts(text)))
        for route in self._routes:
            task = asyncio.ensure_future(route.deliver(OriginatedSms(number, to, text)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return message

    def thread(self, msisdn: str) -> list[Message]:
        """A handset's messages, oldest first. Raises UnknownHandsetError."""
        handset = self._handsets.get(normalized(msisdn))
        return list(handset.thread) if handset is not None else []

    async def stream(self, msisdn: str) -> AsyncIterator[Message]:
        """A handset's new messages as they come. Raises UnknownHandsetError."""
        handset = self._handset(normalized(msisdn))
        queue: asyncio.Queue[Message] = asyncio.Queue(_LISTENER)
        handset.listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            handset.listeners.discard(queue)

    def _add(self, msisdn: str, message: Message) -> Message:
        handset = self._handset(normalized(msisdn))
        handset.thread.append(message)
        for queue in handset.listeners:
            if not queue.full():  # a listener that has stopped reading loses messages; the thread has them
                queue.put_nowait(message)
        return message

    def _handset(self, msisdn: str) -> _Handset:
        return self._handsets.setdefault(msisdn, _Handset())

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _now(self) -> str:
        return (
            datetime.fromtimestamp(self._clock(), UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z")
        )


def normalized(msisdn: str) -> str:
    """E.164 digits. Raises UnknownHandsetError."""
    match = _MSISDN.fullmatch(msisdn)
    if match is None:
        raise UnknownHandsetError("a handset's number is 7 to 15 digits in E.164, country code first")
    return match[1]
