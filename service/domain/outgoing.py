"""A text on its way to a handset, and what may be done with it when its fate is unknown.

Rule 1: this file alone says which text may be sent a second time.
Rule 2: it knows neither the link nor the outbox that it lies in.

    PROMPT   unknown fate: sent again, while it still makes sense
    DATA     unknown fate: never sent again; the subscriber is told that it may not have arrived
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from service.domain.intents import Purpose

__all__ = ["Kind", "Outgoing"]


class Kind(Enum):
    """Whether a text carries somebody's data."""

    PROMPT = "prompt"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One text in the outbox. `not_after` in unix seconds: later it is worth nothing and is not sent."""

    kind: Kind
    sender: str  # the short code
    recipient: str = field(repr=False)  # E.164 digits
    text: str = field(repr=False)
    not_after: int
    language: str | None
    days: int
    purpose: Purpose = Purpose.PLACES
    not_before: int = 0  # unix seconds; until then it waits in the outbox, and may be replaced there
    slot: str = ""  # what has a place of its own in the outbox is there once; at most eight letters
    case: str = ""  # the reference that support can find; empty where it belongs to none
    begun: bool = False  # something of it may have been written to the wire

    def beginning(self) -> "Outgoing":
        """The same text, marked before its first byte goes out."""
        return replace(self, begun=True)

    def told_lost(self, notice: str, not_after: int) -> "Outgoing":
        """What the subscriber gets instead of data whose fate is unknown."""
        return replace(self, kind=Kind.PROMPT, text=notice, not_after=not_after, begun=False)
