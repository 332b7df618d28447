"""Files that arrive in a directory, as a source of events.

Rule 1: this file alone decides when a file is complete and which one is next.
Rule 2: it changes nothing in that directory, and deletes nothing.

    a look   ── name order ──> settled? ── known by stamp or digest? ──> read ──> pieces, the last one says done

A file is complete when it has not changed for some seconds: renamed into place, or written and left. One that is still
being written holds up those after it for a while, because events are best in order. Files whose names begin with a dot,
or end as half-made ones do, are not looked at.
"""

import asyncio
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, digest
from service.ports.feed import EventBatch, FeedError, Piece, Positions

__all__ = ["DirectoryFeed", "Reader"]

Reader = Callable[[Path | BufferedReader, DeadLetters], Iterable[EventBatch]]

_SETTLED = 3.0  # seconds without a change
_HOLDS = 30.0  # seconds for which a file that keeps growing holds up the files after it
_HALF_MADE = (".tmp", ".part", ".partial", ".new", ".crdownload", ".dead.csv")

_Stamp = tuple[int, int, int]  # inode, size, time of the last change


@dataclass(slots=True)
class _Seen:
    """A file as it was at a look."""

    stamp: _Stamp
    since: float  # when it was first seen so
    first: float  # when it was first seen at all


@dataclass(slots=True)
class _Open:
    """The file under way."""

    name: str
    feed: str
    also: str
    batches: Iterator[EventBatch] = field(repr=False)
    dead: DeadLetters
    taken: int
    read: int = 0


class DirectoryFeed:
    """A `Source` of the files of a directory, or of one file of it. `clock` tells unix seconds."""

    def __init__(
        self,
        directory: Path,
        read: Reader,
        dead: Path,
        complain: Callable[[str], None],
        clock: Callable[[], float],
        only: str | None = None,
    ) -> None:
        self._directory = directory
        self._read = read
        self._dead = dead
        self._complain = complain
        self._clock = clock
        self._only = only
        self._seen: dict[str, _Seen] = {}
        self._finished: dict[str, _Stamp] = {}
        self._open: _Open | None = None

    async def next(self, known: Positions) -> Piece | None:
        """See `ports.feed.Source`."""
        while self._open is None:
            name = await asyncio.to_thread(self._chosen)
            if name is None:
                return None
            try:
                self._open = await asyncio.to_thread(self._opened, name, known)
            except FeedError as error:
                self._finished[name] = self._seen[name].stamp
                self._complain(str(error))
                return Piece("", 0, counts={"bad_files": 1})
        return await self._piece(self._open)

    async def _piece(self, file: _Open) -> Piece:
        """The next rows that are not folded yet, or the end."""
        while True:
            try:
                batch = await asyncio.to_thread(next, file.batches, None)
                if batch is None:
                    file.dead.close()
                    return self._done(file, {"files": 1})
            except FeedError as error:
                if any(fault.file == str(file.dead.path) for fault in error.faults):
                    self._open = None  # no row is dropped: it is read again when there is room
                    raise OSError(str(error)) from None
                self._complain(str(error))
                return self._done(file, {"bad_files": 1})
            rest = batch.after(file.taken - file.read)
            file.read += len(batch)
            if len(rest):
                return Piece(file.feed, file.read, rest)

    def _done(self, file: _Open, counts: dict[str, int]) -> Piece:
        self._open = None
        self._finished[file.name] = self._seen[file.name].stamp
        counts["dead_letters"] = file.dead.count
        if line := file.dead.told(str(self._directory / file.name)):
            self._complain(line)
        return Piece(file.feed, file.read, done=True, also=file.also, counts=counts)

    def _opened(self, name: str, known: Positions) -> _Open | None:
        """The file, unless it was folded before. Raises FeedError where it cannot be read."""
        path, stamp = self._directory / name, self._seen[name].stamp
        also = hashlib.sha256(f"{name}|{stamp}".encode()).hexdigest()
        feed = "" if known.is_done(also) else digest(path).hex()
        if not feed or known.is_done(feed):
            self._finished[name] = stamp
            return None
        self._dead.mkdir(parents=True, exist_ok=True, mode=0o700)
        dead = DeadLetters(self._dead / f"{feed[:12]}-{name[-100:]}.dead.csv", EVENT_COLUMNS)
        _, taken = known.position(feed) or ("", 0)
        return _Open(name, feed, also, iter(self._read(path, dead)), dead, taken)

    def _chosen(self) -> str | None:
        """The first settled file by name. Raises OSError where the directory cannot be read."""
        now, found = self._clock(), dict(self._look())
        self._seen = {
            name: self._noted(self._seen.get(name), stamp, now) for name, stamp in sorted(found.items())
        }
        for name, seen in self._seen.items():
            if self._finished.get(name) == seen.stamp:
                continue
            changed = min(seen.since, seen.stamp[2] / 1e9)
            if now - changed >= _SETTLED:
                return name
            if now - seen.first < _HOLDS:
                return None
        self._finished = {name: stamp for name, stamp in self._finished.items() if name in found}
        return None

    @staticmethod
    def _noted(before: _Seen | None, stamp: _Stamp, now: float) -> _Seen:
        if before is None:
            return _Seen(stamp, now, now)
        return before if before.stamp == stamp else _Seen(stamp, now, before.first)

    def _look(self) -> Iterator[tuple[str, _Stamp]]:
        with os.scandir(self._directory) as entries:
            for entry in entries:
                name = entry.name
                if self._only not in {None, name} or (self._only is None and _ignored(name)):
                    continue
                try:
                    about = entry.stat()
                except FileNotFoundError:
                    continue  # taken away since
                if stat.S_ISREG(about.st_mode):
                    yield name, (about.st_ino, about.st_size, about.st_mtime_ns)


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith(_HALF_MADE)
