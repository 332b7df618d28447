"""Signalling events become sealed stays.

Rule 1: the order of ingestion stands here: rows, fold, checkpoint, amend.
Rule 2: it never reads a record: what goes into the vault does not come out here.

    (1) numbers to rows  (2) fold; changes are gathered                        a piece of a feed
    (3) close the stays of the silent  (4) compact, checkpoint  (5) amend      every twenty seconds, and at the end

What is amended stands in a checkpoint first, together with the state and the positions that it came from. Killed
before (4) is done, everything since the last checkpoint is read and folded again, in whatever order it is met then,
and no record has seen any of it. Killed after it, the same changes are amended from the checkpoint: they bear the
ordinals that they had, and the vault takes none twice.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from service.flows.fed import days_brought
from service.flows.numbers import Numbers
from service.mobility.cells import Cells
from service.mobility.kernel import fold, tick
from service.ports.checkpoints import CheckpointError, Checkpoints
from service.ports.feed import EventBatch, Piece
from service.ports.figures import Figures
from service.records.ledger import Ledger
from service.records.worker_record import WorkerRecord
from service.vault.amender import Amender, Outcome

__all__ = ["AMEND_EVERY", "Ingest"]

AMEND_EVERY = 20.0
"""Seconds between an event's folding and its record: within the minute that is promised, with room for the feed."""

_AT_ONCE = 2000  # subscriptions amended in one call
_SIDE_BY_SIDE = 3  # such calls under way: the store writes while we seal
_MOST_PENDING = 4_000_000  # changes, of 30 bytes
_FAST_CLOCK = (
    300  # an arrival may lie this many seconds ahead of our clock before it stops counting as the feed's
)


