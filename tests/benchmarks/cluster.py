"""A store on a cluster of three masters and three replicas beside the same store on one server, step by step.

Both listen on loopback TCP and write each command to disk before they answer (`appendfsync always`). On a machine with fewer
cores than servers the cluster's six share them: the ratio says what routing and waiting cost, not how a cluster grows.

    kept     answered once a replica has it (WAIT 1), as every acknowledged write of the service
    lone     the same step of the same cluster without waiting
"""

import asyncio
import secrets
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from service.adapters.embedded_valkey import carried_server
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.ports.store import Swap
from tests.ports import free_port
from tests.store_cluster import StoreCluster

SECONDS = 2.0
AT_ONCE = 100
Step = Callable[[], Awaitable[object]]


class LoneServer(RedisServer):
    """Waits for no replica."""

    async def run(self, script, keys, arguments, *, kept=False):  # noqa: ARG002 - that is what it is for
        """Not kept."""
        return await super().run(script, keys, arguments)


def steps(server: RedisServer) -> dict[str, Step]:
    """What lookups and ingest ask of a store."""
    talks, keys, data = RedisConversations(server), RedisKeySpace(server, 12), RedisRecords(server, "d", 12)
    known = [secrets.token_bytes(16) for _ in range(2000)]

    async def commit():
        index = secrets.token_bytes(16)
        await talks.commit(index, None, bytes(120), 60, [(index + bytes(8), bytes(300))])

    async def swap():
        await keys.swap([Swap(secrets.token_bytes(16), None, bytes(47))])

    async def rows():
        await data.swap([Swap(secrets.token_bytes(16), None, bytes(110)) for _ in range(64)])

    async def read():
        await data.read([secrets.choice(known)])

    async def charge():
        await keys.charge(secrets.token_bytes(16), "open", 60)

    return {
        "commit, a state and a text": commit,
        "swap, one key record": swap,
        "swap, 64 itineraries": rows,
        "read, one": read,
        "charge": charge,
    }


async def rate(step: Step) -> float:
    """So many a second."""
    until, done = time.perf_counter() + SECONDS, 0

    async def go():
        nonlocal done
        while time.perf_counter() < until:
            await step()
            done += 1

    begun = time.perf_counter()
    await asyncio.gather(*(go() for _ in range(AT_ONCE)))
    return done / (time.perf_counter() - begun)


async def rates(server: RedisServer) -> dict[str, float]:
    """Of each step."""
    await server.alive()
    found = {name: await rate(step) for name, step in steps(server).items()}
    await server.close()
    return found


def single(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """One server like each of the cluster's."""
    port = free_port()
    arguments = ["--port", str(port), "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always"]
    arguments += ["--save", "", "--hash-max-listpack-value", "1024"]
    process = subprocess.Popen([carried_server(), *arguments], stdout=subprocess.DEVNULL)
    while True:
        try:
            Redis(port=port).ping()
        except RedisError:
            time.sleep(0.02)
        else:
            return process, f"redis://127.0.0.1:{port}/0"


def main() -> None:
    """The table."""
    with tempfile.TemporaryDirectory(prefix="it-") as folder:
        process, url = single(Path(folder))
        one = asyncio.run(rates(RedisServer(url)))
        process.terminate()
        process.wait()
        with StoreCluster(Path(folder) / "cluster") as cluster:
            kept = asyncio.run(rates(RedisServer(cluster.url)))
            lone = asyncio.run(rates(LoneServer(cluster.url)))
    table = Table(
        "step", "one server /s", "cluster, kept /s", "ratio", "cluster, lone /s", "ratio", title="cluster"
    )
    for name, base in one.items():
        table.add_row(
            name,
            f"{base:,.0f}",
            f"{kept[name]:,.0f}",
            f"{kept[name] / base:.2f}",
            f"{lone[name]:,.0f}",
            f"{lone[name] / base:.2f}",
        )
    Console().print(table)
