"""Each promise of `ports.checks`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_checks import MemoryChecks, MemoryThrottle
from service.adapters.redis_checks import RedisChecks, RedisThrottle
from service.domain.cards import card_name, revocation_mark
from service.domain.pacing import Pace
from service.ports.checks import CheckRecord
from service.ports.store import StoreError


@pytest.fixture
def checks(server, clock):
    """Check records."""
    return MemoryChecks(clock) if server is None else RedisChecks(server)


@pytest.fixture
def throttle(server, clock):
    """Paces."""
    return MemoryThrottle(clock) if server is None else RedisThrottle(server)


@pytest.fixture
def place():
    """Where a record lies."""
    return secrets.token_bytes(16)


async def test_what_is_put_is_found(checks, place):
    """Any bytes; another place has nothing."""
    sealed, handle = bytes(range(256)), b"\x00\r\n"
    await checks.put(place, sealed, handle, 60)
    assert await checks.read(place) == CheckRecord(sealed, handle)
    assert await checks.read(secrets.token_bytes(16)) is None


async def test_a_record_lives_so_many_seconds(checks, place):
    """Then it is as if it had never been, for every call."""
    await checks.put(place, b"s", b"h", 2)
    assert await checks.read(place) is not None
    await asyncio.sleep(2.1)
    assert await checks.read(place) is None
    assert await checks.confirm(place) == 0
    assert await checks.missed(place) == 0


async def test_tries_do_not_lengthen_a_life(checks, place):
    """However often somebody tries."""
    await checks.put(place, b"s", b"h", 2)
    for _ in range(4):
        await asyncio.sleep(0.4)
        await checks.missed(place)
        await checks.confirm(place)
    await asyncio.sleep(0.6)
    assert await checks.read(place) is None


async def test_failed_tries_are_counted_each(checks, place):
    """Two hundred at once: 1 to 200. Where nothing lies there is nothing to count."""
    await checks.put(place, b"s", b"h", 60)
    found = await asyncio.gather(*(checks.missed(place) for _ in range(200)))
    assert sorted(found) == list(range(1, 201))
    assert await checks.missed(secrets.token_bytes(16)) == 0


async def test_successes_are_counted_each_and_apart_from_failures(checks, place):
    """Fifty at once: 1 to 50; then the first failure."""
    await checks.put(place, b"s", b"h", 60)
    assert sorted(await asyncio.gather(*(checks.confirm(place) for _ in range(50)))) == list(range(1, 51))
    assert await checks.missed(place) == 1


async def test_what_is_withdrawn_is_gone_even_for_a_check_under_way(checks, place):
    """Its neighbour stays; what is absent is no error, and a late success leaves nothing behind."""
    other = secrets.token_bytes(16)
    await checks.put(place, b"s", b"h", 60)
    await checks.put(other, b"t", b"i", 60)
    await checks.missed(place)
    await checks.withdraw([place, secrets.token_bytes(16)])
    assert await checks.confirm(place) == 0
    assert await checks.read(place) is None
    assert (await checks.read(other)).sealed == b"t"
    await checks.withdraw([])


async def test_a_place_used_anew_begins_anew(checks, place):
    """Tries of the place before there was a record don't count for it."""
    for _ in range(3):
        await checks.missed(place)
    await checks.put(place, b"s", b"h", 60)
    assert await checks.missed(place) == 1
    assert await checks.confirm(place) == 1


async def test_a_failed_try_costs_the_same_where_nothing_lies(one_server, checks, place):
    """As many writes, so as many waits for the disk; and it is forgotten after a minute."""
    await checks.put(place, b"s", b"h", 3600)
    grown = []
    for tried in (place, secrets.token_bytes(16)):
        before = int((await one_server.call("INFO", "persistence"))["aof_current_size"])
        await checks.missed(tried)
        grown.append(int((await one_server.call("INFO", "persistence"))["aof_current_size"]) - before)
    assert grown[0] > 0
    assert abs(grown[0] - grown[1]) <= 8  # the digits of the time of its end
    assert 0 < await one_server.call("TTL", f"v:{{{tried.hex()}}}:t") <= 60
    assert 3590 < await one_server.call("TTL", f"v:{{{place.hex()}}}:t") <= 3600


