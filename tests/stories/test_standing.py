"""A verifier's standing consent where no story is short enough: races, stolen tokens, erasure, new words, a log that fails."""

import asyncio
import base64
import re
from dataclasses import replace
from hashlib import sha256

import pytest

from service.audit.entries import Kind as EntryKind
from service.domain.acts import Act
from service.domain.consent import ConsentPurpose, EventKind, Mode
from service.domain.questions import Predicate, Shown
from service.domain.standing import STANDING_USES
from service.flows.challenge import Ended as PageEnded
from service.flows.challenge import NotRegistered, Refused
from service.flows.repeat import AnsweredAgain
from service.ports.log import LogError
from service.ports.standing_answers import Ended, NotNow, UsedToday
from service.records.consent_record import terms
from service.vault.standing_tokens import NamedConsent, StandingTokens

HOLDER, CODE, OTHER = "+8613800138000", "91350100M000100Y43", "91110000600037341L"
ACT, DAY = Act("ann", "contract signed", "NET-12"), 86_400
QUESTION = Predicate(False, (320000, 440000))


class Depot:
    """A registered verifier, and the consent that it was given."""

    def __init__(self, world, secret):
        self.world, self.secret, self.token = world, secret, ""

    async def asks(self):
        """The question, agreed to; what its page shows, and the text that asked."""
        more = {"asker": CODE, "secret": self.secret}
        opened = await self.world.opens(QUESTION, "8000", "", standing=True, **more)
        self.world.clock.now += 2
        await self.world.text(HOLDER, opened.digits)
        self.notice = self.world.inbox(HOLDER)[-1].text
        self.number = re.search(r"回复(\d{4})", self.notice)[1]
        self.world.clock.now += 2
        self.opened = opened
        await self.world.text(HOLDER, self.number)
        shown = await self.world.page(opened)
        if isinstance(shown, Shown):
            self.token = shown.standing.token
        return shown

    async def again(self, token=None, code=CODE, secret=None, **more):
        """The same again."""
        return await self.world.again(token or self.token, code, secret or self.secret, **more)


@pytest.fixture
async def depot(world):
    """One that was given a consent yesterday, by somebody who was in Wuhan."""
    await world.enrol(HOLDER, "1234", 400)
    await world.stayed(HOLDER, 420100, 10, 30)
    depot = Depot(world, (await world.registry.add(CODE, "某某物流", ACT)).secret)
    assert isinstance(await depot.asks(), Shown)
    world.clock.now += DAY
    return depot


async def kept(world):
    """The consent as it lies there."""
    await world.consenting.drain()
    [consent] = await world.consenting.all(world.blind(HOLDER[1:]))
    return consent


async def test_the_record_says_what_was_agreed_to_and_each_use(world, depot):
    """Standing, for this recipient, in the words of the SMS, fourteen uses and days; its entries commit to its terms."""
    assert isinstance(await depot.again(), AnsweredAgain)
    consent = await kept(world)
    assert (consent.purpose, consent.mode) == (ConsentPurpose.ANSWERS, Mode.STANDING)
    assert consent.notice.digest == sha256(depot.notice.encode()).hexdigest()
    assert (consent.max_uses, consent.uses) == (STANDING_USES, 2)
    assert consent.expires_at == consent.given_at + 14 * DAY
    exported = consent.exported("somebody", int(world.clock()))
    assert exported["recipient"] == f"某某物流, {CODE}"
    assert (exported["mode"], exported["status"]) == ("standing", "active")
    assert exported["scope"]["set"] == ["320000", "440000"]
    own = await world.access.newest(world.blind(HOLDER[1:]), 3, int(world.clock()))
    assert [line.access.kind for line in own.lines] == ["predicate", "predicate", "consent.given"]
    assert {line.access.about for line in own.lines} == {f"answers|{consent.record_id}|{terms(consent)}"}
    numbers = [event.number for event in consent.events if event.kind is EventKind.USED]
    assert numbers == [2, 3]


