"""Users of a cluster, as docs/operate.md gives them: each may do its work and touch nobody else's keys."""

import secrets
from pathlib import Path

import pytest

from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.ports.store import StoreError, Swap

HANDBOOK = (Path(__file__).parents[2] / "docs" / "operate.md").read_text(encoding="utf-8")


def rule(user):
    """The line of the handbook for a user, as arguments."""
    [line] = [one for one in HANDBOOK.splitlines() if one.startswith(f"user {user} ")]
    return line.split()[2:]


@pytest.fixture
async def as_user(store_cluster):
    """A store of the cluster, asked by one of its users."""
    opened = []
    store_cluster.empty()

    async def asked(user):
        for port in store_cluster.ports:
            with store_cluster.client(port) as client:
                client.execute_command("ACL", "SETUSER", user, "reset", *rule(user), ">secret")
        found = RedisServer(store_cluster.url.replace("://", f"://{user}:secret@"))
        opened.append(found)
        return found

    yield asked
    for one in opened:
        await one.close()


async def test_the_keys_role_reaches_its_space_and_of_data_the_itineraries(as_user):
    """Counts, swaps, scans, replicas; no conversation."""
    server = await as_user("keys")
    index = secrets.token_bytes(16)
    assert await server.faults() == []
    for space in (RedisKeySpace(server, 8), RedisRecords(server, "d", 8)):
        assert await space.swap([Swap(index, None, b"x")]) == [None]
        assert [one async for one in space.scan()] == [index]
    assert (await RedisKeySpace(server, 8).charge(index, "open", 9)).count == 1
    assert await server.followed() == ""
    with pytest.raises(StoreError, match="NoPermission"):
        await RedisConversations(server).commit(index, None, b"s", 9, [])


async def test_link_reaches_all_but_the_keys(as_user):
    """It writes no itinerary that opens: that is decided by keys, not here."""
    server = await as_user("link")
    index = secrets.token_bytes(16)
    assert await RedisConversations(server).commit(index, None, b"s", 9, [(index, b"text")])
    assert await RedisRecords(server, "d", 8).read([index]) == [None]
    with pytest.raises(StoreError, match="NoPermission"):
        await RedisKeySpace(server, 8).charge(index, "open", 9)


async def test_a_wrong_password_is_told_at_once(as_user, store_cluster):
    """Nobody waits for a failover that is none."""
    await as_user("keys")
    server = RedisServer(store_cluster.url.replace("://", "://keys:wrong@"))
    with pytest.raises(StoreError):
        await RedisKeySpace(server, 8).read([secrets.token_bytes(16)])
    await server.close()
