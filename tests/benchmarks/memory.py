"""Ten million subscriptions in one worker: bytes for each, and what a checkpoint costs.

The kernel's state, the ids beside it and the table of numbers are the real ones, filled as the worker fills them; the key
space behind them is left out, since it is asked once a number. The checkpoint is sealed, streamed, synchronised to the disk
and read back. `RSS` is the process with its libraries.
"""

import asyncio
import os
import resource
import secrets
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from service.adapters.checkpoint_file import CheckpointFile
from service.adapters.key_file import KeyFile
from service.adapters.memory_store import MemoryKeySpace
from service.mobility.cells import Cells
from service.mobility.kernel import fold
from service.mobility.number_table import NumberTable
from service.records.worker_record import WorkerRecord
from service.vault.key_service import DeviceKeys
from tests.benchmarks.nation import FIRST_DAY, FIRST_NUMBER

__all__ = ["main"]

_SUBSCRIPTIONS, _AT_ONCE = 10_000_000, 100_000
_NOON, _MIB = 1_795_400_000, 1 << 20


def main() -> None:
    """Print the table."""
    asyncio.run(_measured(Console()))


async def _measured(console: Console) -> None:
    worker, numbers = WorkerRecord(), NumberTable()
    known, idle = worker.subscriptions, _rss()
    begun = time.perf_counter()
    for first in track(range(0, _SUBSCRIPTIONS, _AT_ONCE), "admitted", console=console, transient=True):
        due = numbers.find(FIRST_NUMBER + np.arange(first, first + _AT_ONCE), 1)[1]
        drawn = secrets.token_bytes(16 * _AT_ONCE)
        indices = [drawn[at : at + 16] for at in range(0, len(drawn), 16)]
        lives = np.ones(_AT_ONCE, np.int32), np.zeros(_AT_ONCE, np.int64)
        numbers.put(due, known.admit_all(indices, *lives)[0])
    admitted = time.perf_counter() - begun
    cells = Cells(np.array([110000], np.int32), np.array([64], np.int32), np.array([0], np.int32))
    who = np.random.default_rng(1).permutation(_SUBSCRIPTIONS)
    for begin in range(0, _SUBSCRIPTIONS, 1 << 20):
        rows, _ = numbers.find(FIRST_NUMBER + who[begin : begin + (1 << 20)], 1)
        times, cell = np.full(len(rows), _NOON), np.zeros(len(rows), np.int32)
        fold(known.state, known.activation, cells, rows, times, cell, times)
    filled = _rss()
    saved, loaded, size = await _checkpointed(worker)
    table = Table(
        "what", "bytes a subscription", "MiB", title=f"{_SUBSCRIPTIONS:,} subscriptions in one worker"
    )
    slots = known._slots.nbytes
    for what, size_of in (
        ("state", known.state[:_SUBSCRIPTIONS].nbytes),
        (
            "activation, generation",
            known.activation[:_SUBSCRIPTIONS].nbytes + known.generation[:_SUBSCRIPTIONS].nbytes,
        ),
        ("index", known.indices[:_SUBSCRIPTIONS].nbytes),
        ("index to row", slots),
        ("number to row", numbers.nbytes),
        ("room for more rows", known.nbytes - slots - 68 * _SUBSCRIPTIONS),
        ("RSS with all of it, over an idle process", filled - idle),
        (
            "most RSS, checkpoint saved and loaded beside it",
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        ),
        ("checkpoint on disk", size),
    ):
        table.add_row(what, f"{size_of / _SUBSCRIPTIONS:.1f}", f"{size_of / _MIB:,.0f}")
    table.caption = (
        f"admitted in {admitted:.1f} s; checkpoint saved in {saved:.1f} s, loaded in {loaded:.1f} s; "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )
    console.print(table)


async def _checkpointed(worker: WorkerRecord) -> tuple[float, float, int]:
    """Seconds to save and to load, and bytes on disk."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        device = KeyFile.open(folder / "keys", secrets.token_bytes, create=True)
        space = MemoryKeySpace(time.time)
        keys = await DeviceKeys.start(
            space, device, device.receipt_key, FIRST_DAY, secrets.token_bytes, time.time
        )
        file = CheckpointFile(folder, keys, secrets.token_bytes)
        begun = time.perf_counter()
        await file.save(worker.pieces())
        saved, begun = time.perf_counter() - begun, time.perf_counter()
        pieces = await file.load()
        assert pieces is not None
        again = WorkerRecord.of(pieces)
        loaded = time.perf_counter() - begun
        assert len(again.subscriptions) == len(worker.subscriptions)
        return saved, loaded, (folder / "checkpoint").stat().st_size


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
