"""Who holds a check code, sealed for the link role under an epoch's queue key.

Rule 1: holders are sealed and opened here only, bound to the place that they lie at.
Rule 2: it decides nothing about them; web carries the sealed form and can't open it.

    handle = epoch (2 bytes) | sealed
"""

from collections.abc import Callable

from service.ports.keys import KeysError, KeyService
from service.records.check_record import CheckRecordError, Holder, decode_holder, encode_holder
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["HolderVault"]


class HolderVault:
    """Seals under the current epoch's key; opens whatever epoch a handle names, while its key lives."""

    def __init__(self, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._entropy = entropy
        self._opened: dict[int, bytes] = {}

    async def seal(self, place: bytes, holder: Holder) -> bytes:
        """The handle to lie beside the sealed content at `place`."""
        epoch = self._keys.current_epoch
        key = await self._key(epoch)
        return epoch.to_bytes(2) + seal(key, self._entropy(NONCE_BYTES), encode_holder(holder), _bound(place))

    async def open(self, place: bytes, handle: bytes) -> Holder | None:
        """Who is meant; None for a handle that is altered, of another place or of a destroyed epoch."""
        try:
            key = await self._key(int.from_bytes(handle[:2]))
            return decode_holder(unseal(key, handle[2:], _bound(place)))
        except (SealError, CheckRecordError, KeysError):
            return None

    async def _key(self, epoch: int) -> bytes:
        if epoch not in self._opened:
            self._opened[epoch] = await self._keys.derive_queue(epoch)
        return self._opened[epoch]


def _bound(place: bytes) -> bytes:
    return b"holder|" + place
