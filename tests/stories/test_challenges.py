"""A live challenge where no story is short enough: races, registered verifiers, floods, what lies in the store."""

import asyncio
import re
from hashlib import sha256

import pytest

from service.audit.entries import Entry
from service.domain.acts import Act
from service.domain.challenge import State, Step
from service.domain.consent import ConsentPurpose
from service.domain.disputes import DisputeError
from service.domain.identity import LastFour
from service.domain.questions import Document, Finding, Predicate, Show, Shown
from service.domain.verifiers import VerifierError
from service.flows.challenge import Ended, NotRegistered, OpenedChallenge, Refused
from service.flows.entries import LogUnavailableError
from service.ports.log import LogError
from service.ports.sms import InboundSms
from service.ports.store import StoreError
from service.records.consent_record import terms

HOLDER, TWIN = "+8613800138000", "+8613900138000"  # the same last four
CODE, NAME = "91350100M000100Y43", "福州某某科技有限公司"
ACT = Act("ann", "contract signed", "NET-12")


@pytest.fixture
async def holder(world):
    """Somebody who was in Wuhan, and in Suzhou perhaps."""
    await world.enrol(HOLDER, "1234", 400)
    await world.stayed(HOLDER, 420100, 10, 30)
    await world.stayed(HOLDER, 320500, 2, 6, certain=False)
    return HOLDER


async def asked(world, number, opened):
    """The digits texted; the number that agrees, None where nobody was asked."""
    world.clock.now += 2
    await world.text(number, opened.digits)
    found = re.search(r"回复(\d{4})", world.inbox(number)[-1].text)
    return found[1] if found else None


async def agrees(world, number, consent):
    """The number texted back; what the handset is told."""
    world.clock.now += 2
    await world.text(number, consent)
    return world.inbox(number)[-1].text


async def test_two_phones_with_the_same_last_four_race_and_one_is_bound(world, holder):
    """Both text the digits at the same moment: one question, one neutral answer."""
    await world.enrol(TWIN, "567X", 400)
    for _ in range(10):
        world.clock.now += 120
        opened = await world.opens(Show(), "8000", "前台")
        texts = [InboundSms(number[1:], "10086", opened.digits) for number in (holder, TWIN)]
        await asyncio.gather(*(world.answer(text) for text in texts))
        await world.sender.drain()
        last = [world.inbox(number)[-1].text for number in (holder, TWIN)]
        assert sorted("配对号" in text for text in last) == [False, True]
        assert sorted("没有与该号码对应" in text for text in last) == [False, True]
        await world.challenge.leave(opened)


async def test_yes_twice_at_once_shows_once(world, holder):
    """The wire brings the same number three times: one entry, one notice, one answer."""
    opened = await world.opens(Show(), "8000", "前台")
    consent = await asked(world, holder, opened)
    before = len(world.log.entries)
    texts = [InboundSms(holder[1:], "10086", consent)] * 3
    world.clock.now += 2
    await asyncio.gather(*(world.answer(text) for text in texts))
    await world.sender.drain()
    assert len(world.log.entries) == before + 1
    assert sum("出示。记录号" in sms.text for sms in world.inbox(holder)) == 1
    assert isinstance(await world.page(opened), Shown)
    assert await world.page(opened) == Ended(None)


async def test_nothing_is_shown_without_an_entry(world, holder, monkeypatch):
    """A log that takes nothing: the holder is told that nothing was seen, and the page that it failed."""

    async def full(_drafts):
        raise LogError("full")

    opened = await world.opens(Show(), "8000", "前台")
    consent = await asked(world, holder, opened)
    monkeypatch.setattr(world.log, "append", full)
    assert "未能出示,对方未看到任何内容" in await agrees(world, holder, consent)
    assert await world.page(opened) == Ended(State.FAILED)


async def test_the_entry_is_there_before_the_page_is_green(world, holder, monkeypatch):
    """And the notice in the outbox: a store that fails at the last step leaves a page without an answer."""
    opened = await world.opens(Show(), "8000", "前台")
    consent = await asked(world, holder, opened)
    steps = []
    move, append = world.challenges.move, world.log.append

    async def moved(place, ident, binder, step, answer=b""):
        steps.append((step.value, sum("出示。记录号" in sms.text for sms in world.centre.attempted)))
        return await move(place, ident, binder, step, answer)

    async def appended(drafts):
        steps.append(("entry", 0))
        return await append(drafts)

    monkeypatch.setattr(world.challenges, "move", moved)
    monkeypatch.setattr(world.log, "append", appended)
    committed = world.talks.commit

    async def commits(*arguments):
        steps.append(("commit", 0))
        return await committed(*arguments)

    monkeypatch.setattr(world.talks, "commit", commits)
    await agrees(world, holder, consent)
    assert [name for name, _ in steps] == ["agree", "entry", "commit", "show"]


