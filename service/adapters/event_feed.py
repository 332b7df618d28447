"""Signalling events from a file or standard input, as arrays; bad rows to the dead letters.

Rule 1: this file alone decides which format a file is in, and that a bad row costs that row alone.
Rule 2: it knows no stay and no store; formats and values are judged by the files beside it.

    file or - ── what format? ─┬─ text: blocks of lines ─┬─ checked columns ── good rows ──> EventBatch
                               └─ columnar: tables ──────┘        └── bad rows ──> dead letters, counted
"""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from service.adapters.dead_letters import DeadLetters, DeadRow
from service.adapters.event_arrow import IPC_MAGIC, PARQUET_MAGIC, ipc_tables, parquet_tables
from service.adapters.event_columns import ARRIVAL, EXPECTED, REQUIRED, Checked, check
from service.adapters.event_text import Block, csv_blocks, ndjson_blocks
from service.ports.feed import CellTable, EventBatch, FeedError

__all__ = ["EVENT_COLUMNS", "EventFile", "EventFormat", "digest", "read_events"]

EVENT_COLUMNS = (*REQUIRED, ARRIVAL)
_IPC_STREAM = b"\xff\xff\xff\xff"
_LETTERS_AT_ONCE = 10_000


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
    source: Path | BinaryIO, cells: CellTable, dead: DeadLetters, form: EventFormat | None = None
) -> "EventFile":
    """Events of a file, or of a binary stream such as standard input, which may be a pipe."""
    return EventFile(source, cells, dead, form)


class EventFile:
    """An `EventFeed` over one file; keeps the promises of that port."""

    def __init__(
        self, source: Path | BinaryIO, cells: CellTable, dead: DeadLetters, form: EventFormat | None
    ) -> None:
        self.rows = 0
        self.bad = 0
        self.done: float | None = None
        self._source = source
        self._name = str(source) if isinstance(source, Path) else "-"
        self._places = {name: place for place, name in enumerate(cells.names)}
        self._dead = dead
        self._form = form

    def __iter__(self) -> Iterator[EventBatch]:
        try:
            with self._opened() as raw:
                stream = io.BufferedReader(raw, 1 << 20) if isinstance(raw, io.RawIOBase) else raw
                for batch in self._batches(stream):
                    self.rows += len(batch)
                    self._tell_place(stream)
                    if len(batch):
                        yield batch
        except OSError as error:
            raise FeedError.of(self._name, f"a file that can be read ({error.strerror})") from error

    def _opened(self) -> "BinaryIO | nullcontext[BinaryIO]":
        return self._source.open("rb") if isinstance(self._source, Path) else nullcontext(self._source)
