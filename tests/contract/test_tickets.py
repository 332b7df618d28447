"""Each promise of `ports.tickets`, `ports.notices` and `ports.feed_days`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_tickets import MemoryFeedDays, MemoryNotices, MemoryTickets
from service.adapters.redis_feed_days import RedisFeedDays
from service.adapters.redis_tickets import RedisNotices, RedisTickets
from service.ports.feed_days import KEPT_DAYS
from service.ports.tickets import Bounds, Opened

BOUNDS = Bounds(3, 5, 60)


@pytest.fixture
def tickets(server, clock):
    """A ticket store."""
    return MemoryTickets(clock) if server is None else RedisTickets(server)


@pytest.fixture
def notices(server):
    """A queue of notices."""
    return MemoryNotices() if server is None else RedisNotices(server)


@pytest.fixture
def holder():
    """One life of one number."""
    return secrets.token_bytes(20)


async def known(tickets):
    """All references."""
    return sorted([name async for name in tickets.references()])


async def test_a_ticket_is_there_and_among_its_holders_open_ones(tickets, holder):
    """Nobody else's; any bytes."""
    value = bytes(range(256))
    assert await tickets.open("AB123", holder, value, BOUNDS) is Opened.DONE
    assert await tickets.read("AB123") == value
    assert await tickets.read("AB124") is None
    assert await tickets.of(holder) == {"AB123": value}
    assert await tickets.of(secrets.token_bytes(20)) == {}
    assert await known(tickets) == ["AB123"]


async def test_a_reference_is_given_once(tickets, holder):
    """The former ticket stays as it is."""
    await tickets.open("AB123", holder, b"1", BOUNDS)
    assert await tickets.open("AB123", secrets.token_bytes(20), b"2", BOUNDS) is Opened.TAKEN
    assert await tickets.read("AB123") == b"1"


async def test_of_concurrent_openings_no_more_are_done_than_may_be(tickets, holder):
    """Three open at a time; closing one makes room, until the day's five are opened."""
    opened = await asyncio.gather(*(tickets.open(f"A{n:04}", holder, b"v", BOUNDS) for n in range(20)))
    assert opened.count(Opened.DONE) == 3
    assert opened.count(Opened.FULL) == 17
    assert len(await known(tickets)) == 3
    for place in range(4):
        [name, *_] = await tickets.of(holder)
        assert await tickets.close(name, holder, b"v", b"closed", 60)
        wanted = Opened.DONE if place < 2 else Opened.FULL
        assert await tickets.open(f"B{place:04}", holder, b"v", BOUNDS) is wanted
    assert await tickets.open("C0000", secrets.token_bytes(20), b"v", BOUNDS) is Opened.DONE


async def test_the_days_count_ends_with_its_day(tickets, holder):
    """From the first opening on."""
    assert await tickets.open("A0001", holder, b"v", Bounds(9, 1, 1)) is Opened.DONE
    assert await tickets.open("A0002", holder, b"v", Bounds(9, 1, 1)) is Opened.FULL
    await asyncio.sleep(1.1)
    assert await tickets.open("A0002", holder, b"v", Bounds(9, 1, 1)) is Opened.DONE


async def test_a_swap_needs_the_present_value(tickets, holder):
    """Of two with the same expectation one is done; of a ticket that is not there none."""
    await tickets.open("AB123", holder, b"1", BOUNDS)
    done = await asyncio.gather(*(tickets.swap("AB123", b"1", b"%d" % n) for n in range(2, 9)))
    assert done.count(True) == 1
    assert await tickets.read("AB123") == b"%d" % (done.index(True) + 2)
    assert not await tickets.swap("ZZ999", b"1", b"2")
    assert list(await tickets.of(holder)) == ["AB123"]


async def test_a_closed_ticket_is_remembered_for_a_while(tickets, holder):
    """It can be read, changed and listed until then, and is nobody's open one."""
    await tickets.open("AB123", holder, b"1", BOUNDS)
    assert not await tickets.close("AB123", holder, b"0", b"2", 1)
    assert await tickets.close("AB123", holder, b"1", b"2", 1)
    assert await tickets.of(holder) == {}
    assert await tickets.swap("AB123", b"2", b"3")
    assert await tickets.read("AB123") == b"3"
    await asyncio.sleep(1.1)
    assert await tickets.read("AB123") is None
    assert await known(tickets) == []


async def test_dropping_takes_all_of_one_holders(tickets, holder):
    """Open and closed ones, and the count of the day; nobody else's."""
    other = secrets.token_bytes(20)
    await tickets.open("A0001", holder, b"v", BOUNDS)
    await tickets.open("A0002", holder, b"v", BOUNDS)
    await tickets.close("A0001", holder, b"v", b"closed", 60)
    await tickets.open("B0001", other, b"v", BOUNDS)
    await tickets.drop(holder)
    await tickets.drop(holder)
    assert await known(tickets) == ["B0001"]
    assert await tickets.of(holder) == {}
    for place in range(3):
        assert await tickets.open(f"C{place:04}", holder, b"v", BOUNDS) is Opened.DONE


async def test_a_notice_is_kept_once_and_taken_once(notices):
    """By its name; what is settled is away, and settling twice is no error."""
    assert await notices.put(b"a" * 16, b"1")
    assert not await notices.put(b"a" * 16, b"2")
    assert await notices.waiting(10) == {b"a" * 16: b"1"}
    await notices.settle(b"a" * 16)
    await notices.settle(b"a" * 16)
    assert await notices.waiting(10) == {}


async def test_a_settled_notice_is_not_queued_again(notices):
    """Whoever was killed after its notice was sent asks once more, and does not know; settling what never was forgets nothing."""
    assert await notices.put(b"b" * 16, b"1")
    await notices.settle(b"b" * 16)
    assert not await notices.put(b"b" * 16, b"2")
    assert await notices.waiting(10) == {}
    await notices.settle(b"c" * 16)
    assert await notices.put(b"c" * 16, b"1")


async def test_many_notices_come_some_at_a_time(notices):
    """All of them in the end."""
    names = {secrets.token_bytes(16) for _ in range(1500)}
    await asyncio.gather(*(notices.put(name, bytes(200)) for name in names))
    found = set()
    while some := await notices.waiting(100):
        assert len(some) < 1000
        await asyncio.gather(*map(notices.settle, some))
        found |= set(some)
    assert found == names


async def test_days_of_the_feed_are_kept_as_long_as_anybody_asks_for_them(server):
    """In any order, any number of times; those long behind the newest are forgotten."""
    days = MemoryFeedDays() if server is None else RedisFeedDays(server)
    assert await days.read() == frozenset()
    await days.add([])
    await days.add([20_780, 20_781])
    await days.add([20_779, 20_780])
    assert await days.read() == {20_779, 20_780, 20_781}
    await days.add([20_780 + KEPT_DAYS])
    assert await days.read() == {20_780, 20_781, 20_780 + KEPT_DAYS}
    await days.add([20_000])
    assert await days.read() == {20_780, 20_781, 20_780 + KEPT_DAYS}
