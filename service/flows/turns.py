"""What a flow gets of a text, and what it gives back to be sent.

Rule 1: both are values; whatever is decided about them is decided elsewhere.
Rule 2: neither shows a number or a text where it is printed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from service.domain.conversation import Conversation
from service.domain.identity import Msisdn
from service.domain.intents import Intent
from service.domain.limits import MEMORY_SECONDS
from service.domain.outgoing import Kind
from service.domain.packs import Pack

__all__ = ["Told", "Turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One text of one number, as far as it can be understood without knowing what came before."""

    index: bytes
    msisdn: Msisdn
    pack: Pack
    short_code: str
    intent: Intent
    echo: bytes
    now: int
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """A text that says something of a record, its kind, and the conversation once it has been said."""

    text: str
    kind: Kind
    talk: Conversation
    not_after: int | None = None  # None: as a text of its kind
    then: Callable[[], Awaitable[object]] | None = None  # what is done once the text is committed
    remembered: int = MEMORY_SECONDS  # how long the conversation is, after it
