"""The same feed under two cell tables: whose stays would have been others, and which.

Rule 1: what a bad cell did to a subscription is found out here, from the operator's retained feed alone: no cell is stored.
Rule 2: it changes nothing. Numbers and regions stay in this process's memory; how many are touched is all that is shown.

    (1) scan   who had an event on a cell that the two tables see differently? only those are folded
    (2) fold   their events under both tables
    (3) tell   stays of the former table that the new one does not give are struck, the new one's put beside them

A stay that still runs is never struck where the new table sees it in the same region as well: the worker's state is put right
instead, and its next change carries the right beginning (`Differing.state`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from service.domain.amendments import RETENTION_SECONDS
from service.domain.corrections import Correction, Strike
from service.domain.itinerary import Certainty, Stay
from service.flows.numbers import Numbers
from service.mobility.cell_versions import CellVersions
from service.mobility.changes import ChangeKind
from service.mobility.kernel import fold, new_state, tick
from service.mobility.subscriptions import Subscriptions
from service.ports.feed import EventBatch

__all__ = ["Differing", "Refold"]

_FOREVER = 1 << 62
_UNKNOWN = -1


@dataclass(frozen=True, slots=True, repr=False)
class Differing:
    """One subscription whose stays differ; `before` and `after` are its rows of kernel state at the end of the feed."""

    number: int
    index: bytes
    generation: int
    correction: Correction
    before: NDArray[np.void]
    after: NDArray[np.void]
    running: Stay | None  # the stay that still runs under the new table, if it is worth keeping


@dataclass(slots=True)
class _Side:
    """One table, and what it makes of the feed."""

    tables: CellVersions
    places: NDArray[np.int32]  # names of both tables -> names of this one
    state: NDArray[np.void] = field(default_factory=lambda: new_state(0))
    stays: dict[int, list[Stay]] = field(default_factory=dict)

    def rows(self, batch: EventBatch) -> NDArray[np.int32]:
        known = np.where(batch.cell < 0, np.int32(_UNKNOWN), self.places[batch.cell])
        return self.tables.at(known.astype(np.int32), batch.time)

    def keep(self, changes: NDArray[np.void]) -> None:
        for row, stay in _closed(changes):
            self.stays.setdefault(row, []).append(stay)


class Refold:
    """Both tables over one feed, which is read twice: first `scan` all of it, then `fold` all of it."""

    def __init__(self, numbers: Numbers, before: CellVersions, after: CellVersions) -> None:
        self.names = tuple(dict.fromkeys((*before.names, *after.names)))
        self._numbers = numbers
        self._sides = (self._side(before), self._side(after))
        self._known = Subscriptions()
        self._touched: NDArray[np.int64] = np.zeros(0, np.int64)
        self._number: dict[int, int] = {}
        self._newest = 0

    def _side(self, tables: CellVersions) -> _Side:
        place = {name: number for number, name in enumerate(tables.names)}
        return _Side(tables, np.array([place.get(name, _UNKNOWN) for name in self.names], np.int32))

    async def scan(self, batches: Iterable[EventBatch]) -> None:
        """(1) Who had an event on a cell that the tables see differently."""
        for batch in batches:
            found = np.unique(batch.msisdn[self._differs(batch)])
            self._touched = np.union1d(self._touched, found)

    def _differs(self, batch: EventBatch) -> NDArray[np.bool_]:
        ours, theirs = (side.rows(batch) for side in self._sides)
        differs: NDArray[np.bool_] = (ours < 0) != (theirs < 0)
        both = np.flatnonzero((ours >= 0) & (theirs >= 0))
        old, new = self._sides[0].tables.cells, self._sides[1].tables.cells
        at, to = ours[both], theirs[both]
        differs[both] = (
            (old.region[at] != new.region[to])
            | (old.evidence[at] != new.evidence[to])
            | (old.other[at] != new.other[to])
        )
        return differs

    async def fold(self, batches: Iterable[EventBatch]) -> None:
        """(2) Fold the events of those. Raises StoreError, KeysError."""
        for batch in batches:
            self._newest = max(self._newest, int(batch.arrival.max(initial=0)))
            mine = np.isin(batch.msisdn, self._touched)
            if not mine.any():
                continue
            some = EventBatch(batch.msisdn[mine], batch.time[mine], batch.cell[mine], batch.arrival[mine])
            rows, _ = await self._numbers.rows_of(some.msisdn, self._known)
            seen, first = np.unique(rows, return_index=True)
            self._number.update(zip(seen.tolist(), some.msisdn[first].tolist(), strict=True))
            for side in self._sides:
                side.state = _at_least(side.state, len(self._known))
                activation = np.zeros(len(side.state), np.int64)
                activation[: len(self._known)] = self._known.activation[: len(self._known)]
                side.keep(
                    fold(
                        side.state,
                        activation,
                        side.tables.cells,
                        rows,
                        some.time,
                        side.rows(some),
                        some.arrival,
                    )[0]
                )

    def differing(self, now: int) -> Iterator[Differing]:
        """(3) Those whose stays differ, in an order that another run has as well; nothing older than the retention."""
        oldest = now - RETENTION_SECONDS
        running: list[dict[int, Stay]] = []
        for side in self._sides:
            side.keep(tick(side.state, self._newest))
            still = _closed(tick(side.state.copy(), _FOREVER))
            running.append({row: stay for row, stay in still if stay.end >= oldest})
        rows = sorted(range(len(self._known)), key=self._known.index)
        for row in rows:
            before, after = (
                [stay for stay in side.stays.get(row, []) if stay.end >= oldest] for side in self._sides
            )
            correction = _correction(before, running[0].get(row), after, running[1].get(row))
            if correction.strikes or correction.stays:
                yield Differing(
                    self._number[row],
                    self._known.index(row),
                    int(self._known.generation[row]),
                    correction,
                    self._sides[0].state[row],
                    self._sides[1].state[row],
                    running[1].get(row),
                )


def _correction(
    before: list[Stay], before_running: Stay | None, after: list[Stay], after_running: Stay | None
) -> Correction:
    told = before + ([] if before_running is None else [before_running])
    right = set(after) | (set() if after_running is None else {after_running})
    strikes = tuple(
        Strike(stay.region, stay.start, stay.end)
        for stay in told
        if stay not in right
        and not (after_running and after_running.meets(stay.region, stay.start, stay.end))
    )
    struck = {strike.region for strike in strikes}
    known = set(told)
    return Correction(strikes, tuple(stay for stay in after if stay.region in struck or stay not in known))


def _closed(changes: NDArray[np.void]) -> Iterator[tuple[int, Stay]]:
    for row, _, _, certain, region, start, last in changes[changes["kind"] == ChangeKind.CLOSED].tolist():
        yield row, Stay(region, start, last, Certainty(certain))


def _at_least(state: NDArray[np.void], rows: int) -> NDArray[np.void]:
    return state if rows <= len(state) else np.concatenate([state, new_state(2 * rows - len(state))])
