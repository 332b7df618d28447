"""Events in Parquet and Arrow IPC, in tables of about a million rows.

Rule 1: this file alone knows how columnar files are opened, and how a damaged one shows.
Rule 2: it does not judge values; `event_columns` does.

An Arrow file (with its index at the end) is read like the stream that it contains: so it can come through a pipe. Its
end is still looked at, because half of it would look like a shorter stream.
"""

import tempfile
from collections.abc import Iterator
from shutil import copyfileobj
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from service.adapters.event_columns import ARRIVAL, REQUIRED, type_fault
from service.ports.feed import FeedError

__all__ = ["BATCH_ROWS", "IPC_MAGIC", "PARQUET_MAGIC", "ipc_tables", "parquet_tables"]

BATCH_ROWS = 1 << 20
PARQUET_MAGIC = b"PAR1"
IPC_MAGIC = b"ARROW1"
_IPC_PREFIX = 8  # the magic, padded

_DAMAGED = (pa.ArrowException, OSError, EOFError, ValueError, MemoryError)
"""MemoryError: a length that was damaged into an enormous one, refused by the allocator before anything is taken."""


def parquet_tables(stream: BinaryIO, name: str) -> Iterator[pa.Table]:
    """Tables of a Parquet file; a pipe is copied to a nameless file first, because the index stands at the end."""
    if not stream.seekable():
        with tempfile.TemporaryFile() as copy:  # for its owner alone, and it dies with us
            copyfileobj(stream, copy)
            copy.seek(0)
            yield from parquet_tables(copy, name)
        return
    try:
        columns = _columns(
            pq.read_schema(stream), name
        )  # first: a cell that is no column cannot be a dictionary
        stream.seek(0)
        file = pq.ParquetFile(stream, read_dictionary=["cell"], pre_buffer=False)
        for batch in file.iter_batches(BATCH_ROWS, columns=columns):
            batch.validate(
                full=True
            )  # octets that are no UTF-8 would end whoever shows them as a dead letter
            yield pa.Table.from_batches([batch])
    except _DAMAGED as error:
        raise FeedError.of(name, "a whole Parquet file; this one is cut off or damaged") from error


def ipc_tables(stream: BinaryIO, name: str, *, framed: bool) -> Iterator[pa.Table]:
    """Tables of an Arrow IPC stream, or of the stream within an Arrow IPC file (`framed`)."""
    try:
        if framed:
            stream.read(_IPC_PREFIX)
        with pa.ipc.open_stream(stream) as reader:
            columns = _columns(reader.schema, name)
            for batch in reader:
                batch.validate(full=True)  # a damaged offset would read outside its buffer
                table = pa.Table.from_batches([batch]).select(columns)
                yield from (table.slice(begin, BATCH_ROWS) for begin in range(0, len(table), BATCH_ROWS))
        if framed and not _last(stream).endswith(IPC_MAGIC):
            raise EOFError
    except _DAMAGED as error:
        raise FeedError.of(
            name, "a whole Arrow IPC file or stream; this one is cut off or damaged"
        ) from error


def _columns(schema: pa.Schema, name: str) -> list[str]:
    missing = [column for column in REQUIRED if schema.names.count(column) != 1]
    if missing:
        raise FeedError.of(name, f"the columns {','.join(REQUIRED)}; missing or doubled: {','.join(missing)}")
    if fault := type_fault(schema):
        raise FeedError.of(name, fault[1], column=fault[0])
    return [*REQUIRED, *([ARRIVAL] if ARRIVAL in schema.names else [])]


def _last(stream: BinaryIO) -> bytes:
    end = b""
    while block := stream.read(1 << 20):
        end = (end + block)[-len(IPC_MAGIC) :]
    return end
