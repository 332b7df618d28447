"""Epochs begin, are emptied and end: what makes deletion provable.

Rule 1: when an epoch's key is destroyed is decided here, and only what makes it safe is asked: nothing under it is left,
nothing waits for it, nothing holds it.
Rule 2: it moves no row itself.

    day D      D seals
    D+1 00:00  D+1 seals; a pass seals anew whatever lay under D; queues of D run dry within 24 hours
    D+2 00:00  D's key is destroyed: a copy of the store that was made in D opens nowhere, 48 hours after it was made
"""

from collections.abc import Callable, Mapping

from service.domain.itinerary import day_of, start_of_day
from service.ports.epochs import Epoch, EpochState, Swept
from service.ports.keys import KeysError
from service.ports.store import DataSpace, KeySpace
from service.vault.epochs import Epochs
from service.vault.sweep import Pass

__all__ = ["Keeper"]

_TAIL = 86_400
"""Seconds that queues, codes and conversations of an epoch may still be opened after the next one began."""

_SETTLED = 600
"""Seconds after which nobody writes under a former epoch any more: whoever had its key has used it, or has failed."""


class Keeper:
    """Implements `ports.epochs.EpochKeeping`. `held` names the epochs that something outside still needs, and why."""

    def __init__(
        self,
        epochs: Epochs,
        keys: KeySpace,
        data: DataSpace,
        held: Callable[[], Mapping[int, str]],
        entropy: Callable[[int], bytes],
        clock: Callable[[], float],
    ) -> None:
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
        living, held = await self._epochs.living(), self._held()
        return [self._state(number, living, held) for number in living]

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

    async def rotate(self, *, ahead: bool) -> int:
        """See `ports.epochs.EpochKeeping`."""
        today, current = day_of(int(self._clock())), self._epochs.current
        if ahead and current > today:
            raise KeysError("tomorrow's epoch has begun already; the next one begins by itself the day after")
        if current < today or ahead:
            await self._epochs.begin(max(today, current + 1), self._entropy)
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
