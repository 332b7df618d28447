"""What is opened for a subscriber, each behind its entry in the log.

Rule 1: no record and no ticket is opened for a reply but here, and never before its entry is on disk.
Rule 2: it does not know how the right to it was proved, and sends nothing.

    (1) the entry  (2) the record, against the receipt  (3) what is under dispute, where a ticket may be open
    (4) the rule's answer, or the reasons for it  (5) the text, and what the conversation remembers of it

None where the log took no entry or the record does not open: the flow then refuses in the ordinary words.
"""

from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass, replace

from service.audit.entries import Kind as EntryKind
from service.domain.consent import ConsentPurpose
from service.domain.conversation import Conversation, Last
from service.domain.explanations import Explanation, explain, numbered
from service.domain.held_codes import HeldCodes
from service.domain.identity import Msisdn
from service.domain.inclusion import Scope
from service.domain.itinerary import day_of
from service.domain.notices import Address
from service.domain.outgoing import Kind
from service.domain.replies import RegionName, included, not_included, opened, reply
from service.domain.statement import Statement, checkable
from service.domain.stay_rule import StayRule
from service.flows.consenting import Consenting
from service.flows.entries import Entries, LogUnavailableError
from service.flows.mint import Minting
from service.flows.turns import Told, Turn
from service.ports.keys import KeysError, KeyService
from service.ports.log import EntryReceipt
from service.ports.tally import Tally
from service.records.check_record import Holder
from service.vault.disputes import DisputeVault
from service.vault.revealer import Revealed, Revealer

__all__ = ["Disclosing"]


