"""Each promise of `ports.verifiers`, held by each adapter."""

import asyncio

import pytest

from service.adapters.memory_verifiers import MemoryVerifiers
from service.adapters.redis_verifiers import RedisVerifiers
from service.ports.store import StoreError

CODE, OTHER = "91350100M000100Y43", "91110000600037341L"


@pytest.fixture
def verifiers(server):
    """Registered verifiers."""
    return MemoryVerifiers() if server is None else RedisVerifiers(server)


async def test_what_is_kept_is_found(verifiers):
    """Under its code alone; all of it together."""
    assert await verifiers.read(CODE) is None
    assert await verifiers.all() == {}
    assert await verifiers.swap(CODE, None, bytes(range(256)))
    assert await verifiers.swap(OTHER, None, b"o")
    assert await verifiers.read(CODE) == bytes(range(256))
    assert await verifiers.all() == {CODE: bytes(range(256)), OTHER: b"o"}


async def test_only_what_is_expected_is_replaced(verifiers):
    """A value that has changed, or that is not there, stays."""
    assert not await verifiers.swap(CODE, b"a", b"b")
    assert await verifiers.swap(CODE, None, b"a")
    assert not await verifiers.swap(CODE, None, b"b")
    assert not await verifiers.swap(CODE, b"", b"b")
    assert await verifiers.swap(CODE, b"a", b"b")
    assert await verifiers.read(CODE) == b"b"


async def test_of_many_who_replace_the_same_value_one_does(verifiers):
    """Fifty at once."""
    assert await verifiers.swap(CODE, None, b"a")
    done = await asyncio.gather(*(verifiers.swap(CODE, b"a", b"%d" % one) for one in range(50)))
    assert done.count(True) == 1
    assert await verifiers.read(CODE) == b"%d" % done.index(True)


async def test_a_store_that_is_gone_is_one_error_without_a_value(one_server, verifiers):
    """StoreError, and nothing of the call in its text."""
    await one_server.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError) as error:
        await verifiers.swap(CODE, None, b"secret")
    assert "secret" not in str(error.value)
