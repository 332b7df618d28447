"""What support may ask about one case, by the reference that its subscriber was told, and what it gets to see.

Rule 1: whatever an answer to support may hold is a field of `CaseView`; no number, no region, no digit is one.
Rule 2: it does nothing; the link role does, behind an entry in the log.
"""

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["ORDER_SECONDS", "CaseView", "Delivery", "Filed", "Order", "OrderKind"]

ORDER_SECONDS = 60
"""How long an order waits for the link role; whoever gave it has gone by then."""


class OrderKind(Enum):
    """What support may have done."""

    SHOW = "show"
    RESEND = "resend"  # the prompt that waits for an answer, once more
    WITHDRAW = "withdraw"  # every check code
    LIFT = "lift"  # what wrong tries have used up, of whichever way
    UNLOCK = "unlock"  # the owner's lock


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `by` is an operating-system user."""

    kind: OrderKind
    case: str
    by: str
    reason: str
    ticket: str
    dry_run: bool
    asked_at: int


@dataclass(frozen=True, slots=True)
class Filed:
    """Whose case it is, for the link alone."""

    index: bytes = field(repr=False)
    msisdn: str = field(repr=False)
    short_code: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one text of this case: the centre's word, then the handset's where the centre reports it."""

    at: int
    fate: str
    reported: str = ""


@dataclass(frozen=True, slots=True)
class CaseView:
    """What support sees. `done` says what was done, or why not; times in unix seconds, 0 for none."""

    case: str
    done: str
    phase: str = ""
    purpose: str = ""
    language: str = ""
    expires_at: int = 0
    wrong_tries: int = 0
    sim_first_until: int = 0
    sim_paused_until: int = 0
    lock_guesses: int = 0
    stopped: bool = False
    answered_at: int = 0
    live_codes: int = 0
    texts: tuple[Delivery, ...] = ()
    entry: int = 0
