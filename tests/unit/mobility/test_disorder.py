"""Late, doubled and disordered events give the stays of perfect order, within what DESIGN measured."""

import random

import numpy as np
import pytest

from service.domain.itinerary import Certainty
from service.flows.derive import derive
from service.mobility.cells import Cells
from service.ports.feed import EventBatch
from tests.fault.ingest_world import signalling

NAMES = {"w1": 0, "w2": 0, "s1": 1, "s2": 1, "b1": 2, "hk": 3}
CELLS = Cells(
    np.array([420100, 440300, 110000, 810000], np.int32), np.full(4, 64, np.int32), np.zeros(4, np.int32)
)
PEOPLE = [8613800138000 + number for number in range(120)]


def stays(rows, size=2000):
    """Stays of rows in this order, as the set of their numbers, regions and hours."""
    rows = [row for row in rows if row[2] in NAMES]
    batches = []
    for begin in range(0, len(rows), size):
        number, time, cell, arrival = zip(*rows[begin : begin + size], strict=True)
        places = np.array([NAMES[name] for name in cell], np.int32)
        batches.append(
            EventBatch(*(np.array(x, np.int64) for x in (number, time)), places, np.array(arrival, np.int64))
        )
    found = derive(batches, CELLS, lambda _: None).stays
    return [(number, stay) for number, stay in found if stay.certainty is Certainty.CERTAIN]


def score(found, expected):
    """F1 by time: how much of each other's stays both sets cover, of the same people in the same regions."""

    def seconds(some):
        return sum(stay.end - stay.start for _, stay in some)

    both = 0
    by_person = {}
    for number, stay in expected:
        by_person.setdefault((number, stay.region), []).append(stay)
    for number, stay in found:
        for other in by_person.get((number, stay.region), ()):
            both += max(0, min(stay.end, other.end) - max(stay.start, other.start))
    return 2 * both / (seconds(found) + seconds(expected))


def in_blocks(rows, seconds, chance):
    """The order of arrival, shuffled within blocks of so many seconds."""
    return sorted(rows, key=lambda row: (row[3] // seconds, chance.random()))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_disorder_costs_next_to_nothing(seed):
    """Arrival order with late and doubled events, minutes and ten minutes shuffled: within a hundredth of perfect order."""
    chance = random.Random(seed)
    rows = signalling(PEOPLE, 10, chance)
    perfect = stays(sorted(set(rows), key=lambda row: row[1]))
    assert len(perfect) > 4 * len(PEOPLE)
    assert score(stays(sorted(rows, key=lambda row: row[1])), perfect) == 1
    for order in (rows, in_blocks(rows, 60, chance), in_blocks(rows, 600, chance)):
        assert score(stays(order), perfect) > 0.99
