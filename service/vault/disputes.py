"""Dispute tickets: what they are about is sealed and opened here.

Rule 1: a region goes into a ticket sealed under the subscription's dispute key, and comes out of it here only.
Rule 2: it decides nothing about a ticket; whoever has no dispute key reads the clear part and nothing else.

    explanation --drafts--> sealed regions in the conversation --open--> a ticket with the chosen one of them

An erased or renewed subscription has another secret, so that what its former tickets were about cannot be opened.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.disputes import (
    MOST_NEW_A_DAY,
    MOST_OPEN,
    REFERENCE_SYMBOLS,
    RESOLVED_SECONDS,
    DisputeError,
    Draft,
    Event,
    Status,
    Ticket,
    reference,
)
from service.domain.itinerary import Certainty
from service.domain.notices import Address
from service.domain.stay_rule import Reason
from service.ports.keys import DisputeKey
from service.ports.tickets import Bounds, Opened, Tickets
from service.records.key_record import RecordError
from service.records.ticket_record import (
    Subject,
    decode_subject,
    decode_ticket,
    encode_subject,
    encode_ticket,
)
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["DisputeVault", "HeldTicket"]

_BOUNDS = Bounds(MOST_OPEN, MOST_NEW_A_DAY)


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket as it was read, and what its next version has to replace."""

    ticket: Ticket
    stored: bytes = field(repr=False)


class DisputeVault:
    """Typed on this side, bytes on the other."""

    def __init__(self, store: Tickets, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._entropy = entropy

    def drafts(
        self,
        key: DisputeKey,
        index: bytes,
        reasons: Sequence[Reason],
        address: Address,
        known: Mapping[int, str],
    ) -> tuple[Draft, ...]:
        """What a ticket about each of these regions would be; `known`: references of open ones by region."""
        return tuple(self._draft(key, index, reason, address, known.get(reason.region)) for reason in reasons)

    def _draft(
        self, key: DisputeKey, index: bytes, reason: Reason, address: Address, known: str | None
    ) -> Draft:
        certain, days = reason.certainty is Certainty.CERTAIN, len(reason.days)
        if known is not None:
            return Draft(known, key.generation, certain, days, b"")
        subject = Subject(reason.region, reason.start, reason.end, address)
        plain, bound = encode_subject(subject), _bound(index, key.generation)
        sealed = seal(key.key, self._entropy(NONCE_BYTES), plain, bound)
        return Draft(reference(self._entropy(REFERENCE_SYMBOLS)), key.generation, certain, days, sealed)

    async def disputed(self, key: DisputeKey, index: bytes) -> dict[int, str]:
        """Regions under dispute, each with its reference; a ticket that does not open marks nothing."""
        found = {}
        for name, stored in (await self._store.of(_holder(index, key.generation))).items():
            try:
                found[self.subject(key, decode_ticket(stored)).region] = name
            except (SealError, RecordError):
                continue
        return found

    async def open(self, index: bytes, draft: Draft, now: int) -> str | None:
        """Open a ticket; its reference. The same draft again is the same ticket; None: there may be no more now."""
        ticket = Ticket(
            draft.reference,
            index,
            draft.generation,
            now,
            draft.certain,
            draft.days,
            Status.OPEN,
            (Event(now, "opened by the subscriber"),),
            draft.sealed,
        )
        holder = _holder(index, draft.generation)
        done = await self._store.open(draft.reference, holder, encode_ticket(ticket), _BOUNDS)
        if done is Opened.TAKEN:
            mine = await self._store.of(holder)
            return draft.reference if draft.reference in mine else None
        return draft.reference if done is Opened.DONE else None

    async def read(self, name: str) -> HeldTicket | None:
        """A ticket by its reference. Raises RecordError for one that is damaged."""
        stored = await self._store.read(name)
        return HeldTicket(decode_ticket(stored), stored) if stored is not None else None

    async def all(self) -> AsyncIterator[Ticket]:
        """Every ticket that can be read, resolved ones of the last days too."""
        async for name in self._store.references():
            try:
                held = await self.read(name)
            except RecordError:
                continue
            if held is not None:
                yield held.ticket

    async def sorted(self) -> list[Ticket]:
        """All of them, open ones first, oldest first."""
        found = [ticket async for ticket in self.all()]
        return sorted(found, key=lambda ticket: (not ticket.open, ticket.opened_at, ticket.reference))

    async def found(self, name: str) -> HeldTicket:
        """A ticket by its reference as somebody types it. Raises DisputeError."""
        try:
            held = await self.read(name.strip().upper())
        except RecordError as error:
            raise DisputeError(str(error)) from None
        if held is None:
            raise DisputeError("no dispute with this reference; `disputes list` shows those that are known")
        return held

    async def replace(self, held: HeldTicket, ticket: Ticket) -> bool:
        """Change a ticket; False where somebody was first."""
        stored = encode_ticket(ticket)
        if ticket.open:
            return await self._store.swap(ticket.reference, held.stored, stored)
        holder = _holder(ticket.index, ticket.generation)
        return await self._store.close(ticket.reference, holder, held.stored, stored, RESOLVED_SECONDS)

    async def any_open(self, ticket: Ticket) -> bool:
        """Whether the ticket's holder has an open one."""
        return bool(await self._store.of(_holder(ticket.index, ticket.generation)))

    def subject(self, key: DisputeKey, ticket: Ticket) -> Subject:
        """What a ticket is about. Raises SealError, RecordError."""
        return decode_subject(unseal(key.key, ticket.sealed, _bound(ticket.index, ticket.generation)))


def _holder(index: bytes, generation: int) -> bytes:
    """One life of one number."""
    return index + generation.to_bytes(4)


def _bound(index: bytes, generation: int) -> bytes:
    return b"aes-256-gcm|dispute/v1|" + _holder(index, generation)
