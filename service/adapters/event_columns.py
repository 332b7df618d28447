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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.ports.feed import UNKNOWN_CELL, EventBatch

__all__ = ["ARRIVAL", "EXPECTED", "REQUIRED", "CellPlaces", "Checked", "check", "type_fault"]

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
_FEW = 8
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
    """A batch with a mark for each faulty column on the rows that are wrong there; their values mean nothing."""

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


class CellPlaces:
    """The cells by name, for many names at once."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._names = pa.array(names, pa.string())
        self._last: tuple[pa.Array, NDArray[np.int32], _Mask] | None = None

    def of(self, names: pa.Array) -> tuple[NDArray[np.int32], _Mask]:
        """Each name's place, UNKNOWN_CELL for one that is not in the table, and which are names at all."""
        if self._last is None or not self._last[0].equals(names):
            texts = names.cast(pa.string())
            given = pc.not_equal(texts, "").fill_null(False).to_numpy(zero_copy_only=False)
            self._last = names, self._looked_up(texts), given
        return self._last[1], self._last[2]

    def _looked_up(self, texts: pa.Array) -> NDArray[np.int32]:
        """Arrow hashes the whole table at each call: for a few names of a large one a dictionary is quicker."""
        if len(texts) * _FEW < len(self._names):
            places = [self._places.get(name, UNKNOWN_CELL) for name in texts.to_pylist()]
            return np.array(places, np.int32)
        found = pc.index_in(texts, value_set=self._names, skip_nulls=True)
        places_found: NDArray[np.int32] = found.fill_null(UNKNOWN_CELL).to_numpy(zero_copy_only=False)
        return places_found.astype(np.int32)


def type_fault(schema: pa.Schema) -> tuple[str, str] | None:
    """The first column of a type that cannot be read, and what was expected there."""
    for name in schema.names:
        kind = schema.field(name).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if name in EXPECTED and not any(test(kind) for test in _READABLE):
            return name, f"a column of integers or text ({EXPECTED[name]}), not of type {kind}"
    return None


def check(table: pa.Table, cells: CellPlaces) -> Checked:
    """Arrays from the columns msisdn, time, cell and perhaps arrival; `cells` gives each cell's index.

    `faults` names only columns in which a row is wrong: nearly always there are none, and masks cost more than the values.
    """
    msisdn, has_msisdn = _whole_numbers(table["msisdn"])
    time, has_time = _whole_numbers(table["time"])
    cell, has_cell = _cells(table["cell"], cells)
    faults = {
        "msisdn": _wrong(msisdn, has_msisdn, _FIRST_MSISDN, _LAST_MSISDN),
        "time": _wrong(time, has_time, _FIRST_SECOND, _LAST_SECOND - 1),
        "cell": None if has_cell is None else ~has_cell,
    }
    arrival = time
    if ARRIVAL in table.column_names and table[ARRIVAL].null_count < len(table):
        given, has_arrival = _whole_numbers(table[ARRIVAL])
        absent = table[ARRIVAL].is_null().to_numpy()
        wrong = _wrong(given, has_arrival, _FIRST_SECOND, _LAST_SECOND - 1)
        faults[ARRIVAL] = None if wrong is None else wrong & ~absent
        arrival = np.where(absent, time, given)
    found = {column: wrong for column, wrong in faults.items() if wrong is not None}
    return Checked(EventBatch(msisdn, time, cell, arrival), found)


def _wrong(values: NDArray[np.int64], present: _Mask | None, least: int, most: int) -> _Mask | None:
    """Which rows are absent or out of range; None where every one is right."""
    if present is None and (not len(values) or (values.min() >= least and values.max() <= most)):
        return None
    wrong: _Mask = (values < least) | (values > most)
    return wrong if present is None else wrong | ~present


def _whole_numbers(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], _Mask | None]:
    """Values as int64 and which of them are whole numbers, None where all are; 0 stands where there is none."""
    column = _plain(column)
    if pa.types.is_null(column.type):
        return np.zeros(len(column), np.int64), np.zeros(len(column), bool)
    if pa.types.is_floating(column.type):
        values = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
        whole = (np.abs(values) < _EXACT_FLOAT) & (np.floor(values) == values)  # False for NaN
        return np.where(whole, values, 0).astype(np.int64), whole
    if pa.types.is_integer(column.type):
        if not column.null_count:
            return column.cast(pa.int64(), safe=False).to_numpy(), None
        return column.fill_null(0).cast(pa.int64(), safe=False).to_numpy(), column.is_valid().to_numpy()
    present = column.is_valid().to_numpy()
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


def _cells(column: pa.ChunkedArray, cells: CellPlaces) -> tuple[NDArray[np.int32], _Mask | None]:
    """The index of each cell, and which rows name one, None where all do. Each name of a batch is looked up once."""
    if not pa.types.is_dictionary(column.type) or pa.types.is_floating(column.type.value_type):
        column = _plain(column)
    if pa.types.is_floating(column.type):
        values, whole = _whole_numbers(column)
        column = pa.chunked_array([pa.array(values, mask=None if whole is None else ~whole)])
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    places = np.zeros(len(encoded), np.int32)
    named = np.ones(len(encoded), bool)
    begin = 0
    for chunk in encoded.chunks:
        end = begin + len(chunk)
        if chunk.indices.null_count:
            named[begin:end] = chunk.indices.is_valid().to_numpy(zero_copy_only=False)
        if len(chunk.dictionary) and len(chunk):
            index = chunk.indices.fill_null(0).to_numpy(zero_copy_only=False)
            known, given = cells.of(chunk.dictionary)
            np.take(known, index, out=places[begin:end])
            if not given.all():
                named[begin:end] &= given[index]
        begin = end
    return places, None if named.all() else named
