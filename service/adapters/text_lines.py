"""Lines of CSV and NDJSON: blocks that end at a line's end, headers, and fields of one line.

Rule 1: this file alone decides where a line ends: at a line feed, whatever quotes say.
Rule 2: it knows no column.

A field never holds a line feed. So a forgotten quote costs its own line and nothing after it, and a file can be cut
anywhere between two lines.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from service.ports.feed import FeedError

__all__ = ["blocks", "fields", "header", "records"]

_BOM = b"\xef\xbb\xbf"
_LONGEST_LINE = 1 << 20
_SMALL_BLOCK = 1 << 20
_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that are no UTF-8, as `surrogateescape` keeps them


def blocks(stream: BinaryIO, name: str, size: int) -> Iterator[bytes]:
    """The rest of a stream in blocks of about `size` bytes, each a run of whole lines.

    Raises FeedError for a line of more than a MiB (then it is no text of this kind).
    """
    rest = b""
    while block := stream.read(size):
        end = block.rfind(b"\n") + 1
        if end:
            yield rest + block[:end]
            rest = block[end:]
        else:
            rest += block
        if len(rest) > max(size, _LONGEST_LINE):
            raise FeedError.of(name, "lines of text of at most one MiB")
    if rest:
        yield rest


def header(stream: BinaryIO, name: str, required: Sequence[str]) -> list[str]:
    """The column names of a CSV: its first line. Raises FeedError for missing or doubled columns."""
    line = stream.readline(_LONGEST_LINE).removeprefix(_BOM)
    if not line:
        raise FeedError.of(name, f"a first line with the columns {','.join(required)}; the file is empty")
    names = fields(line.decode("utf-8", "replace").rstrip("\r\n"))
    columns = [column.strip().lower() for column in names or ()]
    missing = [column for column in required if column not in columns]
    if missing:
        raise FeedError.of(name, f"the columns {','.join(required)}; missing: {','.join(missing)}", row=1)
    doubled = next((column for column in required if columns.count(column) > 1), None)
    if doubled:
        raise FeedError.of(name, "each column once", row=1, column=doubled)
    return columns


def fields(line: str) -> list[str] | None:
    """The fields of one line of CSV (RFC 4180, without line feeds in fields); None where quotes do not close."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        return None


def records(
    stream: BinaryIO, name: str, columns: Sequence[str]
) -> Iterator[tuple[int, dict[str, str] | None, str]]:
    """Every line below the header that is not blank: its number, its values by column, and the line itself.

    The values are None where the line has other fields than the header or is not UTF-8.
    """
    number = 1
    for block in blocks(stream, name, _SMALL_BLOCK):
        for raw in block.removesuffix(b"\n").split(b"\n"):
            number += 1
            line = raw.removesuffix(b"\r").decode("utf-8", "surrogateescape")
            if not line.strip():
                continue
            found = None if _UNDECODED.search(line) else fields(line)
            good = found is not None and len(found) == len(columns)
            values = dict(zip(columns, map(str.strip, found or ()), strict=True)) if good else None
            yield number, values, line
