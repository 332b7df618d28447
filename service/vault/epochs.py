"""Epochs: their material, what is derived from it for each shard, and the secrets that it unwraps.

Rule 1: a subscription's secret is wrapped and unwrapped here and nowhere else.
Rule 2: what a secret is used for is not known here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from service.domain.identity import DocumentType
from service.ports.device import DeviceError, KeyDevice
from service.ports.keys import KeysError
from service.ports.store import KeySpace
from service.records.key_record import KeyRecord, RecordError
from service.sealing import keyring
from service.sealing.envelope import SealError, unwrap, wrap

__all__ = ["NOBODY", "VERIFIER_BYTES", "Epochs", "decoded", "living"]

VERIFIER_BYTES = 16

NOBODY = KeyRecord(DocumentType.RESIDENT_ID, 0, 0, 0, 0, bytes(24), bytes(VERIFIER_BYTES))
"""What a claim about nobody is compared with, so that it takes the same work."""

_UNREADABLE = "a key record is damaged or of another device; restore the key space from a backup of today"


@dataclass(frozen=True, slots=True)
class _Shard:
    """KW and E of one shard and epoch, and a wrapped secret of nobody for claims about nobody."""

    wrapping: bytes = field(repr=False)
    share: bytes = field(repr=False)
    nobody: bytes = field(repr=False)


class Epochs:
    """The epochs that a key space and a device know; the current one seals."""

    def __init__(self, space: KeySpace, device: KeyDevice, current: int) -> None:
        self._space = space
        self._device = device
        self._materials: dict[int, bytes] = {}
        self._shards: dict[tuple[int, int], _Shard] = {}
        self.current = current

    @classmethod
    async def start(
        cls, space: KeySpace, device: KeyDevice, today: int, entropy: Callable[[int], bytes]
    ) -> "Epochs":
        """Open the newest epoch, or the first one, named after the day it begins on."""
        known = await device.epochs()
        current = max(known, default=today)
        if not known:
            await device.create(current)
        epochs = cls(space, device, current)
        if await space.read_epoch(current) is None:
            await space.put_epoch(current, await device.wrap(current, entropy(keyring.MATERIAL_BYTES)))
        await epochs.prepare_living()
        return epochs

    async def begin(self, epoch: int, entropy: Callable[[int], bytes]) -> None:
        """A new epoch, which seals from now on: its key is in the device before its material is in the store."""
        await self._device.create(epoch)
        await self._space.put_epoch(epoch, await self._device.wrap(epoch, entropy(keyring.MATERIAL_BYTES)))
        await self.prepare({epoch})
        self.current = epoch

    async def end(self, epoch: int) -> None:
        """Destroy a former epoch's key: whatever is sealed under it opens nowhere any more, in no copy."""
        if epoch >= self.current:
            raise KeysError("the current epoch's key is not destroyed")
        # The key last: as long as it is there, whoever comes after a kill knows that this is not finished.
        await self._space.drop_epoch(epoch)
        await self._device.destroy(epoch)
        self._materials.pop(epoch, None)
        self._shards = {place: shard for place, shard in self._shards.items() if place[0] != epoch}

    async def living(self) -> list[int]:
        """The epochs that the device has keys for, oldest first."""
        return sorted(await self._device.epochs())

    def wrapped(self, index: bytes, secret: bytes) -> bytes:
        """A secret under the current epoch's wrapping key of its shard."""
        return wrap(self._shard(self.current, index).wrapping, secret)

    def share(self, epoch: int, index: bytes) -> bytes:
        """An epoch's share of the itinerary keys of this index's shard; the epoch has been prepared."""
        return self._shard(epoch, index).share

    def secret(self, index: bytes, record: KeyRecord) -> bytes:
        """Unwrap; for nobody the same work on a wrapped secret that is nobody's."""
        shard = self._shard(self.current if record is NOBODY else record.epoch, index)
        try:
            return unwrap(shard.wrapping, shard.nobody if record is NOBODY else record.wrapped)
        except SealError:
            raise KeysError(_UNREADABLE) from None

    def _shard(self, epoch: int, index: bytes) -> _Shard:
        """KW and E of an epoch whose material is open, derived once."""
        shard = keyring.shard_of(index)
        if (epoch, shard) not in self._shards:
            if epoch not in self._materials:
                raise KeysError("a record's epoch is closed; its keys are destroyed or not open here")
            material = self._materials[epoch]
            wrapping = keyring.wrapping_key(material, shard)
            nobody = wrap(wrapping, bytes(keyring.SECRET_BYTES))
            self._shards[epoch, shard] = _Shard(wrapping, keyring.epoch_share(material, shard), nobody)
        return self._shards[epoch, shard]

    async def prepare(self, epochs: Iterable[int]) -> None:
        """Open these epochs' material. Raises KeysError."""
        for epoch in epochs:
            await self.material(epoch)

    async def prepare_living(self) -> None:
        """Open all that lives. An epoch whose material was never written, or is lost, has nothing that opens."""
        for epoch in await self.living():
            if epoch in self._materials or await self._space.read_epoch(epoch) is not None:
                await self.material(epoch)

    async def material(self, epoch: int) -> bytes:
        """The epoch's material, unwrapped by its own key in the device once in this process's life."""
        if epoch not in self._materials:
            wrapped = await self._space.read_epoch(epoch)
            if wrapped is None:
                raise KeysError("this epoch is unknown to the key space")
            try:
                self._materials[epoch] = await self._device.unwrap(epoch, wrapped)
            except DeviceError:
                raise KeysError("this epoch's key is not in the device any more") from None
        return self._materials[epoch]


def decoded(data: bytes) -> KeyRecord:
    """A key record. Raises KeysError with the remedy."""
    try:
        return KeyRecord.decode(data)
    except RecordError:
        raise KeysError(_UNREADABLE) from None


def living(data: bytes | None) -> KeyRecord | None:
    """A key record that is one of somebody; None for nobody's and for an erased one. Raises KeysError."""
    record = decoded(data) if data else None
    return None if record is None or record.erased else record
