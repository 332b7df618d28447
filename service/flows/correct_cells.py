"""A bad cell is corrected for everybody it touched, in the records and in the worker's memory.

Rule 1: the order stands here: records one by one, each behind its entry and with its notice; then the worker's state.
Rule 2: who is touched, and how, comes from outside (`refold`); how many is all that goes out.

    (1) each record: entry, strike, notice (`correct`); marked, so that a killed run goes on after the last one
    (2) the worker's checkpoint: the rows whose state is what the former table made of the feed get what the new one makes,
        and their running stay as their next change

Why (2): a state that still believes in the false region would not bring it back (what is told of a struck stay is struck too), but the
true one, in which the phone has been all the while, would begin too late, or never. The worker has to stand still meanwhile;
its directory's lock sees to that. A row that has moved on since the feed's end is left alone and counted: give the newer
files too and run again. Run twice, (1) is skipped by its mark and (2) by the state being right already.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np

from service.domain.disputes import Decision
from service.domain.notices import Address, NoticeKind
from service.flows.correct import Correct, Touched
from service.flows.refold import Differing
from service.mobility.changes import CHANGE, ChangeKind
from service.ports.checkpoints import CheckpointError, Checkpoints
from service.ports.marks import Mark
from service.records.worker_record import WorkerRecord

__all__ = ["CorrectCells"]

_OWN = ("ordinal", "day")  # of a state: how far the worker has told, which no table changes
_PLACE = ("cur", "start", "last", "seen")


class CorrectCells:
    """Corrects what a bad cell table did."""

    def __init__(self, correct: Correct, checkpoints: Checkpoints, mark: Mark) -> None:
        self._correct = correct
        self._checkpoints = checkpoints
        self._mark = mark

    async def __call__(
        self, differing: Iterable[Differing], decision: Decision, progress: Callable[[int], None]
    ) -> Counter[str]:
        """Correct all of them, which come in the order of their indices; how many came to what.

        Raises DisputeError, LogUnavailableError, StoreError, CheckpointError; run again, it goes on.
        """
        counts: Counter[str] = Counter()
        everybody: list[Differing] = []
        # (1) The records.
        done = self._mark.read()
        for one in differing:
            everybody.append(one)
            progress(1)
            if one.index <= done:
                counts["done_before"] += 1
                continue
            touched = Touched(one.index, one.generation, one.correction, Address(str(one.number)))
            outcome = await self._correct.one(touched, decision, NoticeKind.CORRECTED, decision.ticket)
            counts[outcome.value] += 1
            self._mark.write(one.index)
        # (2) The worker.
        counts.update(await self._put_right(everybody))
        return counts

    async def _put_right(self, differing: Iterable[Differing]) -> Counter[str]:
        counts: Counter[str] = Counter()
        pieces = await self._checkpoints.load()
        if pieces is None:
            return counts
        try:
            known = WorkerRecord.of(pieces)
        except (ValueError, KeyError) as error:
            raise CheckpointError(f"{error}; move it away and ingest anew") from None
        for one in differing:
            counts[_put_right(known, one)] += 1
        if counts["state_corrected"]:
            await self._checkpoints.save(known.pieces())
        return counts


def _put_right(known: WorkerRecord, one: Differing) -> str:
    subscriptions = known.subscriptions
    row = subscriptions.row(one.index)
    if row is None or subscriptions.generation[row] != one.generation:
        return "state_not_there"
    state = subscriptions.state[row]
    names = [name for name in state.dtype.names if name not in _OWN]
    if all(state[name] == one.after[name] for name in names):
        return "state_right"
    if any(state[name] != one.before[name] for name in _PLACE):
        return "state_moved_on"
    for name in names:
        subscriptions.state[name][row] = one.after[name]
    if one.running is not None:
        subscriptions.state["ordinal"][row] += 1
        change = np.zeros(1, CHANGE)
        change["row"], change["ordinal"] = row, subscriptions.state["ordinal"][row]
        change["kind"], change["certain"] = ChangeKind.OPEN, one.running.certainty
        change["region"], change["start"], change["last"] = (
            one.running.region,
            one.running.start,
            one.running.end,
        )
        known.pending.add(change)
    return "state_corrected"
