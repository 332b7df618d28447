"""What is the best that any method could make of cells and moments? Bayes' rule, for somebody who knows far more than we do.

Rule 1: all of them cheat, as in `ceilings.py`, and nobody may tune to them.
Rule 2: a place beside a border (3 km) is named as a whole, by all cells heard there in the whole month; when a phone was at which
place is known to the metre and the second, and further inland the truth is given away.

    surveyed radio    the chance of each cell on every spot of 60 m is known, and how many people are where: nobody has that
    known statistics  towers, borders, people and how radio spreads are known, but not where its shadows lie: the chance
                      of hearing these cells, over shadows drawn anew. What positions alone can tell, at the very best
    surveyed cells    our rules; the table says of each cell which share of its time is spent in which region

Of two regions a place is rather in the one where its person spends most time, ten to one: most errands stay in it.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.nearest import Tree
from tests.benchmarks.stays.ceilings import labelled, places_of_events, stays
from tests.benchmarks.stays.geographies import borders_of
from tests.benchmarks.stays.methods import derived
from tests.benchmarks.stays.scores import Found
from tests.benchmarks.stays.signalling import World
from tests.benchmarks.stays.survey import NEAR_KM, Survey, numbered, spots_of, survey, surveyed_cells
from tests.benchmarks.stays.truth import whereabouts

__all__ = ["bounds"]

_HEARD, _AT_MOST = (
    80,
    40,
)  # events on a spot; of a place so many count as if each was news: a survey is as exact as it is long
_LIKELY, _HEARD_AGAIN, _AT_MOST_AGAIN, _ENOUGH = (
    150,
    800,
    500,
    20,
)  # the likeliest spots of a place with events enough, once more
_DRAWN, _HEARD_DRAWN, _AT_MOST_DRAWN = 6, 60, 8
_RATHER_HOME = 10.0
_CERTAIN = 0.8
_CELL = 24  # bits


@dataclass(frozen=True, slots=True)
class _Beside:
    """The places beside a border: which of the sorted events are at which, and how often each cell was heard there."""

    events: NDArray[np.intp]
    place: NDArray[np.int64]  # of each of them
    begins: NDArray[np.int64]
    cell: NDArray[np.int64]
    times: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begins) - 1


def bounds(month: World) -> dict[str, list[Found]]:
    """Stays by each of them, at prefecture level."""
    phone, time, cell, _ = labelled(month, "prefecture")
    places = _places(month, phone, time, cell)
    spots, regions = spots_of(month), len(numbered(month)[0])
    true = survey(month, spots, [month.seed], _HEARD)
    share, likely = _shares(true, places, regions, _AT_MOST)
    table = surveyed_cells(month, true)
    del true
    again = survey(month, spots.some(np.flatnonzero(likely)), [month.seed], _HEARD_AGAIN)
    busy = np.bincount(places.place, minlength=len(places)) >= _ENOUGH
    share[busy] = _shares(again, places, regions, _AT_MOST_AGAIN)[0][busy]
    half = spots.some(np.flatnonzero(np.random.default_rng(month.seed).random(len(spots.x)) < 0.5))
    drawn = survey(month, half, [month.seed + 5000 + turn for turn in range(_DRAWN)], _HEARD_DRAWN)
    return {
        "surveyed radio": _stays(month, places, share),
        "known statistics": _stays(month, places, _shares(drawn, places, regions, _AT_MOST_DRAWN)[0]),
        "surveyed cells": derived(month, table),
    }


def _places(month, phone, time, cell) -> _Beside:
    place = places_of_events(month, phone, time)
    events = np.flatnonzero((place >= 0) & _near(month, phone, time))
    _, unit = np.unique(place[events], return_inverse=True)
    key, times = np.unique((unit.astype(np.int64) << _CELL) + cell[events], return_counts=True)
    begins = np.searchsorted(key >> _CELL, np.arange(unit.max(initial=-1) + 2))
    return _Beside(events, unit, begins, key & ((1 << _CELL) - 1), times)


def _shares(known: Survey, places: _Beside, regions: int, most: int):
    """Of each place the share of each of the world's codes, and which spots are likely somewhere."""
    likely = np.zeros(len(known.spots.x), bool)
    share = _explained(
        known.begins,
        known.spot,
        known.evidence,
        known.spots.weight,
        known.spots.region,
        regions,
        places.begins,
        places.cell,
        places.times,
        most,
        likely,
    )
    return share, likely


