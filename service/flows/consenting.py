"""Consents: kept before what they allow, marked when they are used, ended by one word.

Rule 1: a consent record is made, used and ended here only; every entry of the log that uses one commits to its terms.
Rule 2: it judges no proof and opens no itinerary.

    given   (1) the record, with the notice that was agreed to  (2) the entry commits to its terms  (3) soon: used
            a lookup writes (1) and the entry's details at once: both are on disk before the entry is
    ended   (1) the entry  (2) the effect  (3) the record says so

Ending needs no log: the entry is tried first, and a subscriber's word stands without it. Requests that nobody agreed to: `unagreed`.
"""

import contextlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from service.audit.entries import Kind as EntryKind
from service.domain.challenge import Pending
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.conversation import Conversation
from service.domain.limits import DIALOGUE_SECONDS
from service.domain.notices import Address
from service.domain.questions import Request, described
from service.domain.recipients import recipient
from service.domain.standing import STANDING_SECONDS, STANDING_USES
from service.flows.entries import Entries, LogUnavailableError
from service.flows.noting import Noting
from service.flows.turns import Turn
from service.flows.unagreed import Unagreed
from service.ports.keys import KeysError, KeyService, LogKey
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.records.consent_record import terms
from service.vault.consents import ConsentVault, HeldConsent, new_id

__all__ = ["Consenting", "Grant"]

