"""What staff may have done, and which of it by whom.

Rule 1: an act that is not in the table is done for nobody.
Rule 2: how somebody is known to be who he is, is not decided here; no act takes a name.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from service.domain.disputes import Ticket, Verdict
from service.domain.support import CaseView, OrderKind
from service.domain.verifiers import Verifier

__all__ = ["MAY_STAFF", "Desk", "DeskError", "Member", "Registered", "StaffRole"]


class DeskError(Exception):
    """The desk refused, failed or is not there; one line that tells what to do."""


class StaffRole(StrEnum):
    """What somebody of the staff may be."""

    SUPPORT = "support"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff: the operating system's word who asks, and what the configuration says he is."""

    name: str
    roles: frozenset[StaffRole]


@dataclass(frozen=True, slots=True)
class Registered:
    """A new verifier and its secret, which is told now and never again."""

    verifier: Verifier
    secret: str = field(repr=False)


class Desk(Protocol):
    """Everything is asked for in the name of whoever is connected; nothing that comes back names a number or a place.

    - Each act has its entry, with reason and ticket, before it is done; `dry_run` leaves none and does nothing.
    - To look at a case or at disputes is an act too, which has nothing to be tried.
    - `approve` is refused to whoever proposed.
    """

    async def case(
        self, kind: OrderKind, reference: str, reason: str, ticket: str, *, dry_run: bool
    ) -> CaseView: ...
    async def disputes(self, reason: str, ticket: str) -> list[Ticket]: ...
    async def dispute(self, reference: str, reason: str, ticket: str) -> Ticket: ...
    async def propose(
        self, reference: str, verdict: Verdict, reason: str, ticket: str, *, dry_run: bool
    ) -> Ticket: ...
    async def approve(self, reference: str, reason: str, ticket: str, *, dry_run: bool) -> Ticket: ...
    async def verifiers(self) -> list[Verifier]: ...
    async def register(
        self, code: str, name: str, reason: str, ticket: str, *, dry_run: bool
    ) -> Registered: ...
    async def unregister(self, code: str, reason: str, ticket: str, *, dry_run: bool) -> Verifier: ...


_BOTH, _OPERATORS = frozenset(StaffRole), frozenset({StaffRole.OPERATOR})

MAY_STAFF: dict[str, frozenset[StaffRole]] = {
    "case": _BOTH,
    "disputes": _BOTH,
    "dispute": _BOTH,
    "propose": _OPERATORS,
    "approve": _OPERATORS,
    "verifiers": _BOTH,
    "register": _OPERATORS,
    "unregister": _OPERATORS,
}
