"""The worker's way into the vault: changes go in, ordinals come out.

Rule 1: records are changed here only, by compare-and-swap.
Rule 2: nothing that this class returns tells where anybody was.

    read -> keys -> open -> apply what is new -> seal -> swap -> whoever was overtaken once more
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from service.domain.amendments import Change, amended
from service.ports.keys import ItineraryKey, KeyService, Want
from service.ports.store import DataSpace, StoreError, Swap
from service.records.key_record import RecordError
from service.sealing.envelope import NONCE_BYTES, SealError
from service.vault.records import epoch_of, expectation, opened, sealed

__all__ = ["Amended", "Amender", "Amendment", "Outcome"]

_RACES = 16


@dataclass(frozen=True, slots=True)
class Amendment:
    """The changes of one subscription, in the order of their ordinals.

    `generation` is the one that they were folded for: a number that was recycled since is another's.
    """

    index: bytes
    generation: int
    changes: tuple[Change, ...]


class Outcome(Enum):
    """What became of an amendment."""

    WRITTEN = "written"
    REPLAYED = "replayed"  # every change had been applied before
    UNKNOWN = "unknown"  # no subscription: nothing is kept
    FORMER = "former"  # another subscription has the number by now: nothing is kept
    UNREADABLE = "unreadable"  # the record was altered in the store: it is left as it is


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment's outcome, and the last ordinal that its record has now."""

    outcome: Outcome
    ordinal: int


class Amender:
    """Applies changes to sealed itineraries."""

    def __init__(self, keys: KeyService, data: DataSpace, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._data = data
        self._entropy = entropy

    async def amend(self, batch: Sequence[Amendment]) -> list[Amended]:
        """Apply a batch, each subscription at most once in it; a replayed change changes nothing."""
        stored = dict(
            zip(
                (amendment.index for amendment in batch),
                await self._data.read([amendment.index for amendment in batch]),
                strict=True,
            )
        )
        done: dict[bytes, Amended] = {}
        waiting = list(batch)
        for _ in range(_RACES):
            waiting = await self._round(waiting, stored, done)
            if not waiting:
                return [done[amendment.index] for amendment in batch]
        raise StoreError("records kept changing under an amendment; it is safe to run it again")

    async def _round(
        self, waiting: list[Amendment], stored: dict[bytes, bytes | None], done: dict[bytes, Amended]
    ) -> list[Amendment]:
        keys = await self._opening_keys(waiting, stored)
        swaps: list[tuple[Amendment, Swap, int]] = []
        for amendment in waiting:
            key, current = keys[amendment.index]
            if key is None or current is None:
                done[amendment.index] = Amended(Outcome.UNKNOWN, 0)
                continue
            if current.generation != amendment.generation:
                done[amendment.index] = Amended(Outcome.FORMER, 0)
                continue
            value = stored[amendment.index]
            try:
                itinerary, ordinal = opened(amendment.index, key, value)
            except (SealError, RecordError):
                done[amendment.index] = Amended(Outcome.UNREADABLE, 0)
                continue
            new = [change for change in amendment.changes if change.ordinal > ordinal]
            if not new:
                done[amendment.index] = Amended(Outcome.REPLAYED, ordinal)
                continue
            changed, last = amended(itinerary, new), new[-1].ordinal
            sealed_now = sealed(amendment.index, current, changed, last, self._entropy(NONCE_BYTES))
            swaps.append((amendment, Swap(amendment.index, expectation(value), sealed_now), last))
        overtaken = []
        for (amendment, _, last), now in zip(
            swaps, await self._data.swap([swap for _, swap, _ in swaps]), strict=True
        ):
            if now is None:
                done[amendment.index] = Amended(Outcome.WRITTEN, last)
            else:
                stored[amendment.index] = now
                overtaken.append(amendment)
        return overtaken

    async def _opening_keys(
        self, waiting: list[Amendment], stored: dict[bytes, bytes | None]
    ) -> dict[bytes, tuple[ItineraryKey | None, ItineraryKey | None]]:
        """For each index the key that opens its record, and the one that seals it anew (today's epoch)."""
        epochs = {amendment.index: _epoch(stored[amendment.index]) for amendment in waiting}
        wants = [Want(index, None) for index in epochs]
        current = dict(zip(epochs, await self._keys.derive_itinerary_for_amend(wants), strict=True))
        older = [index for index, epoch in epochs.items() if epoch not in {None, self._keys.current_epoch}]
        olds = await self._keys.derive_itinerary_for_amend([Want(index, epochs[index]) for index in older])
        opening = {**current, **dict(zip(older, olds, strict=True))}
        return {index: (opening[index], current[index]) for index in epochs}


def _epoch(stored: bytes | None) -> int | None:
    """A record whose header cannot be read gets today's key, and fails to open like any altered one."""
    try:
        return epoch_of(stored)
    except RecordError:
        return None
