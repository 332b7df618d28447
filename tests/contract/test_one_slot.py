"""What a cluster has of one subscription, it has in one slot: one server of three fails, and two thirds notice nothing."""

import secrets

import pytest
from redis.crc import key_slot

from service.adapters.redis_consents import RedisConsents
from service.adapters.redis_details import RedisDetails
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.ports.store import Swap
from service.vault.entry_details import holder_of

BITS = [0, 4, 10, 17]


@pytest.mark.parametrize("bits", BITS)
async def test_a_subscription_lies_in_one_slot(server, index, bits):
    """Its record, the consents and the details of each of its lives; and what the keys role counts beside its keys."""
    if server is None:
        pytest.skip("the twin has no slots")
    await RedisRecords(server, "d", bits).swap([Swap(index, None, b"v")])
    for life in (1, 2):
        await RedisConsents(server, bits).put(holder_of(index, life), bytes(16), b"v")
        await RedisDetails(server, bits).put(holder_of(index, life), 1, b"v")
    space = RedisKeySpace(server, bits)
    await space.swap([Swap(index, None, b"v")])
    await space.charge(index, "open", 60)
    found = [key async for key in server.keys("*")]
    assert sorted(key[:1] for key in found) == sorted(b"d u u a a k t".split())
    assert len({key_slot(key) for key in found}) == 1


async def test_subscriptions_lie_in_many_slots(server):
    """Nobody's are all in one, or one server would have them all."""
    if server is None:
        pytest.skip("the twin has no slots")
    for _ in range(50):
        holder = holder_of(secrets.token_bytes(16), 1)
        await RedisConsents(server, 10).put(holder, bytes(16), b"v")
        await RedisDetails(server, 10).put(holder, 1, b"v")
    assert len({key_slot(key) async for key in server.keys("*")}) > 30
