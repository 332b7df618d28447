"""Cell tables from files: every fault at once with its place, built tables as they were built, dates by their names."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.cell_file import as_given, cell_lines, read_cells
from service.adapters.cell_folder import read_tables, write_table
from service.adapters.region_tables import load_regions
from service.domain.itinerary import start_of_day
from service.mobility.cell_versions import ALWAYS, CellVersions
from service.mobility.cells import Cells
from service.mobility.judgement import JudgedBy
from service.ports.feed import CellTable, FeedError

REGIONS = load_regions()
WUHAN, BEIJING = 420100, 110000
DAY = 20_780  # 2026-11-23
DEGREE = "degrees (WGS 84) between -90 and 90, or nothing"
PREFECTURE = "a prefecture-level division of GB/T 2260 (six digits)"


def refused(content: str | bytes, folder: Path, name: str = "cells.csv") -> list[str]:
    """The lines that a table is refused with, without the name of its folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(FeedError) as error:
        read_cells(path, REGIONS.parse)
    return str(error.value).replace(f"{folder}/", "").split("\n")


def test_every_fault_of_a_table_is_told_at_once_with_row_and_column(tmp_path: Path) -> None:
    """One line for each; nothing of a faulty table is used."""
    rows = [
        "cell,region,lat,lon",
        "a,420100,30.6,114.3",
        "a,110000,30.6,114.3",
        "b,420106,30.6,114.3",
        "c,420100,30.6,",
        "d,420100,91,100",
        "e,420100,114.3,30.6",
        "f,420100,north,114.3",
        ",420100,30.6,114.3",
        "g,420100",
        "h,999999,nan,inf",
        "a,420100,30.7,114.3",
    ]
    assert refused("\n".join(rows), tmp_path) == [
        "cells.csv: row 3: column cell: expected each cell once, or always in one region; see row 2",
        "cells.csv: row 4: column region: expected a prefecture, not a part of one (420100)",
        "cells.csv: row 5: column lat: expected both lat and lon, or neither",
        "cells.csv: row 6: column lat: expected degrees (WGS 84) between -90 and 90, or nothing",
        f"cells.csv: row 7: column lat: expected {DEGREE}; lat and lon look swapped",
        "cells.csv: row 8: column lat: expected degrees (WGS 84) between -90 and 90, or nothing",
        "cells.csv: row 9: column cell: expected the name of a cell",
        "cells.csv: row 10: expected 4 fields in UTF-8: cell,region,lat,lon",
        f"cells.csv: row 11: column region: expected {PREFECTURE} that was valid on that day",
        "cells.csv: row 11: column lat: expected degrees (WGS 84) between -90 and 90, or nothing",
        "cells.csv: row 11: column lon: expected degrees (WGS 84) between -180 and 180, or nothing",
        "cells.csv: row 12: column lat: expected each cell once, or always at one position; see row 2",
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "expected a first line with the columns cell,region; the file is empty"),
        (b"cell,region\n", "expected at least one cell"),
        (b"cell,lat,lon\na,1,2\n", "row 1: expected the columns cell,region; missing: region"),
        (
            b"\xef\xbb\xbfcell;region;lat;lon\r\na;420100;30,6;114,3\r\n",
            "row 1: expected columns separated by",
        ),
        (
            b"cell\tregion\na\t420100\n",
            "row 1: expected columns separated by commas, not by semicolons or tabs",
        ),
        (
            "cell,region\na,420100\n".encode("utf-16"),
            "expected text in UTF-8, not UTF-16: save it as CSV UTF-8",
        ),
        (b"PK\x03\x04rest", "expected a CSV file, not a workbook: save it as CSV UTF-8"),
        (b"cell,region,lat\na,420100,3\n", "row 1: expected both lat and lon, or neither"),
        (b"cell,region,lat,lat,lon\na,420100,3,3,4\n", "row 1: column lat: expected each column once"),
        (
            b"cell,region,evidence\na,420100,3\n",
            "row 1: expected all columns of a built table or none; missing",
        ),
    ],
)
def test_what_is_no_table_is_one_clear_line(content: bytes, line: str, tmp_path: Path) -> None:
    """Empty, without a column, or as a spreadsheet saves it."""
    (told,) = refused(content, tmp_path)
    assert told.startswith(f"cells.csv: {line}")


