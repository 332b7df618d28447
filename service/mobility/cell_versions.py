"""Cell tables that follow one another: which row speaks for a cell at the time of an event.

Rule 1: this file alone decides which table is valid when: the last one that began before the event happened.
Rule 2: the kernel knows nothing of it; to the kernel all tables are one, end to end.

    since          always          11-01            11-20
    rows of cells  0 ... n0-1 | n0 ... n0+n1-1 | n0+n1 ...
    names          one list for all of them; a name that a table does not have is no cell while that table is valid

An event before the first table's day is of no known cell: no table speaks for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.mobility.cells import Cells

__all__ = ["ALWAYS", "CellVersions"]

ALWAYS = np.iinfo(np.int64).min
"""The beginning of a table without a date."""
_UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class CellVersions:
    """One or several tables. A cell's number is its place in `names`, as a reader of events gives it."""

    names: tuple[str, ...]
    since: NDArray[np.int64]  # unix seconds, ascending: from when on each table is valid
    rows: NDArray[np.int32]  # (tables, names): the row in `cells`, -1 for a cell that a table does not have
    cells: Cells  # all tables, end to end

    @classmethod
    def of(cls, tables: Sequence[tuple[int, Sequence[str], Cells]]) -> "CellVersions":
        """From (since, names, cells) of each table, in the order of their beginnings."""
        places: dict[str, int] = {}
        for _, names, _ in tables:
            for name in names:
                places.setdefault(name, len(places))
        rows = np.full((len(tables), len(places)), _UNKNOWN, np.int32)
        begin = 0
        for version, (_, names, cells) in enumerate(tables):
            found = np.fromiter((places[name] for name in names), np.int64, len(names))
            rows[version, found] = np.arange(begin, begin + len(cells), dtype=np.int32)
            begin += len(cells)
        return cls(
            tuple(places),
            np.array([since for since, _, _ in tables], np.int64),
            rows,
            Cells(
                np.concatenate([cells.region for _, _, cells in tables]),
                np.concatenate([cells.evidence for _, _, cells in tables]),
                np.concatenate([cells.other for _, _, cells in tables]),
            ),
        )

    def at(self, cell: NDArray[np.int32], time: NDArray[np.int64]) -> NDArray[np.int32]:
        """The rows of `cells` for events of these cells (-1: unknown) at these times."""
        if not len(cell):
            return cell
        first, last = np.searchsorted(self.since, [time.min(), time.max()], "right") - 1
        if first == last:
            return cell if self._plain else self._of(np.intp(first), cell)
        return self._of(np.searchsorted(self.since, time, "right") - 1, cell)

    @property
    def _plain(self) -> bool:
        """One table for all times: a cell's number is its row."""
        return len(self.since) == 1 and self.since[0] == ALWAYS

    def _of(self, version: NDArray[np.intp] | np.intp, cell: NDArray[np.int32]) -> NDArray[np.int32]:
        rows = self.rows[version, cell]  # -1 takes the last of a row, and is put right below
        found: NDArray[np.int32] = np.where((cell < 0) | (version < 0), np.int32(_UNKNOWN), rows)
        return found
