"""Support helps by the reference in an SMS: it sees what a case waits for and nobody's number, region or digits."""

import asyncio
import json
from dataclasses import asdict, replace

import pytest

from service.audit.entries import Entry
from service.domain.dialogue_traces import Fresh
from service.domain.identity import LastFour
from service.domain.support import ORDER_SECONDS, Order, OrderKind
from service.flows.support_case import SupportCase, SupportError
from service.ports.keys import Claim, Verdict, Way
from service.ports.sms import Fate, Submitted
from service.smpp.receipts import Receipt, State
from tests.stories.conftest import NAMES

NUMBER, OTHER = "8613800138000", "8613800138001"
WHY = ("caller asked", "NET-12")


@pytest.fixture
async def known(world):
    """Two subscriptions with a stay each; each prompt has a reference of its own."""
    drawn = iter(range(1000, 2000))
    world.answer._use = replace(world.answer._use, fresh=lambda: Fresh(f"A{next(drawn)}", "7391"))
    for number in (NUMBER, OTHER):
        await world.enrol(number, "1234", 400)
        await world.stayed(number, 420100, 5, 20)
    return world


async def say(world, *texts, number=NUMBER):
    """Some texts, a few seconds apart."""
    for text in texts:
        world.clock.now += 5
        await world.text(number, text)


async def order(world, kind, case, *words, patience=5.0, **named):
    """One order of ann's, carried out by the link as soon as it looks; its answer shows nobody."""
    support = SupportCase(world.order_post, places, world.clock, patience)
    asked = asyncio.create_task(support(kind, case, "ann", *words, **named))
    for _ in range(3):
        await asyncio.sleep(0)
        await world.serve_orders()
    view = await asked
    await world.sender.drain()
    shown = json.dumps(asdict(view), ensure_ascii=False)
    assert not [secret for secret in world.secrets if secret in shown]
    assert "1234" not in shown.replace(str(view.answered_at), "").replace(str(view.expires_at), "")
    world.check()
    return view


def places(text):
    """Whether words name one of the story's places."""
    return any(name in text for names in NAMES.values() for name in names.values())


def kinds(world):
    """What the log says in the open."""
    return [Entry.parse(entry).kind for entry in world.log.entries]


async def test_a_case_is_seen_by_its_reference(known):
    """What it waits for, for how long, how often it was wrong, what became of its texts; typed in any case."""
    await say(known, "CXMYD15", "9999")
    view = await order(known, OrderKind.SHOW, "a1000 ", *WHY)
    assert (view.done, view.phase, view.purpose, view.language) == ("shown", "asked", "places", "zh")
    assert (view.wrong_tries, view.live_codes, view.stopped) == (1, 0, False)
    assert view.expires_at - known.clock.now == 595
    assert [text.fate for text in view.texts] == ["accepted", "accepted"]
    await say(known, "1234")
    view = await order(known, OrderKind.SHOW, "A1000", *WHY)
    assert (view.phase, view.live_codes) == ("idle", 1)
    # To look leaves an entry as well, before anything is looked at.
    assert kinds(known) == ["refuse", "staff.show", "disclose", "staff.show"]
    assert view.entry == 3
    line = (await known.access.newest(known.blind(NUMBER), 1, int(known.clock()))).lines[0]
    assert (line.access.about, line.access.by) == ("A1000|ann|NET-12|caller asked", "staff")


async def test_a_report_of_the_handset_is_seen_with_its_text(known):
    """Matched as centres write identifiers: in hex, with zeros before; of the last part; of an unknown text nothing."""
    known.deliveries.sent("A1", Submitted(Fate.ACCEPTED, ("00AB", "1F4")), 5)
    known.deliveries.sent("A1", Submitted(Fate.REFUSED), 6)
    known.deliveries.sent("", Submitted(Fate.ACCEPTED, ("77",)), 6)
    known.deliveries.reported(Receipt("500", State.DELIVERED))
    known.deliveries.reported(Receipt("77", State.DELIVERED))
    known.deliveries.reported(Receipt("nothing", State.DELIVERED))
    assert [(text.fate, text.reported) for text in known.deliveries.of("A1")] == [
        ("accepted", State.DELIVERED.value),
        ("refused", ""),
    ]
    assert known.deliveries.of("A2") == ()


async def test_a_prompt_is_sent_once_more(known):
    """The same words, by the same reference, its ten minutes go on; the entry with reason and ticket comes before."""
    await say(known, "CXMYD")
    prompt = known.inbox(NUMBER)[-1].text
    known.clock.now += 60
    view = await order(known, OrderKind.RESEND, "A1000", *WHY)
    assert view.done == "done"
    assert [sms.text for sms in known.inbox(NUMBER)] == [prompt, prompt]
    assert kinds(known) == ["staff.resend"]
    [line] = (await known.access.newest(known.blind(NUMBER), 5, int(known.clock()))).lines
    assert (line.access.about, line.access.by) == ("A1000|ann|NET-12|caller asked", "staff")
    await say(known, "1234")
    assert "湖北武汉" in known.inbox(NUMBER)[-1].text
    with pytest.raises(SupportError, match="no prompt"):
        await order(known, OrderKind.RESEND, "A1000", *WHY)