async def test_two_at_once_are_one_answer_and_one_notice(world, depot):
    """Whoever comes second on a day gets none, at the same moment too."""
    world.inbox(HOLDER).clear()
    found = await asyncio.gather(*(depot.again() for _ in range(5)))
    assert sum(isinstance(one, AnsweredAgain) for one in found) == 1
    assert (await kept(world)).uses == 2
    assert sum("按您同意向" in sms.text for sms in world.inbox(HOLDER)) == 1
    assert await depot.again() == UsedToday()


async def test_fourteen_days_of_one_answer_each_and_then_it_is_over(world, depot):
    """The last one is the fourteenth; a day that is left out is not made up for."""
    answered = []
    for _ in range(20):
        answered.append(isinstance(await depot.again(), AnsweredAgain))
        world.clock.now += DAY
    assert answered == [True] * 13 + [False] * 7
    assert await depot.again() == Ended()
    assert (await kept(world)).uses == STANDING_USES


async def test_the_notice_is_in_the_outbox_before_the_answer(world, depot, monkeypatch):
    """A conversation that takes no text: nothing is answered."""

    async def busy(*_arguments):
        return None

    monkeypatch.setattr(world.talks, "commit", busy)
    assert await depot.again() == NotNow()


async def test_without_an_entry_nothing_is_answered_and_nothing_used_up(world, depot, monkeypatch):
    """The log takes nothing for a while; then the day's answer is still there."""

    async def full(_drafts):
        raise LogError("full")

    with monkeypatch.context() as broken:
        broken.setattr(world.log, "append", full)
        assert await depot.again() == NotNow()
    assert isinstance(await depot.again(), AnsweredAgain)


async def test_a_token_is_nothing_without_its_organisation(world, depot):
    """Another registered one, a wrong secret, an altered token, another key's, another life's: no answer, and no text."""
    other = await world.registry.add(OTHER, "另一家公司", ACT)
    world.inbox(HOLDER).clear()
    assert await depot.again(code=OTHER, secret=other.secret) == Ended()
    assert await depot.again(secret="00000-00000-00000-00000") == NotRegistered()
    raw = bytearray(base64.urlsafe_b64decode(depot.token + "=="))
    for place in range(len(raw)):
        bent = bytes(raw[:place]) + bytes([raw[place] ^ 1]) + bytes(raw[place + 1 :])
        altered = base64.urlsafe_b64encode(bent).decode().rstrip("=")
        assert world.standing_tokens.named(altered) is None
    for text in ("", "x", "é" * 86, depot.token[:-4], depot.token + "AAAA"):
        assert world.standing_tokens.named(text) is None
    named = world.standing_tokens.named(depot.token)
    assert world.standing_tokens.named(f" {depot.token[:40]}\n{depot.token[40:]} ") == named
    foreign = StandingTokens(bytes(32), world.entropy).token(named)
    later = world.standing_tokens.token(replace(named, generation=named.generation + 1))
    unknown = world.standing_tokens.token(
        NamedConsent(named.index, named.generation, "0192a4c0-0000-7000-8000-000000000000")
    )
    for token in (foreign, later, unknown):
        assert await depot.again(token) == Ended()
    assert world.inbox(HOLDER) == []
    assert (await kept(world)).uses == 1


async def test_a_consent_for_one_use_cannot_be_asked_again(world, depot):
    """A token for a consent of another purpose names nothing that stands."""
    opened = await world.opens(QUESTION, "8000", "前台", address="198.51.100.9")
    await world.text(HOLDER, opened.digits)
    world.clock.now += 2
    await world.text(HOLDER, re.search(r"回复(\d{4})", world.inbox(HOLDER)[-1].text)[1])
    assert isinstance(await world.page(opened), Shown)
    await world.consenting.drain()
    index = world.blind(HOLDER[1:])
    once = (await world.consenting.all(index))[-1]
    token = world.standing_tokens.token(NamedConsent(index, 1, once.record_id))
    assert await depot.again(token) == Ended()


async def test_an_ended_verifier_asks_no_more(world, depot):
    """The operator ends it; registered again under another name it is another one to the holder."""
    await world.registry.end(CODE, ACT)
    assert await depot.again() == NotRegistered()
    renamed = await world.registry.add(CODE, "某某快运", ACT)
    assert await depot.again(secret=renamed.secret) == Ended()