def test_a_byte_order_mark_and_windows_line_ends_are_nothing(tmp_path: Path) -> None:
    """A table saved as CSV UTF-8 by a spreadsheet is read."""
    path = tmp_path / "cells.csv"
    path.write_bytes(b"\xef\xbb\xbfcell,region,lat,lon\r\na,420100,30.6,114.3\r\nb,420100,,\r\n")
    table = read_cells(path, REGIONS.parse)
    assert (table.names, table.region.tolist()) == (("a", "b"), [WUHAN, WUHAN])
    np.testing.assert_array_equal(table.lat, [30.6, np.nan])


def test_the_same_row_twice_is_one_cell(tmp_path: Path) -> None:
    """An export that repeats itself says nothing wrong, with or without a position."""
    path = tmp_path / "cells.csv"
    path.write_text(
        "cell,region,lat,lon\na,420100,30.6,114.3\nb,420100,,\na,420100,30.60,114.3\nb,420100,,\n"
    )
    assert read_cells(path, REGIONS.parse).names == ("a", "b")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("a,420100,1,2,65,110000,position", "evidence"),
        ("a,420100,1,2,½,110000,position", "evidence"),
        ("a,420100,1,2,64,110000,position", "other"),
        ("a,420100,1,2,12,,position", "other"),
        ("a,420100,1,2,12,420106,position", "other"),
        ("a,420100,1,2,12,110000,guess", "judged_by"),
    ],
)
def test_a_judgement_that_cannot_be_is_a_fault(row: str, column: str, tmp_path: Path) -> None:
    """Evidence out of range, a core cell with another region, a soft one without."""
    (told,) = refused(f"cell,region,lat,lon,evidence,other,judged_by\n{row}\n", tmp_path)
    assert told.startswith(f"cells.csv: row 2: column {column}: expected")


NAMES = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9)
    .map(str.strip)
    .filter(bool)
)
DEGREES = st.one_of(st.just(None), st.tuples(st.floats(-90, 90), st.floats(-180, 180)))
CELLS = st.lists(
    st.tuples(
        NAMES,
        st.integers(1, 999_999),
        DEGREES,
        st.one_of(st.just((64, 0)), st.tuples(st.integers(-64, 63), st.integers(1, 999_999))),
        st.sampled_from(JudgedBy),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda cell: cell[0],
)


def built(cells) -> CellTable:
    """A judged table."""
    names, regions, places, judged, how = zip(*cells, strict=True)
    region = np.array(regions, np.int32)
    lat, lon = (np.array([place[i] if place else np.nan for place in places]) for i in (0, 1))
    evidence, other = (np.array([pair[i] for pair in judged], np.int32) for i in (0, 1))
    by = np.array(how, np.int8)
    return CellTable(names, region, lat, lon, judged=Cells(region, evidence, other), judged_by=by)


@settings(max_examples=1000, deadline=None)
@given(CELLS)
def test_what_was_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, cells) -> None:
    """Every name, position to the last bit, and judgement; the order is that of the names."""
    table = built(sorted(cells))
    path = tmp_path_factory.mktemp("built") / "cells.csv"
    path.write_text("\n".join(cell_lines(table)) + "\n", encoding="utf-8", newline="")
    again = read_cells(path, as_given)
    assert again.names == table.names
    for name in ("region", "lat", "lon", "judged_by"):
        np.testing.assert_array_equal(getattr(again, name), getattr(table, name))
    assert again.judged is not None
    assert table.judged is not None
    np.testing.assert_array_equal(again.judged.evidence, table.judged.evidence)
    np.testing.assert_array_equal(again.judged.other, table.judged.other)


def one(region: int = WUHAN, evidence: int = 64, other: int = 0) -> CellTable:
    """A built table of one cell."""
    return built([("a", region, (30.6, 114.3), (evidence, other), JudgedBy.POSITION)])


def test_a_tables_name_is_its_level_its_day_and_what_is_in_it(tmp_path: Path) -> None:
    """The same content gives the same name, so building twice changes nothing."""
    path = write_table(tmp_path, "prefecture", DAY, one())
    assert path.name.startswith("cells-prefecture-2026-11-23-")
    assert write_table(tmp_path, "prefecture", DAY, one()) == path
    assert [dated.since for dated in read_tables(tmp_path, REGIONS.parse)] == [DAY]
    assert write_table(tmp_path / "new", "prefecture", None, one()).name.startswith(
        "cells-prefecture-always-"
    )


