"""Cells as arrays: which region a cell speaks for, and how surely.

Rule 1: this file alone decides which cells are core and which are soft.
Rule 2: it reads no file; whether a region code exists is the reader's question.

Near a border a tower of one region serves phones in the other. p is the share of its own region in what it serves, as far
as positions tell: 32 places around each tower, within 1.5 times the distance to its 4th nearest one, are each served by the 16
towers nearest to them, each the more the nearer (with the square of the distance), and lie in the regions of the 4 nearest
(with the fourth power). Towers stand where people are, and so do the places.

    p >= 0.985   core                           evidence 64
    else         soft, Q the strongest other    evidence round(64 (2p - 1))

Cells of one region at one spot are one tower: a mast with twenty sectors would else be its own neighbours, and every border
core. A tower whose 48 nearest are of its region is core. A cell without a position may be any of its region's: where that has
soft cells it is soft, with their commonest other and the mean evidence of all; else it is core (`co_occurrence` may know more).

Why not the votes of the 14 nearest towers, which were here before: of real rows (Hangzhou 2021) on core cells 0.16 % were in
another district by this rule and 0.47 % by that one, and a town beside empty land is not heard by its votes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.nearest import EARTH_KM, Tree, on_sphere

__all__ = ["CORE", "DISTRICT", "PREFECTURE", "Cells", "Level", "cells_of", "voted"]

CORE = 64
_LOOK, _WIDTH_FROM, _MIN_WIDTH_KM = 48, 4, 0.3
_PLACES, _REACH, _SERVERS, _VOTERS = 32, 1.5, 16, 4
_NEAR = 0.05**2  # km squared: nobody is nearer to a mast than that
_SIDES = 8  # regions that can meet at one tower; more are not weighed
_BLOCK = 1 << 12


@dataclass(frozen=True, slots=True)
class Level:
    """How finely regions divide the land, and from which p on a cell is core."""

    name: str
    core_share: float


PREFECTURE = Level("prefecture", 0.985)
DISTRICT = Level("district", 0.95)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of n cells: region codes, evidence (-64 to 64; 64 is core), and the other region of soft ones."""

    region: NDArray[np.int32]
    evidence: NDArray[np.int32]
    other: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.region)