class Ingest:
    """Folds feeds into the vault. `clock` tells unix seconds."""

    def __init__(
        self,
        amender: Amender,
        numbers: Numbers,
        checkpoints: Checkpoints,
        clock: Callable[[], float],
        progress: Callable[[int], None] = lambda _: None,
        amend_every: float = AMEND_EVERY,
        feed_days: Callable[[set[int]], Awaitable[None]] | None = None,
        erase: Callable[[Sequence[bytes]], Awaitable[None]] | None = None,
    ) -> None:
        self._amender = amender
        self._erase = erase
        self._numbers = numbers
        self._checkpoints = checkpoints
        self._clock = clock
        self._progress = progress
        self._every = amend_every
        self._feed_days = feed_days
        self._days: set[int] = set()  # on which the feed brought anything, since the last checkpoint
        self._known = WorkerRecord()
        self._since: float | None = None  # when the oldest event was folded that no checkpoint has
        self._unsaved = False  # what is pending in the checkpoint has been amended since
        self._checkpoint_took = 0.0
        self.excluded = 0  # subscriptions whose owners have not asked, erased at the start
        self.process: Counter[str] = Counter()  # what this process did to records

    @property
    def ledger(self) -> Ledger:
        """How far each feed has been folded, and the sums of all runs."""
        return self._known.ledger

    @property
    def waiting(self) -> float:
        """Seconds for which the oldest event has been waiting to be checkpointed and amended."""
        return 0.0 if self._since is None else max(0.0, self._clock() - self._since)

    async def start(self) -> None:
        """Go on from the last checkpoint. Raises CheckpointError, StoreError, KeysError.

        Where the scope has become `enrolled` meanwhile, what was kept of those who have not asked is erased first.
        """
        pieces = await self._checkpoints.load()
        if pieces is not None:
            try:
                self._known = WorkerRecord.of(pieces)
            except (ValueError, KeyError) as error:
                raise CheckpointError(f"{error}; move it away and ingest anew") from None
            await self._exclude()
            await self._amend()

    async def _exclude(self) -> None:
        known = self._known.subscriptions
        rows = await self._numbers.excluded(known)
        self._known.pending.drop(rows)
        if self._erase is not None:
            for begin in range(0, len(rows), _AT_ONCE):
                await self._erase([known.index(row) for row in rows[begin : begin + _AT_ONCE]])
        self.excluded = len(rows)
        self._unsaved = self._unsaved or bool(rows)

    async def take(
        self,
        digest: str,
        batches: Iterable[EventBatch],
        cells: Cells,
        counts: Callable[[], Mapping[str, int]] = dict,
    ) -> bool:
        """Ingest one file, known by its digest, to its end; False for one that was ingested before.

        `counts` is asked at the end for what else is to be counted of the file.
        """
        if self.ledger.is_done(digest):
            return False
        _, taken = self.ledger.position(digest) or ("", 0)
        read = newest = 0
        for batch in batches:
            newest = max(newest, int(batch.arrival.max(initial=0)))
            rest, read = batch.after(taken - read), read + len(batch)
            if len(rest):
                await self.fold(Piece(digest, read, rest), cells)
                self._progress(len(rest))
                if self.due:
                    await self.settle()
        await self.fold(Piece(digest, read, done=True, counts=counts()), cells)
        await self.settle(newest)
        return True

    async def fold(self, piece: Piece, cells: Cells) -> None:
        """Take a piece of a feed. Raises StoreError, KeysError; then nothing of it was taken."""
        known, ledger, counts = self._known.subscriptions, self.ledger, Counter(piece.counts)
        if piece.batch is not None:
            batch = piece.batch
            # (1) Numbers to rows. What was folded for a subscription that is none any more is forgotten.
            rows, changed = await self._numbers.rows_of(batch.msisdn, known)
            self._known.pending.drop(changed)
            # (2) Fold.
            changes, aside = fold(
                known.state, known.activation, cells, rows, batch.time, batch.cell, batch.arrival
            )
            self._tell(changes)
            counts["events"] += len(batch)
            counts.update({reason: getattr(aside, reason) for reason in aside.__slots__})
            self._days |= days_brought(batch, int(self._clock()) + _FAST_CLOCK)
            ledger.newest = max(ledger.newest, self._plausible(int(batch.arrival.max(initial=0))))
        ledger.count(counts)
        if piece.done:
            ledger.finish(piece.feed, piece.also)
        elif piece.feed:
            ledger.advance(piece.feed, piece.mark, piece.read)
        self._since = self._clock() if self._since is None else self._since

    @property
    def due(self) -> bool:
        """Whether it is time to settle."""
        if self._since is None:
            return False
        waited = self._clock() - self._since
        return not 0 <= waited < self._every or len(self._known.pending) > _MOST_PENDING

    async def settle(self, complete: int = 0) -> None:
        """Bring everything folded so far into the vault; run again after a failure, it goes on where it was.

        `complete`: the feeds' own time (unix seconds) up to which all that arrived has been folded, 0 if that is not
        known: in the middle of a file that is sorted by number, say.
        """
        if self._since is not None:
            # (3) Silence is measured by the feeds' clock, so that a feed that is late gives the same stays.
            self._tell(tick(self._known.subscriptions.state, self._plausible(complete)))
            # (4) From here on these changes are decided. What is known of the feed's days may be known too early.
            if self._feed_days is not None:
                await self._feed_days(self._days)
                self._days = set()
            await self._save()
            self._since = None
        # (5) Amend the vault.
        await self._amend()

    async def close(self) -> None:
        """Settle, and leave a checkpoint in which nothing waits."""
        await self.settle()
        if self._unsaved:
            await self._save()

    def figures(self) -> Figures:
        """How it goes, for an operator; may be asked from another thread."""
        return Figures(
            sums=dict(self.ledger.counts),
            process=dict(self.process),
            newest=self.ledger.newest,
            waiting=self.waiting,
            pending=len(self._known.pending),
            subscriptions=len(self._known.subscriptions),
            checkpoint=self._checkpoint_took,
        )

    async def _save(self) -> None:
        begun = self._clock()
        await self._checkpoints.save(self._known.pieces())
        self._checkpoint_took = max(0.0, self._clock() - begun)
        self._unsaved = False

    def _plausible(self, arrival: int) -> int:
        """One event with a wrong year must not end everybody's stay."""
        return min(arrival, int(self._clock()) + _FAST_CLOCK)

    def _tell(self, changes: NDArray[np.void]) -> None:
        self._known.pending.add(changes)
        self.process["changes"] += len(changes)

    async def _amend(self) -> None:
        if not len(self._known.pending):
            return
        changes, stale = self._known.pending.compact(), []
        borders = np.flatnonzero(np.diff(changes["row"], prepend=-1, append=-1))
        calls = [borders[at : at + _AT_ONCE + 1] for at in range(0, len(borders) - 1, _AT_ONCE)]
        for at in range(0, len(calls), _SIDE_BY_SIDE):
            some = [self._amended(changes, call) for call in calls[at : at + _SIDE_BY_SIDE]]
            for outcome in await asyncio.gather(*some, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
                stale += outcome
        await self._numbers.doubted(stale, self._known.subscriptions)
        self._known.pending.clear()
        self._unsaved = True

    async def _amended(self, changes: NDArray[np.void], borders: NDArray[np.int64]) -> list[bytes]:
        """Amend some subscriptions, counted; those whose life is another one by now."""
        known = self._known.subscriptions
        rows = changes["row"][borders[:-1]]
        indices = [known.index(row) for row in rows.tolist()]
        done = await self._amender.amend_rows(indices, known.generation[rows].tolist(), changes, borders)
        self.process.update(amended.outcome.value for amended in done)
        gone = {Outcome.FORMER, Outcome.UNKNOWN}
        return [index for index, amended in zip(indices, done, strict=True) if amended.outcome in gone]
