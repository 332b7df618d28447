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
from service.adapters.redis_server import RedisServer
from tests.slots import WatchedServer

KINDS = ["memory", "wheel", "debian", "url"]


@pytest.fixture
def short_path():
    """A folder with a name short enough for a unix socket."""
    with tempfile.TemporaryDirectory(prefix="it-") as folder:
        yield Path(folder)


@pytest.fixture(params=KINDS)
async def server(request, short_path) -> AsyncIterator[RedisServer | None]:
    """A server of each kind; None for the twin."""
    if request.param == "memory":
        yield None
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
    found = (WatchedServer if request.param == "wheel" else RedisServer)(embedded.url)
    assert await found.faults() == []
    yield found
    await found.close()
    await embedded.stop()


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


@pytest.fixture
def open_folder():
    """A folder that every user may enter; pytest's own are for their owner alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.rmdir()
