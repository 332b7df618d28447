"""Epochs, tended: begun at midnight, emptied, ended when they are due.

Rule 1: the order stands here: begin, end what is due, empty what is not; a key's end is in the log before it happens.
Rule 2: what is due, and how a row is moved, is decided in the vault.
"""

from collections.abc import Callable
from hashlib import sha256

from service.audit.entries import Kind, leaf
from service.ports.epochs import EpochKeeping, EpochState
from service.ports.log import Draft, Log
from service.ports.tally import Tally

__all__ = ["TendEpochs"]

_ROWS = 2000
_NOBODY = bytes(16)


class TendEpochs:
    """Called now and then by the process that holds the keys; one call may be a whole pass over the store."""

    def __init__(self, keeping: EpochKeeping, log: Log, tally: Tally, clock: Callable[[], float]) -> None:
        self._keeping = keeping
        self._log = log
        self._tally = tally
        self._clock = clock

    async def __call__(self) -> None:
        """Raises KeysError, StoreError, LogError: call again later."""
        before = {epoch.number for epoch in await self._keeping.epochs()}
        current = await self._keeping.rotate(ahead=False)
        if current not in before:
            await self._entered(Kind.KEY_BEGUN, current)
            self._tally.count("epochs", "begun")
        for epoch in await self._keeping.epochs():
            if epoch.state is EpochState.DUE:
                await self._entered(Kind.KEY_DESTROYED, epoch.number)
        for _ in await self._keeping.destroy():
            self._tally.count("epochs", "destroyed")
        older = [epoch for epoch in await self._keeping.epochs() if epoch.state is not EpochState.CURRENT]
        if any(epoch.state is EpochState.HELD for epoch in older):
            self._tally.count("epochs", "held")
        if any(not epoch.empty for epoch in older):
            await self._emptied()

    async def _entered(self, kind: Kind, number: int) -> None:
        """Without a salt, and its tag made of the number: anybody can find an epoch's entries."""
        about = b"epoch|%d" % number
        entry = leaf(kind, int(self._clock()), sha256(about).digest()[:16], b"", about)
        await self._log.append([Draft(entry, _NOBODY, 0)])

    async def _emptied(self) -> None:
        """A whole pass; others are served between its steps."""
        swept = await self._keeping.sweep(_ROWS)
        while not swept.done:
            swept = await self._keeping.sweep(_ROWS)
        self._tally.count("epochs", "swept")
