"""A text from a handset, answered.

Rule 1: the order of a lookup's steps stands here: read, judge, step, entry in the log, open, reply, commit.
Rule 2: every decision in it is made elsewhere: what a text means, what may follow, what may be opened.

    (1) read the text  (2) the conversation so far  (3) what happened  (4) judge a proof  (5) step
    (6) entry, then open  (7) compose; codes that are no longer held are void  (8) commit state and reply in one step; on conflict from (2)
    (9) a verifier's page, if one waits, gets what its holder has just been told of

The centre is told that a message is safe only after (8); until then it keeps it and brings it again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from weakref import WeakValueDictionary

from service.domain.challenge import Pending
from service.domain.conversation import Conversation, Phase
from service.domain.dialogue import Act, step
from service.domain.dialogue_events import Event, classify, judge
from service.domain.dialogue_traces import Fresh
from service.domain.identity import IdentityError, LastFour, Msisdn
from service.domain.intents import Digits, Dispute, Forward, Purpose, Query, SixDigits, Unknown
from service.domain.limits import DIALOGUE_SECONDS, MEMORY_SECONDS
from service.domain.messages import read
from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.domain.replies import say
from service.domain.support import Filed
from service.flows.disclosures import Disclosing
from service.flows.holding import Holding
from service.flows.inform import NOTICE_SLOT
from service.flows.recognise import Recognise
from service.flows.refusals import Refusals
from service.flows.showing import Showing
from service.flows.turns import Told, Turn
from service.flows.words import Words
from service.ports.keys import Claim, KeysError, KeyService, Verdict, Way
from service.ports.sms import InboundSms
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault, Posted
from service.vault.support_desk import CaseFiles

__all__ = ["Answer", "Answering", "OvertakenError"]

_RACES = 8
"""Times that another process may get ahead of us on one number before the centre has to bring the text again."""

_FAILED = "failed"
"""What is counted instead of a reveal where the log or the keys did not work; the subscriber gets the ordinary words."""


class OvertakenError(Exception):
    """Another process kept changing the same conversation; nothing of this text has been acted on."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What the flow needs of the outside; `wiring` fills it. `blind` makes a number's index."""

    packs: Mapping[str, Pack]
    vault: ConversationVault
    keys: KeyService
    disclosing: Disclosing
    recognise: Recognise
    showing: Showing
    words: Words
    holding: Holding
    refusals: Refusals
    files: CaseFiles
    blind: Callable[[str], bytes]
    post: Callable[[Posted], None]
    tally: Tally
    clock: Callable[[], float]
    fresh: Callable[[], Fresh]


@dataclass(frozen=True, slots=True)
class _Said:
    """What goes out, what is remembered, what is counted, and what is done once all of it is safe."""

    texts: list[Outgoing]
    talk: Conversation
    outcome: str
    then: Callable[[], Awaitable[object]] | None = None
    remembered: int = MEMORY_SECONDS


