"""Each promise of `ports.presence`, held by each adapter."""

import asyncio

import pytest

from service.adapters.memory_presence import MemoryPresence
from service.adapters.redis_presence import RedisPresence


@pytest.fixture
def presence(server):
    """Heartbeats."""
    return MemoryPresence() if server is None else RedisPresence(server)


async def test_heartbeats_are_counted_and_all_are_seen(presence):
    """Each answer holds one's own; whatever bytes a name has."""
    one, other = b"\x00\xff\r\n", b"bbbb"
    assert await presence.beat(one) == {one: 1}
    assert await presence.beat(other) == {one: 1, other: 1}
    assert await presence.beat(one) == {one: 2, other: 1}


async def test_who_leaves_is_not_there_until_it_beats_again(presence):
    """And who was not there leaves nothing."""
    await presence.leave(b"aaaa")
    await presence.beat(b"aaaa")
    await presence.beat(b"aaaa")
    await presence.leave(b"aaaa")
    assert await presence.beat(b"bbbb") == {b"bbbb": 1}
    assert await presence.beat(b"aaaa") == {b"aaaa": 1, b"bbbb": 1}


async def test_no_heartbeat_is_lost(presence):
    """Of many at once."""
    await asyncio.gather(*(presence.beat(b"aaaa") for _ in range(50)))
    assert (await presence.beat(b"bbbb"))[b"aaaa"] == 50
