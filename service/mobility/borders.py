"""Which regions are hard to tell apart: the soft cells of a table, by pairs of regions.

Rule 1: this file alone says what a border is: two regions, and all cells of either that the other one softens.
Rule 2: it judges no cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.mobility.cells import CORE, Cells

__all__ = ["Border", "borders_of"]


@dataclass(frozen=True, slots=True)
class Border:
    """Two regions, the smaller code first, and the rows of their soft cells, the least sure first."""

    regions: tuple[int, int]
    rows: NDArray[np.intp]


def borders_of(cells: Cells) -> list[Border]:
    """All borders, those with the most soft cells first."""
    soft = np.flatnonzero(cells.evidence < CORE)
    low = np.minimum(cells.region[soft], cells.other[soft])
    high = np.maximum(cells.region[soft], cells.other[soft])
    order = np.lexsort((soft, cells.evidence[soft], high, low))
    soft, low, high = soft[order], low[order], high[order]
    begins = np.flatnonzero((np.diff(low) != 0) | (np.diff(high) != 0)) + 1
    groups = np.split(np.arange(len(soft)), begins) if len(soft) else []
    borders = [Border((int(low[group[0]]), int(high[group[0]])), soft[group]) for group in groups]
    return sorted(borders, key=lambda border: (-len(border.rows), border.regions))
