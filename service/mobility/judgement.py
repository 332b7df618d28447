"""What each cell of a table is worth, by whatever is known of it.

Rule 1: this file alone decides whether a cell is judged by its position, by its neighbours in events, or by neither.
Rule 2: how votes become evidence is `cells`', which position is believed is `doubts`'.

    a believed position                  what it serves around it          POSITION
    none, but neighbours in events       13 strongest neighbours vote      CO_OCCURRENCE
    neither                              as its region's cells on the whole  ALONE

A neighbour votes with the square root of its weight, the cell itself with that of its strongest neighbour, as the nearest
tower to a tower is itself. The root, because one railway or one sleeper between two cells must not outvote all others: of a
simulated land's cells whose position is known, 0.7 % that are soft by position are core by neighbours with it,
1.6 % without, and 5 % are soft by neighbours alone, which costs certainty and not truth. Neighbours that say too little
(thirty minute-pairs in all, three cells) are not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from service.mobility.cells import Cells, Level, cells_of, voted
from service.mobility.co_occurrence import CoOccurrence
from service.mobility.doubts import DISBELIEVED, Doubts, doubted

__all__ = ["JudgedBy", "Judgement", "judged"]

_VOTERS = 13
_ENOUGH_WEIGHT, _ENOUGH_VOTERS = 30, 3


class JudgedBy(IntEnum):
    """What a cell's evidence rests on."""

    ALONE = 0
    POSITION = 1
    CO_OCCURRENCE = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """A table's evidence, what it rests on (JudgedBy), and which positions are doubted."""

    cells: Cells
    judged_by: NDArray[np.int8]
    doubts: Doubts


def judged(
    region: NDArray[np.int32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    seen: CoOccurrence | None,
    level: Level,
    progress: Callable[[int], None],
) -> Judgement:
    """Judge n cells (degrees, NaN where no position is given); `seen`: what events told of them. Progress in cells."""
    none = np.zeros((len(region), 0), np.int32)
    near, weight = (none, none) if seen is None else seen.neighbours()
    doubts = doubted(region, lat, lon, near, weight)
    near, weight = near[:, :_VOTERS], weight[:, :_VOTERS]
    believed = ~np.isnan(lat) & ~np.isin(doubts.doubt, DISBELIEVED)
    hidden = np.where(believed, 0.0, np.nan)
    cells = cells_of(region, lat + hidden, lon + hidden, level, progress)
    by = np.where(believed, np.int8(JudgedBy.POSITION), np.int8(JudgedBy.ALONE))
    enough = (weight.sum(axis=1) >= _ENOUGH_WEIGHT) & ((weight > 0).sum(axis=1) >= _ENOUGH_VOTERS)
    asked = np.flatnonzero(~believed & enough)
    if len(asked):
        by[asked] = JudgedBy.CO_OCCURRENCE
        evidence, other = _by_neighbours(region, near[asked], weight[asked], asked, level)
        cells.evidence[asked], cells.other[asked] = evidence, other
    return Judgement(cells, by, doubts)


def _by_neighbours(
    region: NDArray[np.int32],
    near: NDArray[np.int32],
    weight: NDArray[np.int32],
    rows: NDArray[np.intp],
    level: Level,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    regions = np.concatenate([region[rows, None], np.where(near >= 0, region[near], 0)], axis=1)
    weights = np.sqrt(np.concatenate([weight[:, :1], weight], axis=1))
    return voted(region[rows], regions, weights, level)