async def test_nothing_links_two_places(server, checks):
    """All that the store holds for two records of one holder: two hashes, each with its own place and parts alone."""
    one, other = secrets.token_bytes(16), secrets.token_bytes(16)
    for record in (one, other):
        await checks.put(record, secrets.token_bytes(64), secrets.token_bytes(64), 60)
    if server is None:
        assert set(checks.rows) == {one, other}
        return
    keys = sorted({key async for key in server.keys("*")})
    assert keys == sorted(f"v:{{{record.hex()}}}".encode() for record in (one, other))


async def test_a_requester_has_a_burst_and_a_pace(throttle):
    """Three at once, the fourth has to wait about a second; another requester is not disturbed."""
    one, other = secrets.token_bytes(16), secrets.token_bytes(16)
    pace = Pace(3, 1_000_000)
    assert await asyncio.gather(*(throttle.take(one, pace) for _ in range(3))) == [0, 0, 0]
    wait = await throttle.take(one, pace)
    assert 500_000 < wait <= 1_000_000
    assert await throttle.take(other, pace) == 0
    await asyncio.sleep(wait / 1_000_000 + 0.02)
    assert await throttle.take(one, pace) == 0
    assert await throttle.take(one, pace) > 0


async def test_concurrent_requests_are_counted_each(throttle):
    """A hundred at once with a burst of ten: ten."""
    requester = secrets.token_bytes(16)
    waits = await asyncio.gather(*(throttle.take(requester, Pace(10, 60_000_000)) for _ in range(100)))
    assert waits.count(0) == 10


async def test_who_is_quiet_is_forgotten(one_server, throttle):
    """The store keeps nothing of a requester once his pace is even again."""
    requester = secrets.token_bytes(16)
    await throttle.take(requester, Pace(5, 800_000))
    assert len(await one_server.call("KEYS", "g:*")) == 1
    await asyncio.sleep(0.9)
    assert await one_server.call("KEYS", "g:*") == []


async def test_a_store_that_is_gone_is_one_error_without_a_value(one_server, checks, throttle, place):
    """StoreError, and nothing of the call in its text."""
    await one_server.call("CONFIG", "SET", "maxmemory", "1")
    for call in (
        checks.put(place, b"secret", b"h", 60),
        checks.missed(place),
        throttle.take(place, Pace(1, 1)),
    ):
        with pytest.raises(StoreError) as error:
            await call
        assert "secret" not in str(error.value)
        assert place.hex() not in str(error.value)


async def test_what_was_withdrawn_is_listed_for_as_long_as_it_would_have_lived(checks, place):
    """By its mark; neither what was never there nor what is over by itself."""
    other = secrets.token_bytes(16)
    before = set(await checks.withdrawn())
    await checks.put(place, b"s", b"h", 2)
    await checks.put(other, b"s", b"h", 60)
    await checks.withdraw([place, other, secrets.token_bytes(16)])
    await checks.withdraw([place])
    added = set(await checks.withdrawn()) - before
    assert added == {revocation_mark(place), revocation_mark(other)}
    await asyncio.sleep(2.1)
    assert set(await checks.withdrawn()) - before == {revocation_mark(other)}


async def test_a_cards_name_leads_to_its_record_while_both_live(checks, place):
    """And to nobody's else; withdrawn, it leads nowhere; a name over by its time neither."""
    card, other = card_name(place), secrets.token_bytes(16)
    await checks.put(place, b"s", b"h", 60)
    await checks.name(card, place, 60)
    await checks.name(other, secrets.token_bytes(16), 1)
    assert await checks.named(card) == place
    assert await checks.named(secrets.token_bytes(16)) is None
    await checks.withdraw([place])
    assert await checks.named(card) is None
    await asyncio.sleep(1.1)
    assert await checks.named(other) is None
