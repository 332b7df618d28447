"""A web card, shown once: for the SIM's digits and the document's.

Rule 1: the order of its steps stands here; grant, tries, entry and reveal are those of a lookup by SMS.
Rule 2: it runs in the link role; the page gets a statement that was revealed for it, and no key.

    (1) what was asked; the try is counted  (2) the SIM's digits and the document's, compared whatever came of either
    (3) used up, once  (4) the entry, then the record  (5) a code and a signed card
    (6) what the conversation remembers, and the notice, in one step; only then it is shown
"""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from service.audit.entries import Kind as EntryKind
from service.domain.card_texts import told_card, told_card_code
from service.domain.consent import ConsentPurpose, EventKind
from service.domain.conversation import Conversation, Last
from service.domain.identity import IdentityError, LastFour, Msisdn
from service.domain.intents import Query
from service.domain.lapses import Lapsed
from service.domain.limits import DIALOGUE_SECONDS, MEMORY_SECONDS, TRIES
from service.domain.outgoing import Kind, Outgoing
from service.domain.pacing import NOTED
from service.domain.packs import Pack
from service.domain.statement import Statement, checkable
from service.flows.access import AccessRecord
from service.flows.card_tokens import CardTokens
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries
from service.flows.own_export import OwnExport
from service.flows.refusals import Refusals
from service.flows.turns import Turn
from service.ports.check_keys import Minted
from service.ports.checks import Throttle
from service.ports.keys import Claim, KeysError, KeyService, Verdict, Way
from service.ports.log import EntryReceipt
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.ports.web_cards import CardShown, CardVerdict, Line, NothingKept, NotProved, Over
from service.records.access_record import committed as committed_bytes
from service.records.card_session_record import CardSession
from service.records.check_record import Holder
from service.sealing.requesters import requester_for, requester_of_index
from service.vault.card_sessions import CardSessionVault
from service.vault.conversations import ConversationVault, Held, Posted

__all__ = ["CARD_DAYS", "CardShowing", "StoppedError", "committed"]

CARD_DAYS = 14
"""The usual window; the 30 days are for the owner alone, and so never on a card."""

RECORD_LINES = 30
"""Entries of the number's own record that the page shows; CXJL tells the newest by SMS."""

_CHANNEL = "web"
_SHOWN_SECONDS = 3600
"""How long the page can still withdraw its card; TH can for as long as the card lives."""
_RACES = 8


class StoppedError(Exception):
    """The number has said STOP meanwhile."""


