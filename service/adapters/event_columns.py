"""From the columns of a file to arrays of numbers, and which rows have none.

Rule 1: this file alone decides what a valid number, time and cell of an event looks like, in any type of column.
Rule 2: it knows no file format and drops nothing: a fault is a mark on a row.

    column     types            valid
    msisdn     integer, text    E.164: 7 to 15 digits, no leading zero, no plus sign (ITU-T E.164)
    time       integer, text    whole unix seconds from 2000 to 2100: milliseconds and nanoseconds lie outside
    arrival    the same         the same, or nothing: then the event arrived when it happened
    cell       integer, text    anything but nothing; 46001 and "46001" are one cell

Numbers of a floating type are taken where they are whole: pandas writes integers so when one of them is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.ports.feed import UNKNOWN_CELL, EventBatch

__all__ = ["ARRIVAL", "EXPECTED", "REQUIRED", "Checked", "check", "type_fault"]

REQUIRED = ("msisdn", "time", "cell")
ARRIVAL = "arrival"
EXPECTED = {
    "msisdn": "E.164 digits: 7 to 15, country code first, no plus sign",
    "time": "whole unix seconds (UTC) between 2000 and 2100, not milliseconds",
    "cell": "the name of a cell, text or integer",
    "arrival": "whole unix seconds (UTC) between 2000 and 2100, not milliseconds, or nothing",
}

_FIRST_MSISDN, _LAST_MSISDN = 10**6, 10**15 - 1
_FIRST_SECOND, _LAST_SECOND = 946_684_800, 4_102_444_800
_EXACT_FLOAT = 2.0**53
_DIGITS = "^[1-9][0-9]{0,17}$"

_READABLE = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_null,
)

_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Checked:
    """A batch with a mark for each column on the rows that are wrong there; their values mean nothing."""

    batch: EventBatch = field(repr=False)
    faults: Mapping[str, _Mask] = field(repr=False)

    @property
    def bad(self) -> _Mask:
        """Rows with any fault."""
        bad = np.zeros(len(self.batch), bool)
        for fault in self.faults.values():
            bad |= fault
        return bad

    def good(self) -> EventBatch:
        """The batch without its bad rows."""
        bad, batch = self.bad, self.batch
        if not bad.any():
            return batch
        keep = ~bad
        return EventBatch(batch.msisdn[keep], batch.time[keep], batch.cell[keep], batch.arrival[keep])


def type_fault(schema: pa.Schema) -> tuple[str, str] | None:
    """The first column of a type that cannot be read, and what was expected there."""
    for name in schema.names:
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if name in EXPECTED and not any(test(kind) for test in _READABLE):
            return name, f"a column of integers or text ({EXPECTED[name]}), not of type {kind}"
    return None


def check(table: pa.Table, cells: Mapping[str, int]) -> Checked:
    """Arrays from the columns msisdn, time, cell and perhaps arrival; `cells` gives each cell's index."""
    msisdn, has_msisdn = _whole_numbers(table["msisdn"])
    time, has_time = _whole_numbers(table["time"])
    cell, has_cell = _cells(table["cell"], cells)
    faults = {
        "msisdn": ~(has_msisdn & (msisdn >= _FIRST_MSISDN) & (msisdn <= _LAST_MSISDN)),
        "time": ~(has_time & _in_range(time)),
        "cell": ~has_cell,
    }
    arrival = time
    if ARRIVAL in table.column_names and table[ARRIVAL].null_count < len(table):
        given, has_arrival = _whole_numbers(table[ARRIVAL])
        absent = table[ARRIVAL].is_null().to_numpy()
        faults[ARRIVAL] = ~(absent | (has_arrival & _in_range(given)))
        arrival = np.where(absent, time, given)
    return Checked(EventBatch(msisdn, time, cell, arrival), faults)


def _in_range(time: NDArray[np.int64]) -> _Mask:
    return (time >= _FIRST_SECOND) & (time < _LAST_SECOND)


def _whole_numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], _Mask]:
    """Values as int64 and which of them are whole numbers; 0 stands where there is none."""
    column = _plain(column)
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64), np.zeros(len(column), bool)
    if pa.types.is_floating(column.type):
        values = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
        whole = (np.abs(values) < _EXACT_FLOAT) & (np.floor(values) == values)  # False for NaN
        return np.where(whole, values, 0).astype(np.int64), whole
    present = column.is_valid().to_numpy() if column.null_count else np.ones(len(column), bool)
    if pa.types.is_integer(column.type):
        return column.fill_null(0).cast(pa.int64(), safe=False).to_numpy(), present
    try:
        numbers, written = column.cast(pa.int64()), ~pc.starts_with(column, "0").fill_null(False).to_numpy()
    except pa.ArrowInvalid:
        matches = pc.match_substring_regex(column, _DIGITS).fill_null(False)
        written = matches.to_numpy()
        numbers = pc.if_else(matches, column, "0").cast(pa.int64())
    return numbers.fill_null(0).to_numpy(), present & written


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without dictionary, its text in the one layout that every function of Arrow takes."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column


def _cells(column: pa.ChunkedArray, cells: Mapping[str, int]) -> tuple[NDArray[np.int32], _Mask]:
    """The index of each cell, and which rows name one. Each name of a batch is looked up once."""
    if not pa.types.is_dictionary(column.type) or pa.types.is_floating(column.type.value_type):
        column = _plain(column)
    if pa.types.is_floating(column.type):
        values, whole = _whole_numbers(column)
        column = pa.chunked_array([pa.array(values, mask=~whole)])
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    places = np.zeros(len(encoded), np.int32)
    named = np.zeros(len(encoded), bool)
    begin = 0
    for chunk in encoded.chunks:
        end = begin + len(chunk)
        names = chunk.dictionary.to_pylist()
        if names and len(chunk):
            index = chunk.indices.fill_null(0).to_numpy(zero_copy_only=False)
            known = np.array([cells.get(str(name), UNKNOWN_CELL) for name in names], np.int32)
            given = np.array([name is not None and name != "" for name in names], bool)
            places[begin:end] = known[index]
            named[begin:end] = given[index] & chunk.indices.is_valid().to_numpy(zero_copy_only=False)
        begin = end
    return places, named