@dataclass(frozen=True, slots=True)
class Disclosing:
    """What is needed for it; `wiring` fills it. `fed`: the days on which the feed brought anything."""

    keys: KeyService
    entries: Entries
    consenting: Consenting
    revealer: Revealer
    disputes: DisputeVault
    rule: StayRule
    scope: Scope
    fed: Callable[[], Awaitable[Container[int] | None]]
    region_name: RegionName
    minting: Minting
    tally: Tally

    async def places(self, turn: Turn, talk: Conversation) -> Told | None:
        """The places of the window that was asked for."""
        try:
            # (1) and (2).
            receipt = await self._entered(turn, talk, ConsentPurpose.PLACES)
            # (3) and (4).
            said = await self.stated(receipt, turn.msisdn, talk.days, turn.now)
            if said is None:
                return await self.included(turn, talk)
        except (LogUnavailableError, KeysError) as error:
            self._failed(error)
            return None
        # (5) What is remembered is which answer it was, never what it said.
        text, held = await self._with_code(turn, talk, said, receipt.generation)
        last = Last(talk.days, turn.now, receipt.generation)
        return Told(text, Kind.DATA, replace(talk, last=last, held=held))

    async def _entered(self, turn: Turn, talk: Conversation, purpose: ConsentPurpose) -> EntryReceipt:
        """Consent and entry, both on disk. Raises LogUnavailableError, StoreError."""
        key = await self.entries.reserve(turn.index)
        grant = self.consenting.drawn_up(turn, talk, purpose, key)
        receipt = await self.entries.enter_with(
            turn.index, key, EntryKind.DISCLOSE, turn.now, grant.about, self.consenting.keep(grant)
        )
        self.consenting.used(grant, turn.now, receipt.number)
        return receipt

    async def counting_since(self, receipt: EntryReceipt, days: int, since: int, now: int) -> list[int]:
        """Certain regions that count now and did not at that moment. Raises KeysError."""
        revealed = await self.revealer.reveal(receipt)
        then, today = (
            self.rule.answer(
                revealed.itinerary,
                days,
                revealed.activated_on,
                moment,
                included_on=self._included_on(revealed),
            )
            for moment in (since, now)
        )
        return [region for region in today.certain if region not in then.certain]

    async def stated(self, receipt: EntryReceipt, msisdn: Msisdn, days: int, now: int) -> Statement | None:
        """What the record that this entry was written for says; None where nothing is kept yet. Raises KeysError."""
        revealed = await self.revealer.reveal(receipt)
        if self.scope is Scope.ENROLLED and not revealed.included_at:
            return None
        disputed = await self._disputed(receipt, revealed)
        included_on = self._included_on(revealed)
        answer = self.rule.answer(
            revealed.itinerary,
            days,
            revealed.activated_on,
            now,
            included_on=included_on,
            fed=await self.fed(),
            disputed=disputed,
        )
        return Statement(msisdn.masked, answer, revealed.activated_on, included_on, now)

    async def _with_code(
        self, turn: Turn, talk: Conversation, said: Statement, generation: int
    ) -> tuple[str, HeldCodes]:
        """The reply with a check code, where it may have one; without, where none could be made."""
        language = turn.pack.language(talk.language)
        if checkable(said.answer):
            holder = Holder(
                turn.index, generation, turn.msisdn.digits, turn.short_code, talk.language, turn.now
            )
            minted = await self.minting.mint(said, holder, language, talk.held)
            if minted is not None:
                return minted
        return reply(said, language, self.region_name), talk.held

    async def reasons(self, turn: Turn, talk: Conversation) -> Told | None:
        """Why the last answer was what it was, and what of it can be disputed."""
        language = turn.pack.language(talk.language)
        try:
            # (1) and (2).
            receipt = await self._entered(turn, talk, ConsentPurpose.REASONS)
            revealed = await self.revealer.reveal(receipt)
            if self.scope is Scope.ENROLLED and not revealed.included_at:
                return Told(not_included(language), Kind.PROMPT, talk)
            # (3) The dispute key seals what may be disputed, whether or not anything is yet.
            [key] = await self.keys.derive_disputes([receipt])
            known = await self.disputes.disputed(key, turn.index) if revealed.disputes else {}
        except (LogUnavailableError, KeysError) as error:
            self._failed(error)
            return None
        # (4) As of the moment of that answer; a former owner's answer is none of this subscription.
        last = talk.explains(turn.now)
        mine = last is not None and last.generation == receipt.generation
        days, moment = (last.days, last.at) if last is not None and mine else (talk.days, turn.now)
        answer = self.rule.answer(
            revealed.itinerary,
            days,
            revealed.activated_on,
            moment,
            included_on=self._included_on(revealed),
            fed=await self.fed(),
            disputed=known,
        )
        reasons = self.rule.reasons(revealed.itinerary, days, moment)
        # (5) The text, and each region that has a number in it, sealed.
        explanation = Explanation(
            answer, reasons, revealed.activated_on, self._included_on(revealed), moment, frozenset(known)
        )
        text = explain(turn.msisdn, explanation, language, self.region_name)
        address = Address(turn.msisdn.digits, turn.short_code, talk.language)
        drafts = self.disputes.drafts(key, turn.index, numbered(reasons), address, known)
        return Told(text, Kind.DATA, replace(talk, explained_at=turn.now, drafts=drafts))

    async def dispute(self, turn: Turn, talk: Conversation, number: int) -> Told | None:
        """Open a ticket about a region of the explanation; replied again, it is the same ticket."""
        draft, language = talk.drafts[number - 1], turn.pack.language(talk.language)
        name: str | None = draft.reference
        if draft.sealed:
            try:
                # (1) The entry; then lookups of this subscription learn that there may be a ticket; then it is there.
                receipt = await self.entries.enter(turn.index, EntryKind.DISPUTE, turn.now, draft.reference)
                if receipt.generation != draft.generation:
                    return None
                await self.keys.note_disputes(turn.index, draft.generation, are_open=True)
                name = await self.disputes.open(turn.index, draft, turn.now)
                # Once more: another ticket's end may just have taken the mark away.
                await self.keys.note_disputes(turn.index, draft.generation, are_open=True)
            except (LogUnavailableError, KeysError) as error:
                self._failed(error)
                return None
            self.tally.count("disputes", "opened" if name is not None else "too_many")
        return Told(opened(name, number, language), Kind.PROMPT, talk)

    async def included(self, turn: Turn, talk: Conversation, channel: str = "sms") -> Told:
        """The owner has proved that it wants to be included: from now on its whereabouts are kept."""
        grant = await self.consenting.given(turn, talk, ConsentPurpose.RECORDING, channel)
        receipt = await self.entries.enter(turn.index, EntryKind.CONSENT_GIVEN, turn.now, grant.about)
        at = await self.keys.include(receipt, turn.now)
        self.tally.count("judged", "included")
        return Told(included(at, talk.days, turn.pack.language(talk.language)), Kind.PROMPT, talk)

    async def _disputed(self, receipt: EntryReceipt, revealed: Revealed) -> dict[int, str]:
        """Regions under dispute: asked for only where the key record says that there may be any."""
        if not revealed.disputes:
            return {}
        [key] = await self.keys.derive_disputes([receipt])
        return await self.disputes.disputed(key, receipt.index)

    def _included_on(self, revealed: Revealed) -> int:
        """The day from which on anything was kept, where its owner had to ask first."""
        return day_of(revealed.included_at) if self.scope is Scope.ENROLLED else 0

    def _failed(self, error: Exception) -> None:
        log = isinstance(error, LogUnavailableError)
        self.tally.count("judged", "log_unavailable" if log else "keys_failed")
