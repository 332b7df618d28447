"""What the service asks of a message centre, whatever protocol speaks to it."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

__all__ = ["Fate", "InboundSms", "OnInbound", "OutboundSms", "Segments", "SmsLink", "Submitted"]


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A whole text from a handset, its parts already joined."""

    sender: str = field(repr=False)  # as the centre gave it: international digits, perhaps with a plus
    recipient: str  # the short code
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboundSms:
    """A text to a handset, however many parts it will take.

    `patience`: seconds that it may wait for the bind or the centre's pace before nothing of it is worth sending.
    """

    sender: str  # the short code
    recipient: str = field(repr=False)  # E.164 digits
    text: str = field(repr=False)
    patience: float = math.inf


class Fate(Enum):
    """What is known of a submitted text."""

    ACCEPTED = "accepted"  # the centre has every part
    REFUSED = "refused"  # the centre refused it for good; it will not arrive
    UNKNOWN = "unknown"  # the link was lost, or no answer came in time: it may or may not arrive
    UNSENT = "unsent"  # nothing of it was written to the wire, since the link is being closed
    LATE = "late"  # nothing of it was written to the wire in its time


@dataclass(frozen=True, slots=True)
class Submitted:
    """The fate of one text and the centre's identifiers of its parts."""

    fate: Fate
    message_ids: tuple[str, ...] = ()
    status: int = 0  # the command_status of the refusal


OnInbound = Callable[[InboundSms], Awaitable[None]]


class Segments(Protocol):
    """Where the link keeps the parts of a long message until all are there.

    - `keep` makes one part safe and answers all parts in order once they are complete, else None.
    - `drop` forgets a message whose whole text has been handled.
    - `reference` names a message apart from every other: source, destination, reference number, total, width.
    """

    async def keep(
        self, reference: bytes, number: int, total: int, octets: bytes
    ) -> tuple[bytes, ...] | None: ...
    async def drop(self, reference: bytes) -> None: ...


class SmsLink(Protocol):
    """One or several binds to a message centre.

    - `send` answers once every part has been answered or the answer can no longer come. It never raises for
      what a centre or a network does.
    - Of texts that wait, those with an hour's patience or less go first: somebody waits for a challenge, nobody for a notice.
    - A text whose bind is down, or whose centre has had enough, waits as long as its patience: then it is LATE, or
      UNKNOWN where a part of it has gone out.
    - An inbound text is acknowledged to the centre only after the handler returned; if the handler raises, the
      centre is told to try again later.
    - A lost link is bound again by itself, with growing, jittered pauses.
    """

    async def send(self, sms: OutboundSms) -> Submitted: ...
