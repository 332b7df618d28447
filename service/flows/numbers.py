"""Which number is whose, as the worker remembers it: rows for numbers, asked of the keys role and asked again.

Rule 1: when a number's subscription is asked for again is decided here.
Rule 2: it folds nothing and keeps no number beyond the process's life.

A number is asked for when it is first met, and again when it is met after a while: somebody who enrols is found
without a restart, and a recycled number becomes its new owner's, with an empty row.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.inclusion import Scope, taken_from
from service.mobility.number_table import NumberTable
from service.mobility.subscriptions import NEVER, Subscriptions
from service.ports.keys import KeyService

__all__ = ["Numbers"]

_AT_ONCE = 2000  # subscriptions asked for in one call
_NOBODY = -1


class Numbers:
    """Rows by number. `again`: seconds after which a number is asked for again; None: once a process.

    Under the scope `enrolled` a number whose owner has not asked to be included is nobody's: it has no row.
    """

    def __init__(
        self,
        keys: KeyService,
        blind_all: Callable[[Iterable[int]], list[bytes]],
        clock: Callable[[], float],
        again: int | None = None,
        scope: Scope = Scope.ALL,
    ) -> None:
        self._keys = keys
        self._blind_all = blind_all
        self._clock = clock
        self._again = again
        self._scope = scope
        self._table = NumberTable()
        self._changed: list[int] = []

    async def rows_of(
        self, numbers: NDArray[np.int64], known: Subscriptions
    ) -> tuple[NDArray[np.int32], list[int]]:
        """Each event's row, -1 where the number has no subscription; and the rows that are not whose they were.

        Raises StoreError, KeysError; then it can be asked again.
        """
        now = int(self._clock())
        rows, due = self._table.find(numbers, now, self._again)
        if not len(due) and not self._changed:
            return rows, []
        try:
            for begin in range(0, len(due), _AT_ONCE):
                some = due[begin : begin + _AT_ONCE]
                found, others = await self._admitted(self._blind_all(some.tolist()), known)
                self._changed += others  # told even if the next call fails: their rows are emptied already
                self._table.put(some, found)
        except BaseException:
            self._table.doubt(due)
            raise
        changed, self._changed = self._changed, []
        return self._table.find(numbers, now)[0], changed

    async def doubted(self, indices: Sequence[bytes], known: Subscriptions) -> list[int]:
        """Ask for subscriptions that the vault knows otherwise; the rows that are not whose they were."""
        changed = []
        for begin in range(0, len(indices), _AT_ONCE):
            changed += (await self._admitted(indices[begin : begin + _AT_ONCE], known))[1]
        return changed

    async def excluded(self, known: Subscriptions) -> list[int]:
        """Rows of those who are known although their owners have not asked: kept under the scope `all`, forgotten here.

        Raises StoreError, KeysError.
        """
        if self._scope is Scope.ALL:
            return []
        indices = [known.index(row) for row in range(len(known)) if known.activation[row] != NEVER]
        return [row for row in await self.doubted(indices, known) if known.activation[row] == NEVER]

    async def _admitted(
        self, indices: Sequence[bytes], known: Subscriptions
    ) -> tuple[NDArray[np.int32], list[int]]:
        rows = np.full(len(indices), _NOBODY, np.int32)
        found, lives, changed = [], [], []
        for place, activation in enumerate(await self._keys.activations(indices)):
            begin = None
            if activation is not None:
                begin = taken_from(self._scope, activation.activated_on, activation.included_at)
            if activation is not None and begin is not None:
                found.append(place)
                lives.append((activation.generation, begin))
            elif (row := known.forget(indices[place])) is not None:
                changed.append(row)
        if found:
            generations, activations = np.array(lives, np.int64).T
            rows[found], renewed = known.admit_all(
                [indices[place] for place in found], generations.astype(np.int32), activations
            )
            changed += rows[found][renewed].tolist()
        return rows, changed