async def test_codes_are_withdrawn_and_limits_lifted(known):
    """Each behind its entry; a dry run does nothing and leaves none."""
    await say(known, "CXMYD", "1234")
    view = await order(known, OrderKind.WITHDRAW, "A1000", *WHY, dry_run=True)
    assert (view.done, view.live_codes) == ("would be done", 1)
    view = await order(known, OrderKind.WITHDRAW, "A1000", *WHY)
    assert (view.done, view.live_codes) == ("done", 0)
    assert not known.checks.rows
    with pytest.raises(SupportError, match="no check code"):
        await order(known, OrderKind.WITHDRAW, "A1000", *WHY)
    claim = Claim(known.blind(NUMBER), LastFour.parse("9999"), Way.OPEN)
    for _ in range(11):
        await known.keys.verify([claim])
    await say(known, "CXMYD", "1234")
    view = await order(known, OrderKind.SHOW, "A1002", *WHY)
    assert view.phase == "sim_asked"
    assert view.sim_first_until > known.clock.now
    view = await order(known, OrderKind.LIFT, "A1002", *WHY)
    assert view.sim_first_until == 0
    await say(known, "TD", "CXMYD", "1234")
    assert "湖北武汉" in known.inbox(NUMBER)[-1].text
    assert kinds(known) == [
        "disclose",
        "staff.withdraw",
        "consent.refused",
        "staff.show",
        "staff.lift",
        "disclose",
    ]


async def test_a_lock_is_ended_for_an_owner_who_cannot(known):
    """After SD, with reason and ticket."""
    await say(known, "SD", "7391", "CXMYD", "1234")
    assert "未能完成" in known.inbox(NUMBER)[-1].text
    await order(known, OrderKind.UNLOCK, "A1000", *WHY)
    claim = Claim(known.blind(NUMBER), LastFour.parse("1234"), Way.SIM)
    assert await known.keys.verify([claim]) == [Verdict.PROVED]
    assert kinds(known) == ["lock", "refuse", "staff.unlock"]


async def test_support_finds_nobody_without_a_reference_and_never_the_wrong_one(known):
    """No such case; a number is no reference; of two with one reference neither; after a day none."""
    await say(known, "CXMYD")
    for reference in ("A9999", NUMBER, "", "*"):
        with pytest.raises(SupportError, match="no case"):
            await order(known, OrderKind.SHOW, reference, *WHY)
    known.answer._use = replace(known.answer._use, fresh=lambda: Fresh("A1000", "7391"))
    await say(known, "CXMYD", number=OTHER)
    with pytest.raises(SupportError, match="no case"):
        await order(known, OrderKind.RESEND, "A1000", *WHY)
    known.clock.now += 86_400
    known.answer._use = replace(known.answer._use, fresh=lambda: Fresh("A3000", "7391"))
    await say(known, "CXMYD")
    known.clock.now += 86_401
    with pytest.raises(SupportError, match="no case"):
        await order(known, OrderKind.SHOW, "A3000", *WHY)


@pytest.mark.parametrize("reason", ["he was in 湖北武汉", "13800138000 called", " "])
async def test_words_that_name_somebody_or_a_place_are_refused(known, reason):
    """Before anything is left for anybody."""
    await say(known, "CXMYD")
    for words in ((reason, "NET-12"), ("ok", "13800138000"), ("", "")):
        with pytest.raises(SupportError):
            await order(known, OrderKind.RESEND, "A1000", *words)
    assert not known.orders.rows


async def test_no_entry_no_act(known):
    """A number without a subscription, a log that takes nothing: told, and not done."""
    await say(known, "CXMYD", number="8613900139000")
    # Its prompt may be looked at: the entry is about nobody.
    assert (await order(known, OrderKind.SHOW, "A1000", *WHY)).phase == "asked"
    assert kinds(known) == ["staff.show"]
    with pytest.raises(SupportError, match="no entry"):
        await order(known, OrderKind.RESEND, "A1000", *WHY)
    assert len(known.inbox("8613900139000")) == 1


async def test_an_old_order_is_not_carried_out_and_nobody_waits_for_ever(known):
    """Whoever gave it has gone; without a link support is told what to look at."""
    await say(known, "CXMYD")
    late = int(known.clock()) - ORDER_SECONDS - 1
    name = await known.order_post.leave(Order(OrderKind.RESEND, "A1000", "ann", *WHY, False, late))
    await known.serve_orders()
    assert (await known.order_post.answered(name)).done == "too late"
    assert len(known.inbox(NUMBER)) == 1
    with pytest.raises(SupportError, match="role link"):
        await SupportCase(known.order_post, places, known.clock, 0.2)(OrderKind.SHOW, "A1000", "ann", *WHY)


async def test_what_is_no_order_is_taken_away(known):
    """Garbage in the queue stops nobody."""
    await known.orders.put(b"n" * 16, b"garbage")
    await say(known, "CXMYD")
    assert (await order(known, OrderKind.SHOW, "A1000", *WHY)).done == "shown"
    assert not known.orders.rows