async def test_a_process_that_dies_after_the_notice_shows_nothing(world, holder, monkeypatch):
    """The holder was told, the page was not: its time runs out, and the number agrees to nothing more."""
    opened = await world.opens(Show(), "8000", "前台")
    consent = await asked(world, holder, opened)
    move = world.challenges.move

    async def dies(place, ident, binder, step, answer=b""):
        if step is Step.SHOW:
            raise StoreError("gone")
        return await move(place, ident, binder, step, answer)

    monkeypatch.setattr(world.challenges, "move", dies)
    assert "出示。记录号" in await agrees(world, holder, consent)
    await world.restart()
    world.clock.now += 40
    await world.text(holder, consent)
    assert sum("出示。记录号" in sms.text for sms in world.inbox(holder)) == 1
    world.clock.now += 60
    assert await world.page(opened) == Ended(None)


async def test_a_flood_of_challenges_costs_the_citizen_nothing(world, holder):
    """Twenty a minute from one network, the others wait; not one text, not one entry; another network is not disturbed."""
    before = len(world.log.entries)
    found = [await world.opens(Show(), "8000", "前台", address=f"2001:db8::{one:x}") for one in range(60)]
    assert sum(isinstance(one, OpenedChallenge) for one in found) == 20
    assert {one.seconds for one in found if isinstance(one, Refused)} == {3}
    assert isinstance(await world.opens(Show(), "8000", "前台", address="192.0.2.77"), OpenedChallenge)
    assert world.inbox(holder) == []
    assert len(world.log.entries) == before


async def test_forged_senders_cost_the_holder_a_few_texts_at_most(world, holder):
    """Somebody opens page after page and forges the holder's number: six questions at once, then one a minute."""
    for one in range(30):
        opened = await world.opens(Show(), "8000", "前台", address=f"192.0.2.{one}")
        await world.text(holder, opened.digits)
    assert sum("配对号" in sms.text for sms in world.inbox(holder)) == 6


async def test_a_verifiers_questions_about_one_number_are_bounded(world, holder):
    """One of each network in 14 days, four of all together; of another number it may ask."""
    question = Predicate(False, (320000,))
    told = []
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"):
        world.clock.now += 120
        opened = await world.opens(question, "8000", "前台", address=address)
        consent = await asked(world, holder, opened)
        await agrees(world, holder, consent)
        told.append(await world.page(opened))
    assert [isinstance(one, Shown) for one in told] == [True, False, True, True, True, False]
    assert told[1] == told[5] == Ended(State.SPENT)


async def test_an_agreement_that_has_to_be_done_again_is_counted_once(world, holder, monkeypatch):
    """Another process gets ahead between the entry and the commit: the question is not spent by itself."""
    opened = await world.opens(Predicate(False, (320000,)), "8000", "前台")
    consent = await asked(world, holder, opened)
    commit, lost = world.talks.commit, []

    async def overtaken(*arguments):
        if not lost:
            lost.append(True)
            return False
        return await commit(*arguments)

    monkeypatch.setattr(world.talks, "commit", overtaken)
    assert "出示。记录号" in await agrees(world, holder, consent)
    assert lost
    assert isinstance(await world.page(opened), Shown)


