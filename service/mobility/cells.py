"""Cells as arrays: which region a cell speaks for, and how surely.

Rule 1: this file alone decides which cells are core and which are soft.
Rule 2: it reads no file; whether a region code exists is the reader's question.

Near a border a tower of one region serves phones in the other. Among the 14 nearest towers (itself included),
weighted by a Gaussian as wide as the distance to the 4th (at least 0.3 km), p is the share of its own region:

    p >= 0.97   core                           evidence 64
    else        soft, Q the strongest other    evidence round(64 (2p - 1))

A cell without a position is core: nothing is known against it. Cost: n^2 distances in blocks; 20,000 cells
take about a minute and 100 MB.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CORE", "Cells", "cells_of"]

CORE = 64
_NEIGHBOURS, _WIDTH_FROM, _MIN_WIDTH_KM = 14, 4, 0.3
_CORE_SHARE = 0.97
_KM_PER_DEGREE = 111.195  # mean meridian degree of a sphere of 6371 km
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of n cells: region codes, evidence (-64 to 64; 64 is core), and the other region of soft ones."""

    region: NDArray[np.int32]
    evidence: NDArray[np.int32]
    other: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.region)


def cells_of(region: NDArray[np.int32], lat: NDArray[np.float64], lon: NDArray[np.float64]) -> Cells:
    """The table of cells at these positions (degrees, WGS-84; NaN where unknown)."""
    evidence = np.full(len(region), CORE, np.int32)
    other = np.zeros(len(region), np.int32)
    placed = np.flatnonzero(~(np.isnan(lat) | np.isnan(lon)))
    if len(placed) > 1:
        evidence[placed], other[placed] = _judged(region[placed], lat[placed], lon[placed])
    return Cells(region.astype(np.int32), evidence, other)


def _judged(
    region: NDArray[np.int32], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    count = min(_NEIGHBOURS, len(region))
    evidence, other = np.full(len(region), CORE, np.int32), np.zeros(len(region), np.int32)
    for begin in range(0, len(region), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        squared = _squared_km(lat[rows], lon[rows], lat, lon)
        near = np.argpartition(squared, count - 1, axis=1)[:, :count]
        distances = np.take_along_axis(squared, near, axis=1)
        fourth = np.sort(distances, axis=1)[:, min(_WIDTH_FROM, count) - 1]
        width = np.maximum(fourth, _MIN_WIDTH_KM**2)[:, None]
        weights = np.exp(-distances / (2 * width))
        own = region[near] == region[rows][:, None]
        share = (weights * own).sum(axis=1) / weights.sum(axis=1)
        for place in np.flatnonzero(share < _CORE_SHARE):
            evidence[begin + place] = round(float(CORE * (2 * share[place] - 1)))
            other[begin + place] = _strongest(region[near[place]], weights[place], int(region[begin + place]))
    return evidence, other


def _squared_km(
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    all_lat: NDArray[np.float64],
    all_lon: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Squared distances on a local plane: right to a thousandth where towers are near, which is all we ask."""
    north = (all_lat[None, :] - lat[:, None]) * _KM_PER_DEGREE
    east = (all_lon[None, :] - lon[:, None]) * _KM_PER_DEGREE * np.cos(np.radians(lat))[:, None]
    squared: NDArray[np.float64] = north * north + east * east
    return squared


def _strongest(regions: NDArray[np.int32], weights: NDArray[np.float64], own: int) -> int:
    totals: dict[int, float] = {}
    for region, weight in zip(regions.tolist(), weights.tolist(), strict=True):
        if region != own:
            totals[region] = totals.get(region, 0.0) + weight
    return max(totals, key=lambda region: (totals[region], -region))
