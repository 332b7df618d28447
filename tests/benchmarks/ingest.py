"""File to sealed records: the real flow, real embedded stores, beside the parts that nobody could leave out.

    month    20,000 subscriptions, 114 million events in Parquet          day    100,000, 19 million, Parquet and Arrow IPC

Measured is `itinerary ingest` from its call to the last acknowledged write: opening the stores, reading and judging the
cells, reading, checking, numbers to rows, fold, checkpoint, amending. Yardsticks in the same run: the same file read by
Arrow alone, the fold alone, AES-GCM alone and HSET alone for as many records. `processor` is the time of all threads of the
flow's own process; where others use the machine at the same time it says more than the wall.
"""

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from redis.asyncio import Redis
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.adapters.embedded_valkey import EmbeddedValkey
from service.domain.itinerary import start_of_day
from service.mobility.cells import cells_of
from service.mobility.kernel import fold, new_state
from service.wiring.files import ingest_files
from tests.benchmarks.nation import CELLS, FIRST_DAY, Nation, write_cells
from tests.benchmarks.worker import enrolled, service_in

__all__ = ["main"]

_FILES = (("month.parquet", 20_000, 30), ("day.parquet", 100_000, 1), ("day.arrow", 100_000, 1))
_RECORD = 110  # bytes of a sealed itinerary


def main() -> None:
    """Print a table for each file."""
    console = Console()
    with tempfile.TemporaryDirectory() as root, Progress(console=console, transient=True) as progress:
        folder = Path(root)
        write_cells(folder / "cells.csv")
        for name, subscriptions, days in _FILES:
            task = progress.add_task(f"{name}: made", total=None)
            Nation(subscriptions).write(folder / name, days)
            progress.update(task, description=f"{name}: enrolled")
            (folder / f"{name}.d").mkdir()
            settings = asyncio.run(service_in(folder / f"{name}.d", subscriptions))
            asyncio.run(enrolled(settings, subscriptions, lambda _: None))
            progress.update(task, description=f"{name}: ingested")
            begun, used = time.perf_counter(), time.process_time()
            cells = folder / "cells.csv"
            counts = asyncio.run(
                ingest_files(settings, [folder / name], cells, lambda _: None, console.print)
            )
            took, used = time.perf_counter() - begun, time.process_time() - used
            progress.update(task, description=f"{name}: yardsticks")
            console.print(_table(folder / name, subscriptions, days, counts[str(folder / name)], took, used))
            progress.remove_task(task)
            (folder / name).unlink()


def _table(
    file: Path, subscriptions: int, days: int, counts: dict[str, int], took: float, used: float
) -> Table:
    events, written = counts["events"], counts["written"]
    table = Table(
        "what",
        "seconds",
        "million events/s",
        "share of the flow's time",
        title=f"{file.name}: {events:,} events, {subscriptions:,} subscriptions, {written:,} records written",
        caption=f"most memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB; "
        f"load of the machine {os.getloadavg()[0]:.1f}",
    )
    rows = {
        "file to sealed records": took,
        "  processor, all threads": used,
        "Arrow reads the file, nothing else": _arrow(file),
        "fold alone, one thread": _folded(subscriptions, days),
        "AES-256-GCM alone, opened and sealed": _sealed(written),
        "HSET alone, as many records": asyncio.run(_stored(written)),
    }
    for what, seconds in rows.items():
        table.add_row(what, f"{seconds:.2f}", f"{events / seconds / 1e6:.2f}", f"{seconds / took:.2f}")
    return table


def _arrow(file: Path) -> float:
    begun = time.perf_counter()
    if file.suffix == ".parquet":
        for batch in pq.ParquetFile(file, read_dictionary=["cell"]).iter_batches(1 << 20):
            batch.num_rows  # noqa: B018
    else:
        with pa.ipc.open_file(file) as reader:
            for number in range(reader.num_record_batches):
                reader.get_batch(number).validate(full=True)
    return time.perf_counter() - begun


def _folded(subscriptions: int, days: int) -> float:
    """The same events from memory; the time of making them is left out."""
    region = (np.arange(CELLS) // 66 * 100 + 110_000).astype(np.int32)
    cells = cells_of(region, np.full(CELLS, np.nan), np.full(CELLS, np.nan))
    state, activation = new_state(subscriptions), np.full(subscriptions, start_of_day(FIRST_DAY - 100))
    took = 0.0
    for rows, times, cell in Nation(subscriptions).batches(days):
        begun = time.perf_counter()
        fold(state, activation, cells, rows, times, cell, times)
        took += time.perf_counter() - begun
    return took


def _sealed(records: int) -> float:
    begun = time.perf_counter()
    for _ in range(records):
        cipher = AESGCM(os.urandom(32))
        nonce = os.urandom(12)
        cipher.decrypt(nonce, cipher.encrypt(nonce, bytes(_RECORD), b"bound"), b"bound")
    return time.perf_counter() - begun


async def _stored(records: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedValkey(Path(folder) / "bare")
        await server.start()
        client = Redis.from_url(server.url)
        values = [(b"b%d" % (number // 16), os.urandom(16), os.urandom(_RECORD)) for number in range(records)]
        begun = time.perf_counter()
        for at in range(0, records, 2000):
            pipeline = client.pipeline(transaction=False)
            for key, field, value in values[at : at + 2000]:
                pipeline.execute_command("HSET", key, field, value)
            await pipeline.execute()
        took = time.perf_counter() - begun
        await client.aclose()
        await server.stop()
    return took
