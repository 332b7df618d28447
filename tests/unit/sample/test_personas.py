"""The people of the demo answer as the README promises, at whatever hour the demo is started."""

from pathlib import Path

import numpy as np
import pytest

from service.adapters.cell_file import as_given, read_cells
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, read_events
from service.domain.amendments import Change, ChangeKind, amended
from service.domain.itinerary import DAY, Itinerary, day_of, start_of_day
from service.domain.stay_rule import DWELL_4H, Answer
from service.mobility.cells import cells_of
from service.mobility.kernel import fold, new_state
from service.sample.month import write_sample
from service.sample.personas import Persona, personas

MIDNIGHT = start_of_day(20_780)


def answers(folder: Path, now: int) -> list[tuple[Persona, Answer]]:
    """What each persona's lookup gives, straight from the files by the kernel."""
    sample = write_sample(folder, now)
    people = personas(now)
    numbers = np.array([int(person.msisdn) for person in people])
    table = read_cells(sample.cells_file, as_given)
    cells = cells_of(table.region, table.lat, table.lon)
    state = new_state(len(people))
    activation = np.array([start_of_day(day_of(now) - person.life.activated) for person in people])
    itineraries = [Itinerary()] * len(people)
    with DeadLetters.beside(sample.events_file, EVENT_COLUMNS) as dead:
        for batch in read_events(sample.events_file, table, dead):
            rows = np.where(np.isin(batch.msisdn, numbers), np.searchsorted(numbers, batch.msisdn), -1)
            changes, _ = fold(
                state, activation, cells, rows.astype(np.int32), batch.time, batch.cell, batch.arrival
            )
            for row, ordinal, kind, certain, region, start, last in changes.tolist():
                change = Change(ordinal, ChangeKind(kind), bool(certain), region, start, last)
                itineraries[row] = amended(itineraries[row], [change])
        assert dead.count == 0
    return [
        (person, DWELL_4H.answer(itinerary, 14, day_of(now) - person.life.activated, now))
        for person, itinerary in zip(people, itineraries, strict=True)
    ]


@pytest.mark.parametrize(
    "now",
    [
        MIDNIGHT + 1,
        MIDNIGHT + 3600,
        *(MIDNIGHT + hour * 3600 + 754 for hour in range(2, 24, 3)),
        MIDNIGHT + DAY - 1,
    ],
)
def test_everybody_answers_as_promised_at_any_hour(now, tmp_path):
    """Certain and possible regions and missing days are those that the list of personas names."""
    for person, answer in answers(tmp_path, now):
        assert sorted(answer.certain) == sorted(person.certain), person.story_en
        assert sorted(answer.possible) == sorted(person.possible), person.story_en
        missing = tuple(day_of(now) - day for day, _ in answer.missing)
        assert missing == person.missing, person.story_en


def test_the_same_day_gives_the_same_files(tmp_path):
    """Two people who start the demo in the same second see the same month, to the byte."""
    now = MIDNIGHT + 9 * 3600
    first, second = write_sample(tmp_path / "a", now), write_sample(tmp_path / "b", now)
    for name in ("cells_file", "subscribers_file", "events_file"):
        assert getattr(first, name).read_bytes() == getattr(second, name).read_bytes()


def test_what_has_not_arrived_is_not_in_the_month(tmp_path):
    """No event arrives after now."""
    now = MIDNIGHT + 9 * 3600
    sample = write_sample(tmp_path, now)
    table = read_cells(sample.cells_file, as_given)
    with DeadLetters.beside(sample.events_file, EVENT_COLUMNS) as dead:
        latest = max(int(batch.arrival.max()) for batch in read_events(sample.events_file, table, dead))
    assert now - 600 < latest <= now
