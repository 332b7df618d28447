"""Bad input, as a user meets it: one clear line, the right exit code, and every good row around it counted."""

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from service.entrypoints.cli import app
from tests.configured import configured

NOW = 1_750_003_200
HEADER = "msisdn,time,cell\n"
GOOD = f"8613800138000,{NOW},w1\n"


class Desk:
    """A folder with a configuration, one subscriber, and the command."""

    def __init__(self, folder):
        self.folder = folder
        configured(folder / "itinerary.toml", ingest={"cells": "cells.csv"})
        for name, text in {
            "cells.csv": "cell,region\nw1,420100\n",
            "subscribers.csv": "msisdn,document_type,document_last_four,activated_on\n"
            "8613800138000,resident_id,1234,2024-01-01\n",
        }.items():
            (folder / name).write_text(text)
        assert self.run("init")[0] == 0
        assert self.run("enrol", "subscribers.csv")[0] == 0

    def run(self, command, *arguments):
        """Exit code, standard output, and the lines of the error output; files are named in the folder."""
        named = [str(self.folder / word) if "." in word and word[0] != "-" else word for word in arguments]
        config = f"--config={self.folder / 'itinerary.toml'}"
        result = CliRunner().invoke(app, [command, *named, config])
        lines = result.stderr.replace(f"{self.folder}/", "").splitlines()
        return result.exit_code, result.stdout, lines

    def ingest(self, name, *more):
        """Exit code, what was counted, and the lines."""
        code, out, lines = self.run("ingest", name, "--json", *more)
        return code, list(json.loads(out).values())[-1] if out else None, lines

    def write(self, name, data):
        """A file of text, octets, or columns."""
        path = self.folder / name
        if isinstance(data, dict):
            pq.write_table(pa.table(data), path)
        else:
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """One desk for all; each file is another one."""
    return Desk(tmp_path_factory.mktemp("bad"))