async def test_what_was_agreed_to_is_a_consent_of_its_own(world, holder):
    """One use, the words of the question by their digest, who, what; a refusal leaves one that says so; the entry commits to it."""
    for word in ("N", None):
        world.clock.now += 120
        opened = await world.opens(Predicate(False, (320000, 420000)), "8000", "前台")
        consent = await asked(world, holder, opened)
        question = world.inbox(holder)[-1].text
        await agrees(world, holder, word or consent)
    await world.consenting.drain()
    refused, kept = await world.consenting.all(world.blind(holder[1:]))
    assert (refused.status(0), refused.given_at, refused.recipient) == ("refused", 0, "“前台”")
    assert [Entry.parse(entry).kind for entry in world.log.entries] == ["refuse", "predicate"]
    assert (kept.purpose, kept.uses, kept.status(int(world.clock()))) == (ConsentPurpose.SHOWING, 1, "used")
    assert kept.notice.digest == sha256(question.encode()).hexdigest()
    exported = kept.exported("somebody", int(world.clock()))
    assert exported["recipient"] == "“前台”"
    assert exported["scope"]["question"] == "outside"
    assert exported["scope"]["set"] == ["320000", "420000"]
    newest = (await world.access.newest(world.blind(holder[1:]), 1, int(world.clock()))).lines[0]
    assert newest.access.about == f"showing|{kept.record_id}|{terms(kept)}"
    assert newest.access.by == '"前台"'


async def test_a_stranger_cannot_call_himself_staff_in_the_record(world, holder):
    """His name stands in quotation marks there too."""
    opened = await world.opens(Show(), "8000", "staff")
    await agrees(world, holder, await asked(world, holder, opened))
    world.clock.now += 5
    await world.text(holder, "CXJL")
    assert '"staff"' in world.inbox(holder)[-1].text


async def test_a_documents_digits_are_not_guessed_by_asking(world, holder):
    """After ten wrong ones of a day even the right ones get neither yes nor no; the holder's own tries are untouched."""
    found = []
    for typed in (*["9998"] * 10, "1234"):
        world.clock.now += 120
        opened = await world.opens(Document(LastFour.parse(typed)), "8000", "前台")
        await agrees(world, holder, await asked(world, holder, opened))
        found.append((await world.page(opened)).finding)
    assert found == [Finding.NO] * 10 + [Finding.UNKNOWN]
    for text in ("CXMYD", "1234"):
        world.clock.now += 3
        await world.text(holder, text)
    assert "湖北武汉" in world.inbox(holder)[-1].text


async def test_a_refused_question_uses_nothing_up(world, holder):
    """Nor does one that nobody answers."""
    question = Predicate(False, (320000,))
    for word in ("N", "999X"):
        opened = await world.opens(question, "8000", "前台")
        await asked(world, holder, opened)
        await agrees(world, holder, word)
        world.clock.now += 130
    opened = await world.opens(question, "8000", "前台")
    await agrees(world, holder, await asked(world, holder, opened))
    assert isinstance(await world.page(opened), Shown)


async def test_a_registered_verifier_is_another_to_the_holder(world, holder):
    """With its secret: its registered name, without quotation marks, whatever it typed; its questions are counted by its code."""
    made = await world.registry.add(CODE.lower(), NAME, ACT)
    question = Predicate(False, (320000,))
    found = []
    for address in ("192.0.2.1", "198.51.100.9"):
        world.clock.now += 120
        more = {"address": address, "asker": CODE, "secret": made.secret.lower().replace("-", " ")}
        opened = await world.opens(question, "8000", "工商局", **more)
        consent = await asked(world, holder, opened)
        text = world.inbox(holder)[-1].text
        assert f"】{NAME}(已登记单位)请您出示" in text
        assert "工商局" not in text
        notice = await agrees(world, holder, consent)
        found.append(await world.page(opened))
    assert "14天内已问过" in notice
    assert isinstance(found[0], Shown)
    assert found[1] == Ended(State.SPENT)


async def test_without_its_secret_nobody_asks_in_its_name(world):
    """Another secret, another's, none, an unknown code, what is no code, one that has been ended: all the same."""
    mine = await world.registry.add(CODE, NAME, ACT)
    other = await world.registry.add("91110000600037341L", "另一家公司", ACT)
    for code, secret in [
        (CODE, other.secret),
        (CODE, ""),
        (CODE, mine.secret[:-1] + ("0" if mine.secret[-1] != "0" else "1")),
        ("9144030071526726XG", mine.secret),
        ("x", mine.secret),
    ]:
        assert await world.opens(Show(), "8000", "", asker=code, secret=secret) == NotRegistered()
    await world.registry.end(CODE, ACT)
    assert await world.opens(Show(), "8000", "", asker=CODE, secret=mine.secret) == NotRegistered()
    again = await world.registry.add(CODE, NAME, ACT)
    assert again.secret != mine.secret
    assert isinstance(await world.opens(Show(), "8000", "", asker=CODE, secret=again.secret), OpenedChallenge)


