"""Days with data: noted by the worker, and as a file beside the stays."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest
from pyarrow import parquet

from service.adapters.stays_file import write_coverage
from service.domain.itinerary import start_of_day
from service.flows.derive import derive
from service.flows.fed import days_brought
from service.mobility.cells import cells_of
from service.ports.feed import EventBatch

TODAY = 20_780
ONE, OTHER = 8613800138000, 8613800138001


def batch(rows):
    """Events at noon of these days."""
    numbers, days = zip(*rows, strict=True)
    times = np.array([start_of_day(day) + 43_200 for day in days], np.int64)
    return EventBatch(np.array(numbers), times, np.zeros(len(rows), np.int32), times)


def coverage(rows):
    """What is derived of them."""
    cells = cells_of(np.array([420100], np.int32), np.array([np.nan]), np.array([np.nan]))
    return derive([batch(rows)], cells, lambda _count: None).coverage


@pytest.mark.parametrize("name", ["coverage.csv", "coverage.parquet"])
def test_each_number_and_day_has_its_row_and_each_gap_its_reason(name, tmp_path):
    """Seen; off or out of reach while the feed had others; nothing from the network at all."""
    known = coverage([(ONE, TODAY - 4), (OTHER, TODAY - 4), (OTHER, TODAY - 3), (ONE, TODAY - 1)])
    path = tmp_path / name
    assert write_coverage(path, known.numbers, known.first_day, known.seen) == 8
    if path.suffix == ".parquet":
        rows = parquet.read_table(path).to_pylist()
    else:
        rows = [
            {
                **row,
                "msisdn": int(row["msisdn"]),
                "day": date.fromisoformat(row["day"]),
                "seen": row["seen"] == "true",
            }
            for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())
        ]
    day = {ago: date(1970, 1, 1) + timedelta(days=TODAY - ago) for ago in range(5)}
    assert [(row["day"], row["seen"], row["reason"]) for row in rows if row["msisdn"] == ONE] == [
        (day[4], True, ""),
        (day[3], False, "not_seen"),
        (day[2], False, "no_records"),
        (day[1], True, ""),
    ]
    assert [row["seen"] for row in rows if row["msisdn"] == OTHER] == [True, True, False, False]


def test_a_wrong_clock_makes_no_day_of_the_feed():
    """Times far before their arrival, after it, or in the future are set aside as the kernel does."""
    noon = start_of_day(TODAY) + 43_200
    times = np.array([noon, noon - 400_000, noon + 400_000, noon - 86_400, 0], np.int64)
    some = EventBatch(np.full(5, ONE), times, np.zeros(5, np.int32), np.full(5, noon))
    assert days_brought(some, noon) == {TODAY, TODAY - 1}
    ahead = EventBatch(np.full(5, ONE), times, np.zeros(5, np.int32), times)
    assert max(days_brought(ahead, noon)) == TODAY


def test_a_large_batch_is_sampled():
    """Every day of a month shows in a sixteenth of its events."""
    times = start_of_day(TODAY) - np.arange(0, 30 * 86_400, 10, dtype=np.int64)
    some = EventBatch(np.full(len(times), ONE), times, np.zeros(len(times), np.int32), times)
    assert len(days_brought(some, start_of_day(TODAY))) == 31
