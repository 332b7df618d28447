"""Which number is whose, as the worker remembers it: rows for numbers, asked of the keys role and asked again.

Rule 1: when a number's subscription is asked for again is decided here.
Rule 2: it folds nothing and keeps no number beyond the process's life.

A number is asked for when it is first met, and again when it is met after a while: somebody who enrols is found
without a restart, and a recycled number becomes its new owner's, with an empty row.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from service.domain.itinerary import start_of_day
from service.mobility.subscriptions import Subscriptions
from service.ports.keys import Activation, KeyService

__all__ = ["Numbers"]

_AT_ONCE = 2000  # subscriptions asked for in one call
_NOBODY = -1


class Numbers:
    """Rows by number. `again`: seconds after which a number is asked for again; None: once a process."""

    def __init__(
        self,
        keys: KeyService,
        blind_all: Callable[[Iterable[int]], list[bytes]],
        clock: Callable[[], float],
        again: float | None = None,
    ) -> None:
        self._keys = keys
        self._blind_all = blind_all
        self._clock = clock
        self._again = again
        self._rows: dict[int, int] = {}
        self._asked: dict[int, float] = {}

    async def rows_of(
        self, numbers: NDArray[np.int64], known: Subscriptions
    ) -> tuple[NDArray[np.int32], list[int]]:
        """Each event's row, -1 where the number has no subscription; and the rows that are not whose they were.

        Raises StoreError, KeysError; then it can be asked again.
        """
        distinct, places = np.unique(numbers, return_inverse=True)
        now, changed = self._clock(), []
        some = [number for number in distinct.tolist() if self._to_ask(number, now)]
        for begin in range(0, len(some), _AT_ONCE):
            asked = some[begin : begin + _AT_ONCE]
            rows, renewed = await self._admitted(self._blind_all(asked), known)
            changed += renewed
            self._rows.update(zip(asked, rows, strict=True))
            if self._again is not None:
                self._asked.update(dict.fromkeys(asked, now))
        rows_of_distinct = np.array([self._rows[number] for number in distinct.tolist()], np.int32)
        return rows_of_distinct[places], changed

    async def doubted(self, indices: Sequence[bytes], known: Subscriptions) -> list[int]:
        """Ask for subscriptions that the vault knows otherwise; the rows that are not whose they were."""
        changed = []
        for begin in range(0, len(indices), _AT_ONCE):
            changed += (await self._admitted(indices[begin : begin + _AT_ONCE], known))[1]
        return changed

    def _to_ask(self, number: int, now: float) -> bool:
        if number not in self._rows:
            return True
        return self._again is not None and not 0 <= now - self._asked[number] < self._again

    async def _admitted(self, indices: Sequence[bytes], known: Subscriptions) -> tuple[list[int], list[int]]:
        rows, changed = [], []
        activations = await self._keys.activations(indices)
        for index, activation in zip(indices, activations, strict=True):
            row, other = _admit(known, index, activation)
            rows.append(row)
            if other is not None:
                changed.append(other)
        return rows, changed


def _admit(known: Subscriptions, index: bytes, activation: Activation | None) -> tuple[int, int | None]:
    if activation is None:
        return _NOBODY, known.forget(index)
    row, renewed = known.admit(index, activation.generation, start_of_day(activation.activated_on))
    return row, row if renewed else None