class Answer:
    """Answers texts; many at once, but those of one number in their order."""

    def __init__(self, answering: Answering) -> None:
        self._use = answering
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, sms: InboundSms) -> None:
        """Handle one text; returning means that it is safe. Raises StoreError: bring it again."""
        turn = self._read(sms)
        if turn is None:
            return
        async with self._turns.setdefault(turn.index, asyncio.Lock()):
            for _ in range(_RACES):
                if await self._take(turn):
                    return
        raise OvertakenError(
            "another process kept changing this conversation; the centre brings the text again"
        )

    def _read(self, sms: InboundSms) -> Turn | None:
        """(1) Who says what to whom. A sender who is no handset of ours gets nothing and costs no message."""
        use = self._use
        pack = use.packs.get(sms.recipient)
        if pack is None:
            use.tally.count("received", "unknown_short_code")
            return None
        try:
            msisdn = Msisdn.parse(sms.sender, country_code=pack.country_code)
        except IdentityError:
            use.tally.count("received", "not_a_handset")
            return None
        intent = read(sms.text, pack.keywords)
        use.tally.count("received", type(intent).__name__.lower())
        index = use.blind(msisdn.digits)
        echo = use.vault.digest(index, sms.recipient + "|" + sms.text)
        return Turn(index, msisdn, pack, sms.recipient, intent, echo, int(use.clock()), sms.text)

    async def _take(self, turn: Turn) -> bool:
        """Steps 2 to 8 once; False where another process got ahead and all of it has to be done again."""
        # (2) The conversation so far.
        held = await self._use.vault.read(turn.index)
        talk = held.talk
        turn = _with_its_beginning(turn, talk)
        # (3) What happened, seen from there.
        event = classify(talk, turn.intent, turn.echo, turn.now)
        fresh = self._use.fresh()
        proof = turn.intent.value if isinstance(turn.intent, Digits) else None
        if isinstance(turn.intent, Query) and turn.pack.one_message and turn.intent.proof is not None:
            talk, event, proof = _asked_and_answered(talk, event, turn, fresh)
        # (4) Whether a proof holds; one that does not is answered at its own time, whatever was wrong with it.
        begun, forced = self._use.refusals.begun(), False
        if event is Event.PROOF and proof is not None:
            verdict = await self._judged(turn, talk, proof)
            again = talk.purpose is Purpose.ERASE and await self._use.holding.erased(turn)
            proved = verdict is Verdict.PROVED or again
            forced = verdict is Verdict.SECOND
            event = judge(talk, proved=proved, exhausted=verdict is Verdict.EXHAUSTED and not again)
        if event is Event.FORWARD and isinstance(turn.intent, Forward):
            event = await self._use.recognise(turn.index, turn.intent.text, turn.pack.signatures)
        if event is Event.PAIR and isinstance(turn.intent, SixDigits):
            event, intent = await self._use.showing.paired(turn, talk, turn.intent.digits)
            turn = replace(turn, intent=intent)
        # (5) What follows.
        before = talk
        talk = talk.under_force(turn.now) if forced else talk
        talk, act = step(talk, event, turn.intent, fresh, turn.now)
        # (6) and (7): what goes out, opened only if it has to be.
        said = await self._said(turn, before, talk, act)
        talk = said.talk
        await self._withdrawn(turn, before, talk, act)
        if event in {Event.UNPROVED, Event.UNPROVED_LAST}:
            await self._use.refusals.settled(begun)
        talk = await self._unanswered(turn, before, talk)
        # (8) All of it at once, or nothing.
        talk = replace(talk, echo=turn.echo, echo_at=turn.now)
        posted = await self._use.vault.commit(held, talk, said.texts, said.remembered)
        if posted is None:
            return False
        self._use.tally.count("acted", said.outcome)
        for text in posted:
            self._use.post(text)
        if talk.case and talk.case != before.case:
            await self._filed(turn, talk.case)
        self._lapsed(turn, before, talk)
        # (9) What the holder has been told of is shown.
        if said.then is not None:
            await said.then()
        return True

    async def _filed(self, turn: Turn, case: str) -> None:
        """Support finds the case by the reference that has just been told; a failing store keeps nobody from an answer."""
        with contextlib.suppress(StoreError, KeysError):
            await self._use.files.put(case, Filed(turn.index, turn.msisdn.digits, turn.short_code))

    def _lapsed(self, turn: Turn, before: Conversation, talk: Conversation) -> None:
        """Requests that came to nothing leave their record, with nobody waiting; after a kill, the next text sees to it."""
        former = before.lapsed
        for lapsed in (former if former is not None and not former.noted else None, talk.lapsed):
            if lapsed is not None and not lapsed.noted and lapsed.counts:
                self._use.holding.consenting.unagreed.lapsed(turn.index, turn.pack, lapsed)

    async def _unanswered(self, turn: Turn, before: Conversation, talk: Conversation) -> Conversation:
        """A verifier's question that was left alone leaves its record, and is then forgotten; killed before, the next text sees to it."""
        asked = before.unanswered(turn.now)
        if asked is None:
            return talk
        await self._use.showing.unanswered(turn, talk, asked)
        return replace(talk, pending=None) if _same(asked, talk.pending) else talk

    async def _withdrawn(self, turn: Turn, before: Conversation, talk: Conversation, act: Act) -> None:
        """Codes that the conversation no longer holds are void before anybody is told so."""
        kept = talk.held.live(turn.now)
        gone = tuple(place for place in before.held.live(turn.now) if place not in kept)
        if gone:
            await self._use.disclosing.minting.withdraw(gone)
        asked = before.asked(turn.now)
        if asked is not None and act is not Act.SHOW and not _same(asked, talk.pending):
            await self._use.showing.refuse(turn, talk, asked)
        if act is Act.STOPPED:
            await self._use.vault.drop_slot(turn.index, NOTICE_SLOT)
            with contextlib.suppress(KeysError):
                await self._use.holding.consenting.end(turn.index, turn.now)

    async def _judged(self, turn: Turn, talk: Conversation, proof: LastFour) -> Verdict:
        way = Way.SIM if talk.by_sim else Way.OPEN
        try:
            despite_lock = talk.by_sim and talk.purpose is Purpose.ERASE
            [verdict] = await self._use.keys.verify([Claim(turn.index, proof, way, despite_lock)])
        except KeysError:
            self._use.tally.count("judged", "keys_failed")
            return Verdict.UNPROVED
        told = Verdict.UNPROVED if verdict is Verdict.SECOND else verdict
        self._use.tally.count("judged", told.value)
        await self._use.refusals.unproved(turn.index, verdict, turn.now)
        return verdict

    async def _said(self, turn: Turn, before: Conversation, talk: Conversation, act: Act) -> _Said:
        """What goes out: nothing, a prompt, or the one reply with data that this grant gives; what is remembered; what to count."""
        if act is Act.SILENCE:
            return _Said([], talk, act.value)
        soon = turn.now + DIALOGUE_SECONDS
        if act not in {Act.REVEAL, Act.DISPUTE, Act.SHOW_ASK, Act.SHOW}:
            not_after = talk.expires_at if talk.waits(turn.now) else soon
            text = await self._use.words(turn, talk, act)
            if act is Act.CHALLENGE:
                talk = replace(talk, notice=sha256(text.encode()).hexdigest())
            return _Said([self._outgoing(turn, talk, Kind.PROMPT, text, not_after)], talk, act.value)
        told = await self._told(turn, before, talk, act)
        if told is None:
            refused = say(Act.REFUSE, talk, turn.pack.language(talk.language))
            return _Said([self._outgoing(turn, talk, Kind.PROMPT, refused, soon)], talk, _FAILED)
        not_after = told.not_after or (before.expires_at if told.kind is Kind.DATA else soon)
        outgoing = self._outgoing(turn, told.talk, told.kind, told.text, not_after)
        return _Said([outgoing], told.talk, act.value, told.then, told.remembered)

    async def _told(self, turn: Turn, before: Conversation, talk: Conversation, act: Act) -> Told | None:
        """(6) The entry is on disk before anything is opened; (7) the text."""
        if act is Act.SHOW_ASK:
            return self._use.showing.ask(turn, talk)
        if act is Act.SHOW:
            return await self._use.showing.show(turn, talk, before.pending)
        if act is Act.DISPUTE:
            number = turn.intent.number if isinstance(turn.intent, Dispute) else 0
            return await self._use.disclosing.dispute(turn, talk, number)
        if talk.purpose is Purpose.ERASE:
            return await self._erased(turn, talk)
        if talk.purpose is Purpose.NOTICES:
            return await self._use.holding.keep(turn, talk)
        if talk.purpose is Purpose.REASONS:
            return await self._use.disclosing.reasons(turn, talk)
        return await self._use.disclosing.places(turn, talk)

    async def _erased(self, turn: Turn, talk: Conversation) -> Told | None:
        """Nothing of this number is in the outbox any more but the receipt that comes now."""
        told = await self._use.holding.erase(turn, talk)
        if told is not None:
            await self._use.vault.clear(turn.index)
        return told

    def _outgoing(self, turn: Turn, talk: Conversation, kind: Kind, text: str, not_after: int) -> Outgoing:
        """A text back to the number that asked, from the short code that it asked."""
        return Outgoing(
            kind,
            turn.short_code,
            turn.msisdn.digits,
            text,
            not_after,
            talk.language,
            talk.days,
            talk.purpose,
            case=talk.case,
        )


def _same(one: Pending, other: Pending | None) -> bool:
    return other is not None and one.ident == other.ident


def _with_its_beginning(turn: Turn, talk: Conversation) -> Turn:
    """A text without a meaning of its own is the rest of a forwarded reply, where one is waited for."""
    begun = talk.part(turn.now)
    if begun is None or not isinstance(turn.intent, Unknown):
        return turn
    return replace(turn, intent=Forward(begun + turn.text, None))


def _asked_and_answered(
    talk: Conversation, event: Event, turn: Turn, fresh: Fresh
) -> tuple[Conversation, Event, LastFour | None]:
    """The one-message variant: question and proof at once; the pack's published notice was the prompt.

    Where the SIM has to be proved first, the proof is put aside and the SIM's digits are asked for.
    """
    if event not in {Event.QUERY, Event.ANEW, Event.AGAIN} or not isinstance(turn.intent, Query):
        return talk, event, None
    if event is Event.AGAIN and talk.phase is Phase.SIM_ASKED:
        return talk, event, None
    if event is not Event.AGAIN:
        talk, _ = step(talk, Event.QUERY, turn.intent, fresh, turn.now)
    return talk, Event.PROOF, turn.intent.proof