def test_a_built_table_that_was_changed_or_renamed_is_refused(tmp_path: Path) -> None:
    """Its judgement would be that of another table, or of another day."""
    path = write_table(tmp_path, "prefecture", DAY, one())
    later = path.rename(tmp_path / path.name.replace("11-23", "11-24"))
    with pytest.raises(FeedError, match="the table as it was built, under its own name"):
        read_tables(later, REGIONS.parse)
    later.rename(path).write_text(path.read_text().replace("30.6", "30.7"))
    with pytest.raises(FeedError, match="build it anew"):
        read_tables(tmp_path, REGIONS.parse)


def test_a_second_table_of_one_day_is_not_written_and_not_read(tmp_path: Path) -> None:
    """Or an event of that day would have two regions."""
    write_table(tmp_path, "prefecture", DAY, one())
    with pytest.raises(FeedError, match="no other table of the same day"):
        write_table(tmp_path, "prefecture", DAY, one(BEIJING))
    (tmp_path / "towers_2026-11-23.csv").write_text("cell,region\na,420100\n")
    with pytest.raises(FeedError, match="expected one table from 2026-11-23 on; cells-prefecture"):
        read_tables(tmp_path, REGIONS.parse)


def test_levels_are_not_mixed_and_days_are_of_the_calendar(tmp_path: Path) -> None:
    """A folder of both levels, an empty folder, and the 30th of February."""
    with pytest.raises(FeedError, match="at least one cell table"):
        read_tables(tmp_path, REGIONS.parse)
    write_table(tmp_path, "prefecture", DAY, one())
    write_table(tmp_path, "district", DAY + 1, one())
    with pytest.raises(FeedError, match="tables of one level"):
        read_tables(tmp_path, REGIONS.parse)
    (tmp_path / "towers_2026-02-30.csv").write_text("cell,region\na,420100\n")
    with pytest.raises(FeedError, match="a day of the calendar"):
        read_tables(tmp_path, REGIONS.parse)


def test_a_code_has_to_be_valid_on_its_tables_days(tmp_path: Path) -> None:
    """Laiwu (371200) became a part of Jinan at the end of 2018: a table of 2018 may name it, one of 2020 may not."""
    row = "cell,region\na,371200\n"
    (tmp_path / "towers_2018-01-01.csv").write_text(row)
    assert len(read_tables(tmp_path, REGIONS.parse)) == 1
    (tmp_path / "towers_2020-01-01.csv").write_text(row)
    with pytest.raises(FeedError) as error:
        read_tables(tmp_path, REGIONS.parse)
    first, second = str(error.value).split("\n")
    assert "towers_2018-01-01.csv: row 2: column region: expected a region that lasts until" in first
    assert "towers_2020-01-01.csv: row 2: column region: expected a prefecture-level division" in second


def test_an_event_has_the_table_of_its_own_time() -> None:
    """The last second before a table's day belongs to the former table; before all tables a cell is unknown."""
    old = Cells(*(np.array(values, np.int32) for values in ([1, 2], [64, 64], [0, 0])))
    new = Cells(*(np.array(values, np.int32) for values in ([3, 4], [10, 64], [1, 0])))
    first, second = start_of_day(DAY), start_of_day(DAY + 1)
    versions = CellVersions.of([(first, ("a", "b"), old), (second, ("b", "c"), new)])
    assert versions.names == ("a", "b", "c")
    cell = np.array([0, 1, 2, 1, 0, 2, 1, -1], np.int32)
    time = np.array([first, first, first, second, second, second, first - 1, second], np.int64)
    assert versions.at(cell, time).tolist() == [0, 1, -1, 2, -1, 3, -1, -1]
    for event in range(len(cell)):
        alone = versions.at(cell[event : event + 1], time[event : event + 1])
        assert alone.tolist() == [[0, 1, -1, 2, -1, 3, -1, -1][event]]
    assert versions.cells.region[versions.at(cell, time)[[0, 1, 3, 5]]].tolist() == [1, 2, 3, 4]


def test_a_table_without_a_date_speaks_for_all_times() -> None:
    """A cell's number is then its row, whenever the event was."""
    cells = Cells(*(np.zeros(2, np.int32) for _ in range(3)))
    versions = CellVersions.of([(ALWAYS, ("a", "b"), cells)])
    cell = np.array([1, -1, 0], np.int32)
    assert versions.at(cell, np.array([0, 1, 1 << 40], np.int64)).tolist() == [1, -1, 0]
