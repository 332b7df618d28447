"""Cells as arrays: which region a cell speaks for, and how surely.

Rule 1: this file alone decides which cells are core and which are soft.
Rule 2: it reads no file; whether a region code exists is the reader's question.

Near a border a tower of one region serves phones in the other. Among the 14 nearest towers (itself included),
weighted by a Gaussian as wide as the distance to the 4th (at least 0.3 km), p is the share of its own region:

    p >= 0.97   core                           evidence 64
    else        soft, Q the strongest other    evidence round(64 (2p - 1))

At the level of districts the Gaussian is half as wide and p >= 0.9 is core. Cells of one region at one spot are one
tower: a mast with twenty sectors would else be its own fourteen neighbours, and every border core. A cell without a
position is core: nothing is known against it (`co_occurrence` may know more).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.nearest import Tree, on_sphere

__all__ = ["CORE", "DISTRICT", "PREFECTURE", "Cells", "Level", "cells_of", "voted"]

CORE = 64
_NEIGHBOURS, _WIDTH_FROM, _MIN_WIDTH_KM = 14, 4, 0.3
_BLOCK = 1 << 14


@dataclass(frozen=True, slots=True)
class Level:
    """How finely regions divide the land: what a Gaussian's width is multiplied with, and from which p on a cell is core."""

    name: str
    width: float
    core_share: float


PREFECTURE = Level("prefecture", 1.0, 0.97)
DISTRICT = Level("district", 0.5, 0.9)


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
    return Cells(region.astype(np.int32), evidence, other)


def _judged(
    towers: NDArray[np.float64], level: Level, progress: Callable[[slice], None]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    region, points = towers[:, 2].astype(np.int32), on_sphere(towers[:, 0], towers[:, 1])
    evidence, other = np.full(len(region), CORE, np.int32), np.zeros(len(region), np.int32)
    tree = Tree.of(points)
    for begin in range(0, len(region), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        near, squared = tree.nearest(points[rows], min(_NEIGHBOURS, len(region)))
        fourth = squared[:, min(_WIDTH_FROM, len(region)) - 1]
        width = np.maximum(fourth, _MIN_WIDTH_KM**2)[:, None] * level.width**2
        weights = np.exp(-squared / (2 * width))
        evidence[rows], other[rows] = voted(region[rows], region[near], weights, level)
        progress(rows)
    return evidence, other


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
