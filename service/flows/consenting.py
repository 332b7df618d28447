"""Consents: kept before what they allow, marked when they are used, ended by one word.

Rule 1: a consent record is made, used and ended here only; every entry of the log that uses one commits to its terms.
Rule 2: it judges no proof and opens no itinerary.

    given   (1) the record, with the notice that was agreed to  (2) the entry commits to its terms  (3) soon: used
            a lookup writes (1) and the entry's details at once: both are on disk before the entry is
    ended   (1) the entry  (2) the effect  (3) the record says so
    lapsed  (1) the conversation remembers it, of whichever number  (2) the answer  (3) soon: the entry, then the record

Whoever asks and proves nothing is answered before anything of (3) is done: a wrong digit and an unknown number take the same steps. Ending
needs no log: the entry is tried first, and a subscriber's word stands without it.
"""

import asyncio
import contextlib
import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace

from service.audit.entries import Kind as EntryKind
from service.domain.challenge import Pending
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.conversation import Conversation
from service.domain.lapses import Lapsed
from service.domain.limits import DIALOGUE_SECONDS
from service.domain.notices import Address
from service.domain.packs import Language, Pack
from service.domain.questions import Request, described
from service.flows.entries import Entries, LogUnavailableError
from service.flows.turns import Turn
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


@dataclass(frozen=True, slots=True)
class _Request:
    """What was asked for, and how it ended without consent."""

    purpose: ConsentPurpose
    words: NoticeShown
    days: int
    case: str
    asked_at: int
    ended_at: int
    how: EventKind
    recipient: str = ""
    question: str = ""

    def consent(self, key: LogKey, rule: str, language: Language) -> Consent:
        """Its record but for its end. The id is made of the request itself, so that it is noted once."""
        mode = Mode.STANDING if self.purpose is ConsentPurpose.NOTICES else Mode.ONE_TIME
        said = f"{self.purpose.value}|{self.case}|{self.asked_at}".encode()
        return Consent(
            new_id(self.asked_at, lambda count: hmac.digest(key.key, b"lapsed|" + said, "sha256")[:count]),
            self.purpose,
            mode,
            replace(self.words, version=language.notice_version, language=language.code),
            self.days,
            rule,
            1 if mode is Mode.ONE_TIME else 0,
            self.asked_at + DIALOGUE_SECONDS,
            self.case,
            (ConsentEvent(EventKind.REQUESTED, self.asked_at),),
            recipient=self.recipient,
            question=self.question,
        )


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
        self._noting: set[asyncio.Task[None]] = set()

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
        """Keep what a verifier has just been allowed, in the words that the holder read. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([turn.index])
        if key is None:
            raise KeysError("no subscription that could consent")
        language = turn.pack.language(talk.language)
        consent = Consent(
            new_id(turn.now, self._entropy),
            ConsentPurpose.SHOWING,
            Mode.ONE_TIME,
            NoticeShown("question", language.notice_version, pending.notice, language.code),
            days,
            self._rule,
            1,
            pending.until,
            f"pair {request.pair}",
            (ConsentEvent(EventKind.REQUESTED, pending.asked_at), ConsentEvent(EventKind.GIVEN, turn.now)),
            recipient=_recipient(request),
            question=described(request.question),
        )
        grant = Grant(turn.index, key, self._vault.sealed(turn.index, key, consent))
        await self.keep(grant)
        return grant

    def refused_to(
        self, turn: Turn, talk: Conversation, pending: Pending, request: Request, days: int
    ) -> None:
        """Note, with nobody waiting, that a verifier was told no, or nothing in time."""
        words = NoticeShown("question", "", pending.notice, "")
        self._soon(self._came_to_nothing(
            turn.index, turn.pack.language(talk.language), _Request(
                ConsentPurpose.SHOWING, words, days, f"pair {request.pair}", pending.asked_at, turn.now,
                EventKind.REFUSED, _recipient(request), described(request.question),
            ), EntryKind.REFUSE,
        ))  # fmt: skip

    def lapsed(self, index: bytes, pack: Pack, lapsed: Lapsed, by: str = "") -> None:
        """Note, with nobody waiting, that a request was refused or never answered, and on which channel; noted twice it is one."""
        how = EventKind(lapsed.how)
        purpose = ConsentPurpose(lapsed.purpose)
        words = NoticeShown("challenge", "", lapsed.notice, "")
        kind = EntryKind.CONSENT_REFUSED if how is EventKind.REFUSED else EntryKind.CONSENT_EXPIRED
        self._soon(self._came_to_nothing(
            index, pack.language(lapsed.language or None),
            _Request(purpose, words, lapsed.days, lapsed.case, lapsed.asked_at, lapsed.at, how), kind, by,
        ))  # fmt: skip

    async def _came_to_nothing(
        self, index: bytes, language: Language, request: "_Request", kind: EntryKind, by: str = ""
    ) -> None:
        with contextlib.suppress(KeysError, StoreError, LogUnavailableError):
            [key] = await self._keys.read_log([index])
            if key is None:
                return
            consent = request.consent(key, self._rule, language)
            known = {held.consent.record_id for held in await self._vault.all(index, key)}
            if consent.record_id in known:
                return
            about = f"{consent.purpose.value}|{consent.record_id}|{terms(consent)}"
            receipt = await self._entries.enter(index, kind, request.ended_at, about, by or request.recipient)
            ended = ConsentEvent(request.how, request.ended_at, number=receipt.number)
            await self._vault.put(index, key, self._vault.sealed(index, key, consent.with_event(ended)))
            self._tally.count("consents", request.how.value)
            return
        self._tally.count("consents", "lapse_unlogged")

    def _soon(self, noting: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(noting)
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    def used(self, grant: Grant, now: int, number: int) -> None:
        """Note, with nobody waiting for it, that it was used, by which entry: the entry says the same."""
        self._soon(self._noted(grant, ConsentEvent(EventKind.USED, now, number=number)))

    async def _noted(self, grant: Grant, event: ConsentEvent) -> None:
        with contextlib.suppress(StoreError):
            await self._vault.replace(
                grant.index, grant.key, grant.held, grant.held.consent.with_event(event)
            )

    async def drain(self) -> None:
        """Wait until every use is noted."""
        while self._noting:
            await asyncio.gather(*self._noting)

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

    async def marked(self, grant: Grant, event: ConsentEvent) -> None:
        """Note a use, and wait for it: where uses are counted, the next one depends on it. Raises StoreError, KeysError."""
        changed = grant.held.consent.with_event(event)
        if not await self._vault.replace(grant.index, grant.key, grant.held, changed):
            raise KeysError("this consent has just been ended or used; nothing is told")

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


def _recipient(request: Request) -> str:
    return f"{request.name}, {request.asker}" if request.asker else f"“{request.name}”"


def _same(one: HeldConsent, other: HeldConsent) -> bool:
    return one.consent.record_id == other.consent.record_id
