"""The link's side of a standing consent: the same yes-or-no question, answered again.

Rule 1: nothing is answered here but what the holder agreed to, to whom, once a day; the consent says what.
Rule 2: it does not know how a verifier proved who it is.

    (1) which consent, whose  (2) it stands, for this recipient, in today's words  (3) the entry  (4) the record, against it
    (5) the use, counted: of two at once one is answered  (6) the notice, in the outbox  (7) the answer
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.audit.entries import Kind as EntryKind
from service.domain.challenge_texts import told_repeated
from service.domain.consent import ConsentEvent, EventKind
from service.domain.identity import Msisdn
from service.domain.limits import MEMORY_SECONDS
from service.domain.notices import Address
from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.domain.questions import QUESTION_DAYS, Predicate, Shown, Standing, found
from service.domain.recipients import name_of
from service.domain.standing import May, may_use, uses_left
from service.flows.consenting import Consenting, Grant
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries, LogUnavailableError
from service.ports.keys import KeysError
from service.ports.standing_answers import Ended, NotNow, Repeated, RepeatVerdict, UsedToday
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault, Posted
from service.vault.standing_tokens import StandingTokens

__all__ = ["AnswerAgain", "AnsweringAgain"]

_RACES = 8
_NOTICE_SECONDS = 86_400
"""How long the notice is worth sending: until the next use."""


@dataclass(frozen=True, slots=True)
class AnsweringAgain:
    """What the flow needs of the outside; `wiring` fills it."""

    tokens: StandingTokens
    packs: Mapping[str, Pack]
    vault: ConversationVault
    consenting: Consenting
    entries: Entries
    disclosing: Disclosing
    province_of: Callable[[int], int | None]
    post: Callable[[Posted], None]
    tally: Tally
    clock: Callable[[], float]


class AnswerAgain:
    """Implements `ports.standing_answers.StandingAnswers` inside the link role."""

    def __init__(self, answering: AnsweringAgain) -> None:
        self._use = answering

    async def repeat(self, token: str, recipient: str) -> RepeatVerdict:
        """See `ports.standing_answers.StandingAnswers`."""
        try:
            verdict = await self._repeated(token, recipient, int(self._use.clock()))
        except (StoreError, KeysError, LogUnavailableError):
            verdict = NotNow()
        self._use.tally.count("standing", type(verdict).__name__.lower())
        return verdict

    async def _repeated(self, token: str, recipient: str, now: int) -> RepeatVerdict:
        use = self._use
        # (1) and (2).
        named = use.tokens.named(token)
        grant = None
        if named is not None:
            grant = await use.consenting.of(named.index, named.generation, named.record_id)
        if named is None or grant is None or grant.held.consent.recipient != recipient:
            return Ended()
        may, address = may_use(grant.held.consent, now), grant.held.consent.address
        if may is May.NO or address is None:
            return Ended()
        if not self._in_todays_words(grant, address):
            await use.consenting.end_one(grant, now, EventKind.SUPERSEDED)
            return Ended()
        if may is May.TODAY:
            return UsedToday()
        # (3) and (4).
        receipt = await use.entries.enter(
            named.index, EntryKind.PREDICATE, now, grant.about, name_of(recipient)
        )
        pack = use.packs[address.short_code]
        msisdn = Msisdn.parse(address.msisdn, country_code=pack.country_code)
        said = await use.disclosing.stated(receipt, msisdn, QUESTION_DAYS, now)
        if said is None:
            return Ended()
        # (5).
        event = ConsentEvent(EventKind.USED, now, "web", receipt.number)
        await use.consenting.marked(grant, event)
        consent = grant.held.consent.with_event(event)
        # (6) He learns of it before anybody learns anything of him.
        text = told_repeated(consent, receipt.number, pack.language(address.language))
        await self._told(named.index, address, text, now)
        # (7).
        finding = found(Predicate.read(consent.question), said.answer, use.province_of)
        standing = Standing(token, consent.expires_at, uses_left(consent))
        covered, whole = said.answer.covered, said.answer.whole_days
        shown = Shown(msisdn.masked, now, receipt.position, finding, covered, whole, standing=standing)
        return Repeated(shown, consent.question)

    def _in_todays_words(self, grant: Grant, address: Address) -> bool:
        """A new version of the notice ends what was agreed to in the words of the old one."""
        notice, pack = grant.held.consent.notice, self._use.packs.get(address.short_code)
        return pack is not None and pack.language(notice.language).notice_version == notice.version

    async def _told(self, index: bytes, address: Address, text: str, now: int) -> None:
        """Raises KeysError where the conversation is too busy: then nothing is answered."""
        notice = Outgoing(
            Kind.PROMPT,
            address.short_code,
            address.msisdn,
            text,
            now + _NOTICE_SECONDS,
            address.language,
            days=0,
        )
        for _ in range(_RACES):
            held = await self._use.vault.read(index)
            posted = await self._use.vault.commit(held, held.talk, [notice], MEMORY_SECONDS)
            if posted is not None:
                for one in posted:
                    self._use.post(one)
                return
        raise KeysError("the conversation kept changing; nothing is answered")
