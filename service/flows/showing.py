"""The holder's side of a live challenge: six digits texted, a question asked, yes or no.

Rule 1: nothing is shown to a verifier but here: after the holder's number came back from his handset, behind its entry.
Rule 2: it decides neither what may follow what (`domain.challenge`, `domain.dialogue`) nor what a yes is (`domain.questions`).

    paired   (1) who texts too many digits waits  (2) what lies there  (3) for this number?  (4) bound, or not: one neutral reply
    show     (1) what was asked  (2) agreed, while the page still waits  (3) has this verifier had his question?
             (4) the entry  (5) the record, or the document's digits  (6) the answer, sealed for that page alone;
             it is handed over once the notice is in the outbox
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256

from service.audit.entries import Kind as EntryKind
from service.domain.challenge import Moved, Pending, State, Step
from service.domain.challenge_texts import told_asked, told_shown
from service.domain.consent import ConsentEvent, ConsentPurpose, EventKind
from service.domain.conversation import Conversation
from service.domain.dialogue import Act
from service.domain.dialogue_events import Event
from service.domain.intents import Intent, Paired
from service.domain.lapses import Lapsed
from service.domain.outgoing import Kind
from service.domain.pacing import NOTED, Pace
from service.domain.questions import (
    QUESTION_DAYS,
    Document,
    Finding,
    Predicate,
    Request,
    Show,
    Shown,
    Standing,
    found,
)
from service.domain.replies import RegionName, say
from service.domain.standing import uses_left
from service.flows.consenting import Grant
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries, LogUnavailableError
from service.flows.turns import Told, Turn
from service.ports.challenges import Challenges
from service.ports.checks import Throttle
from service.ports.keys import Activation, Claim, KeysError, KeyService, Opening, Verdict, Way
from service.ports.log import EntryReceipt
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.sealing.requesters import (
    binder_of,
    budget_of,
    place_of_digits,
    requester_for,
    requester_of_index,
)
from service.vault.challenge_opener import ChallengeOpener
from service.vault.standing_tokens import NamedConsent, StandingTokens

__all__ = ["Showing"]

_SECOND = 1_000_000
_PAIRINGS = Pace(burst=6, interval=60 * _SECOND)
"""Six digits of one number: each can cost its holder a text, and a sender can be forged."""

_ONE = Pace(burst=1, interval=QUESTION_DAYS * 86_400 * _SECOND)
"""Yes-or-no questions of one verifier about one number: a second one would begin to bisect where it was."""

_ALL = Pace(burst=4, interval=QUESTION_DAYS * 86_400 * _SECOND // 4)
"""The same of all verifiers together, since an unregistered one can call himself another."""

_FOUND = {
    Verdict.PROVED: Finding.YES,
    Verdict.UNPROVED: Finding.NO,
    Verdict.SECOND: Finding.NO,
    Verdict.EXHAUSTED: Finding.UNKNOWN,
}


class NothingKeptError(Exception):
    """Nothing of this number is kept, so there is nothing to show."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What it needs; `wiring` fills it. `key` makes the names of places, binders and budgets."""

    challenges: Challenges
    opener: ChallengeOpener
    throttle: Throttle
    keys: KeyService
    entries: Entries
    disclosing: Disclosing
    tokens: StandingTokens
    region_name: RegionName
    province_of: Callable[[int], int | None]
    key: bytes = field(repr=False)
    tally: Tally

    async def paired(self, turn: Turn, talk: Conversation, digits: str) -> tuple[Event, Intent]:
        """What six digits are in this conversation. Raises StoreError."""
        place = place_of_digits(self.key, digits)
        # (1) Before anything else, or guessing would be told apart by its pace.
        requester = requester_for(self.key, b"pair", requester_of_index(self.key, turn.index))
        if await self.throttle.take(requester, _PAIRINGS):
            return self._none("too_often", turn)
        # (2).
        lying = await self.challenges.read(place)
        if lying is None:
            return self._none("nothing_there", turn)
        request = await self.opener.request(place, lying.ident, lying.box)
        # (3) The page says which number it means; an unknown one has nothing to show.
        if request is None or turn.msisdn.digits[-4:] != request.phone_last_four:
            return self._none("another_number", turn)
        if await self._life(turn.index) is None:
            return self._none("no_subscription", turn)
        # (4) Of racing handsets with the same four digits one is bound.
        binder = binder_of(self.key, lying.ident, turn.index)
        moved = await self.challenges.move(place, lying.ident, binder, Step.BIND)
        if moved is Moved.NO:
            return self._none("taken", turn)
        self.tally.count("challenge", "bound" if moved is Moved.DONE else "bound_before")
        asked = talk.asked(turn.now)
        again = asked is not None and asked.ident == lying.ident.hex()
        return (Event.PAIRED_AGAIN if again else Event.PAIRED), Paired(
            place.hex(), lying.ident.hex(), request
        )

    def _none(self, reason: str, turn: Turn) -> tuple[Event, Intent]:
        self.tally.count("challenge", reason)
        return Event.PAIR_NONE, turn.intent

    def ask(self, turn: Turn, talk: Conversation) -> Told | None:
        """The text that asks the holder."""
        asked, intent = talk.asked(turn.now), turn.intent
        if asked is None or not isinstance(intent, Paired):
            return None
        language = turn.pack.language(talk.language)
        text = told_asked(intent.request, asked.number, language, self.region_name)
        notice = sha256(text.encode()).hexdigest()
        return Told(text, Kind.PROMPT, replace(talk, pending=replace(asked, notice=notice)), asked.until)

    async def refuse(self, turn: Turn, talk: Conversation, pending: Pending) -> None:
        """The holder has said no, or what comes to the same: that is noted, then the page learns it. Raises StoreError."""
        place, ident = bytes.fromhex(pending.place), bytes.fromhex(pending.ident)
        request = await self._asked(place, ident)
        if request is not None:
            await self.disclosing.consenting.unagreed.refused_to(turn, talk, pending, request, QUESTION_DAYS)
        await self.challenges.move(place, ident, binder_of(self.key, ident, turn.index), Step.REFUSE)
        self.tally.count("challenge", "refused")

    async def unanswered(self, turn: Turn, talk: Conversation, pending: Pending) -> None:
        """Nobody answered in time: noted, a few times a day. Who asked is not known any more. Raises StoreError."""
        requester = requester_for(self.key, b"unanswered", requester_of_index(self.key, turn.index))
        if await self.throttle.take(requester, NOTED):
            return
        self.disclosing.consenting.unagreed.lapsed(
            turn.index,
            turn.pack,
            Lapsed(
                pending.ident,
                ConsentPurpose.SHOWING.value,
                QUESTION_DAYS,
                pending.notice,
                talk.language or "",
                pending.asked_at,
                turn.now,
                EventKind.EXPIRED.value,
            ),
        )

    async def show(self, turn: Turn, talk: Conversation, pending: Pending | None) -> Told | None:
        """Show what was agreed to; the text tells the holder what came of it."""
        if pending is None:
            return None
        place, ident = bytes.fromhex(pending.place), bytes.fromhex(pending.ident)
        binder = binder_of(self.key, ident, turn.index)
        move = partial(self.challenges.move, place, ident, binder)
        # (1) and (2).
        request = await self._asked(place, ident)
        moved = await move(Step.AGREE) if request is not None else Moved.NO
        if request is None or moved is Moved.NO:
            return self._told(Act.SHOW_LATE, turn, talk)
        try:
            # (3) Counted once: a text that the centre brings again is the same agreement.
            if moved is Moved.DONE and not await self._within_budget(turn.index, request):
                await move(Step.SPEND)
                return self._told(Act.SHOW_SPENT, turn, talk)
            # (4) and (5): the entry commits to what the holder has agreed to.
            consenting = self.disclosing.consenting
            grant = await consenting.given_to(turn, talk, pending, request, QUESTION_DAYS)
            if request.standing:
                shown, receipt = await self._shown_standing(turn, request, grant)
            else:
                receipt = await self._entered(turn, request, grant)
                consenting.used(grant, turn.now, receipt.number)
                shown = await self._shown(turn, request, receipt)
        except (LogUnavailableError, KeysError, NothingKeptError) as error:
            self.tally.count("challenge", type(error).__name__)
            await move(Step.FAIL)
            return self._told(Act.SHOW_FAILED, turn, talk)
        # (6).
        sealed = self.opener.sealed(place, ident, request.answer_key, shown)
        text = told_shown(request, turn.now, receipt.number, turn.pack.language(talk.language))
        return Told(text, Kind.PROMPT, talk, then=partial(self._hand_over, move, sealed))

    async def _asked(self, place: bytes, ident: bytes) -> Request | None:
        lying = await self.challenges.read(place)
        if lying is None or lying.ident != ident or lying.state not in {State.ASKED, State.AGREED}:
            return None
        return await self.opener.request(place, ident, lying.box)

    async def _within_budget(self, index: bytes, request: Request) -> bool:
        """Whether this verifier, and all of them together, may have a yes or no about this number now."""
        if not isinstance(request.question, Predicate):
            return True
        life = await self._life(index)
        if life is None:
            raise KeysError("this subscription is not known any more")
        asker = request.asker.encode() or request.requester
        for who, pace in ((asker, _ONE), (b"", _ALL)):
            if await self.throttle.take(budget_of(self.key, index, life.generation, who), pace):
                return False
        return True

    async def _entered(self, turn: Turn, request: Request, grant: Grant) -> EntryReceipt:
        question = request.question
        kind = EntryKind.PREDICATE if isinstance(question, Predicate) else EntryKind.CHECK
        # In quotation marks nobody who calls himself "staff" is taken for it in the holder's record.
        by = request.name if request.asker else f'"{request.name}"'
        return await self.entries.enter(turn.index, kind, turn.now, grant.about, by)

    async def _shown_standing(self, turn: Turn, request: Request, grant: Grant) -> tuple[Shown, EntryReceipt]:
        """The first of several answers; where it cannot be given, the consent to them ends as well."""
        consenting, now = self.disclosing.consenting, turn.now
        try:
            await self.entries.enter(turn.index, EntryKind.CONSENT_GIVEN, now, grant.about)
            receipt = await self._entered(turn, request, grant)
            shown = await self._shown(turn, request, receipt)
            used = ConsentEvent(EventKind.USED, now, number=receipt.number)
            await consenting.marked(grant, used)
            consent = grant.held.consent.with_event(used)
        except (LogUnavailableError, KeysError, NothingKeptError):
            await consenting.end_one(grant, now, EventKind.WITHDRAWN)
            raise
        named = NamedConsent(turn.index, grant.key.generation, consent.record_id)
        standing = Standing(self.tokens.token(named), consent.expires_at, uses_left(consent))
        return replace(shown, standing=standing), receipt

    async def _shown(self, turn: Turn, request: Request, receipt: EntryReceipt) -> Shown:
        masked, at, entry = turn.msisdn.masked, turn.now, receipt.position
        if isinstance(request.question, Document):
            # A locked number answers every claim as a wrong one: that would be a "no" that nobody gave.
            await self.keys.derive_itinerary([Opening(receipt, None)])
            claim = Claim(turn.index, request.question.last_four, Way.SHOWN)
            [verdict] = await self.keys.verify([claim])
            return Shown(masked, at, entry, _FOUND[verdict])
        said = await self.disclosing.stated(receipt, turn.msisdn, QUESTION_DAYS, turn.now)
        if said is None:
            raise NothingKeptError
        answer = said.answer
        if isinstance(request.question, Show):
            return Shown(masked, at, entry, None, answer.covered, answer.whole_days, said)
        finding = found(request.question, answer, self.province_of)
        return Shown(masked, at, entry, finding, answer.covered, answer.whole_days)

    async def _hand_over(self, move: Callable[[Step, bytes], Awaitable[Moved]], sealed: bytes) -> None:
        """The holder has been told; a page that has gone meanwhile gets nothing."""
        try:
            moved = await move(Step.SHOW, sealed)
        except StoreError:
            moved = Moved.NO
        self.tally.count("challenge", "shown" if moved is Moved.DONE else "not_handed_over")

    async def _life(self, index: bytes) -> Activation | None:
        try:
            [life] = await self.keys.activations([index])
        except KeysError:
            return None
        return life

    @staticmethod
    def _told(act: Act, turn: Turn, talk: Conversation) -> Told:
        return Told(say(act, talk, turn.pack.language(talk.language)), Kind.PROMPT, talk)
