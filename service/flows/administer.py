"""What support and operators do with disputes.

Rule 1: the order of a decision stands here: the state allows it, the entry is in the log, then the act.
Rule 2: nobody who calls it learns a number or a region: what comes back is the clear part of a ticket.

    show      (1) read  (2) entry
    propose   (1) read  (2) may it be proposed?  (3) entry  (4) the ticket says so
    approve   (1) read  (2) somebody else?       (3) entry  (4) decided for good  (5) strike, with its own entry
              (6) the subscriber's notice  (7) resolved: what the ticket was about is destroyed
              killed anywhere from (4) on, approving again goes on from there
"""

from collections.abc import Callable
from hashlib import sha256

from service.audit.entries import Kind
from service.domain.acts import Act
from service.domain.corrections import Correction, Strike
from service.domain.disputes import (
    Decision,
    DisputeError,
    Status,
    Ticket,
    Verdict,
    approved,
    proposed,
    resolved,
)
from service.domain.notices import Notice, NoticeKind
from service.flows.acting import spoken
from service.flows.correct import Correct, Touched
from service.flows.entries import Entries
from service.ports.correcting import Corrected
from service.ports.keys import KeysError, KeyService
from service.ports.log import EntryReceipt
from service.records.key_record import RecordError
from service.records.ticket_record import Subject
from service.sealing.envelope import SealError
from service.vault.disputes import DisputeVault, HeldTicket
from service.vault.notices import NoticeSealer

__all__ = ["Administer"]

_NAME_BYTES = 16
_CHANGED = "somebody changed this dispute at the same moment; look at it again"


class Administer:
    """Decides disputes. `names_a_place` tells whether an operator's text names a region."""

    def __init__(
        self,
        disputes: DisputeVault,
        keys: KeyService,
        entries: Entries,
        correct: Correct,
        notices: NoticeSealer,
        names_a_place: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._disputes = disputes
        self._keys = keys
        self._entries = entries
        self._correct = correct
        self._notices = notices
        self._names_a_place = names_a_place
        self._clock = clock

    async def show(self, reference: str, act: Act) -> Ticket:
        """A ticket, looked at behind an entry in its subscriber's record. Raises DisputeError, LogUnavailableError."""
        spoken(act, self._names_a_place)
        ticket = (await self._disputes.found(reference)).ticket
        about, now = act.about(ticket.reference), int(self._clock())
        await self._entries.seen(ticket.index, Kind.STAFF_SHOW, now, about, "staff")
        return ticket

    async def propose(self, reference: str, verdict: Verdict, act: Act, *, dry_run: bool = False) -> Ticket:
        """The ticket with a proposal. Raises DisputeError, LogUnavailableError."""
        # (1) and (2).
        spoken(act, self._names_a_place)
        held, now = await self._disputes.found(reference), int(self._clock())
        ticket = proposed(held.ticket, verdict, act.by, act.reason, act.ticket, now)
        if dry_run:
            return ticket
        # (3) and (4).
        about = act.about(f"{reference}|{verdict.value}")
        if await self._entered(ticket, Kind.STAFF_PROPOSE, about) is None:
            return await self._gone(held)
        return await self._replaced(held, ticket)

    async def approve(self, reference: str, act: Act, *, dry_run: bool = False) -> Ticket:
        """The resolved ticket. Raises DisputeError, LogUnavailableError, KeysError, StoreError."""
        # (1) and (2).
        spoken(act, self._names_a_place)
        held = await self._disputes.found(reference)
        ticket = approved(held.ticket, act.by, act.reason, act.ticket, int(self._clock()))
        if dry_run:
            return ticket
        # (3) The entry; its receipt opens what the ticket is about, for the worker's part of this.
        receipt = await self._entered(ticket, Kind.STAFF_APPROVE, act.about(reference))
        if receipt is None:
            return await self._gone(held)
        subject = await self._subject(receipt, ticket)
        # (4) From here on nobody can decide otherwise.
        if ticket != held.ticket:
            await self._replaced(held, ticket)
            held = await self._disputes.found(reference)
        # (5) and (6).
        status = await self._carried_out(ticket, subject)
        # (7) Lookups need to look for tickets of this subscription no longer, if that was the last one.
        return await self._resolved(held, status)

    async def _carried_out(self, ticket: Ticket, subject: Subject) -> Status:
        decision = ticket.decision or Decision("", "", "", "")
        if ticket.verdict is Verdict.KEEP:
            now = int(self._clock())
            notice = Notice(
                NoticeKind.KEPT, ticket.index, ticket.generation, subject.address, ticket.reference, now
            )
            await self._notices.put(_name(ticket.reference), notice)
            return Status.KEPT
        correction = Correction((Strike(subject.region, subject.start, subject.end),))
        touched = Touched(ticket.index, ticket.generation, correction, subject.address)
        done = await self._correct.one(touched, decision, NoticeKind.STRUCK, ticket.reference)
        if done is Corrected.UNREADABLE:
            raise DisputeError("this subscription's record is damaged; restore it, then approve again")
        return Status.GONE if done is Corrected.GONE else Status.STRUCK

    async def _subject(self, receipt: EntryReceipt, ticket: Ticket) -> Subject:
        try:
            [key] = await self._keys.derive_disputes([receipt])
            return self._disputes.subject(key, ticket)
        except (SealError, RecordError):
            raise DisputeError("this ticket was altered in the store; it cannot be carried out") from None

    async def _entered(self, ticket: Ticket, kind: Kind, about: str) -> EntryReceipt | None:
        """The entry's receipt; None where the ticket's life of the number is over."""
        [life] = await self._keys.activations([ticket.index])
        if life is None or life.generation != ticket.generation:
            return None
        return await self._entries.enter(ticket.index, kind, int(self._clock()), about, "staff")

    async def _gone(self, held: HeldTicket) -> Ticket:
        """Nobody is left whom a decision would concern."""
        return await self._resolved(held, Status.GONE)

    async def _resolved(self, held: HeldTicket, status: Status) -> Ticket:
        ticket = await self._replaced(held, resolved(held.ticket, status, int(self._clock())))
        try:
            await self._noted(ticket)
        except KeysError:
            return ticket  # that life of the number is over, and its mark with it
        return ticket

    async def _noted(self, ticket: Ticket) -> None:
        """No mark without an open ticket; looked at again behind it, since the subscriber may just open one."""
        if not await self._disputes.any_open(ticket):
            await self._keys.note_disputes(ticket.index, ticket.generation, are_open=False)
            if await self._disputes.any_open(ticket):
                await self._keys.note_disputes(ticket.index, ticket.generation, are_open=True)

    async def _replaced(self, held: HeldTicket, ticket: Ticket) -> Ticket:
        if not await self._disputes.replace(held, ticket):
            raise DisputeError(_CHANGED)
        return ticket


def _name(reference: str) -> bytes:
    """One notice a dispute, however often its approval is run again."""
    return sha256(b"dispute|" + reference.encode()).digest()[:_NAME_BYTES]