_RACES = 8


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent that has just been given; `about` is what the entry that uses it says."""

    index: bytes = field(repr=False)
    key: LogKey = field(repr=False)
    held: HeldConsent = field(repr=False)

    @property
    def about(self) -> str:
        """Purpose, record and terms: the entry binds us to all three."""
        consent = self.held.consent
        return f"{consent.purpose.value}|{consent.record_id}|{terms(consent)}"


class Consenting:
    """Gives, uses and ends the consents of subscriptions."""

    def __init__(
        self,
        keys: KeyService,
        vault: ConsentVault,
        entries: Entries,
        rule: str,
        tally: Tally,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._keys = keys
        self._vault = vault
        self._entries = entries
        self._rule = rule
        self._tally = tally
        self._entropy = entropy
        self._noting = Noting()
        self.unagreed = Unagreed(keys, vault, entries, rule, tally)

    async def given(
        self, turn: Turn, talk: Conversation, purpose: ConsentPurpose, channel: str = "sms"
    ) -> Grant:
        """Keep what has been proved just now. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([turn.index])
        if key is None:
            raise KeysError("no subscription that could consent")
        grant = self.drawn_up(turn, talk, purpose, key, channel)
        await self.keep(grant)
        return grant

    async def keep(self, grant: Grant) -> None:
        """Put a consent on disk. Raises StoreError."""
        await self._vault.put(grant.index, grant.key, grant.held)

    def drawn_up(
        self, turn: Turn, talk: Conversation, purpose: ConsentPurpose, key: LogKey, channel: str = "sms"
    ) -> Grant:
        """What has been proved just now, as it will be kept; whoever uses it keeps it first."""
        standing = purpose in {ConsentPurpose.RECORDING, ConsentPurpose.NOTICES}
        language = turn.pack.language(talk.language)
        asked_at = min(turn.now, talk.expires_at - DIALOGUE_SECONDS) if talk.notice else turn.now
        consent = Consent(
            new_id(turn.now, self._entropy),
            purpose,
            Mode.STANDING if standing else Mode.ONE_TIME,
            NoticeShown(
                "challenge" if talk.notice else "published",
                language.notice_version,
                talk.notice or language.notice_digest,
                language.code,
            ),
            talk.days,
            self._rule,
            0 if standing else 1,
            0 if standing else turn.now + DIALOGUE_SECONDS,
            talk.case,
            (
                ConsentEvent(EventKind.REQUESTED, asked_at, channel),
                ConsentEvent(EventKind.GIVEN, turn.now, channel),
            ),
            Address(turn.msisdn.digits, turn.short_code, talk.language) if standing else None,
        )
        return Grant(turn.index, key, self._vault.sealed(turn.index, key, consent))

    async def given_to(
        self, turn: Turn, talk: Conversation, pending: Pending, request: Request, days: int
    ) -> Grant:
        """Keep what a verifier has just been allowed, in the words that the holder read. Raises KeysError, StoreError.

        A standing one is named by its challenge: a text that has to be handled again does not give it twice.
        """
        [key] = await self._keys.read_log([turn.index])
        if key is None:
            raise KeysError("no subscription that could consent")
        ident = new_id(turn.now, self._entropy)
        if request.standing:
            said = hmac.digest(key.key, b"standing|" + pending.ident.encode(), "sha256")
            ident = new_id(pending.asked_at, lambda count: said[:count])
        language = turn.pack.language(talk.language)
        consent = Consent(
            ident,
            ConsentPurpose.ANSWERS if request.standing else ConsentPurpose.SHOWING,
            Mode.STANDING if request.standing else Mode.ONE_TIME,
            NoticeShown("question", language.notice_version, pending.notice, language.code),
            days,
            self._rule,
            STANDING_USES if request.standing else 1,
            turn.now + STANDING_SECONDS if request.standing else pending.until,
            f"pair {request.pair}",
            (ConsentEvent(EventKind.REQUESTED, pending.asked_at), ConsentEvent(EventKind.GIVEN, turn.now)),
            Address(turn.msisdn.digits, turn.short_code, talk.language) if request.standing else None,
            recipient=recipient(request.name, request.asker),
            question=described(request.question),
        )
        grant = Grant(turn.index, key, self._vault.sealed(turn.index, key, consent))
        await self.keep(grant)
        return grant

    def used(self, grant: Grant, now: int, number: int) -> None:
        """Note, with nobody waiting for it, that it was used, by which entry: the entry says the same."""
        self._noting.soon(self._noted(grant, ConsentEvent(EventKind.USED, now, number=number)))

    async def _noted(self, grant: Grant, event: ConsentEvent) -> None:
        with contextlib.suppress(StoreError):
            await self._vault.replace(
                grant.index, grant.key, grant.held, grant.held.consent.with_event(event)
            )

    async def drain(self) -> None:
        """Wait until every use, and every request that came to nothing, is noted."""
        await self._noting.drain()
        await self.unagreed.drain()

    async def all(self, index: bytes) -> list[Consent]:
        """Every consent that is kept, oldest first. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([index])
        return [] if key is None else [held.consent for held in await self._vault.all(index, key)]

    async def standing(self, index: bytes, now: int, purpose: ConsentPurpose) -> Grant | None:
        """The standing consent of this purpose that is active; None: there is none. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([index])
        if key is None:
            return None
        found = [
            held
            for held in await self._vault.all(index, key)
            if held.consent.purpose is purpose and held.consent.status(now) == "active"
        ]
        return Grant(index, key, found[-1]) if found else None

    async def of(self, index: bytes, generation: int, record_id: str) -> Grant | None:
        """One consent of one life of a number, whatever became of it; None: there is none. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([index])
        if key is None or key.generation != generation:
            return None
        found = [held for held in await self._vault.all(index, key) if held.consent.record_id == record_id]
        return Grant(index, key, found[0]) if found else None

    async def marked(self, grant: Grant, event: ConsentEvent) -> None:
        """Note a use, and wait for it: where uses are counted, the next one depends on it. Raises StoreError, KeysError."""
        changed = grant.held.consent.with_event(event)
        if not await self._vault.replace(grant.index, grant.key, grant.held, changed):
            raise KeysError("this consent has just been ended or used; nothing is told")

    async def end_one(self, grant: Grant, now: int, how: EventKind) -> None:
        """End one standing consent: its words are no longer the pack's, or what it was given for failed. Raises StoreError, KeysError."""
        await self._ended(grant.index, grant.key, grant.held, ConsentEvent(how, now))

    async def end(
        self,
        index: bytes,
        now: int,
        how: EventKind = EventKind.WITHDRAWN,
        purpose: ConsentPurpose | None = None,
    ) -> int:
        """End the standing consents (of one purpose, or all); how many. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([index])
        if key is None:
            return 0
        ended = 0
        for held in await self._vault.all(index, key):
            consent = held.consent
            if consent.mode is not Mode.STANDING or consent.status(now) != "active":
                continue
            if purpose in {None, consent.purpose}:
                await self._ended(index, key, held, ConsentEvent(how, now))
                ended += 1
        return ended

    async def _ended(self, index: bytes, key: LogKey, held: HeldConsent, event: ConsentEvent) -> None:
        consent, number = held.consent, 0
        # (1) Ending is no access: if the log takes no entry, the word stands all the same.
        try:
            about = f"{consent.purpose.value}|{consent.record_id}|{event.kind.value}"
            receipt = await self._entries.enter(index, EntryKind.CONSENT_WITHDRAWN, event.at, about)
            number = receipt.number
        except LogUnavailableError:
            self._tally.count("consents", "ended_unlogged")
        # (2) The effect.
        if consent.purpose is ConsentPurpose.RECORDING:
            await self._keys.exclude(index, key.generation)
        if consent.purpose is ConsentPurpose.NOTICES:
            await self._keys.note_notices(index, key.generation, wanted=False)
        # (3) The record.
        said = ConsentEvent(event.kind, event.at, event.channel, number)
        for _ in range(_RACES):
            if await self._vault.replace(index, key, held, held.consent.with_event(said)):
                break
            again = [one for one in await self._vault.all(index, key) if _same(one, held)]
            if not again or again[0].consent.status(event.at) != "active":
                break
            held = again[0]
        self._tally.count("consents", "ended")


def _same(one: HeldConsent, other: HeldConsent) -> bool:
    return one.consent.record_id == other.consent.record_id
