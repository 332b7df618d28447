"""Cell tables by their names: which file is which version, and since when it is valid.

Rule 1: this file alone reads and writes the name of a table: level, first day, digest.
Rule 2: what stands in a table is `cell_file`'s, and what a date means to an event is `mobility.cell_versions`'.

    cells-prefecture-2026-11-20-3f9a01c2d4e5.csv    built: valid from that day on (Asia/Shanghai)
    cells-prefecture-always-77ab01c2d4e5.csv        built without a date: valid before all others
    towers_2026-11-20.csv, towers.csv               raw tables: the date at the end of the name, or always

A file alone speaks for all times, whatever its name: who names one table means that one. A folder speaks by dates; a table is
valid until the next one begins. The digest covers level, date and content: a table that was changed by hand, or renamed to
another day, is refused, because its judgement is of another table. Why the name and not a first line: a folder listing shows
which table is valid when, the file stays a plain CSV for every other program, and raw tables can be dated the same way.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from service.adapters.cell_file import cell_lines, read_cells
from service.domain.regions import RegionError
from service.ports.feed import CellTable, Fault, FeedError

__all__ = ["DatedTable", "RegionOf", "read_tables", "write_table"]

RegionOf = Callable[[str, int | None], int]
"""The region that a code means on a Shanghai day (None: any day); raises RegionError."""

_EPOCH = date(1970, 1, 1)
_BUILT = re.compile(
    r"cells-(?P<level>prefecture|district)-(?P<since>always|\d{4}-\d\d-\d\d)-(?P<digest>[0-9a-f]{12})\.csv"
)
_DATE = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)\.csv$")
_DIGEST = 12


@dataclass(frozen=True, slots=True)
class DatedTable:
    """One table and the Shanghai day from which on it is valid; None: always."""

    path: Path
    since: int | None
    table: CellTable


def read_tables(path: Path, region_of: RegionOf) -> list[DatedTable]:
    """A table, or all tables of a folder in the order of their days. Raises FeedError with every fault of all files.

    A code has to be a region on its table's first day, and on its last where another table follows.
    """
    if not path.is_dir():
        return [DatedTable(path, None, _read(path, lambda code: region_of(code, None)))]
    files = sorted((file for file in path.iterdir() if file.suffix == ".csv"), key=lambda file: file.name)
    if not files:
        raise FeedError.of(str(path), "at least one cell table (*.csv) in this folder")
    dated = sorted(((_since(file), file) for file in files), key=lambda pair: (pair[0] or 0, pair[1].name))
    faults, tables = _side_by_side(dated), []
    for place, (since, file) in enumerate(dated):
        following = dated[place + 1][0] if place + 1 < len(dated) else None
        try:
            tables.append(DatedTable(file, since, _read(file, _on_its_days(region_of, since, following))))
        except FeedError as error:
            faults += error.faults
    if faults:
        raise FeedError(faults)
    return tables


def write_table(folder: Path, level: str, since: int | None, table: CellTable) -> Path:
    """Write a judged table under its name, whole or not at all. Raises FeedError where another table has its day."""
    day = "always" if since is None else (_EPOCH + timedelta(since)).isoformat()
    content = ("\n".join(cell_lines(table)) + "\n").encode()
    path = folder / f"cells-{level}-{day}-{_digest(level, day, content)}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for other in folder.glob("*.csv"):
            if other != path and _since(other) == since:
                raise FeedError.of(
                    str(other),
                    "no other table of the same day beside the new one: move it away, or build elsewhere",
                )
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise FeedError.of(str(path), f"a place to write a cell table to ({error.strerror})") from None
    return path


def _read(path: Path, region_of: Callable[[str], int]) -> CellTable:
    table = read_cells(path, region_of)
    name = _BUILT.fullmatch(path.name)
    if name and _digest(name["level"], name["since"], path.read_bytes()) != name["digest"]:
        raise FeedError.of(
            str(path), "the table as it was built, under its own name; this one was changed: build it anew"
        )
    return table


def _digest(level: str, day: str, content: bytes) -> str:
    return hashlib.sha256(b"cells/1|" + f"{level}|{day}|".encode() + content).hexdigest()[:_DIGEST]


def _since(path: Path) -> int | None:
    """The day in a name. Raises FeedError for 2026-02-30."""
    built, dated = _BUILT.fullmatch(path.name), _DATE.search(path.name)
    text = built["since"] if built else dated[1] if dated else "always"
    if text == "always":
        return None
    try:
        return (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        raise FeedError.of(str(path), "a day of the calendar in the name, as 2026-11-20") from None


def _side_by_side(dated: list[tuple[int | None, Path]]) -> list[Fault]:
    """What is wrong with tables that are each sound: two for one day, two levels."""
    faults = []
    for (since, file), (again, other) in pairwise(dated):
        if since == again:
            day = "without a date" if since is None else f"from {(_EPOCH + timedelta(since)).isoformat()} on"
            faults.append(Fault(str(other), None, None, f"one table {day}; {file.name} is another"))
    levels = {name["level"] for _, file in dated if (name := _BUILT.fullmatch(file.name))}
    if len(levels) > 1:
        folder = str(dated[0][1].parent)
        faults.append(Fault(folder, None, None, "tables of one level in a folder, prefecture or district"))
    return faults


def _on_its_days(region_of: RegionOf, since: int | None, following: int | None) -> Callable[[str], int]:
    """A code's region, if it is one on the first and the last day of its table."""

    def region(code: str) -> int:
        found = region_of(code, since)
        if following is not None and since is not None:
            try:
                region_of(code, following - 1)
            except RegionError:
                last = (_EPOCH + timedelta(following - 1)).isoformat()
                raise RegionError(
                    f"a region that lasts until this table's last day, {last}: its code ended before"
                ) from None
        return found

    return region