def cells_of(
    region: NDArray[np.int32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    level: Level = PREFECTURE,
    progress: Callable[[int], None] = lambda _: None,
) -> Cells:
    """The table of cells at these positions (degrees, WGS-84; NaN where unknown); progress in cells."""
    evidence = np.full(len(region), CORE, np.int32)
    other = np.zeros(len(region), np.int32)
    placed = np.flatnonzero(~(np.isnan(lat) | np.isnan(lon)))
    progress(len(region) - len(placed))
    if len(placed):
        places = np.stack([lat[placed], lon[placed], region[placed].astype(np.float64)], axis=1)
        towers, tower_of = np.unique(places, axis=0, return_inverse=True)
        share = np.bincount(tower_of)  # cells at each tower
        judged = _judged(towers, level, lambda rows: progress(int(share[rows].sum())))
        evidence[placed], other[placed] = judged[0][tower_of], judged[1][tower_of]
        _guess(region, evidence, other, placed)
    return Cells(region.astype(np.int32), evidence, other)


def _judged(
    towers: NDArray[np.float64], level: Level, progress: Callable[[slice], None]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    region, points = towers[:, 2].astype(np.int32), on_sphere(towers[:, 0], towers[:, 1])
    evidence, other = np.full(len(region), CORE, np.int32), np.zeros(len(region), np.int32)
    tree, count = Tree.of(points), len(region)
    mixed, around, width = np.zeros(count, bool), np.zeros(count, bool), np.zeros(count)
    for begin in range(0, count, _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        near, squared = tree.nearest(points[rows], min(_LOOK, count))
        mixed[rows] = (region[near] != region[rows, None]).any(axis=1)
        around[near[mixed[rows]]] = True
        width[rows] = np.maximum(np.sqrt(squared[:, min(_WIDTH_FROM, count - 1)]), _MIN_WIDTH_KM)
        progress(rows)
    regions, weights = _served(tree, points, region, width, np.flatnonzero(around))
    evidence[mixed], other[mixed] = voted(region[mixed], regions[mixed], weights[mixed], level)
    return evidence, other


def _served(
    tree: Tree,
    points: NDArray[np.float64],
    region: NDArray[np.int32],
    width: NDArray[np.float64],
    around: NDArray[np.intp],
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Which regions each tower serves (n, 8), its own first, and how much of each, by the places around some of them."""
    regions, weights = np.zeros((len(points), _SIDES), np.int32), np.zeros((len(points), _SIDES))
    regions[:, 0] = region
    for begin in range(0, len(around), _BLOCK):
        some = around[begin : begin + _BLOCK]
        places = _places(points[some], width[some] * _REACH)
        near, squared = tree.nearest(places, min(_SERVERS, len(points)))
        _share(near, 1 / (squared + _NEAR), region, regions, weights)
    return regions, weights


def _places(points: NDArray[np.float64], reach: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places around each point, evenly in a disc (a sunflower's seeds)."""
    seed = np.arange(_PLACES)
    away, angle = np.sqrt((seed + 0.5) / _PLACES), seed * np.pi * (3 - np.sqrt(5))
    flat = np.maximum(np.hypot(points[:, 0], points[:, 1]), 1e-9)
    east = np.stack([-points[:, 1] / flat, points[:, 0] / flat, np.zeros(len(points))], axis=1)
    north = np.cross(points / EARTH_KM, east)
    step = reach[:, None, None] * away[:, None]
    places = points[:, None] + step * (
        np.cos(angle)[:, None] * east[:, None] + np.sin(angle)[:, None] * north[:, None]
    )
    places *= EARTH_KM / np.linalg.norm(places, axis=2, keepdims=True)
    return np.ascontiguousarray(places.reshape(-1, 3))


@njit(cache=True)
def _share(near, pull, region, regions, weights):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Each place is shared by its towers; what of it lies in which region is said by the nearest ones."""
    voters = min(_VOTERS, near.shape[1])
    for place in range(len(near)):
        pulls, votes = pull[place].sum(), (pull[place, :voters] ** 2).sum()
        for server in range(near.shape[1]):
            tower, part = near[place, server], pull[place, server] / pulls
            for voter in range(voters):
                code = region[near[place, voter]]
                for side in range(_SIDES):
                    if regions[tower, side] == code or regions[tower, side] == 0:
                        regions[tower, side] = code
                        weights[tower, side] += part * pull[place, voter] ** 2 / votes
                        break


def _guess(
    region: NDArray[np.int32],
    evidence: NDArray[np.int32],
    other: NDArray[np.int32],
    placed: NDArray[np.intp],
) -> None:
    """Cells without a position, in a region with soft cells: its mean evidence, and the commonest other."""
    soft = placed[evidence[placed] < CORE]
    unplaced = np.ones(len(region), bool)
    unplaced[placed] = False
    for code in np.intersect1d(region[unplaced], region[soft]).tolist():
        others, counts = np.unique(other[soft[region[soft] == code]], return_counts=True)
        rows = unplaced & (region == code)
        mean = float(evidence[placed[region[placed] == code]].mean())
        evidence[rows], other[rows] = min(CORE - 1, round(mean)), others[counts.argmax()]


def voted(
    own: NDArray[np.int32], regions: NDArray[np.int32], weights: NDArray[np.float64], level: Level
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Evidence and strongest other region of n cells, by the votes (n, k) of their neighbours, themselves included."""
    share = (weights * (regions == own[:, None])).sum(axis=1) / weights.sum(axis=1)
    soft = np.flatnonzero(share < level.core_share)
    evidence, other = np.full(len(own), CORE, np.int32), np.zeros(len(own), np.int32)
    evidence[soft] = np.rint(CORE * (2 * share[soft] - 1))
    other[soft] = _strongest(own[soft], regions[soft], weights[soft])
    return evidence, other


@njit(cache=True)
def _strongest(own, regions, weights):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Of each row the region with the most weight that is not its own; of equals the smallest code."""
    found = np.zeros(len(own), np.int32)
    for row in range(len(own)):
        most = -1.0
        for place in range(regions.shape[1]):
            region, total = regions[row, place], 0.0
            if region == own[row]:
                continue
            for again in range(regions.shape[1]):
                if regions[row, again] == region:
                    total += weights[row, again]
            if total > most or (total == most and region < found[row]):
                found[row], most = region, total
    return found