@dataclass(frozen=True, slots=True)
class CardShowing:
    """What it needs; `wiring` fills it. `key` names requesters."""

    packs: Mapping[str, Pack]
    sessions: CardSessionVault
    vault: ConversationVault
    throttle: Throttle
    keys: KeyService
    entries: Entries
    access: AccessRecord
    export: OwnExport
    disclosing: Disclosing
    refusals: Refusals
    tokens: CardTokens
    post: Callable[[Posted], None]
    key: bytes = field(repr=False)
    tally: Tally
    clock: Callable[[], float]

    async def __call__(self, token: str, code: str, last_four: str) -> CardVerdict:
        """The card, or why not. Raises StoreError, KeysError, LogUnavailableError, StoppedError: nothing is shown."""
        # (1) Counted first: parallel guesses can't share one try.
        session = await self.sessions.read(token)
        tries = await self.sessions.tried(token)
        if session is None or not 0 < tries <= TRIES:
            return Over()
        # (2) Both, whatever came of the other.
        begun = self.refusals.begun()
        if not await self._proved(session, token, code, last_four):
            if tries == 1:
                await self._refused(session)
            await self.refusals.settled(begun)
            return NotProved(TRIES - tries)
        # (3) One consent, one card.
        if not await self.sessions.spent(token):
            return Over()
        return await self._revealed(session, token)

    async def _refused(self, session: CardSession) -> None:
        """The first wrong try of a page leaves a record that its number's owner can read, a few times a day; behind the answer."""
        requester = requester_for(self.key, b"card-refused", requester_of_index(self.key, session.index))
        if await self.throttle.take(requester, NOTED):
            return
        pack, now = self.packs[session.sender], int(self.clock())
        words = told_card_code(session.code, CARD_DAYS, session.case, pack.language(session.language))
        lapsed = Lapsed(
            session.case,
            ConsentPurpose.PLACES.value,
            CARD_DAYS,
            sha256(words.encode()).hexdigest(),
            session.language,
            session.until - DIALOGUE_SECONDS,
            now,
            EventKind.REFUSED.value,
        )
        self.disclosing.consenting.unagreed.lapsed(session.index, pack, lapsed, _CHANNEL)

    async def _proved(self, session: CardSession, token: str, code: str, last_four: str) -> bool:
        try:
            proof = LastFour.parse(last_four)
        except IdentityError:
            return False  # a typing error costs no try of the day
        typed = "".join(one for one in code if one.isdigit())
        # Wrong digits of the SIM are charged to nobody, with the same work.
        right = hmac.compare_digest(typed.encode(), session.code.encode())
        index = session.index if right else self.sessions.nobody(token)
        [verdict] = await self.keys.verify([Claim(index, proof, Way.SIM)])
        await self.unproved(index, verdict)
        return right and verdict is Verdict.PROVED

    async def unproved(self, index: bytes, verdict: Verdict) -> None:
        """What follows a failed proof; of second digits also that this number's codes are void."""
        now = int(self.clock())
        await self.refusals.unproved(index, verdict, now)
        if verdict is Verdict.SECOND:
            await self.refusals.void(index, now)

    async def _revealed(self, session: CardSession, token: str) -> CardVerdict:
        now = int(self.clock())
        if (await self.vault.read(session.index)).talk.stopped:
            raise StoppedError
        # (4) The entry is on disk before anything is opened.
        turn, talk = self._agreed(session, now)
        consenting = self.disclosing.consenting
        grant = await consenting.given(turn, talk, ConsentPurpose.PLACES, _CHANNEL)
        receipt = await self.entries.enter(session.index, EntryKind.DISCLOSE, now, grant.about, _CHANNEL)
        consenting.used(grant, now, receipt.number)
        said = await self.disclosing.stated(receipt, turn.msisdn, CARD_DAYS, now)
        if said is None:
            await self.disclosing.included(turn, talk, _CHANNEL)
            return NothingKept()
        # (5) A card is withdrawn by its code; without a code there is none.
        minted = await self._minted(session, said, receipt)
        card = await self._card(said, minted)
        # (6) Told, then shown.
        if minted is not None:
            await self.sessions.shown(token, session, minted.place, _SHOWN_SECONDS)
        await self._remembered(session, said, receipt, receipt.number, minted)
        code = None if minted is None else minted.code
        record = await self._record(session.index, now)
        exported = await self._exported(session.index, now)
        return CardShown(said, session.language, code, card, receipt.number, exported, record)

    def _agreed(self, session: CardSession, now: int) -> tuple[Turn, Conversation]:
        """What was agreed to, as it would be by SMS: the words of the text that brought the digits."""
        pack = self.packs[session.sender]
        words = told_card_code(session.code, CARD_DAYS, session.case, pack.language(session.language))
        query = Query(CARD_DAYS, session.language, None)
        turn = Turn(session.index, Msisdn(session.msisdn), pack, session.sender, query, b"", now)
        talk = Conversation(
            language=session.language,
            days=CARD_DAYS,
            case=session.case,
            expires_at=session.until,
            notice=sha256(words.encode()).hexdigest(),
        )
        return turn, talk

    async def _exported(self, index: bytes, now: int) -> str:
        """Consents and entries with a proof each, as a file; the card stands without it."""
        try:
            await self.disclosing.consenting.drain()
            return json.dumps(await self.export(index, now, RECORD_LINES), ensure_ascii=False, indent=1)
        except (KeysError, StoreError):
            return ""

    async def _record(self, index: bytes, now: int) -> tuple[Line, ...]:
        """What was done with the number's data; the card stands without it."""
        try:
            own = await self.access.newest(index, RECORD_LINES, now)
            apart = await self.access.apart(index)
        except (KeysError, StoreError):
            return ()
        return tuple(
            Line(line.access, line.salt, committed_bytes(line.access)) for line in (*apart, *own.lines)
        )

    async def _minted(self, session: CardSession, said: Statement, receipt: EntryReceipt) -> Minted | None:
        if not checkable(said.answer):
            return None
        holder = Holder(
            session.index, receipt.generation, session.msisdn, session.sender, session.language, said.made_at
        )
        language = self.packs[session.sender].language(session.language)
        return await self.disclosing.minting.record(said, holder, language)

    async def _card(self, said: Statement, minted: Minted | None) -> str | None:
        """The signed card; the reply and its code stand without it."""
        if minted is None:
            return None
        try:
            return await self.tokens.card(said, minted.place)
        except (KeysError, StoreError):
            self.tally.count("card", "not_signed")
            return None

    async def _remembered(
        self, session: CardSession, said: Statement, receipt: EntryReceipt, number: int, minted: Minted | None
    ) -> None:
        """State and notice in one step. What a number that has stopped meanwhile got is void, and not shown."""
        text = told_card(said.made_at, number, self.packs[session.sender].language(session.language))
        last = Last(CARD_DAYS, said.made_at, receipt.generation)
        for _ in range(_RACES):
            held = await self.vault.read(session.index)
            if held.talk.stopped:
                break
            codes, evicted = held.talk.held, tuple[str, ...]()
            if minted is not None:
                codes, evicted = codes.with_code(minted.place.hex(), said.made_at)
            talk = replace(held.talk, last=last, held=codes)
            if await committed(self, session, held, talk, text, said.made_at + MEMORY_SECONDS):
                return await self.disclosing.minting.withdraw(evicted)
        if minted is not None:
            await self.disclosing.minting.withdraw((minted.place.hex(),))
        raise StoppedError


async def committed(
    use: CardShowing, session: CardSession, held: Held, talk: Conversation, told: str, not_after: int
) -> bool:
    """State and text in one step, and the text on its way; False where another process got ahead."""
    outgoing = Outgoing(
        Kind.PROMPT, session.sender, session.msisdn, told, not_after, session.language, CARD_DAYS
    )
    posted = await use.vault.commit(held, talk, [outgoing], MEMORY_SECONDS)
    for one in posted or []:
        use.post(one)
    return posted is not None
