"""Somebody checks a reply: what comes out, what the holder is told, and what nobody can tell apart."""

import asyncio
import re
from dataclasses import replace

import pytest

from service.domain.check_codes import CHECK_SECONDS, CODE_ENTROPY, CheckCode, PhoneLastFour
from service.domain.held_codes import Channel
from service.flows.verify import Asked, Genuine, NotConfirmed, TooOften, Unavailable
from service.ports.check_keys import CheckClaim
from service.ports.log import LogError
from service.ports.store import StoreError
from service.sealing.requesters import requester_of_address
from tests.stories.conftest import World

HOLDER, OTHER = "+8613800138000", "+8613800138001"
CODE = re.compile(r"核验码([0-9A-Z]{5}-[0-9A-Z]{5})\(24小时\)$")


async def reply_of(world: World, number: str = HOLDER) -> tuple[str, str]:
    """A lookup by this number; the reply and its code."""
    world.clock.now += 3
    await world.text(number, "CXMYD")
    world.clock.now += 3
    await world.text(number, "1234")
    text = world.inbox(number)[-1].text
    world.inbox(number).clear()
    found = CODE.search(text)
    assert found, text
    return text, found[1]


@pytest.fixture
async def shown(world: World) -> str:
    """The code of a reply with two regions and one that is only possible."""
    await world.enrol(HOLDER, "1234", 400)
    await world.stayed(HOLDER, 420100, 10, 30)
    await world.stayed(HOLDER, 440300, 5, 6)
    await world.stayed(HOLDER, 320500, 2, 6, certain=False)
    return (await reply_of(world))[1]


def entries(world: World) -> int:
    """Lines of the log."""
    return len(world.log.entries)


async def test_a_genuine_reply_is_repeated_whole(world, shown):
    """Regions, possible ones apart, coverage, moment, masked number, how often; and the text as it was sent."""
    verdict = await world.checked(shown.lower().replace("-", " "), "8000")
    assert isinstance(verdict, Genuine)
    statement = verdict.statement
    assert statement.masked == "138****8000"
    assert statement.answer.certain == (420100, 440300)
    assert statement.answer.possible == (320500,)
    assert (statement.answer.covered, statement.answer.whole_days) == (10, 14)
    assert statement.valid_until - statement.made_at == CHECK_SECONDS
    assert verdict.checks == 1
    again = await world.checked(shown, "8000")
    assert isinstance(again, Genuine)
    assert again.checks == 2


async def test_the_entry_is_written_and_the_holder_told_before_anything_is_shown(world, shown):
    """One check, one line of kind check, one text that names moment and way."""
    before = entries(world)
    await world.checked(shown, "8000")
    assert entries(world) == before + 1
    assert b'"k":"check"' in world.log.entries[-1]
    [notice] = world.inbox(HOLDER)
    assert notice.text.startswith("【行程查询】您11/23 09:12的结果在09:12被核验1次(网页)。记录号2。停用")


async def test_everything_else_is_one_answer(world, shown):
    """Unknown, mistyped, no code at all, wrong digits, no digits, expired, withdrawn: the same value, no entry, no text."""
    unknown = CheckCode.of(world.entropy(CODE_ENTROPY)).written
    before = entries(world)
    asked = [
        (unknown, "8000"),
        (shown[:-1] + ("0" if shown[-1] != "0" else "1"), "8000"),
        ("", "8000"),
        ("核验码", "8000"),
        (shown, "8001"),
        (shown, ""),
        (shown, "八零零零"),
        ("\x00" * 40, "\x00"),
    ]
    answers = [await world.checked(*question) for question in asked]
    await world.minting.withdraw((await world.vault.read(world.blind(HOLDER[1:]))).talk.held.live(0))
    answers.append(await world.checked(shown, "8000"))
    assert answers == [NotConfirmed()] * 9
    assert entries(world) == before
    assert world.inbox(HOLDER) == []


async def test_a_code_dies_after_24_hours(world, shown):
    """A second before it opens, then it is as if it had never been."""
    world.clock.now += CHECK_SECONDS - 1
    assert isinstance(await world.checked(shown, "8000"), Genuine)
    world.clock.now += 1
    assert await world.checked(shown, "8000") == NotConfirmed()


async def test_no_entry_nothing_shown(world, shown, monkeypatch):
    """A log that takes nothing: the ordinary answer, and no check is counted."""

    async def full(_drafts):
        raise LogError("full")

    with monkeypatch.context() as patch:
        patch.setattr(world.log, "append", full)
        assert await world.checked(shown, "8000") == NotConfirmed()
    verdict = await world.checked(shown, "8000")
    assert isinstance(verdict, Genuine)
    assert verdict.checks == 1


async def test_where_no_entry_can_be_made_every_code_is_told_the_same(world, shown):
    """Known or unknown, before either is opened: unavailable, so a failure tells nobody which codes are genuine."""
    world.log_takes = False
    assert await world.checked(shown, "8000") == Unavailable()
    assert await world.checked("7KQ2M-9XW4B", "8000") == Unavailable()
    world.log_takes = True
    verdict = await world.checked(shown, "8000")
    assert isinstance(verdict, Genuine)
    assert verdict.checks == 1


