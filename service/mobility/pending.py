"""Changes that no record has yet: gathered over many batches, and of each subscription only what its record needs.

Rule 1: which change makes another one superfluous stands here.
Rule 2: it keeps no times of its own and applies nothing; when to hand over is the flow's question.

    OPEN, and SEEN with a stay    superfluous once a later OPEN or CLOSED of the subscription says more
    SEEN with a stay              superfluous once a later SEEN does
    what is superfluous           stays as a bare SEEN, for its day's coverage: once for a run of one day

A change keeps its ordinal, and the last one of a subscription is never left out: so a record that has seen a part of
them before takes exactly the rest, and ends up as if every change had been applied one by one.
"""

from collections.abc import Iterable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.changes import CHANGE, ChangeKind

__all__ = ["Pending", "compacted"]

_SEEN, _OPEN = int(ChangeKind.SEEN), int(ChangeKind.OPEN)
_OFFSET, _DAY = 28_800, 86_400


class Pending:
    """Changes in the order in which the kernel told them, by subscription."""

    def __init__(self, changes: NDArray[np.void] | None = None) -> None:
        self._parts = [] if changes is None or not len(changes) else [changes]
        self._count = sum(map(len, self._parts))

    def __len__(self) -> int:
        return self._count

    def add(self, changes: NDArray[np.void]) -> None:
        """What a fold or a tick has told."""
        if len(changes):
            self._parts.append(changes)
            self._count += len(changes)

    def drop(self, rows: Iterable[int]) -> None:
        """Forget rows that have become another subscription's, or nobody's."""
        gone = np.array(sorted(rows), np.int32)
        if len(gone):
            parts = [part[~np.isin(part["row"], gone)] for part in self._parts]
            self._parts, self._count = parts, sum(map(len, parts))

    def compact(self) -> NDArray[np.void]:
        """All of it: a subscription's changes side by side, in the order of their ordinals."""
        if len(self._parts) != 1:
            self._parts = [np.concatenate([np.zeros(0, CHANGE), *self._parts])]
        self._parts = [compacted(self._parts[0])]
        self._count = len(self._parts[0])
        return self._parts[0]

    def clear(self) -> None:
        """They are in the vault."""
        self._parts, self._count = [], 0


def compacted(changes: NDArray[np.void]) -> NDArray[np.void]:
    """The changes by row, without what is superfluous."""
    ordered = changes[np.argsort(changes["row"], kind="stable")]
    keep = np.zeros(len(ordered), np.bool_)
    _compact(ordered, keep)
    return ordered[keep]


@njit(cache=True)
def _compact(changes, keep):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Backwards, because what comes later decides."""
    row, day, replaced, refreshed = np.int64(-1), np.int64(-1), False, False
    for place in range(len(changes) - 1, -1, -1):
        change = changes[place]
        last = change.row != row
        if last:
            row, day, replaced, refreshed = np.int64(change.row), np.int64(-1), False, False
        seen = change.kind == _SEEN
        if (change.kind == _OPEN and replaced) or (seen and change.region != 0 and (replaced or refreshed)):
            change.kind, change.certain, change.region, change.start = _SEEN, 0, 0, 0
            seen = True
        today = (change.last + _OFFSET) // _DAY
        keep[place] = last or not seen or change.region != 0 or today != day
        if keep[place]:
            day = today
        replaced = replaced or not seen
        refreshed = refreshed or (seen and change.region != 0)