MILLISECONDS = "column time: expected whole unix seconds (UTC) between 2000 and 2100, not milliseconds"
FILES = {
    "columns.csv": (
        "number,when\n1,2\n",
        "row 1: expected the columns msisdn,time,cell; missing: msisdn,time,cell",
    ),
    "empty.csv": ("", "expected a first line with the columns msisdn,time,cell; the file is empty"),
    "columns.ndjson": (
        '{"a": 1}\n',
        "row 1: expected the fields msisdn,time,cell; missing: msisdn,time,cell",
    ),
    "types.parquet": (
        {"msisdn": [8613800138000], "time": [True], "cell": ["w1"]},
        "column time: expected a column of integers or text",
    ),
    "lists.parquet": (
        {"msisdn": [8613800138000], "time": [NOW], "cell": [["w1"]]},
        "column cell: expected a column of integers or text",
    ),
    "columns.parquet": (
        {"msisdn": [8613800138000]},
        "expected the columns msisdn,time,cell; missing or doubled: time,cell",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_used_is_one_line_and_a_failure(desk, name):
    """Wrong columns, wrong types, nothing in it: exit 1, file and column named."""
    data, expected = FILES[name]
    desk.write(name, data)
    code, counts, lines = desk.ingest(name)
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith(f"{name}: {expected}")
    assert (counts["events"], counts["bad_files"]) == (0, 1)


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_half_a_file_is_told_and_the_files_after_it_are_taken(desk, form):
    """Cut off in the middle: its line, exit 1, and the good file behind it counts."""
    table = {"msisdn": [8613800138000] * 50, "time": list(range(NOW, NOW + 50)), "cell": ["w1"] * 50}
    path = desk.write(f"half.{form}", table)
    if form == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, pa.table(table).schema) as writer:
            writer.write_table(pa.table(table))
    path.write_bytes(path.read_bytes()[:-40])
    desk.write(f"after-{form}.csv", HEADER + GOOD * (2 if form == "arrow" else 3))
    code, counts, lines = desk.ingest(f"half.{form}", f"after-{form}.csv")
    assert code == 1
    assert re.fullmatch(rf"half\.{form}: expected a whole .* cut off or damaged", lines[0])
    assert counts["events"] == (2 if form == "arrow" else 3)


ROWS = {
    "milliseconds": (f"8613800138000,{NOW}000,w1", MILLISECONDS),
    "negative": ("8613800138000,-5,w1", MILLISECONDS),
    "not a number": ("8613800138000,NaN,w1", MILLISECONDS),
    "no time": ("8613800138000,,w1", MILLISECONDS),
    "no number": (f",{NOW},w1", "column msisdn: expected E.164 digits"),
    "plus sign": (f"+8613800138000,{NOW},w1", "column msisdn: expected E.164 digits"),
    "no cell": (f"8613800138000,{NOW},", "column cell: expected the name of a cell"),
    "a field too few": (f"8613800138000,{NOW}", "expected a line of 3 fields in UTF-8: msisdn,time,cell"),
    "an open quote": (f'"8613800138000,{NOW},w1', "expected a line of 3 fields in UTF-8: msisdn,time,cell"),
}


@pytest.mark.parametrize("what", ROWS)
def test_a_bad_row_costs_itself_alone(desk, what):
    """Its line tells file, row and column, and where it lies now; the rows around it count; exit 0."""
    row, expected = ROWS[what]
    name = what.replace(" ", "-") + ".csv"
    desk.write(name, HEADER + GOOD + row + "\n" + GOOD)
    code, counts, lines = desk.ingest(name)
    assert (code, counts["events"], counts["dead_letters"], counts["bad_files"]) == (0, 2, 1, 0)
    [line] = lines
    assert line.startswith(f"{name}: row 3: {expected}")
    assert line.endswith(f"set aside in {name}.dead.csv: put right, it can be ingested like any other file")
    assert "138001" not in line
    assert len((desk.folder / f"{name}.dead.csv").read_text().splitlines()) == 2


CELLS = {
    "w1,420100\nw1,440300": [
        "row 3: column cell: expected each cell once, or always in one region; see row 2"
    ],
    "w1,999999\nw2,42": [
        "row 2: column region: expected a prefecture",
        "row 3: column region: expected a prefecture",
    ],
    "w1,420100,91,0": ["row 2: column lat: expected degrees (WGS 84) between -90 and 90, or nothing"],
    ",420100": ["row 2: column cell: expected the name of a cell"],
}


@pytest.mark.parametrize("text", CELLS)
def test_a_bad_cell_table_tells_every_fault_and_nothing_is_ingested(desk, text):
    """Doubled cells, unknown codes, places off the earth: a line each, exit 1."""
    header = "cell,region,lat,lon" if text.count(",") == 3 else "cell,region"
    desk.write("wrong.cells.csv", f"{header}\n{text}\n")
    desk.write("never.csv", HEADER + GOOD)
    code, out, lines = desk.run("ingest", "never.csv", "--cells", "wrong.cells.csv")
    assert (code, out, len(lines)) == (1, "", len(CELLS[text]))
    for line, expected in zip(lines, CELLS[text], strict=True):
        assert line.startswith(f"wrong.cells.csv: {expected}")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["redis://here/0?stream=x"], "a stream has no end; add --follow"),
        (["."], "a directory; add --follow, or name its files"),
        (["a.csv", "--metrics=127.0.0.1:1"], "--metrics: only with --follow"),
        (
            ["redis://here/0", "--follow"],
            "a stream's address names it once: redis://HOST:PORT/DB?stream=NAME",
        ),
        (["-", "--follow"], "-: standard input cannot be followed; ingest it without --follow"),
    ],
)
def test_wrong_usage_is_told_with_its_remedy(desk, arguments, expected):
    """Exit 2, before anything is opened."""
    result = CliRunner().invoke(app, ["ingest", *arguments, f"--config={desk.folder / 'itinerary.toml'}"])
    assert result.exit_code == 2
    assert expected in result.stderr


def test_the_summary_says_why_events_were_set_aside(desk):
    """Counts and percentages, and what to do about each."""
    stranger = f"8613900139000,{NOW},w1\n"
    desk.write("mixed.csv", HEADER + GOOD * 7 + stranger * 2 + f"8613800138000,{NOW},nowhere\n")
    code, out, _ = desk.run("ingest", "mixed.csv")
    words = " ".join(re.sub(r"[^\w.()%,]+", " ", out).split())
    assert code == 0
    assert "7 (70.0 %) 3 (30.0 %)" in words
    assert "2 (20.0 %) the number is not enrolled" in words
    assert "1 (10.0 %) no cell table has the cell on that day" in words
    assert "ingested before" in desk.run("ingest", "mixed.csv")[1]
