"""Each promise of `ports.details`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_details import MemoryDetails
from service.adapters.redis_details import RedisDetails
from service.ports.details import MOST_KEPT


@pytest.fixture
def details(server):
    """A store of details."""
    return MemoryDetails() if server is None else RedisDetails(server, 4)


@pytest.fixture
def holder():
    """One life of one number."""
    return secrets.token_bytes(20)


async def test_details_are_kept_once_a_number(details, holder):
    """Any bytes; the former ones stay; nobody else's."""
    value = bytes(range(256))
    assert await details.put(holder, 1, value)
    assert not await details.put(holder, 1, b"other")
    assert await details.read(holder, [2, 1]) == [None, value]
    assert await details.read(holder, []) == []
    assert await details.read(secrets.token_bytes(20), [1]) == [None]


async def test_of_concurrent_ones_one_is_kept(details, holder):
    """Whoever fills a gap and whoever was slow."""
    done = await asyncio.gather(*(details.put(holder, 7, b"%d" % n) for n in range(20)))
    assert done.count(True) == 1


async def test_a_place_is_noted_only_where_details_are(details, holder):
    """What was dropped does not come back by a late note."""
    await details.place(holder, 1, b"late")
    assert await details.read(holder, [1]) == [None]
    await details.put(holder, 1, b"first")
    await details.place(holder, 1, b"second")
    assert await details.read(holder, [1]) == [b"second"]
    await details.drop(holder)
    await details.place(holder, 1, b"late")
    assert await details.read(holder, [1]) == [None]


async def test_dropping_takes_one_holders(details, holder):
    """The other's stay."""
    other = secrets.token_bytes(20)
    for one in (holder, other):
        for number in (1, 2):
            await details.put(one, number, b"v")
    await details.drop(holder)
    await details.drop(holder)
    assert await details.read(holder, [1, 2]) == [None, None]
    assert await details.read(other, [1, 2]) == [b"v", b"v"]


async def test_the_newest_are_kept(details, holder):
    """Details grow no further than their bound."""
    await details.put(holder, 1, b"v")
    await details.put(holder, MOST_KEPT, b"v")
    assert await details.read(holder, [1]) == [b"v"]
    await details.put(holder, MOST_KEPT + 1, b"v")
    assert await details.read(holder, [1, MOST_KEPT, MOST_KEPT + 1]) == [None, b"v", b"v"]
