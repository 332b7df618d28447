"""Real signalling of Hangzhou, through `itinerary stays`: no row is lost, and none is a dead letter without deserving it."""

import csv
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

SIGNALLING = Path(__file__).parents[3] / "shared" / "data" / "hangzhou" / "signalling.csv"
pytestmark = pytest.mark.skipif(
    not SIGNALLING.exists(),
    reason="needs ../shared/data/hangzhou beside the checkout (signalling of 2021, CC BY 4.0)",
)
ITINERARY = str(Path(sys.executable).with_name("itinerary"))
PHONE = "8613800138777"  # made up: the data is one stream without ids
SHANGHAI = timezone(timedelta(hours=8))
WEST, EAST = 330100, 330400  # two regions of our choosing, parted at a meridian through the city
MERIDIAN = 120.15


def rows():
    """The data as it lies there."""
    with SIGNALLING.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def moment(row):
    """Local date and time as unix seconds."""
    local = datetime.strptime(row["DAYS"] + row["TIMES"].zfill(6), "%Y%m%d%H%M%S").replace(tzinfo=SHANGHAI)
    return int(local.timestamp())


@pytest.fixture
def files(tmp_path):
    """Events of one phone and a cell table: a tower is a cell, its meridian decides the region."""
    data = rows()
    towers = {(row["CELLLAT"], row["CELLLNG"]) for row in data}
    cells, events = tmp_path / "cells.csv", tmp_path / "events.csv"
    with cells.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["cell", "region", "lat", "lon"])
        writer.writerows(
            [f"{lat}/{lon}", WEST if float(lon) < MERIDIAN else EAST, lat, lon] for lat, lon in sorted(towers)
        )
    with events.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["msisdn", "time", "cell"])
        writer.writerows([PHONE, moment(row), f"{row['CELLLAT']}/{row['CELLLNG']}"] for row in data)
    return data, events, cells, tmp_path / "stays.csv"


def derive(events, cells, out):
    """`itinerary stays`; what it counted."""
    command = [ITINERARY, "stays", str(events), "--cells", str(cells), "--out", str(out), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[str(out)]


def test_every_row_is_accounted_for_and_none_is_a_dead_letter(files):
    """All rows are events; stays are in order, apart from each other, inside the data's time, in our regions."""
    data, events, cells, out = files
    counts = derive(events, cells, out)
    assert counts["dead_letters"] == 0
    assert counts["events"] == len(data) > 13_000
    assert not events.with_name("events.csv.dead.csv").exists()
    aside = {
        name: number for name, number in counts.items() if name not in {"events", "dead_letters", "stays"}
    }
    assert sum(aside.values()) == 0, aside
    with out.open(newline="") as file:
        stays = list(csv.DictReader(file))
    assert len(stays) == counts["stays"] > 0
    times = sorted(moment(row) for row in data)
    last = times[0]
    for stay in stays:
        assert stay["msisdn"] == PHONE
        assert int(stay["region"]) in {WEST, EAST}
        assert last <= int(stay["start"]) <= int(stay["end"]) <= times[-1]
        last = int(stay["end"])


def test_a_row_that_deserves_it_is_a_dead_letter_and_costs_no_other(files):
    """A time in milliseconds, a cell without a name, an empty number: three dead letters; all real rows count."""
    data, events, cells, out = files
    with events.open("a") as file:
        file.write(f"{PHONE},1635123456000,x\n,1635123456,x\n{PHONE},-5,x\n")
    counts = derive(events, cells, out)
    assert (counts["events"], counts["dead_letters"]) == (len(data), 3)
