"""Positions that cannot be right, and some that are only strange.

Rule 1: this file alone decides which position of a cell table is doubted, and why.
Rule 2: it moves no cell and judges none; a position that is disbelieved counts as none (`judgement`).

    NOWHERE      at 0 N 0 E                                                             disbelieved
    SWAPPED      lat and lon exchanged lie with the rest of its region, as given far away        disbelieved
    FAR          every other cell that its phones used within minutes stands far away from it     disbelieved
    SURROUNDED   none of the thirteen towers around it is of its region                          only reported
    SHARED       one spot for cells of several regions, or for more than 200: a place-holder?    only reported
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from service.mobility.nearest import EARTH_KM, Tree, on_sphere

__all__ = ["DISBELIEVED", "Doubt", "Doubts", "doubted"]

_NOWHERE = 0.05  # degrees
_HOME_KM, _ASTRAY_KM = 150.0, 500.0
_FAR_KM, _FAR_STEPS, _STEP = 5.0, 2.0, 4
_ENOUGH = 3
_AROUND = 13
_CROWD = 200
_AT_ONCE = 1 << 14


class Doubt(IntEnum):
    """What is strange about a position. Of several the first that applies."""

    NONE = 0
    NOWHERE = 1
    SWAPPED = 2
    FAR = 3
    SURROUNDED = 4
    SHARED = 5


DISBELIEVED = (Doubt.NOWHERE, Doubt.SWAPPED, Doubt.FAR)

_Floats = NDArray[np.float64]
_Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Doubts:
    """For each cell the doubt, and how many kilometres it stands from where it would be expected (NaN: not known)."""

    doubt: NDArray[np.int8]
    km: _Floats


def doubted(region: _Ints, lat: _Floats, lon: _Floats, near: _Ints, weight: _Ints) -> Doubts:
    """Doubts about the positions of cells (degrees, NaN where none is given).

    `near`, `weight`: the neighbours by co-occurrence of each cell (-1: none), with no columns where nothing is known.
    """
    found = Doubts(np.zeros(len(region), np.int8), np.full(len(region), np.nan))
    placed = ~np.isnan(lat)
    _say(found, Doubt.NOWHERE, placed & (np.abs(lat) < _NOWHERE) & (np.abs(lon) < _NOWHERE), np.nan)
    _swapped(found, region, lat, lon)
    _far(found, lat, lon, near, weight)
    _surrounded(found, region, lat, lon)
    _shared(found, region, lat, lon)
    return found


def _say(found: Doubts, doubt: Doubt, where: NDArray[np.bool_], km: _Floats | float) -> None:
    new = where & (found.doubt == Doubt.NONE)
    found.doubt[new] = doubt
    found.km[new] = np.broadcast_to(km, len(new))[new]


def _swapped(found: Doubts, region: _Ints, lat: _Floats, lon: _Floats) -> None:
    """Against the middle of the region, which half of its cells would have to be wrong to move."""
    placed = np.flatnonzero(~np.isnan(lat) & (found.doubt == Doubt.NONE))
    middle = np.full((len(region), 2), np.nan)
    by_region = placed[np.argsort(region[placed], kind="stable")]
    for group in np.split(by_region, np.flatnonzero(np.diff(region[by_region])) + 1):
        if len(group):
            middle[group] = np.median(lat[group]), np.median(lon[group])
    given = _km(lat, lon, middle[:, 0], middle[:, 1])
    exchanged = _km(np.where(np.abs(lon) <= 90, lon, np.nan), lat, middle[:, 0], middle[:, 1])
    _say(found, Doubt.SWAPPED, (exchanged < _HOME_KM) & (given > _ASTRAY_KM), given)


def _far(found: Doubts, lat: _Floats, lon: _Floats, near: _Ints, weight: _Ints) -> None:
    """The closest of its neighbours by co-occurrence, against the step from tower to tower where it stands.

    That no neighbour at all is close tells a wrong position from a high site: that one reaches far, and near as well.
    """
    if not near.shape[1]:
        return
    good = ~np.isnan(lat) & (found.doubt == Doubt.NONE)
    believed = np.flatnonzero(good)
    closest, voters = np.full(len(lat), np.inf), np.zeros(len(lat), np.int64)
    for begin in range(0, len(lat), _AT_ONCE):
        rows = slice(begin, begin + _AT_ONCE)
        votes = (weight[rows] > 0) & good[near[rows]]
        km = _km(lat[near[rows]], lon[near[rows]], lat[rows, None], lon[rows, None])
        closest[rows], voters[rows] = np.where(votes, km, np.inf).min(axis=1), votes.sum(axis=1)
    asked = believed[(closest[believed] > _FAR_KM) & (voters[believed] >= _ENOUGH)]
    points = on_sphere(lat, lon)
    _, squared = Tree.of(points[believed]).nearest(points[asked], _STEP + 1)
    step = np.full(len(lat), np.inf)
    step[asked] = np.sqrt(squared[:, _STEP])
    _say(found, Doubt.FAR, np.isfinite(closest) & (closest > _FAR_STEPS * step), closest)


def _surrounded(found: Doubts, region: _Ints, lat: _Floats, lon: _Floats) -> None:
    believed = np.flatnonzero(~np.isnan(lat) & (found.doubt == Doubt.NONE))
    spots = np.stack([lat[believed], lon[believed], region[believed].astype(np.float64)], axis=1)
    towers, tower_of = np.unique(spots, axis=0, return_inverse=True)
    if len(towers) <= _AROUND:
        return
    own, points = towers[:, 2], on_sphere(towers[:, 0], towers[:, 1])
    tree, alone = Tree.of(points), np.zeros(len(towers), bool)
    for begin in range(0, len(towers), _AT_ONCE):
        rows = slice(begin, begin + _AT_ONCE)
        near, _ = tree.nearest(points[rows], _AROUND + 1)
        alone[rows] = (own[near] == own[rows, None]).sum(axis=1) == 1  # itself
    km = np.full(len(towers), np.nan)
    for code in np.unique(own[alone]):
        strange, kin = np.flatnonzero(alone & (own == code)), points[own == code]
        squared = Tree.of(kin).nearest(points[strange], 2)[1][:, 1]
        km[strange] = np.minimum(np.sqrt(squared), np.pi * EARTH_KM)
    cells = np.full(len(region), np.nan)
    cells[believed] = km[tower_of]
    _say(found, Doubt.SURROUNDED, ~np.isnan(cells), cells)


def _shared(found: Doubts, region: _Ints, lat: _Floats, lon: _Floats) -> None:
    placed = np.flatnonzero(~np.isnan(lat))
    if not len(placed):
        return
    _, spot, crowd = np.unique(
        np.stack([lat[placed], lon[placed]], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    lowest, highest = np.full(len(crowd), np.iinfo(np.int32).max), np.zeros(len(crowd), np.int64)
    np.minimum.at(lowest, spot, region[placed])
    np.maximum.at(highest, spot, region[placed])
    where = np.zeros(len(region), bool)
    where[placed] = ((lowest != highest) | (crowd > _CROWD))[spot]
    _say(found, Doubt.SHARED, where, np.nan)


def _km(lat: _Floats, lon: _Floats, other_lat: _Floats, other_lon: _Floats) -> _Floats:
    """Kilometres between points given in degrees (the haversine formula)."""
    north, other = np.radians(lat), np.radians(other_lat)
    square = np.sin((north - other) / 2) ** 2
    square = square + np.cos(north) * np.cos(other) * np.sin(np.radians(lon - np.asarray(other_lon)) / 2) ** 2
    km: _Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(square, 1)))
    return km
