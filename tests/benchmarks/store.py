"""Bytes of a sealed subscription with twenty stays, in two real servers, beside the least that it could be.

Everybody is enrolled by the keys role and amended by the amender. Bytes are the servers' `used_memory`, less what the same
servers use when they are empty: hashes, buckets, allocator and all. The floor, computed from the same records:

    keys    index (16), wrapped secret (16 + 8), verifier (16), days and counters as stored
    data    entropy of the plaintext (each field by the distribution of its own values), nonce (12), tag (16), header
"""

import asyncio
import os
import secrets
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.adapters.redis_records import RedisRecords
from service.domain.itinerary import start_of_day
from service.mobility.changes import CHANGE, ChangeKind
from service.vault.amender import Amender
from service.wiring.keys import key_space_of
from service.wiring.storage import storage
from tests.benchmarks.nation import FIRST_DAY, FIRST_NUMBER
from tests.benchmarks.worker import enrolled, service_in

__all__ = ["main"]

_SUBSCRIPTIONS, _STAYS, _AT_ONCE = 1_000_000, 20, 4000
_REGIONS = np.arange(340) * 100 + 110_000


def main() -> None:
    """Print the table; `STORE_SUBSCRIPTIONS` makes them fewer."""
    asyncio.run(_measured(int(os.environ.get("STORE_SUBSCRIPTIONS", _SUBSCRIPTIONS)), Console()))


async def _measured(count: int, console: Console) -> None:
    with tempfile.TemporaryDirectory() as root, Progress(console=console, transient=True) as progress:
        settings = await service_in(Path(root), count)
        async with storage(settings) as stored, key_space_of(settings) as key_space:
            empty = [await _used(space) for space in (key_space, stored.data_space)]
            task = progress.add_task("enrolled", total=count)
            await enrolled(settings, count, lambda done: progress.advance(task, done))
            amender, chance = (
                Amender(stored.keys, stored.data_space, secrets.token_bytes),
                np.random.default_rng(1),
            )
            task, bits, begun = progress.add_task("amended", total=count), 0.0, time.perf_counter()
            for begin in range(0, count, _AT_ONCE):
                some = min(_AT_ONCE, count - begin)
                changes = _changes(chance, some)
                bits += _entropy(changes) * some / count
                indices = [stored.index(str(FIRST_NUMBER + begin + number)) for number in range(some)]
                await amender.amend_rows(indices, [1] * some, changes, np.arange(some + 1) * _STAYS)
                progress.advance(task, some)
            took = time.perf_counter() - begun
            used = [await _used(space) for space in (key_space, stored.data_space)]
    bytes_of = [(now - before) / count for now, before in zip(used, empty, strict=True)]
    floor = [16 + 24 + 16 + 7, 16 + 12 + 16 + 5 + bits / 8]
    table = Table(
        "space", "bytes a subscription", "floor", "ratio", title=f"{count:,} subscriptions of {_STAYS} stays"
    )
    for name, size, least in zip(
        ("keys", "data", "both"), (*bytes_of, sum(bytes_of)), (*floor, sum(floor)), strict=True
    ):
        table.add_row(name, f"{size:.1f}", f"{least:.1f}", f"{size / least:.2f}")
    table.caption = (
        f"entropy of the plaintext {bits / 8:.1f} bytes; {count / took:,.0f} records amended a second"
    )
    console.print(table)


async def _used(space: RedisRecords) -> int:
    """What the server behind a space has allocated."""
    found = await space._server.call("INFO", "memory")
    text = (
        found
        if isinstance(found, dict)
        else dict(line.split(":", 1) for line in found.decode().splitlines() if ":" in line)
    )
    return int(text["used_memory"])


def _changes(chance: np.random.Generator, people: int) -> np.ndarray:
    """Twenty closed stays each: half of them at home, the others in one of a few regions, within thirty days."""
    changes = np.zeros((people, _STAYS), CHANGE)
    home = chance.choice(_REGIONS, people)
    others = chance.choice(_REGIONS, (people, 4))
    lengths = chance.lognormal(np.log(8 * 3600), 0.6, (people, _STAYS)).clip(14_401, 200_000).astype(np.int64)
    gaps = chance.lognormal(np.log(1800), 0.8, (people, _STAYS)).clip(60, 20_000).astype(np.int64)
    ends = (
        start_of_day(FIRST_DAY)
        + chance.integers(0, 86_400, people)[:, None]
        + np.cumsum(lengths + gaps, axis=1)
    )
    away = np.take_along_axis(others, chance.integers(0, 4, (people, _STAYS)), axis=1)
    changes["region"] = np.where(np.arange(_STAYS) % 2, away, home[:, None])
    changes["start"], changes["last"] = ends - lengths, ends
    changes["kind"], changes["certain"] = ChangeKind.CLOSED, chance.random((people, _STAYS)) < 0.95
    changes["ordinal"] = np.arange(1, _STAYS + 1)
    changes["row"] = np.arange(people)[:, None]
    return changes.reshape(-1)


def _entropy(changes: np.ndarray) -> float:
    """Bits of a subscription's plaintext, given how these people were made: no code could be shorter on average."""
    gaussian = 0.5 * np.log2(2 * np.pi * np.e)
    lengths = np.log2(8 * 3600) + gaussian + np.log2(0.6)
    gaps = np.log2(1800) + gaussian + np.log2(0.8)
    regions = 5 * np.log2(len(_REGIONS)) + _STAYS / 2 * 2
    certainty = -(0.95 * np.log2(0.95) + 0.05 * np.log2(0.05))
    assert len(changes) % _STAYS == 0
    return float(_STAYS * (lengths + gaps + certainty) + regions + np.log2(86_400) + 31)