def _stays(month: World, places: _Beside, share) -> list[Found]:
    """Stays over events that carry the likeliest region of their place."""
    phone, time, cell, region = labelled(month, "prefecture")
    codes, _ = numbered(month)
    share = _rather_home(share, codes, phone, region, places)
    belief, given = np.ones(len(phone)), region.copy()
    belief[places.events] = share.max(axis=1)[places.place]
    unheard = month.network.region["prefecture"][cell[places.events]]
    given[places.events] = np.where(
        belief[places.events] > 0, codes[share.argmax(axis=1)][places.place], unheard
    )
    found: list[Found] = _judged(stays(phone, time, given), phone, time, belief, given)
    return found


def _near(month, phone, time):
    tree = Tree.of(np.pad(borders_of(month.land.prefecture), ((0, 0), (0, 1))))
    near = np.zeros(len(phone), bool)
    limits = np.searchsorted(phone, np.arange(len(month.people) + 1))
    for number, person in enumerate(month.people):
        mine = slice(limits[number], limits[number + 1])
        x, y, country, _ = whereabouts(person, time[mine])
        km = np.sqrt(tree.nearest(np.column_stack([x, y, np.zeros(len(x))]), 1)[1][:, 0])
        near[mine] = (km < NEAR_KM) & (country == 0)
    return near


def _rather_home(share, codes, phone, region, places):
    """Each place's shares, and the region in which its person is most weighs more."""
    spent = np.zeros((phone.max() + 1, len(codes)))
    inland = np.isin(region, codes)
    inland[places.events] = False
    np.add.at(spent, (phone[inland], np.searchsorted(codes, region[inland])), 1)
    np.add.at(spent, phone[places.events], share[places.place])
    owner = np.zeros(len(share), np.int64)
    owner[places.place] = phone[places.events]
    share = share.copy()
    share[np.arange(len(share)), spent.argmax(axis=1)[owner]] *= _RATHER_HOME
    return share / np.maximum(share.sum(axis=1, keepdims=True), 1e-300)


def _judged(found, phone, time, belief, given):
    """Certain where the places believe in it on the whole."""
    limits = np.searchsorted(phone, np.arange(phone.max() + 2))
    made = []
    for stay in found:
        mine = slice(limits[stay.person], limits[stay.person + 1])
        rows = slice(*(limits[stay.person] + np.searchsorted(time[mine], [stay.start, stay.end + 1])))
        mean = np.where(given[rows] == stay.region, belief[rows], 0).mean()
        made.append(Found(stay.person, stay.region, stay.start, stay.end, bool(mean >= _CERTAIN)))
    return made


@njit(cache=True)
def _explained(begins, spot, evidence, weight, region, regions, first, cells, times, most, likely):
    """For each place the share of each region (by number) among the spots, by how well they explain its cells."""
    out = np.zeros((len(first) - 1, regions))
    score, met = np.zeros(len(weight)), np.full(len(weight), -1, np.int64)
    some = np.empty(len(weight), np.int64)
    for place in range(len(first) - 1):
        events, count = times[first[place] : first[place + 1]].sum(), 0
        each = min(1.0, most / events)
        for row in range(first[place], first[place + 1]):
            for at in range(begins[cells[row]], begins[cells[row] + 1]):
                here = spot[at]
                if met[here] != place:
                    met[here], score[here], some[count] = place, np.log(weight[here]), here
                    count += 1
                score[here] += each * times[row] * evidence[at]
        if count == 0:
            continue
        scores = score[some[:count]]
        shares = np.exp(scores - scores.max())
        for at in range(count):
            out[place, region[some[at]]] += shares[at]
        out[place] /= shares.sum()
        if events >= _ENOUGH:
            for at in np.argsort(-scores)[:_LIKELY]:
                likely[some[at]] = True
    return out