async def test_an_erased_number_answers_nothing(world, depot):
    """And neither does its next owner."""
    for text in ("SC", "1234"):
        world.clock.now += 5
        await world.text(HOLDER, text)
    assert await depot.again() == Ended()
    await world.enrol(HOLDER, "9999", 1)
    assert await depot.again() == Ended()


async def test_new_words_end_it(world, depot):
    """The notice has a new version: what was agreed to in the old words stands no more, and the record says why."""
    pack = world.packs["10086"]
    languages = tuple(replace(language, notice_version="2027-01") for language in pack.languages)
    world.packs["10086"] = replace(pack, languages=languages)
    assert await depot.again() == Ended()
    assert (await kept(world)).status(int(world.clock())) == "superseded"


async def test_a_locked_number_uses_nothing_up(world, depot):
    """Neither a use nor the day: unlocked, it answers."""
    index = world.blind(HOLDER[1:])
    for until in (int(world.clock()) + 3600, 0):
        receipt = await world.entries.enter(index, EntryKind.LOCK, int(world.clock()))
        await world.keys.lock(receipt, until)
        found = await depot.again()
        assert isinstance(found, NotNow if until else AnsweredAgain)


async def test_what_cannot_be_answered_at_first_does_not_stand_either(world):
    """Locked between question and yes: the page is told that it failed, and no consent is left."""
    await world.enrol(HOLDER, "1234", 400)
    depot = Depot(world, (await world.registry.add(CODE, "某某物流", ACT)).secret)
    index = world.blind(HOLDER[1:])
    receipt = await world.entries.enter(index, EntryKind.LOCK, int(world.clock()))
    await world.keys.lock(receipt, int(world.clock()) + 3600)
    assert isinstance(await depot.asks(), PageEnded)
    assert (await kept(world)).status(int(world.clock())) == "withdrawn"
    assert "未能出示" in world.inbox(HOLDER)[-1].text


async def test_a_yes_that_is_handled_again_gives_one_consent(world, monkeypatch):
    """Another process gets ahead between the use and the commit."""
    await world.enrol(HOLDER, "1234", 400)
    depot = Depot(world, (await world.registry.add(CODE, "某某物流", ACT)).secret)
    commit, lost = world.talks.commit, []

    async def overtaken(*arguments):
        if depot_agreed() and not lost:
            lost.append(True)
            return False
        return await commit(*arguments)

    def depot_agreed():
        return bool(world.consents.rows)

    monkeypatch.setattr(world.talks, "commit", overtaken)
    assert isinstance(await depot.asks(), Shown)
    assert lost
    assert (await kept(world)).uses == 1


async def test_a_refused_one_leaves_a_record_that_says_so(world):
    """N: nothing stands, nothing was used up."""
    await world.enrol(HOLDER, "1234", 400)
    depot = Depot(world, (await world.registry.add(CODE, "某某物流", ACT)).secret)
    opened = await world.opens(QUESTION, "8000", "", standing=True, asker=CODE, secret=depot.secret)
    for word in (opened.digits, "N"):
        world.clock.now += 2
        await world.text(HOLDER, word)
    refused = await kept(world)
    assert (refused.purpose, refused.mode) == (ConsentPurpose.ANSWERS, Mode.STANDING)
    assert refused.status(0) == "refused"
    assert isinstance(await depot.asks(), Shown)


async def test_who_tries_too_often_waits(depot):
    """At the pace of opening challenges, whatever the token; nobody else waits."""
    found = [await depot.again("x", secret="no") for _ in range(40)]
    assert sum(isinstance(one, Refused) for one in found) >= 19
    assert isinstance(await depot.again(address="198.51.100.9"), AnsweredAgain)


def test_two_tokens_of_one_consent_have_nothing_in_common(world):
    """Whoever holds both cannot tell that they mean the same."""
    named = NamedConsent(b"i" * 16, 1, "0192a4c0-0000-7000-8000-000000000000")
    one, two = (world.standing_tokens.token(named) for _ in range(2))
    assert len(one) == 86
    assert not {one[place : place + 8] for place in range(79)} & {
        two[place : place + 8] for place in range(79)
    }
