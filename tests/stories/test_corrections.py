"""A fault of many records corrected by two operators, and notices that are sent once and to nobody else."""

import pytest

from service.adapters.memory_log import MemoryLog
from service.audit.entries import Entry
from service.domain.corrections import Correction, Strike
from service.domain.disputes import Decision, DisputeError
from service.domain.itinerary import day_of, start_of_day
from service.domain.notices import NOTICE_SECONDS, Address, Notice, NoticeKind
from service.flows.correct import Correct, Touched
from service.flows.entries import Entries, LogUnavailableError
from service.ports.correcting import Corrected
from service.ports.log import LogError
from service.vault.corrector import Corrector
from service.vault.notices import NoticeSealer

PEOPLE = ["8613800138000", "8613800138001", "8613800138002"]
DECISION = Decision("ann", "bob", "cell 17 lay in the wrong region", "NET-4711")


async def touched(world, numbers, *, generation=1, told=True):
    """A bad cell put each of them into Suzhou, five days ago."""
    noon = start_of_day(day_of(int(world.clock())) - 5) + 12 * 3600
    correction = Correction((Strike(320500, noon, noon + 3600),))
    for number in numbers:
        yield Touched(world.blind(number), generation, correction, Address(number) if told else None)


async def filled(world):
    """Two of three were put there."""
    for number in PEOPLE:
        await world.enrol("+" + number, "1234", 400)
        await world.stayed(number, 420100, 14, 30)
    for number in PEOPLE[:2]:
        await world.stayed(number, 320500, 5, 6)


def kinds(world):
    """The log so far."""
    return [Entry.parse(entry).kind for entry in world.log.entries]


async def places(world, number):
    """What a lookup answers."""
    world.inbox(number).clear()
    for text in ("CXMYD", "1234"):
        world.clock.now += 40
        await world.text(number, text)
    return world.inbox(number)[-1].text


async def test_everybody_whom_a_bad_cell_touched_is_corrected_and_told_once(world):
    """An entry for each record; who was not there is not told; run again, nothing changes and nobody is told again."""
    await filled(world)
    counts = await world.correct(touched(world, PEOPLE), DECISION, lambda _count: None)
    assert counts == {Corrected.WRITTEN: 2, Corrected.NOTHING: 1}
    assert kinds(world).count("correction") == 3
    again = await world.correct(touched(world, PEOPLE), DECISION, lambda _count: None)
    assert again == {Corrected.REPLAYED: 2, Corrected.NOTHING: 1}
    await world.notice()
    await world.notice()
    got = {number: [sms.text for sms in world.inbox(number)] for number in PEOPLE}
    assert [len(texts) for texts in got.values()] == [1, 1, 0]
    assert got[PEOPLE[0]] == [
        "【行程查询】该号码有一处记录因基站信息有误,已更正,不再计入(编号NET-4711)。查看请发送YY"
    ]
    for number in PEOPLE:
        found = await places(world, number)
        assert "湖北武汉" in found
        assert "江苏苏州" not in found


async def test_one_operator_alone_corrects_nothing(world):
    """Nor does anybody without a reason or a ticket."""
    await filled(world)
    for wrong in (
        Decision("ann", "ann", "why", "NET-1"),
        Decision("ann", "bob", "", "NET-1"),
        Decision("ann", "bob", "why", ""),
        Decision("ann", "bob", "13800138000 is wrong", "NET-1"),
    ):
        with pytest.raises(DisputeError):
            await world.correct(touched(world, PEOPLE), wrong, lambda _count: None)
    assert not kinds(world)
    assert "江苏苏州" in await places(world, PEOPLE[0])


async def test_without_an_entry_nothing_is_struck(world):
    """The log comes first."""

    class FailingLog(MemoryLog):
        """A log that takes nothing."""

        async def append(self, _drafts):
            """See `ports.log.Log`."""
            raise LogError("full")

    await filled(world)
    log = FailingLog(world.device.receipt_key)
    correct = Correct(
        world.keys,
        Entries(world.keys, log, world.entry_details, world.entropy),
        Corrector(world.keys, world.data_space, world.entropy),
        NoticeSealer(world.notices, world.keys, world.entropy),
        world.clock,
    )
    before = dict(world.data_space.rows)
    with pytest.raises(LogUnavailableError):
        await correct(touched(world, PEOPLE), DECISION, lambda _count: None)
    assert world.data_space.rows == before
    assert not world.notices.rows


async def test_a_former_life_of_a_number_is_not_corrected_and_the_next_owner_hears_nothing(world):
    """No entry under the new owner's name, no strike, no notice; nor of one that was queued before."""
    await filled(world)
    await world.correct(touched(world, PEOPLE[:1]), DECISION, lambda _count: None)
    await world.enrol("+" + PEOPLE[0], "9876", 0)
    entries = len(kinds(world))
    counts = await world.correct(touched(world, PEOPLE[:1]), DECISION, lambda _count: None)
    assert counts == {Corrected.GONE: 1}
    assert len(kinds(world)) == entries
    await world.notice()
    assert not world.inbox(PEOPLE[0])
    assert not world.notices.rows


def notice(world, kind=NoticeKind.CORRECTED, *, age=0):
    """A notice for the first of them."""
    asked = int(world.clock()) - age
    return Notice(kind, world.blind(PEOPLE[0]), 1, Address(PEOPLE[0]), "NET-1", asked)


async def test_a_notice_whose_settling_was_cut_off_is_not_sent_twice(world):
    """The conversation knows it by its name."""
    await filled(world)
    sealer = NoticeSealer(world.notices, world.keys, world.entropy)
    assert await sealer.put(b"n" * 16, notice(world))
    left = dict(world.notices.rows)
    await world.notice()
    world.notices.rows = left
    await world.restart()
    await world.notice()
    assert len(world.inbox(PEOPLE[0])) == 1
    assert not world.notices.rows


async def test_old_and_altered_notices_leave_the_queue_unsent(world):
    """A week old, or with one byte changed, or under another name."""
    await filled(world)
    sealer = NoticeSealer(world.notices, world.keys, world.entropy)
    await sealer.put(b"a" * 16, notice(world, age=NOTICE_SECONDS + 1))
    await sealer.put(b"b" * 16, notice(world))
    await sealer.put(b"c" * 16, notice(world))
    world.notices.rows[b"b" * 16] = world.notices.rows[b"b" * 16][:-1] + b"?"
    world.notices.rows[b"d" * 16] = world.notices.rows.pop(b"c" * 16)
    await world.notice()
    assert not world.inbox(PEOPLE[0])
    assert not world.notices.rows
    counted = {reason: count for (what, reason), count in world.tally.counts.items() if what == "notices"}
    assert counted == {"too_late": 1, "unreadable": 2}
