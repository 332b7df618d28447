"""The store ports' adapters, each under the same tests: the memory twin, embedded servers, a server by its URL."""

import asyncio
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.memory_store import MemoryConversations, MemoryKeySpace, MemoryRecords
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import ONCE, REPEATS_SHOW, RedisServer
from service.adapters.redis_single import SingleServer
from tests.slots import WatchedServer
from tests.store_cluster import StoreCluster

KINDS = ["memory", "wheel", "debian", "url", "cluster"]


@pytest.fixture
def short_path():
    """A folder with a name short enough for a unix socket."""
    with tempfile.TemporaryDirectory(prefix="it-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def store_cluster(tmp_path_factory):
    """Three masters, three replicas: for the whole run, emptied between tests."""
    with StoreCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(params=KINDS)
async def server(request, short_path) -> AsyncIterator[RedisServer | None]:
    """A server of each kind; None for the twin."""
    if request.param == "memory":
        yield None
        return
    if request.param == "cluster":
        cluster = request.getfixturevalue("store_cluster")
        cluster.empty()
        found = RedisServer(cluster.url)
        assert await found.faults() == []
        yield found
        await found.close()
        return
    if request.param in {"debian", "url"} and shutil.which("redis-server") is None:
        pytest.skip("needs a Redis server on the PATH: apt-get install redis-server")
    if request.param == "url":
        async with started_by_hand(short_path) as url:
            found = RedisServer(url)
            yield found
            await found.close()
        return
    binary = shutil.which("redis-server") if request.param == "debian" else None
    embedded = EmbeddedValkey(short_path / "store", binary)
    await embedded.start()
    found = (WatchedServer if request.param == "wheel" else TwiceServer)(embedded.url)
    assert await found.faults() == []
    yield found
    await found.close()
    await embedded.stop()


class TwiceServer(RedisServer):
    """Whatever may be repeated is: the second answer is the one that counts, as when the first one got lost."""

    async def call(self, *command):
        """Twice."""
        if command[0] not in {"EVALSHA", "EVAL", "GETDEL", "XADD"}:
            await super().call(*command)
        return await super().call(*command)

    async def keep(self, *command):
        """Twice."""
        await super().keep(*command)
        return await super().keep(*command)

    async def run(self, script, keys, arguments, *, kept=False):
        """Twice."""
        # Nobody removes a state, and whoever removes a text does not ask whether he did: each would lose against himself.
        removing = (script == "commit" and arguments[1] == b"") or (
            script == "replace" and len(arguments) == 2
        )
        if script not in ONCE and script not in REPEATS_SHOW and not removing:
            await super().run(script, keys, arguments, kept=kept)
        return await super().run(script, keys, arguments, kept=kept)


@pytest.fixture
def one_server(server):
    """A server that can be looked into and starved by itself."""
    if server is None or not isinstance(server._reach, SingleServer):
        pytest.skip("the twin is no server, and a cluster is several")
    return server


def listens(path):
    """Whether a connection would be taken."""
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


class started_by_hand:  # noqa: N801 - reads as a context
    """A Redis that somebody else runs, on a socket, as the operator's handbook says."""

    def __init__(self, folder):
        self.folder = folder

    async def __aenter__(self):
        """Its URL, once it answers."""
        path = self.folder / "s"
        arguments = ["--port", "0", "--unixsocket", str(path), "--appendonly", "yes", "--save", ""]
        arguments += ["--hash-max-listpack-value", "1024", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)  # noqa: ASYNC220
        deadline = time.monotonic() + 5
        while not listens(path):  # the path is there before anybody listens at it
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        return f"unix://{path}"

    async def __aexit__(self, *_):
        """It ends with the test."""
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def clock():
    """The twins' time; servers have their own."""
    return time.time


@pytest.fixture
def records(server):
    """A data space."""
    return MemoryRecords() if server is None else RedisRecords(server, "d", 4)


@pytest.fixture
def key_space(server, clock):
    """A key space."""
    return MemoryKeySpace(clock) if server is None else RedisKeySpace(server, 4)


@pytest.fixture
def conversations(server, clock):
    """Conversations."""
    return MemoryConversations(clock) if server is None else RedisConversations(server)


@pytest.fixture
def index():
    """Somebody's index."""
    return secrets.token_bytes(16)
