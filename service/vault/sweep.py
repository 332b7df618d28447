"""One pass over both key spaces: whatever lies under an older epoch is sealed anew under the current one.

Rule 1: a row is moved here only: opened under the epoch that it names, sealed under the current one, swapped in place.
Rule 2: a row that others change meanwhile is theirs: what they write is under the current epoch already.

    key space   wrapped secret    unwrap KW[old] -> wrap KW[current]
    data space  itinerary         open   E[old]  -> seal E[current], new nonce, same body and ordinal
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from service.ports.epochs import Swept
from service.ports.keys import ItineraryKey, KeysError
from service.ports.store import DataSpace, KeySpace, RecordSpace, Swap
from service.records.itinerary_record import split
from service.records.key_record import KeyRecord, RecordError
from service.sealing import keyring
from service.sealing.envelope import NONCE_BYTES, SealError
from service.vault.epochs import Epochs, decoded
from service.vault.records import expectation, opened_body, sealed_body

__all__ = ["Pass", "record_key"]

_ROWS = 128  # sealed at a time: some ten milliseconds, so that lookups in the same process hardly wait
_RACES = 16


@dataclass(slots=True)
class _Counts:
    seen: int = 0
    moved: int = 0
    orphans: int = 0
    unreadable: int = 0


class Pass:
    """A pass under way; it ends under the epoch that it began for, or not at all."""

    def __init__(
        self, epochs: Epochs, keys: KeySpace, data: DataSpace, entropy: Callable[[int], bytes]
    ) -> None:
        self.target = epochs.current
        self._epochs = epochs
        self._keys = keys
        self._data = data
        self._entropy = entropy
        self._counts = _Counts()
        self._steps = self._all()
        self._done = False

    async def some(self, rows: int) -> Swept:
        """About so many rows further. Raises StoreError, KeysError: go on later, or begin anew."""
        until = self._counts.seen + rows
        while self._counts.seen < until and not self._done:
            self._done = await anext(self._steps, None) is None
        counts = self._counts
        return Swept(counts.seen, counts.moved, counts.orphans, counts.unreadable, self._done)

    async def _all(self) -> AsyncIterator[bool]:
        """One batch after the other; secrets first, since an itinerary's key needs its own."""
        async for batch in _batches(self._keys):
            await self._moved(self._keys, batch, self._rewrapped)
            yield True
        async for batch in _batches(self._data):
            await self._moved(self._data, batch, self._resealed)
            yield True

    async def _moved(
        self,
        space: RecordSpace,
        batch: Sequence[bytes],
        anew: Callable[[bytes, bytes, bytes | None], Swap | None],
    ) -> None:
        waiting, self._counts.seen = batch, self._counts.seen + len(batch)
        for _ in range(_RACES):
            rows = await space.read(waiting)
            keys = rows if space is self._keys else await self._keys.read(waiting)
            swaps = [
                swap
                for index, row, key in zip(waiting, rows, keys, strict=True)
                if row and (swap := self._tried(anew, index, row, key)) is not None
            ]
            answers = await space.swap(swaps)
            waiting = [swap.index for swap, now in zip(swaps, answers, strict=True) if now]
            self._counts.moved += sum(now is None for now in answers)
            if not waiting:
                return
        raise KeysError("rows kept changing under the sweep; it goes on with the next pass")

    def _tried(
        self,
        anew: Callable[[bytes, bytes, bytes | None], Swap | None],
        index: bytes,
        row: bytes,
        key: bytes | None,
    ) -> Swap | None:
        try:
            return anew(index, row, key)
        except (KeysError, SealError, RecordError):
            self._counts.unreadable += 1
            return None

    def _rewrapped(self, index: bytes, row: bytes, _key: bytes | None) -> Swap | None:
        record = decoded(row)
        if record.epoch == self.target or record.erased:
            return None
        wrapped = self._epochs.wrapped(index, self._epochs.secret(index, record))
        return Swap(index, row, replace(record, epoch=self.target, wrapped=wrapped).encode())

    def _resealed(self, index: bytes, row: bytes, key: bytes | None) -> Swap | None:
        header, _, _ = split(row)
        if header.epoch == self.target:
            return None
        record = decoded(key) if key else None
        if record is None or record.erased or record.generation != header.generation:
            self._counts.orphans += 1
            return None
        secret = self._epochs.secret(index, record)
        opening = record_key(self._epochs, header.epoch, index, record, secret)
        sealing = record_key(self._epochs, self.target, index, record, secret)
        body, ordinal = opened_body(index, opening, row)
        value = sealed_body(index, sealing, body, ordinal, self._entropy(NONCE_BYTES))
        return Swap(index, expectation(row), value)


def record_key(epochs: Epochs, epoch: int, index: bytes, record: KeyRecord, secret: bytes) -> ItineraryKey:
    """The key of a subscription's itinerary under an epoch that is open."""
    key = keyring.itinerary_key(secret, epochs.share(epoch, index), index, record.generation)
    return ItineraryKey(key, epoch, record.generation, record.activated_on)


async def _batches(space: RecordSpace) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    async for index in space.scan():
        batch.append(index)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
