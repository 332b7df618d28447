"""A judged cell table and what is remarkable about it, as it is handed to whoever writes it down.

Rule 1: this file alone says what is told of a table.
Rule 2: it finds nothing out (`flows.cells`) and knows no form of telling.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.mobility.borders import Border
from service.mobility.cells import CORE, Cells, Level
from service.mobility.doubts import Doubt, Doubts
from service.mobility.judgement import JudgedBy
from service.ports.feed import CellTable

__all__ = ["Built", "Changes"]


@dataclass(frozen=True, slots=True)
class Changes:
    """Cells by their names, against the former table; a cell may be in several lists."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    region: tuple[str, ...]  # another region than before
    moved: tuple[str, ...]  # by more than about 100 m, or a position found or lost
    softened: tuple[str, ...]  # core before, soft now
    hardened: tuple[str, ...]  # soft before, core now


@dataclass(frozen=True, slots=True)
class Built:
    """A judged table and what is remarkable about it. Rows are those of the table."""

    table: CellTable
    cells: Cells
    level: Level
    judged_by: NDArray[np.int8]
    doubts: Doubts
    borders: tuple[Border, ...]
    events: int
    changes: Changes | None

    @property
    def soft(self) -> int:
        """How many cells are not core."""
        return int((self.cells.evidence < CORE).sum())

    def rows(self, how: JudgedBy) -> NDArray[np.intp]:
        """The cells that were judged so."""
        return np.flatnonzero(self.judged_by == how)

    def doubted(self) -> NDArray[np.intp]:
        """The cells with a doubted position, by doubt, the furthest first."""
        rows = np.flatnonzero(self.doubts.doubt != Doubt.NONE)
        return rows[np.lexsort((rows, -np.nan_to_num(self.doubts.km[rows]), self.doubts.doubt[rows]))]
