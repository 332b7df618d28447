"""The radio beside borders, surveyed: which cells a phone hears on every spot where people are.

Rule 1: nobody of the world is looked at: who lives where is drawn anew, from the same towns and classes of people.
Rule 2: it knows no event of the world, and derives nothing.

    spots      of 60 m, within 3 km of a prefecture border, that hold 99.9 % of the time that people stand still there
    survey     on each spot phones signal so and so often; shadows are the world's own, or drawn anew several times
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.mobility.cells import CORE, Cells
from tests.benchmarks.stays.geographies import borders_of
from tests.benchmarks.stays.lives import people
from tests.benchmarks.stays.people import HOUR
from tests.benchmarks.stays.places import places_of
from tests.benchmarks.stays.radio import serve
from tests.benchmarks.stays.signalling import World

__all__ = ["NEAR_KM", "Spots", "Survey", "numbered", "spots_of", "survey", "surveyed_cells"]

NEAR_KM = 3.0
_STEP = 0.06  # a shadow's smallest size
_OTHERS, _OTHER_SEED = 6000, 1000
_LONGEST = 30 * HOUR  # nobody's home outvotes a town
_HELD = 0.999
_APART = 1777  # seconds between two events on a spot: each with a hindrance and a load of its own
_BLOCK = 1 << 12
_ASTRAY, _FLOOR = 0.01, 2e-5  # of what was never heard on a spot, some is heard all the same
_CORE_SHARE = 0.985


@dataclass(frozen=True, slots=True)
class Spots:
    """n spots: place (km), prefecture (its number among the codes), and how much of people's time is spent there."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    region: NDArray[np.int64]
    weight: NDArray[np.float64]

    def some(self, rows: NDArray[np.intp]) -> "Spots":
        return Spots(self.x[rows], self.y[rows], self.region[rows], self.weight[rows])


@dataclass(frozen=True, slots=True)
class Survey:
    """For each cell (`begins[cell]` to `begins[cell + 1]`) the spots it was heard on, how often, and log(chance / floor).

    A spot stands there once for each time that shadows were drawn.
    """

    spots: Spots
    begins: NDArray[np.int64]
    spot: NDArray[np.int64]
    heard: NDArray[np.int64]
    evidence: NDArray[np.float64]


def spots_of(month: World) -> Spots:
    """The spots beside the borders of a world."""
    land = month.land
    shape = [int(np.ceil(side * 0.1 / _STEP)) for side in land.prefecture.shape]
    border = np.zeros(shape, np.float32)
    at = borders_of(land.prefecture)
    border[tuple(np.minimum((at[:, ::-1] / _STEP).astype(int), np.array(shape) - 1).T)] = 1
    time = _time_spent(month, shape)
    time[_blurred(border, round(NEAR_KM / _STEP), 1) < 1e-9] = 0
    row, column = np.nonzero(time)
    weight = time[row, column].astype(np.float64)
    most = np.argsort(-weight)
    kept = np.sort(most[: np.searchsorted(np.cumsum(weight[most]), _HELD * weight.sum())])
    x, y = (column[kept] + 0.5) * _STEP, (row[kept] + 0.5) * _STEP
    inside = land.at(x, y) > 0
    _, number = numbered(month)
    return Spots(x[inside], y[inside], number[land.at(x[inside], y[inside])], weight[kept][inside])


def numbered(month: World):
    """The prefectures' codes in order, and of each code its place there."""
    codes = np.unique(month.land.prefecture)
    codes = codes[codes > 0].astype(np.int64)
    number = np.full(codes[-1] + 1, -1, np.int64)
    number[codes] = np.arange(len(codes))
    return codes, number


