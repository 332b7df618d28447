"""What somebody wants who sends a text: values, one for each meaning that a text can have.

Rule 1: whatever a text can mean is one of these.
Rule 2: how a text is read is decided in `messages`; what follows, in `dialogue`.
"""

from dataclasses import dataclass, field
from enum import Enum

from service.domain.identity import LastFour
from service.domain.questions import Request

__all__ = [
    "Consents",
    "Digits",
    "Dispute",
    "Erase",
    "Explain",
    "Forward",
    "Help",
    "Intent",
    "Keep",
    "Lock",
    "Paired",
    "Purpose",
    "Query",
    "Records",
    "Refuse",
    "SixDigits",
    "Stop",
    "Unknown",
    "Withdraw",
]


@dataclass(frozen=True, slots=True)
class Query:
    """Asks for the places of the last `days` days; `proof` only in the one-message variant."""

    days: int
    language: str
    proof: LastFour | None = None


class Purpose(Enum):
    """What a prompt that asks for a proof is for."""

    PLACES = "places"  # the places of a window
    REASONS = "reasons"  # why the last answer was what it was
    LOCK = "lock"  # no lookups for a day; proved by the SIM alone
    UNLOCK = "unlock"
    ERASE = "erase"  # everything of this number
    NOTICES = "notices"  # a text when a region newly counts


@dataclass(frozen=True, slots=True)
class Explain:
    """Asks why the last answer was what it was."""

    language: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Says that a region of the last explanation is wrong, by its number there."""

    number: int
    language: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Takes the newest check code back, or all of them."""

    everything: bool
    language: str


@dataclass(frozen=True, slots=True)
class Records:
    """Asks what has been done with this number's data."""

    language: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Asks that nobody can look this number up for a day, or that it ends."""

    on: bool
    language: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Asks that everything of this number is erased."""

    language: str


@dataclass(frozen=True, slots=True)
class Consents:
    """Asks which consents there are, or ends those that stand."""

    cancel: bool
    language: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Asks to be told of new regions from now on, or no more."""

    on: bool
    language: str


@dataclass(frozen=True, slots=True)
class Forward:
    """A reply that somebody was shown and forwards to have it checked, or a part of one."""

    text: str = field(repr=False)
    language: str | None


@dataclass(frozen=True, slots=True)
class Digits:
    """Four characters: a proof, or the digits that were texted to the SIM."""

    value: LastFour


@dataclass(frozen=True, slots=True)
class SixDigits:
    """What a verifier's page shows: its holder says that he stands in front of it."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paired:
    """Six digits after they have been judged: a challenge of this number, and what it asks. Places and names in hex."""

    place: str = field(repr=False)
    ident: str
    request: Request = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Says no to a verifier."""


@dataclass(frozen=True, slots=True)
class Help:
    """Asks how it works. No language where the word belongs to none, like a question mark."""

    language: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends everything."""

    language: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A text without a meaning here. What it said is not kept."""


Intent = (
    Query
    | Explain
    | Dispute
    | Withdraw
    | Records
    | Lock
    | Erase
    | Consents
    | Keep
    | Forward
    | Digits
    | SixDigits
    | Paired
    | Refuse
    | Help
    | Stop
    | Unknown
)
