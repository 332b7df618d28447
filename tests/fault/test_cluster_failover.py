"""Masters of a cluster die and are replaced under load: what was acknowledged stays, and whoever asks waits and is answered."""

import asyncio
import secrets

import pytest

from service.adapters.redis_buckets import bucket_of
from service.adapters.redis_consents import RedisConsents
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace
from service.adapters.redis_server import RedisServer
from service.ports.store import StoreError, Swap
from tests.fault.loaded_system import LoadedSystem
from tests.store_cluster import FAST, StoreCluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """One for all of these; each leaves it whole."""
    with StoreCluster(tmp_path_factory.mktemp("cluster"), node_timeout=FAST) as found:
        yield found


@pytest.fixture
async def server(cluster):
    """A client of its own for each."""
    cluster.mend()
    cluster.empty()
    found = RedisServer(cluster.url)
    await found.alive()
    yield found
    await found.close()


LAGS = "a replica of the store is down or lags behind"
DOWN = "a server of the cluster is down, with what it had; start it again, or CLUSTER FORGET it"


class Writer:
    """Appends to records of its own by compare-and-swap; knows what was acknowledged."""

    def __init__(self, server):
        self.space = RedisKeySpace(server, 8)
        self.index = secrets.token_bytes(16)
        self.acknowledged = 0

    async def write(self, stop):
        """One version after the other, each with its number; any error ends it."""
        expected = None
        while not stop.is_set():
            value = b"%d|" % (self.acknowledged + 1)
            [now] = await self.space.swap([Swap(self.index, expected, value)])
            assert now is None or now == value, "somebody else wrote"
            self.acknowledged, expected = self.acknowledged + 1, value

    async def found(self):
        """What lies there now."""
        [value] = await self.space.read([self.index])
        return int(value.partition(b"|")[0])


@pytest.mark.parametrize("way", ["killed", "asked"])
async def test_no_acknowledged_write_is_lost_and_nobody_gets_an_error(cluster, server, way):
    """A master is killed, or asked to hand over; thirty writers go on, and each finds its newest acknowledged version."""
    writers = [Writer(server) for _ in range(30)]
    stop = asyncio.Event()
    writing = [asyncio.create_task(writer.write(stop)) for writer in writers]
    await asyncio.sleep(0.3)
    [master, *_] = await asyncio.to_thread(cluster.masters)
    if way == "killed":
        await asyncio.to_thread(cluster.kill, master)
    else:
        await asyncio.to_thread(cluster.hand_over, master)
    await asyncio.to_thread(cluster.replaced, master)
    before = [writer.acknowledged for writer in writers]
    while any(now.acknowledged == then for now, then in zip(writers, before, strict=True)):
        await asyncio.sleep(0.05)
        assert not [one.exception() for one in writing if one.done()], "a writer was told an error"
    stop.set()
    await asyncio.gather(*writing)
    assert [await writer.found() for writer in writers] == [writer.acknowledged for writer in writers]


@pytest.mark.parametrize("kept", [False, True])
async def test_what_only_a_master_had_is_lost_with_it_unless_it_was_to_be_kept(
    cluster, server, kept, monkeypatch
):
    """A replica stands still while its master takes a write, and takes over. The engine alone loses the write.

    To be kept, it is not acknowledged at all: whoever gave the consent is not told that it stands.
    """
    consents = RedisConsents(server, 8)
    holder = cluster.placed(lambda: secrets.token_bytes(20), consents.key)
    master = cluster.masters()[0]
    [replica] = cluster.replicas(master)
    await consents.put(holder, b"first", b"1")
    monkeypatch.setattr("service.adapters.redis_cluster._PATIENCE", 1.5)
    cluster.hold(replica)
    for _ in range(8):  # what the kernel holds for the replica is full: nothing that follows reaches it
        await server.call("SET", f"z:{bucket_of(holder, 8)}", bytes(4 << 20))
    if kept:
        with pytest.raises(StoreError):
            await consents.put(holder, b"second", b"2")
    else:
        await server.run("put_consent", [consents.key(holder)], [b"second", b"2", 9])
    await asyncio.to_thread(cluster.kill, master)
    cluster.hold(replica, still=False)
    monkeypatch.setattr("service.adapters.redis_cluster._PATIENCE", 20.0)
    await asyncio.to_thread(cluster.replaced, master)
    assert (await consents.all(holder))[b"first"] == b"1"
    if not kept:
        assert b"second" not in await consents.all(holder)


