"""The fold shared by threads: whatever their number, the same comes out."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.itinerary import start_of_day
from service.mobility.cells import Cells
from service.mobility.kernel import fold, new_state

DAY = 86_400
NOON = start_of_day(20_780) + DAY // 2
CELLS = Cells(
    np.array([110000, 131000, 120000, 440, 110000, 131000, 131000, 440], np.int32),
    np.array([64, 64, 64, 64, 30, 30, 4, 20], np.int32),
    np.array([0, 0, 0, 0, 131000, 110000, 110000, 110000], np.int32),
)


def some_events(seed, count, phones, days):
    """Events nearly in order, with strangers, unknown cells, late and impossible ones among them."""
    chance = np.random.default_rng(seed)
    arrivals = np.sort(NOON + chance.integers(0, days * DAY, count))
    late = np.where(chance.random(count) < 0.1, chance.integers(-400, 4 * DAY, count), 0)
    rows = (phones * chance.random(count) ** 3).astype(np.int32)
    rows[chance.random(count) < 0.01] = -1
    home = chance.integers(0, 8, phones)
    cells = np.where(chance.random(count) < 0.7, home[rows], chance.integers(-1, 8, count)).astype(np.int32)
    return rows, arrivals - late, cells, arrivals


def outcome(events, phones, parts, across=map):
    """Changes, state and what was set aside."""
    state = new_state(phones)
    activation = np.where(np.arange(phones) % 3, 0, NOON + DAY)
    changes, aside = fold(state, activation, CELLS, *events, parts, across)
    return changes, state, aside


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 3000), st.sampled_from([3, 40]), st.sampled_from([2, 4, 8]))
def test_any_number_of_parts_gives_the_same(seed, phones, days, parts):
    """Changes in the same order with the same ordinals, the same state, the same counts."""
    events = some_events(seed, 40_000, phones, days)
    alone, state, aside = outcome(events, phones, 1)
    shared, shared_state, shared_aside = outcome(events, phones, parts)
    assert np.array_equal(alone, shared)
    assert np.array_equal(state, shared_state)
    assert aside == shared_aside
    assert len(alone) > 0


def test_threads_at_the_same_time_give_the_same():
    """Twenty times two threads on rows side by side."""
    with ThreadPoolExecutor(2) as pool:
        for seed in range(20):
            events = some_events(seed, 100_000, 700, 20)
            alone, state, _ = outcome(events, 700, 1)
            shared, shared_state, _ = outcome(events, 700, 2, pool.map)
            assert np.array_equal(alone, shared)
            assert np.array_equal(state, shared_state)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_batch_in_which_every_event_tells_something_loses_none(parts):
    """The buffer for changes grows: a nation's first minute of a day is one change for each phone and more."""
    count = 150_000
    times = np.full(count, NOON)
    rows = np.arange(count, dtype=np.int32)
    events = (rows, times, np.full(count, 3, np.int32), times)
    changes, _ = fold(new_state(count), np.zeros(count, np.int64), CELLS, *events, parts)
    assert np.array_equal(np.unique(changes["row"]), rows)
    assert len(changes) == 2 * count  # abroad counts at once, and the day is seen


def test_an_event_of_a_second_before_the_first_one_seen_is_still_held_against_the_activation():
    """What was seen is no proof for what comes late."""
    times = np.array([NOON + 60, NOON - 1, NOON], np.int64)
    rows, cells = np.zeros(3, np.int32), np.zeros(3, np.int32)
    _, aside = fold(new_state(1), np.array([NOON]), CELLS, rows, times, cells, times + 90)
    assert aside.before_activation == 1


def test_another_process_finds_the_loops_compiled():
    """What is in a closure is a part of the cache's key: something new in each process would compile at each start."""
    script = (
        "import numpy as np\n"
        "from service.mobility import kernel\n"
        "from service.mobility.cells import Cells\n"
        "few, times = np.zeros(3, np.int32), np.zeros(3, np.int64)\n"
        "cells = Cells(few, few, few)\n"
        "kernel.fold(kernel.new_state(3), times, cells, few, times, few, times)\n"
        "kernel.tick(kernel.new_state(3), 1)\n"
        "print(sum((kernel._fold.stats.cache_misses + kernel._lapse.stats.cache_misses).values()))\n"
    )
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, check=True) for _ in range(2)]
    assert runs[1].stdout == b"0\n"
