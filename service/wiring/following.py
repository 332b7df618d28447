"""What follows feeds: which source an address means, and all that runs beside it.

Rule 1: which address is a directory, a file or a stream is decided here.
Rule 2: it calls one flow; nothing is read here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from io import BufferedReader
from pathlib import Path

from service.adapters.dead_letters import DeadLetters
from service.adapters.directory_feed import DirectoryFeed, Reader
from service.adapters.event_feed import EventFormat, read_events
from service.adapters.prometheus_figures import served
from service.adapters.redis_feed import RedisFeed, stream_of
from service.adapters.redis_server import RedisServer
from service.adapters.supervisor import Supervisor
from service.flows.follow import Follow
from service.mobility.cell_versions import CellVersions
from service.ports.feed import EventBatch, FeedError, Source
from service.settings import Settings, SettingsError, loopback
from service.wiring.cells import dated, known_cells
from service.wiring.files import Counts, counted, ingestion
from service.wiring.storage import STARTING

__all__ = ["check_sources", "follow_feeds", "is_stream"]

_ASK_AGAIN = 30  # seconds after which a number is asked for again: found within a minute of its enrolment
_SCHEMES = ("redis://", "rediss://", "unix://")


def is_stream(source: str) -> bool:
    """Whether this is a stream's address."""
    return source.startswith(_SCHEMES)


def check_sources(sources: Sequence[str], metrics: str | None) -> None:
    """Raises SettingsError with every address that cannot be one."""
    faults = []
    for source in sources:
        try:
            if is_stream(source):
                stream_of(source)
        except ValueError as error:
            faults.append(str(error))
    if "-" in sources:
        faults.append("-: standard input cannot be followed; ingest it without --follow")
    try:
        if metrics is not None:
            loopback(metrics)
    except ValueError as error:
        faults.append(str(error))
    if faults:
        raise SettingsError("\n".join(faults))


async def follow_feeds(
    settings: Settings,
    sources: Sequence[str],
    cells: Path,
    metrics: str | None,
    stop: asyncio.Event,
    tell: Callable[[str], None],
    complain: Callable[[str], None],
    supervisor: Supervisor,
) -> dict[str, Counts]:
    """Follow directories, files and streams until `stop`; what came of this run."""
    tables = known_cells(cells)
    address = metrics or settings.ingest.metrics
    async with (
        ingestion(settings, again=_ASK_AGAIN, patience=STARTING) as ingest,
        _sources(settings, sources, tables, complain) as feeds,
    ):
        before = ingest.figures()
        if ingest.excluded:
            tell(
                f"{ingest.excluded} subscriptions erased: their owners have not asked, and scope is enrolled"
            )
        page = served(loopback(address), ingest.figures, time.time) if address else nullcontext(0)
        with page as port:
            where = f"; metrics on port {port}" if port else ""
            tell(f"following {len(feeds)} feeds{where}")
            supervisor.ready()
            await Follow(ingest, feeds, tables.cells, complain, supervisor.alive).run(stop)
        return {"followed": counted(ingest.figures(), before)}


@asynccontextmanager
async def _sources(
    settings: Settings, sources: Sequence[str], tables: CellVersions, complain: Callable[[str], None]
) -> AsyncIterator[list[Source]]:
    dead = settings.ingest.directory / "dead"
    async with AsyncExitStack() as stack:
        found: list[Source] = []
        for source in sources:
            if is_stream(source):
                url, stream, called = stream_of(source)
                server = RedisServer(url, ca_file=settings.store.ca_file)
                stack.push_async_callback(server.close)
                read = partial(_read, tables, EventFormat.ARROW)
                found.append(RedisFeed(server, stream, called, read, dead, complain))
            else:
                found.append(_directory(Path(source), partial(_read, tables, None), dead, complain))
        yield found


def _directory(path: Path, read: Reader, dead: Path, complain: Callable[[str], None]) -> DirectoryFeed:
    if path.is_dir():
        return DirectoryFeed(path, read, dead, complain, time.time)
    if path.is_file():
        return DirectoryFeed(path.parent, read, dead, complain, time.time, only=path.name)
    raise FeedError.of(str(path), "a directory that receives files, or a file")


def _read(
    tables: CellVersions, form: EventFormat | None, source: Path | BufferedReader, dead: DeadLetters
) -> Iterator[EventBatch]:
    return dated(read_events(source, tables, dead, form), tables)