def _time_spent(month, shape):
    """Where other people of the same towns stand still; nine tenths known to 200 m, a tenth to a kilometre."""
    crowd = people(
        places_of(month.land, np.random.default_rng([month.seed, 5])), _OTHERS, month.seed + _OTHER_SEED
    )
    time = np.zeros(shape[0] * shape[1])
    for person in crowd:
        lasts, x, y = np.diff(person.time), np.array(person.x), np.array(person.y)
        still = (np.diff(x) == 0) & (np.diff(y) == 0)
        still &= (np.array(person.country[:-1]) == 0) & ~np.array(person.off[:-1])
        row, column = np.floor(y[:-1] / _STEP).astype(int), np.floor(x[:-1] / _STEP).astype(int)
        still &= (row >= 0) & (column >= 0) & (row < shape[0]) & (column < shape[1])
        np.add.at(time, row[still] * shape[1] + column[still], np.minimum(lasts[still], _LONGEST))
    spent = time.reshape(shape).astype(np.float32)
    return 0.9 * _blurred(spent, 3, 3) + 0.1 * _blurred(spent, 10, 3)


def _blurred(image, radius, times):
    """The mean over squares, so many times over: a bell after three."""
    width = 2 * radius + 1
    for axis in (0, 1) * times:
        margin = [(radius + 1, radius) if side == axis else (0, 0) for side in (0, 1)]
        sums = np.cumsum(np.pad(image, margin), axis=axis, dtype=np.float64)
        size = image.shape[axis]
        later, sooner = (
            np.take(sums, np.arange(width, width + size), axis),
            np.take(sums, np.arange(size), axis),
        )
        image = ((later - sooner) / width).astype(np.float32)
    return image


def survey(month: World, spots: Spots, seeds: list[int], events: int) -> Survey:
    """So many events on each spot; `seeds` of the shadows: the world's own, or others."""
    count = len(spots.x)
    spot, cell, heard = (
        np.concatenate(column)
        for column in zip(
            *(
                (spot + turn * count, cell, heard)
                for turn, seed in enumerate(seeds)
                for spot, cell, heard in _heard(month, spots, seed, events)
            ),
            strict=True,
        )
    )
    evidence = np.log(((1 - _ASTRAY) * heard / events + _FLOOR) / _FLOOR)
    order = np.argsort(cell, kind="stable")
    begins = np.searchsorted(cell[order], np.arange(len(month.network.region["prefecture"]) + 1))
    again = np.tile(np.arange(count), len(seeds))
    return Survey(spots.some(again), begins, spot[order], heard[order], evidence[order])


def _heard(month, spots, seed, events):
    """Spot, cell and count, block by block."""
    for begin in range(0, len(spots.x), _BLOCK):
        rows = np.arange(begin, min(begin + _BLOCK, len(spots.x)))
        phone = np.repeat(rows, events)
        time = np.tile(np.arange(events) * _APART, len(rows))
        # Phones of numbers that no person of the world has.
        cell = serve(month.network, phone + 1_000_000, time, spots.x[phone], spots.y[phone], seed).astype(
            np.int64
        )
        key, heard = np.unique(phone[cell >= 0] * (1 << 24) + cell[cell >= 0], return_counts=True)
        yield key >> 24, key & ((1 << 24) - 1), heard


def surveyed_cells(month: World, found: Survey) -> Cells:
    """The best table that a survey gives: of each cell the share of its own region in the time spent on it."""
    own = month.network.region["prefecture"].astype(np.int64)
    cell = np.repeat(np.arange(len(own)), np.diff(found.begins))
    weight = found.spots.weight[found.spot] * found.heard
    pairs, place = np.unique(
        np.stack([cell, numbered(month)[0][found.spots.region[found.spot]]]), axis=1, return_inverse=True
    )
    votes = np.bincount(place.ravel(), weight)
    at, region = pairs
    mine = np.zeros(len(own))
    mine[at[region == own[at]]] = votes[region == own[at]]
    order = np.flatnonzero(region != own[at])
    order = order[np.argsort(votes[order])]  # the strongest is written last
    other = np.zeros(len(own), np.int32)
    other[at[order]] = region[order]
    share = mine / np.maximum(np.bincount(cell, weight, len(own)), 1e-9)
    soft = (other > 0) & (share < _CORE_SHARE)
    evidence = np.where(soft, np.rint(CORE * (2 * share - 1)), CORE).astype(np.int32)
    return Cells(own.astype(np.int32), evidence, np.where(soft, other, 0).astype(np.int32))
