"""Epochs begin, are emptied and end: what makes deletion provable.

Rule 1: when an epoch's key is destroyed is decided here, and only what makes it safe is asked: nothing under it is left,
nothing waits for it, nothing holds it.
Rule 2: it moves no row itself.

    day D      D seals
    D+1 00:00  D+1 seals; a pass seals anew whatever lay under D; queues of D run dry within 24 hours
    D+2 00:00  D's key is destroyed: a copy of the store that was made in D opens nowhere, 48 hours after it was made
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from service.domain.itinerary import day_of, start_of_day
from service.ports.epochs import CopiedRow, CopyCounts, Epoch, EpochState, Swept, VerifiedCopies, VerifiedCopy
from service.ports.keys import KeysError
from service.ports.store import DataSpace, KeySpace
from service.vault.copies import Copy, fault_of
from service.vault.epochs import Epochs
from service.vault.sweep import Pass

__all__ = ["Keeper"]

_TAIL = 86_400
"""Seconds that queues, codes and conversations of an epoch may still be opened after the next one began."""

_SETTLED = 600
"""Seconds after which nobody writes under a former epoch any more: whoever had its key has used it, or has failed."""


_NO_COPY = "no backup has been verified that does without it; `itinerary admin backup verify`"


async def _nobody_follows() -> str:
    return ""


class Keeper:
    """Implements `ports.epochs.EpochKeeping`. `held` names the epochs that something outside still needs, and why.

    `copies` remembers verified backups; None: there are no backups, and none is waited for. `followed` says why a
    replica may still hold what has been sealed anew; "" where none does.
    """

    def __init__(
        self,
        epochs: Epochs,
        keys: KeySpace,
        data: DataSpace,
        held: Callable[[], Mapping[int, str]],
        entropy: Callable[[int], bytes],
        clock: Callable[[], float],
        copies: VerifiedCopies | None = None,
        followed: Callable[[], Awaitable[str]] = _nobody_follows,
    ) -> None:
        self._copies = copies
        self._followed = followed
        self._copy: tuple[int, Copy] | None = None
        self._number = 0
        self._epochs = epochs
        self._keys = keys
        self._data = data
        self._held = held
        self._entropy = entropy
        self._clock = clock
        self._since = clock()  # from when on nobody else has begun the current epoch
        self._pass: tuple[float, Pass] | None = None
        self._clean = 0  # nothing is left under the epochs before this one

    async def epochs(self) -> list[Epoch]:
        """See `ports.epochs.EpochKeeping`."""
        living = await self._epochs.living()
        held = {**self._uncopied(living), **self._held()}
        found = [self._state(number, living, held) for number in living]
        if any(epoch.state is EpochState.DUE for epoch in found) and (why := await self._followed()):
            found = [
                replace(epoch, state=EpochState.HELD, why=why) if epoch.state is EpochState.DUE else epoch
                for epoch in found
            ]
        return found

    def _uncopied(self, living: Sequence[int]) -> dict[int, str]:
        """The epochs without which no verified backup opens: destroy one, and there is no way back to a whole store."""
        if self._copies is None:
            return {}
        last = self._copies.last()
        done_without = last.counts.oldest if last is not None else 0
        return {number: _NO_COPY for number in living if number >= done_without}

    def _state(self, number: int, living: list[int], held: Mapping[int, str]) -> Epoch:
        if number >= self._epochs.current:
            return Epoch(number, EpochState.CURRENT, 0, False, "")
        followed = min(later for later in living if later > number)
        until, empty = start_of_day(followed) + _TAIL, number < self._clean
        if self._clock() < until:
            state = EpochState.TAIL
        elif number in held:
            state = EpochState.HELD
        else:
            state = EpochState.DUE if empty else EpochState.SWEEP
        return Epoch(number, state, until, empty, held.get(number, ""))

    async def foreseen(self, *, ahead: bool) -> int:
        """See `ports.epochs.EpochKeeping`."""
        today, current = day_of(int(self._clock())), self._epochs.current
        if ahead and current > today:
            raise KeysError("tomorrow's epoch has begun already; the next one begins by itself the day after")
        return max(today, current + 1) if current < today or ahead else current

    async def rotate(self, *, ahead: bool) -> int:
        """See `ports.epochs.EpochKeeping`."""
        number = await self.foreseen(ahead=ahead)
        if number != self._epochs.current:
            await self._epochs.begin(number, self._entropy)
            self._since, self._pass = self._clock(), None
        return self._epochs.current

    async def sweep(self, rows: int) -> Swept:
        """See `ports.epochs.EpochKeeping`."""
        if self._pass is None or self._pass[1].target != self._epochs.current:
            await self._epochs.prepare_living()
            self._pass = (
                self._clock(),
                Pass(self._epochs, self._keys, self._data, self._entropy),
            )
        begun, under_way = self._pass
        try:
            swept = await under_way.some(rows)
        except BaseException:
            self._pass = None
            raise
        if swept.done:
            self._pass = None
            if begun >= self._since + _SETTLED:
                self._clean = under_way.target
        return swept

    async def destroy(self) -> list[int]:
        """See `ports.epochs.EpochKeeping`."""
        due = [epoch.number for epoch in await self.epochs() if epoch.state is EpochState.DUE]
        for number in due:
            await self._epochs.end(number)
        return due

    async def begin_copy(self) -> int:
        """See `ports.epochs.EpochKeeping`."""
        if self._copies is None:
            raise KeysError('no backups are kept ([store] backups = "none"); nothing waits for one')
        await self._epochs.prepare_living()
        self._number += 1
        self._copy = self._number, Copy(self._epochs)
        return self._number

    async def check_copy(self, number: int, rows: Sequence[CopiedRow]) -> CopyCounts:
        """See `ports.epochs.EpochKeeping`."""
        return self._looked_at(number).look(rows)

    async def accept_copy(self, number: int, *, remember: bool) -> CopyCounts:
        """See `ports.epochs.EpochKeeping`."""
        copy = self._looked_at(number).counts
        self._copy = None
        held = CopyCounts(
            keys=len([1 async for _ in self._keys.scan()]), data=len([1 async for _ in self._data.scan()])
        )
        if fault := fault_of(copy, held):
            raise KeysError(fault)
        if not copy.oldest:  # nobody is in the store: nothing needs an old epoch
            copy = replace(copy, oldest=self._epochs.current, newest=self._epochs.current)
        if remember and self._copies is not None:
            self._copies.remember(VerifiedCopy(int(self._clock()), copy))
        return copy

    def _looked_at(self, number: int) -> Copy:
        if self._copy is None or self._copy[0] != number:
            raise KeysError("another look at a copy has begun, or the keys role anew; begin again")
        return self._copy[1]
