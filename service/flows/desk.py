"""What staff asks for, done in the name of whoever asks.

Rule 1: this file alone puts a name under an act of staff, and it is the one that it was made with.
Rule 2: it decides nothing about an act, and hands out the clear part of a ticket and no verifier's hash.
"""

from dataclasses import dataclass, replace

from service.audit.entries import Kind
from service.domain.acts import Act
from service.domain.disputes import Ticket, Verdict
from service.domain.support import CaseView, OrderKind
from service.domain.verifiers import Verifier
from service.flows.acting import Acting, spoken
from service.flows.administer import Administer
from service.flows.register import Registry
from service.flows.support_case import SupportCase
from service.ports.desk import Registered
from service.vault.disputes import DisputeVault

__all__ = ["StaffDesk", "Tools"]


@dataclass(frozen=True, slots=True)
class Tools:
    """What it is done with; `wiring` fills it."""

    case: SupportCase
    tickets: DisputeVault
    administer: Administer
    registry: Registry
    acting: Acting


@dataclass(frozen=True, slots=True)
class StaffDesk:
    """A `Desk` for one member of the staff."""

    tools: Tools
    by: str

    def _act(self, reason: str, ticket: str) -> Act:
        """Every act's words are judged here, before anything else. Raises DisputeError."""
        act = Act(self.by, reason, ticket)
        spoken(act, self.tools.acting.names_a_place)
        return act

    async def case(
        self, kind: OrderKind, reference: str, reason: str, ticket: str, *, dry_run: bool
    ) -> CaseView:
        """See `ports.desk.Desk`."""
        act = self._act(reason, ticket)
        return await self.tools.case(kind, reference, act.by, act.reason, act.ticket, dry_run=dry_run)

    async def disputes(self, reason: str, ticket: str) -> list[Ticket]:
        """See `ports.desk.Desk`. It is about nobody, and so is its entry."""
        await self.tools.acting.entered(Kind.STAFF_SHOW, "disputes", self._act(reason, ticket))
        return [_clear(ticket) for ticket in await self.tools.tickets.sorted()]

    async def dispute(self, reference: str, reason: str, ticket: str) -> Ticket:
        """See `ports.desk.Desk`."""
        return _clear(await self.tools.administer.show(reference, self._act(reason, ticket)))

    async def propose(
        self, reference: str, verdict: Verdict, reason: str, ticket: str, *, dry_run: bool
    ) -> Ticket:
        """See `ports.desk.Desk`."""
        act, administer = self._act(reason, ticket), self.tools.administer
        return _clear(await administer.propose(reference, verdict, act, dry_run=dry_run))

    async def approve(self, reference: str, reason: str, ticket: str, *, dry_run: bool) -> Ticket:
        """See `ports.desk.Desk`."""
        act = self._act(reason, ticket)
        return _clear(await self.tools.administer.approve(reference, act, dry_run=dry_run))

    async def verifiers(self) -> list[Verifier]:
        """See `ports.desk.Desk`."""
        return [_public(verifier) for verifier in await self.tools.registry.all()]

    async def register(self, code: str, name: str, reason: str, ticket: str, *, dry_run: bool) -> Registered:
        """See `ports.desk.Desk`."""
        act = self._act(reason, ticket)
        made = await self.tools.registry.add(code, name, act, dry_run=dry_run)
        return Registered(_public(made.verifier), made.secret)

    async def unregister(self, code: str, reason: str, ticket: str, *, dry_run: bool) -> Verifier:
        """See `ports.desk.Desk`."""
        act = self._act(reason, ticket)
        return _public(await self.tools.registry.end(code, act, dry_run=dry_run))


def _clear(ticket: Ticket) -> Ticket:
    return replace(ticket, index=b"", sealed=b"")


def _public(verifier: Verifier) -> Verifier:
    return replace(verifier, tag="")
