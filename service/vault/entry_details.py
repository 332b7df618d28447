"""Details of log entries, sealed for their subscription and opened for it.

Rule 1: an entry's details are sealed here only, under a key that dies with the subscription's secret.
Rule 2: it writes no entry, and decides nothing about one.

An erased or renewed subscription has another secret: what its former entries were about cannot be opened.
"""

from collections.abc import Callable, Sequence

from service.ports.details import Details
from service.ports.keys import LogKey
from service.records.access_record import KeptAccess, decode_access, encode_access
from service.records.key_record import RecordError
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal
from service.sealing.keyring import details_key

__all__ = ["EntryDetails", "holder_of"]


def holder_of(index: bytes, generation: int) -> bytes:
    """One life of one number."""
    return index + generation.to_bytes(4)


class EntryDetails:
    """Typed and open on this side, sealed on the other."""

    def __init__(self, store: Details, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._entropy = entropy

    async def put(self, index: bytes, key: LogKey, kept: KeptAccess) -> bool:
        """Keep details, once a running number; whether it is done. Raises StoreError."""
        holder, number = holder_of(index, key.generation), kept.access.number
        return await self._store.put(holder, number, self._sealed(holder, key, kept))

    async def place(self, index: bytes, key: LogKey, kept: KeptAccess) -> None:
        """Replace details that are there. Raises StoreError."""
        holder, number = holder_of(index, key.generation), kept.access.number
        await self._store.place(holder, number, self._sealed(holder, key, kept))

    async def read(self, index: bytes, key: LogKey, numbers: Sequence[int]) -> list[KeptAccess | None]:
        """Details by running number; None where there are none, or none that open. Raises StoreError."""
        holder = holder_of(index, key.generation)
        stored = await self._store.read(holder, numbers)
        return [_opened(holder, key, number, value) for number, value in zip(numbers, stored, strict=True)]

    async def drop(self, index: bytes, generation: int) -> None:
        """Forget all of one life of a number. Raises StoreError."""
        await self._store.drop(holder_of(index, generation))

    def _sealed(self, holder: bytes, key: LogKey, kept: KeptAccess) -> bytes:
        bound = _bound(holder, kept.access.number)
        return seal(details_key(key.key), self._entropy(NONCE_BYTES), encode_access(kept), bound)


def _opened(holder: bytes, key: LogKey, number: int, value: bytes | None) -> KeptAccess | None:
    if value is None:
        return None
    try:
        return decode_access(unseal(details_key(key.key), value, _bound(holder, number)))
    except (SealError, RecordError):
        return None


def _bound(holder: bytes, number: int) -> bytes:
    return b"aes-256-gcm|details/v1|" + holder + number.to_bytes(8)
