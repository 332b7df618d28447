"""The sample month as files: cells, subscribers and signalling events.

Rule 1: from lives to events is decided here, radio and disorder included.
Rule 2: it derives no stays. The same seed and the same day give the same files.

    cells.csv   subscribers.csv   events.parquet (msisdn, time, cell, arrival; in the order of arrival)
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from service.domain.itinerary import day_of, start_of_day
from service.sample.geography import CITIES, Towers, towers
from service.sample.people import MONTH_DAYS, Life, Presence, crowd
from service.sample.personas import hours_until, personas

__all__ = ["Sample", "write_sample"]

_SEED = 2020
_CROWD = 190
_FIRST_OF_CROWD = 8613900139000
_LATE_SHARE, _TWICE_SHARE = 0.02, 0.01
_NEAR = 6  # towers that one presence hears


@dataclass(frozen=True, slots=True)
class Sample:
    """The files, and how much is in them."""

    cells_file: Path
    subscribers_file: Path
    events_file: Path
    subscribers: int
    events: int


def write_sample(folder: Path, now: int) -> Sample:
    """Write the month that ends at `now`, unless the folder has it already."""
    files = folder / "cells.csv", folder / "subscribers.csv", folder / "events.parquet"
    if not files[2].exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(files, now)
    rows = parquet.read_metadata(files[2]).num_rows
    return Sample(*files, _CROWD + len(personas(now)), rows)


def _write(files: tuple[Path, Path, Path], now: int) -> None:
    chance = np.random.default_rng(_SEED)
    country = towers(chance)
    hours = hours_until(now)
    everybody = [(int(persona.msisdn), persona.last_four, persona.life) for persona in personas(now)]
    for place, life in enumerate(crowd(chance, _CROWD, hours, list(CITIES))):
        last_four = f"{int(chance.integers(1000)):03}" + "0123456789X"[int(chance.integers(11))]
        everybody.append((_FIRST_OF_CROWD + place, last_four, life))
    _write_cells(files[0], country)
    _write_subscribers(files[1], everybody, now)
    begin = start_of_day(day_of(now) - MONTH_DAYS)
    events = [_signalling(country, number, life, begin, now) for number, _, life in everybody]
    _write_events(files[2], np.concatenate(events), now)


def _write_cells(path: Path, country: Towers) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["cell", "region", "lat", "lon"])
        for place, (region, lat, lon) in enumerate(
            zip(country.region.tolist(), country.lat.tolist(), country.lon.tolist(), strict=True)
        ):
            position = ["", ""] if np.isnan(lat) else [f"{lat:.6f}", f"{lon:.6f}"]
            writer.writerow([place, region, *position])


def _write_subscribers(path: Path, everybody: list[tuple[int, str, Life]], now: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["msisdn", "document_type", "document_last_four", "activated_on"])
        for number, last_four, life in everybody:
            day = date(1970, 1, 1) + timedelta(days=day_of(now) - life.activated)
            writer.writerow([number, "resident_id", last_four, day.isoformat()])


def _write_events(path: Path, events: NDArray[np.int64], now: int) -> None:
    """In the order of arrival."""
    events = events[events[:, 3] <= now]
    events = events[np.argsort(events[:, 3], kind="stable")]
    table = pa.table(
        {name: events[:, place] for place, name in enumerate(("msisdn", "time", "cell", "arrival"))}
    )
    fresh = path.with_suffix(".new")
    parquet.write_table(table, fresh)
    fresh.replace(path)


def _signalling(country: Towers, number: int, life: Life, begin: int, now: int) -> NDArray[np.int64]:
    """Number, time, cell and arrival of each event of one life: some come late, some twice.

    Each presence has chance of its own, so that what lies behind us is the same at any hour of today.
    """
    activated = start_of_day(day_of(now) - life.activated)
    parts = []
    for place, presence in enumerate(life.presences):
        chance = np.random.default_rng([_SEED, number, place])
        first, last = begin + presence.begin * 3600, min(begin + presence.end * 3600, now)
        first = max(first, activated)
        if last <= first:
            continue
        count = max(2, int(chance.poisson((last - first) / 3600 * life.events_an_hour)))
        times = np.sort(chance.uniform(first, last, count)).astype(np.int64)
        times[0], times[-1] = int(np.ceil(first)), int(last) - 1
        cells = _heard(chance, country, presence, count)
        events = np.column_stack([np.full(count, number), times, cells, times + _delays(chance, count)])
        parts += [events, events[chance.random(count) < _TWICE_SHARE]]
    return np.concatenate(parts) if parts else np.zeros((0, 4), np.int64)


def _delays(chance: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Seconds from an event to its arrival."""
    late = chance.random(count) < _LATE_SHARE
    return chance.integers(1, 20, count) + late * chance.integers(60, 5400, count)


def _heard(chance: np.random.Generator, country: Towers, presence: Presence, count: int) -> NDArray[np.int32]:
    """Which tower serves each event: a few near ones by turns; at a border any of both sides."""
    place = presence.place
    if isinstance(place, tuple):
        near = country.border[place]
    elif place in country.abroad:
        near = country.abroad[place]
    else:
        near = chance.choice(country.city[place], _NEAR, replace=False)
    return chance.choice(near, count)
