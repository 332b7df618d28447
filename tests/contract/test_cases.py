"""Each promise of `ports.cases`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_cases import MemoryCases
from service.adapters.redis_cases import RedisCases


@pytest.fixture
def cases(server, clock):
    """A store of cases."""
    return MemoryCases(clock) if server is None else RedisCases(server)


async def test_a_case_is_found_by_its_reference_for_a_while(cases):
    """Any bytes; nobody else's."""
    value = bytes(range(256))
    await cases.put("H4TN8", value, 1)
    assert await cases.read("H4TN8") == value
    assert await cases.read("H4TN9") is None
    await asyncio.sleep(1.1)
    assert await cases.read("H4TN8") is None


async def test_of_two_with_one_reference_neither_is_found(cases):
    """Nor a third one, as long as any of them could be meant."""
    for value in (b"one", b"other", b"third"):
        await cases.put("H4TN8", value, 60)
    assert await cases.read("H4TN8") is None


async def test_an_answer_is_taken_once(cases):
    """By the name of its order, within its time."""
    name = secrets.token_bytes(16)
    assert await cases.answered(name) is None
    await cases.answer(name, b"v", 60)
    assert await cases.answered(name) == b"v"
    assert await cases.answered(name) is None
    await cases.answer(name, b"v", 1)
    await asyncio.sleep(1.1)
    assert await cases.answered(name) is None
