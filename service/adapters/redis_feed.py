"""A Redis or Valkey stream of Arrow record batches, as a source of events.

Rule 1: this file alone knows how an entry holds events, and when entries were lost before we read them.
Rule 2: it writes nothing to that server: no consumer group, no trimming. The position is the caller's.

    XADD name * batch <Arrow IPC stream>     one entry; `name` and how much is kept is the operator's business

How many entries a stream has lost at its head is how many were ever added, less those that are there. Where that is
more than we have read, the difference is gone: an alarm. (Redis 7 and Valkey tell; an older server does not.)
"""

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import replace
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np

from service.adapters.dead_letters import DeadLetters
from service.adapters.directory_feed import Reader
from service.adapters.event_feed import EVENT_COLUMNS
from service.adapters.redis_server import RedisServer
from service.ports.feed import EventBatch, FeedError, Piece, Positions

__all__ = ["RedisFeed", "stream_of"]

_FIELD = b"batch"
_BEGINNING = "0-0"
_BYTES = 16 << 20  # read at once, about
_ENTRIES = 1000
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_Entry = tuple[bytes, dict[bytes, bytes]]


def stream_of(url: str) -> tuple[str, str, str]:
    """A server's URL, the stream that `?stream=NAME` names, and how both are called in a line without a password.

    Raises ValueError with what is wrong.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    names = [value for key, value in query if key == "stream"]
    if len(names) != 1 or not names[0]:
        raise ValueError("a stream's address names it once: redis://HOST:PORT/DB?stream=NAME")
    rest = urlencode([(key, value) for key, value in query if key != "stream"])
    server = url.partition("?")[0] + (f"?{rest}" if rest else "")
    where = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else ""
    return server, names[0], f"{parts.scheme}://{where}{parts.path}?stream={names[0]}"


class RedisFeed:
    """A `Source` of one stream. `called` is its name in the ledger and in every line."""

    def __init__(
        self,
        server: RedisServer,
        stream: str,
        called: str,
        read: Reader,
        dead: Path,
        complain: Callable[[str], None],
    ) -> None:
        self._server = server
        self._stream = stream
        self._called = called
        self._read = read
        self._dead = dead
        self._complain = complain
        self._count = 1
        self._told = False

    async def next(self, known: Positions) -> Piece | None:
        """See `ports.feed.Source`."""
        mark, read = known.position(self._called) or (_BEGINNING, -1)
        lost, read = await self._lost(mark, read)
        entries = await self._entries(mark) if lost is not None else []
        counts = {"lost_entries": lost} if lost else {}
        if not entries:
            return Piece(self._called, read, mark=mark, counts=counts) if counts else None
        batches, told = await asyncio.to_thread(self._decoded, entries)
        counts |= told
        return Piece(
            self._called,
            read + len(entries),
            _joined(batches),
            entries[-1][0].decode(),
            counts=counts,
        )

    async def _lost(self, mark: str, read: int) -> tuple[int | None, int]:
        """Entries that went before we read them, and how many the stream had up to our position; None: no stream."""
        found = await self._server.run("stream", [self._stream], [])
        if len(found) == 1:
            if found[0] != b"none":
                self._told_once(f"{self._called}: that key is no stream; name another, or delete it")
            return None, read
        last, length, added = found[0].decode(), int(found[1]), int(found[2])
        if added < 0:
            return 0, max(read, 0)
        gone = added - length
        if read < 0:
            return 0, gone
        if _order(last) < _order(mark):
            self._told_once(
                f"{self._called}: the stream ends before our position {mark}; was it made anew? "
                "Nothing is read until its entries go beyond that; give it another name to begin again"
            )
            return 0, min(read, added)
        self._told = False
        if gone > read:
            self._complain(
                f"{self._called}: {gone - read} entries were trimmed before they were read; keep more of them"
            )
            return gone - read, gone
        return 0, min(read, added)

    def _told_once(self, line: str) -> None:
        if not self._told:
            self._complain(line)
        self._told = True

    async def _entries(self, mark: str) -> list[_Entry]:
        answer = await self._server.call("XREAD", "COUNT", self._count, "STREAMS", self._stream, mark)
        entries = cast("list[_Entry]", answer[0][1]) if answer else []
        size = sum(len(value) for _, fields in entries for value in (fields or {}).values())
        if entries:
            self._count = max(1, min(_ENTRIES, 2 * self._count, _BYTES * len(entries) // max(size, 1)))
        return entries

    def _decoded(self, entries: list[_Entry]) -> tuple[list[EventBatch], dict[str, int]]:
        """The events of entries; what cannot be read is kept aside, told and counted."""
        batches: list[EventBatch] = []
        counts = {"entries": len(entries), "bad_entries": 0, "dead_letters": 0}
        self._dead.mkdir(parents=True, exist_ok=True, mode=0o700)
        for mark, fields in entries:
            called = f"{self._called} entry {mark.decode()}"
            place = self._dead / f"{_UNSAFE.sub('-', self._called)}-{mark.decode()}"
            try:
                value = _value(called, fields)
                with DeadLetters(place.with_name(place.name + ".dead.csv"), EVENT_COLUMNS) as dead:
                    batches += self._read(BufferedReader(BytesIO(value)), dead)
                counts["dead_letters"] += dead.count
                if line := dead.told(called):
                    self._complain(line)
            except FeedError as error:
                if any(fault.file.endswith(".dead.csv") for fault in error.faults):
                    raise OSError(str(error)) from None  # no row is dropped: read again when there is room
                _keep(place.with_name(place.name + ".entry"), fields)
                self._complain(str(FeedError([replace(fault, file=called) for fault in error.faults])))
                counts["bad_entries"] += 1
        return batches, counts


def _value(called: str, fields: dict[bytes, bytes]) -> bytes:
    value = fields.get(_FIELD) if len(fields) != 1 else next(iter(fields.values()))
    if value is None:
        raise FeedError.of(called, "one field, `batch`, that holds an Arrow IPC stream")
    return value


def _keep(path: Path, fields: dict[bytes, bytes]) -> None:
    """An entry that is no events, for its owner alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
        file.write(b"".join(fields.values()))


def _joined(batches: list[EventBatch]) -> EventBatch | None:
    if len(batches) < 2:
        return batches[0] if batches else None
    return EventBatch(
        np.concatenate([batch.msisdn for batch in batches]),
        np.concatenate([batch.time for batch in batches]),
        np.concatenate([batch.cell for batch in batches]),
        np.concatenate([batch.arrival for batch in batches]),
    )


def _order(mark: str) -> tuple[int, int]:
    time, _, number = mark.partition("-")
    return int(time), int(number or 0)
