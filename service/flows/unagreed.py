"""Requests for consent that came to nothing: refused, or never answered. They leave a record and an entry all the same.

Rule 1: whoever asks and proves nothing is answered before anything here is done: a wrong digit and an unknown number take the same steps.
Rule 2: no consent is given or used here.

    lapsed  (1) the conversation remembers it, of whichever number  (2) the answer  (3) soon: the entry, then the record
"""

import contextlib
import hmac
from dataclasses import dataclass, replace

from service.audit.entries import Kind as EntryKind
from service.domain.challenge import Pending
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.conversation import Conversation
from service.domain.lapses import Lapsed
from service.domain.limits import DIALOGUE_SECONDS
from service.domain.packs import Language, Pack
from service.domain.questions import Request, described
from service.domain.recipients import recipient
from service.flows.entries import Entries, LogUnavailableError
from service.flows.noting import Noting
from service.flows.turns import Turn
from service.ports.keys import KeysError, KeyService, LogKey
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.records.consent_record import terms
from service.vault.consents import ConsentVault, new_id

__all__ = ["Unagreed"]

_STANDING = frozenset({ConsentPurpose.NOTICES, ConsentPurpose.ANSWERS})


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
        mode = Mode.STANDING if self.purpose in _STANDING else Mode.ONE_TIME
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


class Unagreed:
    """Notes such requests: a no before the verifier gets it, all others behind the answers to them."""

    def __init__(
        self, keys: KeyService, vault: ConsentVault, entries: Entries, rule: str, tally: Tally
    ) -> None:
        self._keys = keys
        self._vault = vault
        self._entries = entries
        self._rule = rule
        self._tally = tally
        self._noting = Noting()

    async def refused_to(
        self, turn: Turn, talk: Conversation, pending: Pending, request: Request, days: int
    ) -> None:
        """Note that a verifier is told no, before he is; where the log is away the no stands without."""
        words = NoticeShown("question", "", pending.notice, "")
        purpose = ConsentPurpose.ANSWERS if request.standing else ConsentPurpose.SHOWING
        await self._came_to_nothing(
            turn.index, turn.pack.language(talk.language), _Request(
                purpose, words, days, f"pair {request.pair}", pending.asked_at, turn.now,
                EventKind.REFUSED, recipient(request.name, request.asker), described(request.question),
            ), EntryKind.REFUSE,
        )  # fmt: skip

    def lapsed(self, index: bytes, pack: Pack, lapsed: Lapsed, by: str = "") -> None:
        """Note, with nobody waiting, that a request was refused or never answered, and on which channel; noted twice it is one."""
        how = EventKind(lapsed.how)
        purpose = ConsentPurpose(lapsed.purpose)
        words = NoticeShown("challenge", "", lapsed.notice, "")
        kind = EntryKind.CONSENT_REFUSED if how is EventKind.REFUSED else EntryKind.CONSENT_EXPIRED
        self._noting.soon(self._came_to_nothing(
            index, pack.language(lapsed.language or None),
            _Request(purpose, words, lapsed.days, lapsed.case, lapsed.asked_at, lapsed.at, how), kind, by,
        ))  # fmt: skip

    async def _came_to_nothing(
        self, index: bytes, language: Language, request: _Request, kind: EntryKind, by: str = ""
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

    async def drain(self) -> None:
        """Wait until all of them are noted."""
        await self._noting.drain()