async def test_registering_is_logged_first_and_needs_a_reason_and_a_ticket(world, monkeypatch):
    """Without either nothing is entered; without a log nothing is kept; a dry run does neither; the secret is nowhere."""
    bad = [Act("ann", "", "NET-1"), Act("ann", "call 13800138000", "NET-1"), Act("ann", "ok", "soon")]
    for act in bad:
        with pytest.raises(DisputeError):
            await world.registry.add(CODE, NAME, act)
    for code, name in ((CODE[:-1] + "4", NAME), (CODE, "10086"), (CODE, "某" * 25)):
        with pytest.raises(VerifierError):
            await world.registry.add(code, name, ACT)
    assert (await world.registry.add(CODE, NAME, ACT, dry_run=True)).secret == ""
    assert (world.log.entries, world.verifiers.rows) == ([], {})

    async def full(_drafts):
        raise LogError("full")

    with monkeypatch.context() as patch:
        patch.setattr(world.log, "append", full)
        with pytest.raises(LogUnavailableError):
            await world.registry.add(CODE, NAME, ACT)
    assert world.verifiers.rows == {}
    made = await world.registry.add(CODE, NAME, ACT)
    assert b'"k":"staff.register"' in world.log.entries[-1]
    with pytest.raises(VerifierError):
        await world.registry.add(CODE, NAME, ACT)
    await world.registry.end(CODE, ACT)
    assert b'"k":"staff.unregister"' in world.log.entries[-1]
    with pytest.raises(VerifierError):
        await world.registry.end(CODE, ACT)
    kept = b"".join(world.verifiers.rows.values()) + b"".join(world.log.entries)
    assert made.secret.encode() not in kept
    assert made.secret.replace("-", "").encode() not in kept
    assert made.secret not in repr(made)


async def test_what_lies_in_the_store_opens_nothing(world, holder):
    """Markers in every field: none of them, nor the six digits or the consent number, lies open at any step."""
    opened = await world.opens(Document(LastFour.parse("987X")), "8000", "暗号前台")
    consent = await asked(world, holder, opened)
    markers = [opened.digits, consent, "987X", "暗号前台", holder[1:], "8000", "1234"]

    def open_ones():
        stored = b"|".join(
            part
            for place, row in world.challenges.rows.items()
            for part in (place, row.ident, row.box, row.binder, row.answer)
        )
        return [one for one in markers if one.encode() in stored]

    assert open_ones() == []
    await agrees(world, holder, consent)
    assert world.challenges.rows
    assert open_ones() == []
    # Whoever has the store and every key of the link opens the question, and the answer only with what the question holds.
    [(place, row)] = world.challenges.rows.items()
    assert await world.vault_of_challenges().request(place, row.ident, row.box[:-1] + b"\0") is None


async def test_two_challenges_of_one_number_have_nothing_in_common(world, holder):
    """Places, names, boxes, binders: all new."""
    parts = []
    for _ in range(2):
        world.clock.now += 120
        opened = await world.opens(Show(), "8000", "前台")
        await asked(world, holder, opened)
        row = world.challenges.rows[opened.place]
        parts.append((opened.place, row.ident, row.box, row.binder))
        await world.challenge.leave(opened)
    for one, other in zip(*parts, strict=True):
        assert one != other
        assert sum(a == b for a, b in zip(one, other, strict=True)) <= max(2, len(one) // 10)


async def test_a_store_that_fails_is_said_and_nothing_else(world, monkeypatch):
    """The page: not possible now."""

    async def gone(*_):
        raise StoreError("gone")

    monkeypatch.setattr(world.challenges, "open", gone)
    assert await world.opens(Show(), "8000", "前台") == Refused(0)


async def test_what_is_disputed_is_shown_as_disputed(world, holder):
    """The holder has disputed a region; the verifier is shown it with that mark, behind the entry of the showing."""
    for text in ("YY", "1234", "YY1"):
        world.clock.now += 3
        await world.text(holder, text)
    opened = await world.opens(Show(), "8000", "前台")
    await agrees(world, holder, await asked(world, holder, opened))
    shown = await world.page(opened)
    assert isinstance(shown, Shown)
    assert any(visit.disputed for visit in shown.statement.answer.visits)
