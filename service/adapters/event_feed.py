"""Signalling events from a file or standard input, as arrays; bad rows to the dead letters.

Rule 1: this file alone decides which format a file is in, and that a bad row costs that row alone.
Rule 2: it knows no stay and no store; formats and values are judged by the files beside it.

    file or - ── what format? ─┬─ text: blocks of lines ─┬─ checked columns ── good rows ──> EventBatch
                               └─ columnar: tables ──────┘        └── bad rows ──> dead letters, counted
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from enum import StrEnum
from heapq import merge
from io import SEEK_END, BufferedReader
from pathlib import Path

import numpy as np
import pyarrow as pa

from service.adapters.dead_letters import DeadLetters, DeadRow
from service.adapters.event_arrow import IPC_MAGIC, PARQUET_MAGIC, ipc_tables, parquet_tables
from service.adapters.event_columns import ARRIVAL, EXPECTED, REQUIRED, CellPlaces, Checked, check
from service.adapters.event_text import Block, csv_blocks, ndjson_blocks
from service.ports.feed import CellNames, EventBatch, FeedError

__all__ = ["EVENT_COLUMNS", "EventFile", "EventFormat", "digest", "read_events"]

EVENT_COLUMNS = (*REQUIRED, ARRIVAL)
_IPC_STREAM = b"\xff\xff\xff\xff"
_BLANK = b"\xef\xbb\xbf \t\r\n"  # and the byte order mark


class EventFormat(StrEnum):
    """What a file of events may be; a file tells by its first bytes."""

    CSV = "csv"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


def digest(path: Path) -> bytes:
    """SHA-256 of a file, by which the ledger of ingested files knows it. Raises FeedError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise FeedError.of(str(path), f"a file that can be read ({error.strerror})") from error


def read_events(
    source: Path | BufferedReader, cells: CellNames, dead: DeadLetters, form: EventFormat | None = None
) -> "EventFile":
    """Events of a file, or of a binary stream such as standard input, which may be a pipe."""
    return EventFile(source, cells, dead, form)


class EventFile:
    """An `EventFeed` over one file; keeps the promises of that port."""

    def __init__(
        self, source: Path | BufferedReader, cells: CellNames, dead: DeadLetters, form: EventFormat | None
    ) -> None:
        self.rows = 0
        self.bad = 0
        self.done: float | None = None
        self._source = source
        self._name = str(source) if isinstance(source, Path) else "-"
        self._places = CellPlaces(cells.names)
        self._dead = dead
        self._form = form

    def __iter__(self) -> Iterator[EventBatch]:
        try:
            with (
                self._source.open("rb")
                if isinstance(self._source, Path)
                else nullcontext(self._source) as stream
            ):
                size = stream.seek(0, SEEK_END) if isinstance(self._source, Path) else 0
                if size:
                    stream.seek(0)
                for batch in self._batches(stream):
                    self.rows += len(batch)
                    self.done = min(1.0, stream.tell() / size) if size else None
                    if len(batch):
                        yield batch
        except OSError as error:
            raise FeedError.of(self._name, f"a file that can be read ({error.strerror})") from error

    def _batches(self, stream: BufferedReader) -> Iterator[EventBatch]:
        form = self._form or _sniffed(stream)
        if form is EventFormat.CSV:
            yield from map(self._of_lines, csv_blocks(stream, self._name))
        elif form is EventFormat.NDJSON:
            yield from map(self._of_lines, ndjson_blocks(stream, self._name))
        elif form is EventFormat.PARQUET:
            yield from self._of_tables(parquet_tables(stream, self._name))
        else:
            framed = stream.peek(len(IPC_MAGIC)).startswith(IPC_MAGIC)
            yield from self._of_tables(ipc_tables(stream, self._name, framed=framed))

    def _of_lines(self, block: Block) -> EventBatch:
        if block.table is not None:
            checked = check(block.table, self._places)
            if not checked.bad.any():
                return checked.batch
        return self._good(*block.by_line())

    def _of_tables(self, tables: Iterable[pa.Table]) -> Iterator[EventBatch]:
        first = 1
        for table in tables:
            yield self._good(table, range(first, first + len(table)), ())
            first += len(table)

    def _good(self, table: pa.Table, numbers: Sequence[int], broken: Iterable[DeadRow]) -> EventBatch:
        """The good rows of a table; the others, and the lines that made no row, go to the dead letters."""
        checked = check(table, self._places)
        before = self._dead.count
        self._dead.write(merge(broken, _letters(table, numbers, checked), key=_place))
        self.bad += self._dead.count - before
        return checked.good()


def _sniffed(stream: BufferedReader) -> EventFormat:
    start = stream.peek(16)
    if start.startswith(PARQUET_MAGIC):
        return EventFormat.PARQUET
    if start.startswith((IPC_MAGIC, _IPC_STREAM)):
        return EventFormat.ARROW
    return EventFormat.NDJSON if start.lstrip(_BLANK).startswith(b"{") else EventFormat.CSV


def _letters(table: pa.Table, numbers: Sequence[int], checked: Checked) -> Iterator[DeadRow]:
    bad = np.flatnonzero(checked.bad)
    columns = [table[name] if name in table.column_names else None for name in EVENT_COLUMNS]
    for place in bad.tolist():
        column = next(name for name, wrong in checked.faults.items() if wrong[place])
        values = (None if values is None else values[place].as_py() for values in columns)
        texts = tuple("" if value is None else str(value) for value in values)
        yield DeadRow(numbers[place], column, EXPECTED[column], texts)


def _place(dead: DeadRow) -> int:
    return dead.row
