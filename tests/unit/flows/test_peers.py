"""Several link processes on one store: whom the others take for gone, and who serves all."""

import pytest

from service.adapters.memory_presence import MemoryPresence
from service.flows.peers import Peers
from service.ports.store import StoreError


@pytest.fixture
def presence():
    """One store's."""
    return MemoryPresence()


async def beats(peers, count=1):
    """So many heartbeats; whether any of them said that somebody's texts wait for nobody."""
    return any([await peers.beat() for _ in range(count)])


async def two(presence):
    """Two that know each other."""
    one, other = Peers(presence, b"aaaa"), Peers(presence, b"bbbb")
    for _ in range(3):
        await one.beat()
        await other.beat()
    return one, other


async def test_who_beats_is_never_gone(presence):
    """However long."""
    one, other = await two(presence)
    for _ in range(50):
        assert not await one.beat()
        assert not await other.beat()
    assert not one.gone(b"bbbb")
    assert not other.gone(b"aaaa")
    assert not one.gone(b"aaaa")


async def test_who_stands_still_is_gone_after_four_heartbeats_and_told_once(presence):
    """Three may be a busy moment."""
    one, _ = await two(presence)
    assert await beats(one) is False  # the last beat of the other has just been seen
    assert not await beats(one, 3)
    assert not one.gone(b"bbbb")
    assert await one.beat()
    assert one.gone(b"bbbb")
    assert not await beats(one, 100)
    assert one.gone(b"bbbb"), "also once it is forgotten"


async def test_who_said_goodbye_is_gone_after_two(presence):
    """One could be a write that a failover has lost."""
    one, other = await two(presence)
    await other.leave()
    assert not await one.beat()
    assert not one.gone(b"bbbb")
    assert await one.beat()
    assert one.gone(b"bbbb")


async def test_whose_newest_write_was_lost_is_not_gone(presence):
    """It beats again in time."""
    one, other = await two(presence)
    presence.counts.pop(b"bbbb")
    assert not await one.beat()
    await other.beat()
    assert not await one.beat()
    assert not one.gone(b"bbbb")


async def test_who_left_before_we_came_is_gone_and_is_looked_for(presence):
    """Its texts lie there under a name that nobody has."""
    one = Peers(presence, b"aaaa")
    assert not await one.beat()
    assert not one.gone(b"zzzz")
    assert await one.beat()
    assert one.gone(b"zzzz")


async def test_who_was_killed_before_we_came_is_found_out(presence):
    """Its count lies there and never moves."""
    presence.counts[b"zzzz"] = 17
    one = Peers(presence, b"aaaa")
    assert await beats(one, 2)  # who left
    assert not one.gone(b"zzzz")
    assert await beats(one, 3)
    assert one.gone(b"zzzz")
    assert b"zzzz" not in presence.counts


async def test_who_was_only_slow_comes_back(presence):
    """Nobody is gone for ever."""
    one, other = await two(presence)
    await beats(one, 8)
    assert one.gone(b"bbbb")
    await other.beat()
    await one.beat()
    assert not one.gone(b"bbbb")


async def test_a_store_that_fails_judges_nobody(presence):
    """However often it is asked."""
    one, _ = await two(presence)
    answering = presence.beat

    async def failing(_):
        raise StoreError("the store did not answer (TimeoutError)")

    presence.beat = failing
    for _ in range(10):
        with pytest.raises(StoreError):
            await one.beat()
    presence.beat = answering
    assert not await one.beat()
    assert not one.gone(b"bbbb")


async def test_who_has_gone_is_told_of_though_its_count_cannot_be_taken_away(presence):
    """The store fails right after it has shown who stands still; it is taken away later."""
    one, _ = await two(presence)
    leaving = presence.leave

    async def failing(_):
        raise StoreError("the store did not answer (TimeoutError)")

    presence.leave = failing
    assert await beats(one, 5)
    assert one.gone(b"bbbb")
    presence.leave = leaving
    await one.beat()
    assert b"bbbb" not in presence.counts


async def test_one_serves_all(presence):
    """The first by name of those who live; the next one when it has gone."""
    one, other = await two(presence)
    assert (one.first, other.first) == (True, False)
    await beats(other, 5)
    assert other.first
    await one.beat()
    await other.beat()
    assert (one.first, other.first) == (True, False)
