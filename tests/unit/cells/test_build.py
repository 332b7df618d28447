"""`itinerary cells build`: from a table to a version that ingest and stays take, and a report that explains it."""

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from service.entrypoints.cli import app

WEST, EAST = 320500, 310000
NOON = 1_795_406_400
KM = 1 / 111.195


def table(folder: Path, extra: str = "", name: str = "towers.csv") -> Path:
    """Two cities that meet, one cell at 0/0, and one without a position."""
    rows = [
        f"c{column}-{row},{EAST if column >= 0 else WEST},{31 + row * KM:.6f},{121 + column * KM:.6f}"
        for column in range(-8, 8)
        for row in range(8)
    ]
    rows += [f"zero,{EAST},0,0", f"<b>&amp;,{WEST},,"]
    path = folder / name
    path.write_text("cell,region,lat,lon\n" + "\n".join(rows) + "\n" + extra, encoding="utf-8")
    return path


def events(folder: Path) -> Path:
    """A phone that goes back and forth between the cell without a position and eight cells on the border."""
    path = folder / "events.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["msisdn", "time", "cell"])
        for turn in range(400):
            cell = "<b>&amp;" if turn % 2 else f"c{turn // 2 % 2 - 1}-{turn // 4 % 4}"
            out.writerow([8613800138000, NOON + 60 * turn, cell])
    return path


def run(*arguments: object, code: int = 0) -> str:
    """A command's output; what it says on an error where it fails."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output if code else done.stdout


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, dict[str, object]]:
    """The folder and the report."""
    out = tmp_path / "built"
    told = run(
        *("cells", "build", table(tmp_path), "--out", out, "--events", events(tmp_path)),
        *("--valid-from", "2026-11-20", "--json"),
    )
    return out, json.loads(told)


def test_the_report_tells_what_an_engineer_looks_for(built) -> None:
    """The one border with its least sure cells, the cell at 0/0, the one without a position and how it was judged."""
    out, told = built
    assert json.loads((out / "report.json").read_text()) == told
    assert (told["level"], told["valid_from"], told["cells"]) == ("prefecture", "2026-11-20", 130)
    (border,) = told["borders"]
    assert border["regions"] == [EAST, WEST]
    assert border["names"] == ["Shanghai", "Suzhou (Jiangsu)"]
    assert [cell["evidence"] for cell in border["worst"]] == sorted(
        cell["evidence"] for cell in border["worst"]
    )
    assert [(cell["cell"], cell["doubt"]) for cell in told["doubted"]] == [("zero", "nowhere")]
    assert told["without_position"] == {"co_occurrence": ["<b>&amp;"], "alone": ["zero"]}
    assert told["changes"] is None


def test_the_page_loads_nothing_runs_nothing_and_escapes_names(built) -> None:
    """No script, no address outside the page; a cell's name is text; each picture is sound XML with a text for it."""
    page = (built[0] / "report.html").read_text(encoding="utf-8")
    assert not re.search(
        r"<script|src=|href=|url\(|@import", page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    )
    assert "https://" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;amp;" in page
    pictures = [ET.fromstring(svg) for svg in re.findall(r"<svg [^>]*role=.*?</svg>", page, re.DOTALL)]  # noqa: S314
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.get("role") == "img"
        assert picture.get("aria-label")
        assert [child.tag.rpartition("}")[2] for child in picture[:2]] == ["title", "desc"]


def test_a_built_table_gives_the_stays_that_its_raw_table_gives_where_positions_decide(
    built, tmp_path
) -> None:
    """`stays` takes the built table, its folder and the raw table; where a position is missing the built one knows more."""
    out, _ = built
    (version,) = out.glob("*.csv")
    phone = tmp_path / "phone.csv"
    rows = [f"8613800138000,{NOON + 600 * turn},c-5-{turn % 8}" for turn in range(40)]
    phone.write_text("msisdn,time,cell\n" + "\n".join(rows) + "\n")
    told = []
    for cells in (tmp_path / "towers.csv", version, out):
        run("stays", phone, "--cells", cells, "--out", tmp_path / "stays.csv")
        told.append((tmp_path / "stays.csv").read_text().replace('"', ""))
    assert told[0] == told[1] == told[2]
    assert f"8613800138000,{WEST},{NOON},{NOON + 600 * 39},certain" in told[0]


def test_events_before_a_folders_first_table_are_of_no_known_cell(built, tmp_path) -> None:
    """A table applies from its date on; the same table named alone speaks for all times."""
    out, _ = built
    (version,) = out.glob("*.csv")
    phone = tmp_path / "phone.csv"
    first = 1_795_104_000  # 2026-11-20 00:00 in Shanghai
    phone.write_text(f"msisdn,time,cell\n8613800138000,{first - 1},c-5-1\n8613800138000,{first},c-5-1\n")
    for cells, unknown in ((out, 1), (version, 0)):
        told = run("stays", phone, "--cells", cells, "--out", tmp_path / "stays.csv", "--json")
        assert json.loads(told)[str(tmp_path / "stays.csv")]["unknown_cell"] == unknown


def test_building_twice_changes_nothing_and_says_what_changed_since(built, tmp_path) -> None:
    """The same bytes under the same name; a table with another row tells of it."""
    out, _ = built
    (version,) = out.glob("*.csv")
    before = version.read_bytes()
    run(
        *("cells", "build", tmp_path / "towers.csv", "--out", out, "--events", tmp_path / "events.csv"),
        *("--valid-from", "2026-11-20"),
    )
    assert [path.read_bytes() for path in out.glob("*.csv")] == [before]
    later = table(tmp_path, f"new,{EAST},31.01,121.01\n", "later.csv")
    later.write_text(later.read_text().replace(f"c-1-0,{WEST}", f"c-1-0,{EAST}").replace("zero", "nought"))
    changes = json.loads(run("cells", "build", later, "--out", tmp_path / "more", "--since", out, "--json"))[
        "changes"
    ]
    assert (changes["added"], changes["removed"], changes["region"]) == (
        ["new", "nought"],
        ["zero"],
        ["c-1-0"],
    )
    assert changes["moved"] == []


@pytest.mark.parametrize("content", ["cell,region\na,310000\n", "cell,region,lat,lon\na,310000,31,121\n"])
def test_a_table_without_anything_to_see_has_its_page_too(content, tmp_path) -> None:
    """No position, no border: the page says so."""
    path = tmp_path / "towers.csv"
    path.write_text(content)
    run("cells", "build", path, "--out", tmp_path / "built", "--level", "district")
    assert "every cell is core" in (tmp_path / "built" / "report.html").read_text(encoding="utf-8")


def test_what_cannot_be_built_is_told_in_a_line_and_leaves_nothing(tmp_path) -> None:
    """A faulty table: 1. A day of no calendar: 2. Districts at the level of prefectures: 1, at their own: built."""
    path = tmp_path / "towers.csv"
    path.write_text("cell,region\na,310101\n")
    out = tmp_path / "built"
    assert "row 2: column region: expected a prefecture" in run("cells", "build", path, "--out", out, code=1)
    assert "--valid-from" in run("cells", "build", path, "--out", out, "--valid-from", "2026-02-30", code=2)
    assert not out.exists()
    run("cells", "build", path, "--out", out, "--level", "district")
    assert len(list(out.glob("cells-district-always-*.csv"))) == 1
