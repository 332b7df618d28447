"""The operator's cell table from CSV: cell, region, lat, lon; or a table that `itinerary cells build` wrote.

Rule 1: this file alone knows the layout of a cell table, and reports all its faults at once.
Rule 2: it decides nothing about borders (`mobility.cells`), dates (`cell_folder`) or which code is a region.

    raw     cell, region, lat, lon                              lat and lon may both be absent; judged by its reader
    built   cell, region, lat, lon, evidence, other, judged_by  other: the code of a soft cell's other region, or nothing

A wrong cell table would put many people into a wrong region; so, unlike events, not one bad row is left aside.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from service.adapters.text_lines import header, records
from service.domain.regions import RegionError
from service.mobility.cells import CORE, Cells
from service.mobility.judgement import JudgedBy
from service.ports.feed import CellTable, Fault, FeedError

__all__ = ["COLUMNS", "as_given", "cell_lines", "read_cells"]

COLUMNS = ("cell", "region", "lat", "lon", "evidence", "other", "judged_by")
_REQUIRED, _BUILT = ("cell", "region"), COLUMNS[4:]
_LARGEST_REGION = 999_999
_LIMITS = {"lat": 90, "lon": 180}
_JUDGED = {how.name.lower(): how for how in JudgedBy}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"  # a workbook of a spreadsheet


class _Row(NamedTuple):
    line: int
    cell: str
    region: int
    lat: float
    lon: float
    evidence: int
    other: int
    how: JudgedBy


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
            columns = _header(stream, name)
            for row in _rows(stream, name, columns, faults, region_of):
                first = rows.setdefault(row.cell, row)
                if first[2:] != row[2:]:
                    column = "cell" if first.region != row.region else "lat"
                    same = "in one region" if column == "cell" else "at one position"
                    faults.append(
                        Fault(
                            name, row.line, column, f"each cell once, or always {same}; see row {first.line}"
                        )
                    )
    except OSError as error:
        raise FeedError.of(name, f"a file that can be read ({error.strerror})") from error
    if faults:
        raise FeedError(faults)
    if not rows:
        raise FeedError.of(name, "at least one cell")
    return _table(list(rows.values()), built="evidence" in columns)


def cell_lines(table: CellTable) -> Iterator[str]:
    """A judged table as the lines of its file. Cells in the order of their names, so that equal tables are equal bytes."""
    if table.judged is None or table.judged_by is None:
        raise ValueError("only a table that was judged is written")
    yield ",".join(COLUMNS)
    columns = zip(
        table.names,
        table.region.tolist(),
        table.lat.tolist(),
        table.lon.tolist(),
        table.judged.evidence.tolist(),
        table.judged.other.tolist(),
        table.judged_by.tolist(),
        strict=True,
    )
    for name, region, lat, lon, evidence, other, how in sorted(columns, key=lambda row: row[0]):
        place = "," if lat != lat else f"{lat!r},{lon!r}"  # noqa: PLR0124 (NaN)
        yield f"{_quoted(name)},{region},{place},{evidence},{other or ''},{JudgedBy(how).name.lower()}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if '"' in name or "," in name else name


def _header(stream: BufferedReader, name: str) -> list[str]:
    """The columns; what a spreadsheet makes of a table is named as such."""
    start = stream.peek(4)
    if start.startswith(_UTF_16):
        raise FeedError.of(name, "text in UTF-8, not UTF-16: save it as CSV UTF-8")
    if start.startswith(_ZIP):
        raise FeedError.of(name, "a CSV file, not a workbook: save it as CSV UTF-8")
    first = stream.peek(1 << 12).split(b"\n", 1)[0]
    if b"," not in first and first.count(b";") + first.count(b"\t") >= len(_REQUIRED) - 1:
        raise FeedError.of(name, "columns separated by commas, not by semicolons or tabs", row=1)
    columns = header(stream, name, _REQUIRED)
    missing = [column for column in _BUILT if column not in columns]
    if 0 < len(missing) < len(_BUILT):
        raise FeedError.of(name, f"all columns of a built table or none; missing: {','.join(missing)}", row=1)
    doubled = next((column for column in columns if column in COLUMNS and columns.count(column) > 1), None)
    if doubled:
        raise FeedError.of(name, "each column once", row=1, column=doubled)
    if ("lat" in columns) != ("lon" in columns):
        raise FeedError.of(name, "both lat and lon, or neither", row=1)
    return columns


def _rows(
    stream: BinaryIO,
    name: str,
    columns: list[str],
    faults: list[Fault],
    region_of: Callable[[str], int],
) -> Iterator[_Row]:
    known: dict[str, int | RegionError] = {}

    def code(text: str) -> int | RegionError:
        """Each code is looked up once for the whole file."""
        if text not in known:
            try:
                known[text] = region_of(text)
            except RegionError as error:
                known[text] = error
        return known[text]

    for number, values, _ in records(stream, name, columns):
        row: _Row | Mapping[str | None, str]
        if values is None:
            row = {None: f"{len(columns)} fields in UTF-8: {','.join(columns)}"}
        else:
            row = _row(number, values, code)
        if isinstance(row, Mapping):
            faults += [Fault(name, number, column, expected) for column, expected in row.items()]
        else:
            yield row


def _row(
    line: int, values: Mapping[str, str], code: Callable[[str], int | RegionError]
) -> _Row | dict[str | None, str]:
    """One cell, or what is wrong with it by column."""
    faults: dict[str | None, str] = {}
    if not values["cell"]:
        faults["cell"] = "the name of a cell"
    region = code(values["region"])
    if isinstance(region, RegionError):
        faults["region"] = str(region)
    lat, lon = _position(values.get("lat", ""), values.get("lon", ""), faults)
    evidence, other, how = CORE, 0, JudgedBy.ALONE
    if "evidence" in values:
        evidence, other, how = _judgement(values, code, faults)
    if faults:
        return faults
    return _Row(line, values["cell"], cast("int", region), lat, lon, evidence, other, how)


def _position(lat: str, lon: str, faults: dict[str | None, str]) -> tuple[float, float]:
    found = {"lat": _degrees(lat), "lon": _degrees(lon)}
    for column, limit in _LIMITS.items():
        value = found[column]
        if value is None or abs(value) > limit:
            faults[column] = f"degrees (WGS 84) between -{limit} and {limit}, or nothing"
    if found["lat"] is None or found["lon"] is None:
        return np.nan, np.nan
    if abs(found["lat"]) > _LIMITS["lat"] >= abs(found["lon"]):
        faults["lat"] += "; lat and lon look swapped"
    if bool(lat) != bool(lon):
        faults["lat"] = "both lat and lon, or neither"
    return found["lat"], found["lon"]


def _degrees(text: str) -> float | None:
    """NaN (always the same object, so that rows compare) for an empty text, None for what is no number."""
    if not text:
        return np.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _judgement(
    values: Mapping[str, str],
    code: Callable[[str], int | RegionError],
    faults: dict[str | None, str],
) -> tuple[int, int, JudgedBy]:
    text, named, how = values["evidence"], values["other"], values["judged_by"]
    digits = text.removeprefix("-")
    evidence = int(text) if digits.isascii() and digits.isdigit() else CORE + 1
    if abs(evidence) > CORE:
        faults["evidence"] = f"a whole number from -{CORE} to {CORE}"
    elif (evidence == CORE) != (named == ""):
        faults["other"] = "the other region of a soft cell, and nothing for a core cell"
    other = code(named) if named else 0
    if isinstance(other, RegionError):
        faults["other"] = str(other)
    if how not in _JUDGED:
        faults["judged_by"] = " or ".join(_JUDGED)
    return evidence, other if isinstance(other, int) else 0, _JUDGED.get(how, JudgedBy.ALONE)


def _table(rows: Iterable[_Row], *, built: bool) -> CellTable:
    _, names, regions, lats, lons, evidence, other, how = zip(*rows, strict=True)
    region = np.array(regions, np.int32)
    judged = Cells(region, np.array(evidence, np.int32), np.array(other, np.int32)) if built else None
    by = np.array(how, np.int8) if built else None
    return CellTable(names, region, np.array(lats), np.array(lons), judged=judged, judged_by=by)
