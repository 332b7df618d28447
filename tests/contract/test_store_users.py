"""The users of config/ops/store on a real server: the desk's does its work, and reads nothing that is anybody's."""

import secrets
from pathlib import Path

import pytest
import redis

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.redis_cases import RedisCases
from service.adapters.redis_checks import RedisChecks
from service.adapters.redis_consents import RedisConsents
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_details import RedisDetails
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.adapters.redis_tickets import RedisNotices, RedisTickets
from service.adapters.redis_verifiers import RedisVerifiers
from service.ports.store import StoreError, Swap
from service.ports.tickets import Bounds, Opened

USERS = Path(__file__).parents[2] / "config" / "ops" / "store"
HOLDER, INDEX, NAME = secrets.token_bytes(20), secrets.token_bytes(16), secrets.token_bytes(16)


@pytest.fixture
async def store(short_path):
    """A server, as its own user and as the desk's."""
    embedded = EmbeddedValkey(short_path / "store")
    await embedded.start()
    _, name, *rules = (USERS / "desk.acl").read_text("utf-8").replace("CHANGE-ME", "secret").split()
    with redis.Redis.from_url(embedded.url) as client:
        client.execute_command("ACL", "SETUSER", name, *rules)
    everything = RedisServer(embedded.url)
    desk = RedisServer(f"{embedded.url.replace('unix://', f'unix://{name}@')}?password=secret")
    yield everything, desk
    await desk.close()
    await everything.close()
    await embedded.stop()


async def test_the_desk_does_its_work(store):
    """Disputes are listed and decided, entries have their details, orders and notices go out, verifiers are registered."""
    everything, desk = store
    assert await desk.faults() == []
    tickets = RedisTickets(desk)
    assert await RedisTickets(everything).open("AB123", HOLDER, b"1", Bounds(3, 5)) is Opened.DONE
    assert [name async for name in tickets.references()] == ["AB123"]
    assert await tickets.of(HOLDER) == {"AB123": b"1"}
    assert await tickets.swap("AB123", b"1", b"2")
    assert await tickets.close("AB123", HOLDER, b"2", b"3", 60)
    assert await RedisDetails(desk, 8).put(HOLDER, 1, b"details")
    await RedisDetails(desk, 8).place(HOLDER, 1, b"placed")
    for queue in ("n:{notices}", "n:{orders}"):
        assert await RedisNotices(desk, queue).put(NAME, b"sealed")
    await RedisCases(everything).answer(NAME, b"view", 60)
    assert await RedisCases(desk).answered(NAME) == b"view"
    assert await RedisVerifiers(desk).swap("91350100M000100Y43", None, b"verifier")
    assert await RedisVerifiers(desk).all() == {"91350100M000100Y43": b"verifier"}


async def test_the_desk_reads_nothing_that_is_anybodys(store):
    """Secrets, epochs, itineraries, conversations, texts, checks, consents, cases: refused by the server; nor may it look round."""
    everything, desk = store
    await RedisRecords(everything, "d", 8).swap([Swap(INDEX, None, b"itinerary")])
    await RedisKeySpace(everything, 8).swap([Swap(INDEX, None, b"secret")])
    await RedisCases(everything).put("H4TN8", b"whose", 60)
    for attempt in (
        RedisKeySpace(desk, 8).read([INDEX]),
        RedisKeySpace(desk, 8).charge(INDEX, "open", 9),
        RedisKeySpace(desk, 8).read_epoch(1),
        RedisRecords(desk, "d", 8).read([INDEX]),
        RedisRecords(desk, "d", 8).swap([Swap(INDEX, b"itinerary", b"another")]),
        RedisConversations(desk).read(INDEX),
        RedisConversations(desk).commit(INDEX, None, b"s", 9, [(INDEX, b"text")]),
        RedisChecks(desk).read(NAME),
        RedisChecks(desk, "w").read(NAME),
        RedisConsents(desk, 8).all(HOLDER),
        RedisCases(desk).read("H4TN8"),
        desk.call("GET", "g:{x}"),
        desk.call("GET", "l:{x}"),
        desk.call("GET", "p:{x}"),
        desk.call("RANDOMKEY"),
        desk.call("KEYS", "*"),
        desk.call("SCAN", "0"),
        desk.call("ACL", "LIST"),
        desk.call("CONFIG", "SET", "maxmemory", "1"),
        desk.call("EVAL", "return redis.call('HGETALL', 'd:{00}')", "0"),
    ):
        with pytest.raises(StoreError, match=r"NoPermission|ResponseError"):
            await attempt


def test_support_has_no_user_of_the_store():
    """Nobody of the staff: its way in is the desk's socket."""
    assert {file.name for file in USERS.iterdir()} == {"web.acl", "desk.acl"}
