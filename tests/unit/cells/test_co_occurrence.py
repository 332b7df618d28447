"""Cells that serve the same phones within minutes are neighbours, whatever else the feed holds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mobility.co_occurrence import CoOccurrence

NOON = 1_795_406_400
ALICE, BOB = 8613800138000, 8613800138001


def seen(events, cells=60, phones=1 << 10, batches=1):
    """Weights by (cell, neighbour) of (number, time, cell) events."""
    found = CoOccurrence(cells, phones)
    for part in np.array_split(np.array(events, np.int64).reshape(-1, 3), batches):
        found.add(part[:, 0], part[:, 1], part[:, 2].astype(np.int32))
    near, weight = found.neighbours()
    return {
        (cell, int(near[cell, place])): int(weight[cell, place])
        for cell in range(cells)
        for place in range(near.shape[1])
        if near[cell, place] >= 0
    }


def test_a_minute_apart_counts_five_times_five_minutes_once_and_more_not_at_all():
    """Both cells are told of it; a second more than five minutes is nothing."""
    assert seen([(ALICE, NOON, 0), (ALICE, NOON + 60, 1)]) == {(0, 1): 5, (1, 0): 5}
    assert seen([(ALICE, NOON, 0), (ALICE, NOON + 300, 1)]) == {(0, 1): 1, (1, 0): 1}
    assert seen([(ALICE, NOON, 0), (ALICE, NOON + 301, 1)]) == {}


def test_a_phone_is_not_its_neighbour():
    """Two phones on two cells in the same second are nothing; so is one phone on one cell, or on an unknown one."""
    assert seen([(ALICE, NOON, 0), (BOB, NOON, 1), (ALICE, NOON + 9, 0), (BOB, NOON + 9, -1)]) == {}


def test_a_late_event_is_a_neighbour_of_what_is_known_and_changes_nothing_else():
    """It pairs with the phone's newest cell, which stays the newest."""
    events = [(ALICE, NOON, 0), (ALICE, NOON - 30, 1), (ALICE, NOON + 30, 2)]
    assert set(seen(events)) == {(0, 1), (1, 0), (0, 2), (2, 0)}


def test_strong_neighbours_outlive_a_crowd_of_weak_ones():
    """Forty cells met once each do not displace three that are met all day, and memory stays what it was."""
    events, now = [], NOON
    for turn in range(400):
        for cell in (0, 1 + turn % 3, 0, 10 + turn % 40):
            events.append((ALICE, now, cell))
            now += 60 if cell < 10 else 290
    found = seen(events)
    strongest = sorted((other for cell, other in found if cell == 0), key=lambda other: -found[0, other])
    assert set(strongest[:3]) == {1, 2, 3}
    assert len(strongest) <= 32


def test_the_phone_that_was_silent_for_longest_gives_way():
    """With room for a handful of phones those that are active still make pairs."""
    events = [(ALICE + other, NOON - 9000 + other, 5) for other in range(500)]
    events += [(ALICE, NOON, 0), (ALICE, NOON + 60, 1)]
    assert seen(events, phones=4)[0, 1] == 5


PHONE = st.lists(st.tuples(st.integers(0, 400), st.integers(-1, 9)), max_size=12)


@settings(max_examples=1000, deadline=None)
@given(st.lists(PHONE, min_size=1, max_size=5), st.randoms(use_true_random=False), st.integers(1, 4))
def test_how_phones_are_mixed_and_cut_into_batches_says_nothing(phones, chance, batches):
    """Each phone in its order, the phones in any mixture, the feed in any pieces: the same neighbours."""
    queues = []
    for number, steps in enumerate(phones):
        times = NOON + np.cumsum([step for step, _ in steps] or [0])
        queues.append([(ALICE + number, int(t), cell) for t, (_, cell) in zip(times, steps, strict=False)])
    one_by_one = [event for queue in queues for event in queue]
    waiting, mixed = [list(queue) for queue in queues if queue], []
    while waiting:
        queue = chance.choice(waiting)
        mixed.append(queue.pop(0))
        waiting = [queue for queue in waiting if queue]
    assert seen(mixed, batches=batches) == seen(one_by_one)
    found = seen(mixed)
    assert all(found[other, cell] == weight for (cell, other), weight in found.items())
