"""The operator's cell table from CSV: cell, region, lat, lon.

Rule 1: this file alone knows the layout of a cell table, and reports all its faults at once.
Rule 2: it decides nothing about borders (`mobility.cells`) or about which code is a region (`domain.regions`).

A wrong cell table would put many people into a wrong region; so, unlike events, not one bad row is left aside.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path

import numpy as np

from service.adapters.text_lines import header, records
from service.domain.regions import RegionError
from service.ports.feed import CellTable, Fault, FeedError

__all__ = ["as_given", "read_cells"]

_REQUIRED = ("cell", "region")
_LARGEST_REGION = 999_999
_Row = tuple[str, int, float, float]


def as_given(text: str) -> int:
    """A region code that is not looked up, for `stays`: up to six digits. Raises RegionError."""
    if text.isascii() and text.isdigit() and 0 < int(text) <= _LARGEST_REGION:
        return int(text)
    raise RegionError("a region code of up to six digits")


def read_cells(source: Path | BufferedReader, region_of: Callable[[str], int]) -> CellTable:
    """Read a cell table; `region_of` is `as_given`, or `Regions.parse` where codes must exist.

    `lat` and `lon` (WGS 84 degrees) may both be absent. Raises FeedError with every fault of the file.
    """
    name = str(source) if isinstance(source, Path) else "-"
    faults: list[Fault] = []
    rows: dict[str, _Row] = {}
    try:
        with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
            for number, row in _rows(stream, name, faults, region_of):
                if rows.setdefault(row[0], row)[1] != row[1]:
                    faults.append(Fault(name, number, "cell", "each cell once, or always in the same region"))
    except OSError as error:
        raise FeedError.of(name, f"a file that can be read ({error.strerror})") from error
    if faults:
        raise FeedError(faults)
    if not rows:
        raise FeedError.of(name, "at least one cell")
    names, regions, lats, lons = zip(*rows.values(), strict=True)
    return CellTable(names, np.array(regions, np.int32), np.array(lats), np.array(lons))


def _rows(
    stream: BufferedReader, name: str, faults: list[Fault], region_of: Callable[[str], int]
) -> Iterator[tuple[int, _Row]]:
    columns = header(stream, name, _REQUIRED)
    known: dict[str, int | RegionError] = {}
    for number, values, _ in records(stream, name, columns):
        row = None if values is None else _row(values, known, region_of)
        if row is None:
            faults.append(Fault(name, number, None, f"{len(columns)} fields in UTF-8: {','.join(columns)}"))
        elif isinstance(row, dict):
            faults += [Fault(name, number, column, expected) for column, expected in row.items()]
        else:
            yield number, row


def _row(
    values: Mapping[str, str], known: dict[str, int | RegionError], region_of: Callable[[str], int]
) -> _Row | dict[str, str]:
    """One cell, or what is wrong with it by column. Each code is looked up once for the whole file."""
    faults: dict[str, str] = {}
    cell, code = values["cell"], values["region"]
    if not cell:
        faults["cell"] = "the name of a cell"
    if code not in known:
        try:
            known[code] = region_of(code)
        except RegionError as error:
            known[code] = error
    region = known[code]
    lat, lon = _degrees(values.get("lat", ""), 90), _degrees(values.get("lon", ""), 180)
    for column, value, limit in (("lat", lat, 90), ("lon", lon, 180)):
        if value is None:
            faults[column] = f"degrees (WGS 84) between -{limit} and {limit}, or nothing"
    if lat is not None and lon is not None and np.isnan(lat) != np.isnan(lon):
        faults["lat"] = "both lat and lon, or neither"
    if isinstance(region, RegionError):
        return {**faults, "region": str(region)}
    if faults or lat is None or lon is None:
        return faults
    return cell, region, lat, lon


def _degrees(text: str, limit: int) -> float | None:
    """NaN for an empty text, None for what is no such angle."""
    if not text:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) <= limit else None
