"""Each promise of `ports.consents`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_consents import MemoryConsents
from service.adapters.redis_consents import RedisConsents
from service.ports.consents import MOST_CONSENTS


@pytest.fixture
def consents(server):
    """A store of consents."""
    return MemoryConsents() if server is None else RedisConsents(server, 4)


@pytest.fixture
def holder():
    """One life of one number."""
    return secrets.token_bytes(20)


def ident(number):
    """Ids ascend with time."""
    return number.to_bytes(16)


async def test_consents_come_back_in_their_order(consents, holder):
    """Any bytes, by id; nobody else's."""
    value = bytes(range(256))
    for number in (3, 1, 2):
        await consents.put(holder, ident(number), value + bytes([number]))
    assert list((await consents.all(holder)).items()) == [
        (ident(number), value + bytes([number])) for number in (1, 2, 3)
    ]
    assert await consents.all(secrets.token_bytes(20)) == {}


async def test_of_concurrent_changes_one_is_done(consents, holder):
    """And nothing comes back that is not there."""
    await consents.put(holder, ident(1), b"1")
    done = await asyncio.gather(*(consents.swap(holder, ident(1), b"1", b"%d" % n) for n in range(2, 20)))
    assert done.count(True) == 1
    assert not await consents.swap(holder, ident(9), b"1", b"2")
    await consents.drop(holder)
    await consents.drop(holder)
    assert not await consents.swap(holder, ident(1), b"%d" % (done.index(True) + 2), b"x")
    assert await consents.all(holder) == {}


async def test_the_newest_are_kept(consents, holder):
    """They grow no further than their bound."""
    for number in range(MOST_CONSENTS + 3):
        await consents.put(holder, ident(number), b"v")
    kept = list(await consents.all(holder))
    assert kept == [ident(number) for number in range(3, MOST_CONSENTS + 3)]
