"""Signalling events become sealed stays.

Rule 1: the order of ingestion stands here: rows, fold, amend, and only then the checkpoint.
Rule 2: it never reads a record: what goes into the vault does not come out here.

    (1) seen this file before?  (2) numbers to rows  (3) fold  (4) amend the vault  (5) checkpoint
    (6) at the end of a file close the stays of the silent, by the newest arrival that was seen

Killed between (4) and (5), the same batch is folded again from the same state: its changes bear the same ordinals,
and the vault takes none twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from service.domain.amendments import Change, ChangeKind
from service.domain.itinerary import start_of_day
from service.mobility.cells import Cells
from service.mobility.kernel import SetAside, fold, tick
from service.mobility.subscriptions import Subscriptions
from service.ports.checkpoints import CheckpointError, Checkpoints
from service.ports.feed import EventBatch
from service.ports.keys import KeyService
from service.vault.amender import Amender, Amendment, Outcome

__all__ = ["Ingest", "Ingested"]

_AT_ONCE = 2000  # subscriptions amended in one call
_CHECKPOINT_EVERY = 16  # batches


@dataclass(slots=True)
class Ingested:
    """What became of a file's events."""

    again: bool = False  # the same file was ingested before: nothing was done
    events: int = 0
    aside: dict[str, int] = field(default_factory=dict)  # by reason, see `mobility.kernel.SetAside`
    changes: int = 0
    written: int = 0  # records written
    replayed: int = 0  # amendments that an interrupted run had applied already
    unreadable: int = 0  # records that were altered in the store: left as they are

    def add(self, aside: SetAside) -> None:
        """Count what was set aside of one batch."""
        for reason in SetAside.__slots__:
            self.aside[reason] = self.aside.get(reason, 0) + getattr(aside, reason)


class Ingest:
    """Folds files into the vault, one after the other. `blind_all` makes indices of numbers."""

    def __init__(
        self,
        amender: Amender,
        keys: KeyService,
        checkpoints: Checkpoints,
        blind_all: Callable[[Iterable[int]], list[bytes]],
        progress: Callable[[int], None],
    ) -> None:
        self._amender = amender
        self._keys = keys
        self._checkpoints = checkpoints
        self._blind_all = blind_all
        self._progress = progress
        self._subscriptions = Subscriptions()
        self._rows: dict[int, int] = {}

    async def start(self) -> None:
        """Go on from the last checkpoint. Raises CheckpointError."""
        content = await self._checkpoints.load()
        if content is not None:
            try:
                self._subscriptions = Subscriptions.decode(content)
            except (ValueError, KeyError) as error:
                raise CheckpointError(f"the checkpoint cannot be read: {error}") from None

    async def take(self, digest: str, batches: Iterable[EventBatch], cells: Cells) -> Ingested:
        """Ingest one file, known by its digest."""
        known, result = self._subscriptions, Ingested()
        # (1) The ledger: whole files by digest, the file under way by the batches taken of it.
        if digest in known.done:
            result.again = True
            return result
        taken, newest = known.position.get(digest, 0), 0
        for number, batch in enumerate(batches, 1):
            newest = max(newest, int(batch.arrival.max(initial=0)))
            if number <= taken:
                continue
            await self._fold(batch, cells, result)
            known.position[digest] = number
            self._progress(len(batch))
            # (5) Only what is in the vault is checkpointed.
            if number % _CHECKPOINT_EVERY == 0:
                await self._checkpoints.save(known.encode())
        # (6) Silence is measured by the feed's own clock, so that a file ingested late gives the same stays.
        await self._amend(tick(known.state, newest), result)
        known.finish(digest)
        await self._checkpoints.save(known.encode())
        return result

    async def _fold(self, batch: EventBatch, cells: Cells, result: Ingested) -> None:
        # (2) Numbers to rows.
        rows = await self._rows_of(batch.msisdn)
        # (3) Fold.
        known = self._subscriptions
        changes, aside = fold(
            known.state, known.activation, cells, rows, batch.time, batch.cell, batch.arrival
        )
        result.events += len(batch)
        result.add(aside)
        # (4) Amend the vault.
        await self._amend(changes, result)

    async def _rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int32]:
        """Each event's row, -1 where the number has no subscription. The keys role is asked once a number and run."""
        distinct, places = np.unique(numbers, return_inverse=True)
        new = [number for number in distinct.tolist() if number not in self._rows]
        indices = self._blind_all(new)
        for begin in range(0, len(new), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            activations = await self._keys.activations(indices[some])
            for number, index, activation in zip(new[some], indices[some], activations, strict=True):
                self._rows[number] = (
                    -1
                    if activation is None
                    else self._subscriptions.admit(
                        index, activation.generation, start_of_day(activation.activated_on)
                    )
                )
        rows = np.array([self._rows[number] for number in distinct.tolist()], np.int32)
        return rows[places]

    async def _amend(self, changes: NDArray[np.void], result: Ingested) -> None:
        result.changes += len(changes)
        order = np.argsort(changes["row"], kind="stable")
        amendments = iter(self._amendments(changes[order]))
        while some := list(islice(amendments, _AT_ONCE)):
            for amended in await self._amender.amend(some):
                result.written += amended.outcome is Outcome.WRITTEN
                result.replayed += amended.outcome is Outcome.REPLAYED
                result.unreadable += amended.outcome is Outcome.UNREADABLE

    def _amendments(self, changes: NDArray[np.void]) -> Iterable[Amendment]:
        """One amendment a subscription, its changes in their order."""
        borders = np.flatnonzero(np.diff(changes["row"])) + 1
        for group in np.split(changes, borders) if len(changes) else ():
            index = self._subscriptions.indices[int(group[0]["row"])]
            yield Amendment(index, tuple(_change(fields) for fields in group.tolist()))


def _change(fields: Sequence[int]) -> Change:
    _, ordinal, kind, certain, region, start, last = fields
    return Change(ordinal, ChangeKind(kind), bool(certain), region, start, last)
