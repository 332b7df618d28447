"""What could be known at all: three derivations that see the truth, to tell what a rule loses from what no rule can have.

Rule 1: both cheat, and are named so; nobody may tune to them.
Rule 2: they see only moments at which the phone signalled: what happened between two events is hidden from them as well.

    true labels   each event carries the region in which the phone truly was; stays by the truth's own rule. What is
                  lost here was never in the data: a sparse phone's visit without an event
    true places   each event carries the region that its place's cells believe in on the whole, over the month, by our own
                  table; places are known to the metre. What is lost here no way of finding places can win back
    true cells    our rules, and of each cell the share of regions in which its phones truly were in this very month,
                  where a service has nothing but positions. What is lost here is the radio's: one cell, two regions
"""

import numpy as np

from service.mobility.cells import CORE, Cells
from tests.benchmarks.stays.methods import cells_for, derived, sorted_events
from tests.benchmarks.stays.people import DAY
from tests.benchmarks.stays.scores import Found
from tests.benchmarks.stays.signalling import World
from tests.benchmarks.stays.truth import joined, whereabouts

__all__ = ["CEILINGS", "labelled", "places_of_events", "stays", "true_cells", "true_labels", "true_places"]

_SPEAKS_FOR = 1200  # seconds, as in the rules
_CORE_SHARE, _BENEFIT = 0.985, 0.5  # a cell that hardly anybody used is of its own region


def true_labels(world: World, level: str) -> list[Found]:
    """Stays by the truth's rule over the events' true regions."""
    phone, time, _, region = labelled(world, level)
    return stays(phone, time, region)


def true_places(world: World, level: str) -> list[Found]:
    """Stays by the truth's rule over regions told by places: the mean belief of a place's cells, over all its time."""
    phone, time, cell = sorted_events(world)
    cells = cells_for(world, level)
    place = places_of_events(world, phone, time)
    region = cells.region[cell].astype(np.int64)
    lasts = np.minimum(np.diff(time, prepend=time[:1]).clip(0), _SPEAKS_FOR) + 1
    belief = lasts * (CORE + cells.evidence[cell])
    doubt = lasts * (CORE - cells.evidence[cell])
    still = place >= 0
    at = np.concatenate([place[still], place[still]])
    told = np.concatenate([region[still], cells.other[cell][still]])
    pairs, where = np.unique(np.stack([at, told]), axis=1, return_inverse=True)
    votes = np.bincount(where.ravel(), np.concatenate([belief[still], doubt[still]]))
    best = np.zeros(place.max(initial=0) + 1, np.int64)
    order = np.argsort(votes)  # the strongest is written last
    best[pairs[0][order]] = pairs[1][order]
    region[still] = best[place[still]]
    return stays(phone, time, region)


def places_of_events(world: World, phone, time):
    """A number for each place at which a phone stood still; -1 on the way."""
    bounds = np.searchsorted(phone, np.arange(len(world.people) + 1))
    keys = np.full((len(phone), 4), -1, np.int64)
    for number, person in enumerate(world.people):
        mine = slice(bounds[number], bounds[number + 1])
        clock, x, y = np.array(person.time), np.array(person.x), np.array(person.y)
        from_ = np.clip(np.searchsorted(clock, time[mine], side="right") - 1, 0, len(clock) - 1)
        to = np.minimum(from_ + 1, len(clock) - 1)
        still = (x[from_] == x[to]) & (y[from_] == y[to])
        country = np.array(person.country)[from_]
        spot = np.stack(
            [np.full(len(from_), number), np.rint(x[from_] * 1000), np.rint(y[from_] * 1000), country], 1
        )
        keys[mine][still] = spot[still]
    _, place = np.unique(keys, axis=0, return_inverse=True)
    return np.where(keys[:, 0] < 0, -1, place.ravel())


def stays(phone, time, region) -> list[Found]:
    """Stays by the truth's rule over labelled events."""
    found = []
    edges = np.flatnonzero((np.diff(phone) != 0) | (np.diff(region) != 0) | (np.diff(time) > DAY)) + 1
    begins, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(phone)]]) - 1
    runs: dict[int, list[tuple[int, int, int]]] = {}
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        runs.setdefault(int(phone[begin]), []).append((int(region[begin]), int(time[begin]), int(time[end])))
    for person, theirs in runs.items():
        found += [Found(person, stay.region, stay.start, stay.end) for stay in joined(theirs)]
    return found


def true_cells(world: World, level: str) -> list[Found]:
    """Our rules on cells of which the truth is known, as far as one number can say it."""
    phone, _, cell, region = labelled(world, level)
    own = world.network.region[level]
    triples, count = np.unique(np.stack([phone, cell, region]), axis=1, return_counts=True)
    _, at, true = triples
    weight = np.sqrt(count)  # nobody's home outvotes everybody else
    whole = np.bincount(at, weight, len(own)) + _BENEFIT
    mine = np.bincount(at, weight * (true == own[at]), len(own)) + _BENEFIT
    share, other = mine / whole, np.zeros(len(own), np.int32)
    elsewhere = true != own[at]
    pairs, place = np.unique(np.stack([at[elsewhere], true[elsewhere]]), axis=1, return_inverse=True)
    votes = np.bincount(place.ravel(), weight[elsewhere])
    order = np.argsort(votes)  # the strongest is written last
    other[pairs[0][order]] = pairs[1][order]
    soft = share < _CORE_SHARE
    evidence = np.where(soft, np.rint(CORE * (2 * share - 1)), CORE).astype(np.int32)
    return derived(world, Cells(own.astype(np.int32), evidence, np.where(soft, other, 0).astype(np.int32)))


CEILINGS = {"true labels": true_labels, "true cells": true_cells, "true places": true_places}


def labelled(world: World, level: str):
    """Phone, time, cell and true region of each event, by phone and time."""
    phone, time, cell = sorted_events(world)
    region = np.zeros(len(phone), np.int64)
    bounds = np.searchsorted(phone, np.arange(len(world.people) + 1))
    for number, person in enumerate(world.people):
        mine = slice(bounds[number], bounds[number + 1])
        x, y, country, _ = whereabouts(person, time[mine])
        region[mine] = np.where(country > 0, country, world.land.at(x, y, level))
    kept = region > 0
    return phone[kept], time[kept], cell[kept], region[kept]