async def test_slots_move_under_writers_and_nobody_notices(cluster, server):
    """Some keys of a slot are there already, a script's keys are on two servers, then the slot is another's: ASK, TRYAGAIN, MOVED."""
    talks = RedisConversations(server)
    people, quiet = ([b"\x12\x30" + secrets.token_bytes(14) for _ in range(20)] for _ in "ab")
    for person in people + quiet:
        assert await talks.commit(person, None, b"s1", 60, [])
    stop, states = asyncio.Event(), dict.fromkeys(people, b"s1")

    async def talk(person):
        while not stop.is_set():
            state = secrets.token_bytes(8)
            assert await talks.commit(person, states[person], state, 60, [(person + b"x", state)])
            states[person] = state

    talking = [asyncio.create_task(talk(person)) for person in people]
    source = await asyncio.to_thread(cluster.port_of, "c:{q123}:")

    async def moved():
        with cluster.moving("c:{q123}:"):
            await asyncio.sleep(0.3)
            assert [await talks.read(person) for person in quiet] == [b"s1"] * len(quiet)
            with pytest.raises(StoreError):  # a key might go past whoever lists them all
                assert [one async for one in server.keys("c:*")]

    await moved()
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*talking)
    assert await asyncio.to_thread(cluster.port_of, "c:{q123}:") != source
    assert [await talks.read(person) for person in people] == [states[person] for person in people]
    held = {one.key: one.value async for one in talks.pending([0x123])}
    assert held == {person + b"x": states[person] for person in people}


async def test_a_master_that_takes_no_write_without_replicas_is_waited_for(cluster, server):
    """`min-replicas-to-write`, as operators with two replicas for each master set it: a delay, no error."""
    space, index = RedisKeySpace(server, 8), secrets.token_bytes(16)
    cluster.configured("min-replicas-to-write", 2)
    writing = asyncio.create_task(space.swap([Swap(index, None, b"x")]))
    await asyncio.sleep(0.3)
    assert not writing.done()
    cluster.configured("min-replicas-to-write", 0)
    assert await writing == [None]


async def test_replicas_that_lag_or_are_down_are_told(cluster, server):
    """Before an epoch's key is destroyed: who stands still may hold old rows, and so may who is down."""
    assert await server.followed() == ""
    [master, *_] = cluster.masters()
    [replica] = cluster.replicas(master)
    cluster.hold(replica)
    assert await server.followed() in {LAGS, DOWN}
    cluster.hold(replica, still=False)
    await asyncio.to_thread(cluster.mend)
    assert await server.followed() == ""
    cluster.kill(replica)
    await asyncio.to_thread(cluster.missed, replica)
    assert await server.followed() == DOWN


class ClusterSystem(LoadedSystem):
    """The loaded system over a cluster that holds both spaces."""

    def __init__(self, folder, citizens, cluster):
        super().__init__(folder, citizens)
        self.cluster = cluster

    async def _serve(self, name):
        self.servers[name] = _Elsewhere(self.cluster.url)

    async def replaced(self, way):
        """A master goes, and somebody has been answered with data again."""
        await asyncio.to_thread(self.cluster.mend)
        [master, *_] = await asyncio.to_thread(self.cluster.masters)
        await asyncio.to_thread(self.cluster.kill if way == "killed" else self.cluster.hand_over, master)
        await asyncio.to_thread(self.cluster.replaced, master)
        await self._answered()


class _Elsewhere:
    """A store that outlives the system."""

    def __init__(self, url):
        self.url = url

    async def stop(self):
        """It is not ours."""


async def test_subscribers_wait_and_are_answered_while_masters_are_replaced(folder, cluster):
    """Handsets over SMPP all the while: nobody is refused, told of a doubt, left without an answer, or answered twice."""
    cluster.mend()
    cluster.empty()
    async with ClusterSystem(folder, 12, cluster) as system:
        for way in ("killed", "asked"):
            await system.replaced(way)
    assert system.code == 0
    people = system.citizens
    assert [one.lost for one in people if one.lost] == []
    assert [one.refused + one.uncertain + one.too_much for one in people] == [0] * len(people)
    data = sum(one.replies for one in people)
    assert data >= 2 * len(people)
    assert system.entries("disclose") >= data
    audited = system.audited()
    assert audited.returncode == 0, audited.stdout + audited.stderr
