"""What reads files: enrolment, ingestion, and stays without a store.

Rule 1: which reader, flow and checkpoint belong together is decided here.
Rule 2: each function calls one flow and returns what came of it; who watches the progress is not its business.
"""

import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import asdict
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import cast

from service.adapters.checkpoint_file import CheckpointFile
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, digest, read_events
from service.adapters.read_ahead import read_ahead
from service.adapters.stays_file import write_coverage, write_stays
from service.adapters.subscriber_file import SUBSCRIBER_COLUMNS, read_subscribers
from service.flows.derive import derive
from service.flows.enrol import enrol
from service.flows.ingest import Ingest
from service.flows.mark_regions import MarkRegions
from service.flows.numbers import Numbers
from service.mobility.kernel import SetAside
from service.ports.feed import EventBatch, FeedError
from service.ports.figures import Figures
from service.sealing.blinding import blind_all
from service.settings import Settings
from service.vault.amender import Amender, Outcome
from service.vault.notices import NoticeSealer
from service.wiring.cells import cells_as_given, dated, known_cells
from service.wiring.storage import storage

__all__ = ["Counts", "counted", "enrol_file", "ingest_files", "ingestion", "stays_of"]

Counts = dict[str, int]

_READ = ("files", "entries", "events", "dead_letters", "bad_files", "bad_entries", "lost_entries")
_DONE = ("changes", *(outcome.value for outcome in Outcome))


async def enrol_file(
    settings: Settings,
    file: Path,
    progress: Callable[[int], None],
    complain: Callable[[str], None] = lambda _: None,
) -> Counts:
    """Enrol a register; outcomes and dead letters counted."""
    with _read(file) as source, DeadLetters.beside(_named(file), SUBSCRIBER_COLUMNS) as dead:
        async with storage(settings) as stored:
            forget = stored.conversations.forget
            rows = read_subscribers(source, dead)
            counts = await enrol(rows, stored.keys, stored.index, forget, progress)
        if line := dead.told(str(file)):
            complain(line)
        return {**{outcome.value: number for outcome, number in counts.items()}, "dead_letters": dead.count}


async def ingest_files(
    settings: Settings,
    files: list[Path],
    cells: Path,
    progress: Callable[[int], None],
    complain: Callable[[str], None],
) -> dict[str, Counts]:
    """Ingest files one after the other; what came of each. A bad one is told in one line, and the next one taken."""
    tables, outcomes = known_cells(cells), {}
    async with ingestion(settings, progress) as ingest:
        for file in files:
            before, fresh, bad = ingest.figures(), True, 0
            with _spooled(file) as path, DeadLetters.beside(_named(file), EVENT_COLUMNS) as dead:
                try:
                    name = digest(path).hex()
                    with closing(read_ahead(dated(read_events(path, tables, dead), tables))) as events:
                        fresh = await ingest.take(name, events, tables.cells, partial(_of_file, dead))
                except FeedError as error:
                    complain(str(error))
                    bad = 1
                    await ingest.settle()
            if line := dead.told(str(file)):
                complain(line)
            outcomes[str(file)] = {
                "already_ingested": int(not fresh),
                **counted(ingest.figures(), before),
                "dead_letters": dead.count,
                "bad_files": bad,
            }
        await ingest.close()
    return outcomes


def _of_file(dead: DeadLetters) -> Counts:
    return {"files": 1, "dead_letters": dead.count}


def counted(now: Figures, before: Figures) -> Counts:
    """What has happened between two looks."""
    sums = {name: now.sums.get(name, 0) - before.sums.get(name, 0) for name in (*_READ, *SetAside.__slots__)}
    done = {name: now.process.get(name, 0) - before.process.get(name, 0) for name in _DONE}
    return {**sums, **done}


def stays_of(
    files: list[Path], cells: Path, out: Path, progress: Callable[[int], None], coverage: Path | None = None
) -> Counts:
    """Derive stays offline into a file; where asked, the days with data into another."""
    tables = cells_as_given(cells)
    counts: Counts = {"events": 0, "dead_letters": 0}

    def batches() -> Iterator[EventBatch]:
        for file in files:
            with _read(file) as source, DeadLetters.beside(_named(file), EVENT_COLUMNS) as dead:
                yield from dated(read_events(source, tables, dead), tables)
                counts["dead_letters"] += dead.count

    derived = derive(batches(), tables.cells, progress)
    counts["events"] = derived.events
    for aside in derived.aside:
        for reason, number in asdict(aside).items():
            counts[reason] = counts.get(reason, 0) + number
    counts["stays"] = write_stays(out, derived.stays)
    if coverage is not None:
        known = derived.coverage
        counts["coverage"] = write_coverage(coverage, known.numbers, known.first_day, known.seen)
    return counts


@asynccontextmanager
async def ingestion(
    settings: Settings,
    progress: Callable[[int], None] = lambda _: None,
    again: int | None = None,
    patience: float = 3.0,
) -> AsyncIterator[Ingest]:
    """The worker's flow, gone on from its last checkpoint, alone in its directory."""
    async with storage(settings, patience) as stored:
        checkpoints = CheckpointFile(settings.ingest.directory, stored.keys, secrets.token_bytes)
        with checkpoints.alone():
            sealer = NoticeSealer(stored.notices, stored.keys, secrets.token_bytes)
            marks = MarkRegions(sealer, time.time)
            ingest = Ingest(
                Amender(stored.keys, stored.data_space, secrets.token_bytes, marks),
                Numbers(
                    stored.keys,
                    lambda numbers: blind_all(stored.role_keys.index_key, numbers),
                    time.time,
                    again,
                    settings.ingest.scope,
                ),
                checkpoints,
                time.time,
                progress,
                settings.ingest.amend_seconds,
                feed_days=stored.feed_days.add,
                erase=stored.data_space.delete,
            )
            await ingest.start()
            yield ingest


def _named(file: Path) -> Path:
    """Where the dead letters of standard input go: into the working directory."""
    return Path("standard-input") if str(file) == "-" else file


@contextmanager
def _read(file: Path) -> Iterator[Path | BufferedReader]:
    yield cast("BufferedReader", sys.stdin.buffer) if str(file) == "-" else file


@contextmanager
def _spooled(file: Path) -> Iterator[Path]:
    """A file with a digest: standard input is kept aside until it is ingested, for its owner alone."""
    if str(file) != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile() as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)
