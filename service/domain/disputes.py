"""A disputed region: the ticket, its states, and the rule of two operators.

Rule 1: what may become of a ticket, and who may decide, is written in this file.
Rule 2: it cannot see what a ticket is about: that part is sealed before it comes here.

    OPEN --propose--> PROPOSED --approve (somebody else)--> APPROVED --carried out--> STRUCK | KEPT
                        |  ^                                    `--> GONE  the subscription is no more
                        `--' propose anew

Texts of operators may name no number and no place: they are shown to people who may see neither.
"""

import re
from dataclasses import dataclass, field, replace
from enum import Enum

__all__ = [
    "MOST_NEW_A_DAY",
    "MOST_OPEN",
    "REFERENCE_SYMBOLS",
    "RESOLVED_SECONDS",
    "Decision",
    "DisputeError",
    "Draft",
    "Event",
    "Status",
    "Ticket",
    "Verdict",
    "approved",
    "checked",
    "proposed",
    "reference",
    "resolved",
    "worded",
]

MOST_OPEN = 3
"""Tickets that one subscription may have open: each takes two people's time."""

MOST_NEW_A_DAY = 5
"""New tickets of one subscription in 24 hours."""

RESOLVED_SECONDS = 30 * 86_400
"""How long support can still find a resolved ticket; what it was about is destroyed with the resolution."""

_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U to misread
REFERENCE_SYMBOLS = (
    7  # among a hundred thousand tickets, a new one meets a known reference three times in a million
)

_TICKET = re.compile(r"[A-Za-z]{0,12}[-_/]?[0-9]{1,8}")
_MOST_REASON = 200
_LONG_DIGITS = re.compile(r"[0-9](?:[\s-]*[0-9]){5,}")


class DisputeError(Exception):
    """A decision that may not be taken like this; the text says what to do instead."""


class Verdict(Enum):
    """What is decided about a disputed region."""

    STRIKE = "strike"
    KEEP = "keep"


class Status(Enum):
    """Where a ticket stands."""

    OPEN = "open"
    PROPOSED = "proposed"
    APPROVED = "approved"  # decided for good, and being carried out
    STRUCK = "struck"
    KEPT = "kept"
    GONE = "gone"  # the subscription was erased, or its number has a new owner


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided, why, under which number of the operator's own ticket system."""

    proposed_by: str
    approved_by: str
    reason: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a ticket. `by` is an operator, empty for the subscriber and the service."""

    at: int
    what: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A region of an explanation that can be disputed: what a ticket of it would say, and hide.

    `reference` of a ticket that is open already where the region is under dispute.
    """

    reference: str
    generation: int
    certain: bool
    days: int
    sealed: bytes = field(repr=False)  # empty where a ticket is open already
    asked: bool = False  # its number has been replied


@dataclass(frozen=True, slots=True)
class Ticket:
    """One dispute. `sealed` is what it is about: region, span, and where to tell how it ended."""

    reference: str
    index: bytes = field(repr=False)
    generation: int
    opened_at: int
    certain: bool
    days: int
    status: Status
    events: tuple[Event, ...]
    sealed: bytes = field(repr=False)
    verdict: Verdict | None = None
    decision: Decision | None = None

    @property
    def open(self) -> bool:
        """Whether answers are still marked as under dispute."""
        return self.status in {Status.OPEN, Status.PROPOSED, Status.APPROVED}


def reference(chance: bytes) -> str:
    """A case reference made of random bytes, one a symbol."""
    return "".join(_SYMBOLS[byte & 31] for byte in chance)


def checked(decision: Decision) -> Decision:
    """A decision of two. Raises DisputeError."""
    if decision.proposed_by == decision.approved_by:
        raise DisputeError("one operator proposes, another one approves; ask a colleague")
    worded(decision.reason, decision.ticket)
    return decision


def proposed(ticket: Ticket, verdict: Verdict, by: str, reason: str, number: str, now: int) -> Ticket:
    """The ticket with a proposal; a new one takes the place of the former. Raises DisputeError."""
    if ticket.status not in {Status.OPEN, Status.PROPOSED}:
        raise DisputeError(f"this dispute is {ticket.status.value}; nothing more can be proposed")
    worded(reason, number)
    event = Event(now, f"proposed: {verdict.value} ({number}: {reason})", by)
    return replace(
        ticket,
        status=Status.PROPOSED,
        verdict=verdict,
        decision=Decision(by, "", reason, number),
        events=(*ticket.events, event),
    )


def approved(ticket: Ticket, by: str, reason: str, number: str, now: int) -> Ticket:
    """The ticket once a second operator agrees, in words of his own; the same again for one that is being carried out.

    Raises DisputeError.
    """
    worded(reason, number)
    if ticket.status not in {Status.PROPOSED, Status.APPROVED} or ticket.decision is None:
        raise DisputeError(f"this dispute is {ticket.status.value}; somebody has to propose first")
    if ticket.status is Status.APPROVED:
        return ticket
    decision = checked(replace(ticket.decision, approved_by=by))
    event = Event(now, f"approved ({number}: {reason})", by)
    return replace(ticket, status=Status.APPROVED, decision=decision, events=(*ticket.events, event))


def resolved(ticket: Ticket, status: Status, now: int) -> Ticket:
    """The ticket at its end, without what it was about."""
    return replace(ticket, status=status, sealed=b"", events=(*ticket.events, Event(now, status.value)))


def worded(reason: str, number: str) -> None:
    """Whether an operator's act has a reason and a ticket that can be kept. Raises DisputeError."""
    if not _TICKET.fullmatch(number):
        raise DisputeError("a ticket number is some letters and at most eight digits, like NET-1234")
    if not reason.strip() or len(reason) > _MOST_REASON or not reason.isprintable():
        raise DisputeError(f"a reason is one line of 1 to {_MOST_REASON} characters")
    if _LONG_DIGITS.search(reason):
        raise DisputeError("a reason names no number: it is shown to people who may not see one")
