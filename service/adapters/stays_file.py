"""Stays, and days with data, as files: CSV or Parquet, by their names.

Rule 1: this file alone knows the columns of a file of stays or of coverage.
Rule 2: it derives nothing; a file is there whole or not at all.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from service.domain.itinerary import Stay
from service.ports.feed import FeedError

__all__ = ["write_coverage", "write_stays"]

_COLUMNS = ("msisdn", "region", "start", "end", "certainty")


def write_stays(path: Path, stays: Iterable[tuple[int, Stay]]) -> int:
    """Write msisdn, region, start, end (unix seconds), certainty; the number of rows. Raises FeedError."""
    rows = [
        (number, stay.region, stay.start, stay.end, stay.certainty.name.lower()) for number, stay in stays
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    types = [pa.int64(), pa.int32(), pa.int64(), pa.int64(), pa.string()]
    table = pa.table(
        {name: pa.array(column, kind) for name, column, kind in zip(_COLUMNS, columns, types, strict=True)}
    )
    _write(path, table, "stays")
    return len(rows)


def write_coverage(path: Path, numbers: Sequence[int], first_day: int, seen: NDArray[np.bool_]) -> int:
    """Write msisdn, day, seen, reason: a row for each number and each day between the first and the last of the feed.

    `reason` of a day without data: `no_records`, nothing came from the network that day; else `not_seen`, off or out
    of reach. `seen[place, day - first_day]`. The number of rows. Raises FeedError.
    """
    silent = ~seen.any(axis=0)
    reasons = np.where(seen, "", np.where(silent, "no_records", "not_seen"))
    days = np.arange(first_day, first_day + seen.shape[1], dtype=np.int32)
    table = pa.table(
        {
            "msisdn": pa.array(np.repeat(np.asarray(numbers, np.int64), seen.shape[1])),
            "day": pa.array(np.tile(days, len(numbers))).cast(pa.date32()),
            "seen": pa.array(seen.reshape(-1)),
            "reason": pa.array(reasons.reshape(-1)),
        }
    )
    _write(path, table, "coverage")
    return seen.size


def _write(path: Path, table: pa.Table, what: str) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        if path.suffix == ".parquet":
            parquet.write_table(table, fresh)
        else:
            csv.write_csv(table, fresh, csv.WriteOptions(quoting_style="none", quoting_header="none"))
        fresh.replace(path)
    except OSError as error:
        raise FeedError.of(str(path), f"a place to write {what} to ({error.strerror})") from None
