"""Stays as a file: CSV or Parquet, by its name.

Rule 1: this file alone knows the columns of a file of stays.
Rule 2: it derives nothing; a file is there whole or not at all.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from service.domain.itinerary import Stay
from service.ports.feed import FeedError

__all__ = ["write_stays"]

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
    fresh = path.with_name(path.name + ".new")
    try:
        if path.suffix == ".parquet":
            parquet.write_table(table, fresh)
        else:
            csv.write_csv(table, fresh, csv.WriteOptions(quoting_style="none", quoting_header="none"))
        fresh.replace(path)
    except OSError as error:
        raise FeedError.of(str(path), f"a place to write stays to ({error.strerror})") from None
    return len(rows)