async def test_a_store_that_fails_says_nothing_about_a_code(world, shown, monkeypatch):
    """Known or unknown, the same: unavailable."""

    async def gone(_place):
        raise StoreError("gone")

    monkeypatch.setattr(world.checks, "read", gone)
    assert await world.checked(shown, "8000") == Unavailable()
    assert await world.checked("7KQ2M-9XW4B", "8000") == Unavailable()


async def test_who_asks_too_often_waits_and_nobody_else_does(world, shown):
    """Sixty at once from one network, whatever the codes; a genuine reply never looks forged meanwhile."""
    for number in range(60):
        await world.checked("7KQ2M-9XW4B", f"{number:04}", "2001:db8::1")
    assert await world.checked(shown, "8000", "2001:db8::ffff") == TooOften(1)
    assert await world.checked("nonsense", "8000", "2001:db8::2") == TooOften(1)
    assert isinstance(await world.checked(shown, "8000", "2001:db8:0:1::1"), Genuine)
    assert isinstance(await world.checked(shown, "8000", "192.0.2.9"), Genuine)
    world.clock.now += 1
    assert isinstance(await world.checked(shown, "8000", "2001:db8::3"), Genuine)


async def test_five_wrong_tries_of_a_live_code_are_told_once(world, shown):
    """They don't burn it; tries that succeed don't count; tries of an unknown code are told to nobody."""
    for number in range(4):
        await world.checked(shown, f"{number:04}")
        await world.checked("7KQ2M-9XW4B", f"{number:04}")
        assert isinstance(await world.checked(shown, "8000"), Genuine)
    guessed = "但尾号错误5次"
    assert not any(guessed in sms.text for sms in world.inbox(HOLDER))
    for number in range(4, 12):
        await world.checked(shown, f"{number:04}")
    assert sum(guessed in sms.text for sms in world.inbox(HOLDER)) == 1
    assert isinstance(await world.checked(shown, "8000"), Genuine)


async def test_many_checks_are_few_notices(world, shown):
    """The first at once; the other eleven are one text when the window ends, though the process died meanwhile."""
    for _ in range(12):
        world.clock.now += 10
        await world.checked(shown, "8000")
    assert len(world.inbox(HOLDER)) == 1
    await world.restart()
    world.clock.now += 700
    await world.sender.recover()
    await world.sender.drain()
    first, folded = [sms.text for sms in world.inbox(HOLDER)]
    assert "被核验1次(网页)" in first
    assert "起又被核验11次(网页)。记录号3-13。停用" in folded
    await world.sender.recover()
    await world.sender.drain()
    assert len(world.inbox(HOLDER)) == 2


async def test_two_codes_of_one_number_cannot_be_linked(world, shown):
    """Nothing a checker gets is the same in both but what the replies say; places and sealed parts have nothing in common."""
    _, second = await reply_of(world)
    assert second != shown
    one, other = world.checks.rows.values()
    for part in ("sealed", "handle"):
        bytes_of = [getattr(row, part) for row in (one, other)]
        assert len(bytes_of[0]) == len(bytes_of[1])
        same = sum(a == b for a, b in zip(*bytes_of, strict=True))
        assert same < len(bytes_of[0]) // 10
    verdicts = [await world.checked(code, "8000") for code in (shown, second)]
    assert verdicts[0].statement.digest == verdicts[1].statement.digest


async def test_what_lies_in_the_store_opens_nothing_without_the_code(world, shown):
    """With every key of link, worker and web, and the whole store: neither the reply nor its code is in it."""
    [(place, row)] = world.checks.rows.items()
    stored = place + row.sealed + row.handle
    assert shown.replace("-", "").encode() not in stored
    for other in (OTHER, HOLDER):
        assert other[1:].encode() not in stored
    swapped = replace(await world.checks.read(place), sealed=row.handle)
    [content] = await world.check_keys.check_open(
        [claim(shown, "8000", swapped.sealed)],
    )
    assert content is None
    # The holder's handle opens for link, and says nothing of what the reply said.
    holder = await world.holders.open(place, row.handle)
    assert holder.msisdn == HOLDER[1:]
    assert not hasattr(holder, "answer")


def claim(code, four, sealed):
    """What web brings to the keys role."""
    return CheckClaim(CheckCode.parse(code), PhoneLastFour.parse(four), sealed)


async def test_a_hundred_checks_at_once_are_all_entered_and_counted(world, shown):
    """Each with an entry of its own; counts 1 to 100."""
    before = entries(world)
    requesters = [requester_of_address(b"k" * 32, f"192.0.2.{number}") for number in range(100)]
    verdicts = await asyncio.gather(
        *(world.verify(Asked(one, shown, "8000", Channel.WEB)) for one in requesters)
    )
    assert sorted(verdict.checks for verdict in verdicts) == list(range(1, 101))
    assert entries(world) == before + 100


async def test_the_owners_answer_and_an_empty_one_carry_no_code(world):
    """30 days, and no data: nothing to check, nothing stored."""
    await world.enrol(OTHER, "1234", 400)
    for keyword in ("CXMYD30", "CXMYD"):
        world.clock.now += 3
        await world.text(OTHER, keyword)
        world.clock.now += 3
        await world.text(OTHER, "1234")
    await world.stayed(OTHER, 420100, 20, 30)
    world.clock.now += 3
    await world.text(OTHER, "CXMYD30")
    world.clock.now += 3
    await world.text(OTHER, "1234")
    assert not any("核验码" in sms.text for sms in world.inbox(OTHER))
    assert world.checks.rows == {}
