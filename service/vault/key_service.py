"""The keys role: whatever a subscription's secret is used for.

Rule 1: which key is derived for whom, and behind which receipt, is decided here.
Rule 2: it never learns a number or a region, and returns no secret and no raw MAC.

    claims -> judging      changes of a record -> key_changes      enrolments -> enrolment      keys -> here
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from service.domain.identity import LastFour
from service.domain.limits import LOCK_SECONDS
from service.ports.device import KeyDevice
from service.ports.keys import (
    Activation,
    Claim,
    DisputeKey,
    Enrolled,
    Enrolment,
    ItineraryKey,
    KeysError,
    LogKey,
    Opening,
    Verdict,
    Want,
)
from service.ports.log import EntryReceipt
from service.ports.store import KeySpace, Swap
from service.records.key_record import KeyRecord
from service.sealing import keyring
from service.sealing.envelope import public_key
from service.vault.enrolment import Enrolling
from service.vault.epochs import Epochs, living
from service.vault.judging import Judge
from service.vault.key_changes import KeyChanges
from service.vault.proven import Proven
from service.vault.receipts import DISPUTING, OPENING, Receipts

__all__ = ["DeviceKeys"]

_RACES = 16


class DeviceKeys:
    """The keys role on a key space and a key device; implements `ports.keys.KeyService`."""

    def __init__(
        self,
        space: KeySpace,
        device: KeyDevice,
        receipt_key: bytes,
        epochs: Epochs,
        entropy: Callable[[int], bytes],
        clock: Callable[[], float],
    ) -> None:
        self._space = space
        self._epochs = epochs
        self._clock = clock
        self._receipts = Receipts(receipt_key, clock)
        self._proven = Proven()
        self._enrolling = Enrolling(space, device, epochs, entropy)
        self._changes = KeyChanges(space, self._receipts, self._proven)
        self._judge = Judge(space, device, epochs, self._changes, self._proven, clock)

    @classmethod
    async def start(
        cls,
        space: KeySpace,
        device: KeyDevice,
        receipt_key: bytes,
        today: int,
        entropy: Callable[[int], bytes],
        clock: Callable[[], float],
    ) -> "DeviceKeys":
        """Open the newest epoch, or begin the first one today. `clock` tells until when a lock holds."""
        epochs = await Epochs.start(space, device, today, entropy)
        return cls(space, device, receipt_key, epochs, entropy, clock)

    @property
    def current_epoch(self) -> int:
        """The epoch that new records are sealed in."""
        return self._epochs.current

    async def health(self) -> list[int]:
        """See `ports.keys.KeyService`."""
        await self._space.read_epoch(self._epochs.current)
        return await self._epochs.living()

    async def enrol(self, batch: Sequence[Enrolment]) -> list[Enrolled]:
        """See `ports.keys.KeyService`."""
        return await self._enrolling(batch)

    async def verify(self, claims: Sequence[Claim]) -> list[Verdict]:
        """See `ports.keys.KeyService`."""
        return await self._judge.verify(claims)

    async def set_second(self, claim: Claim, second: LastFour | None) -> Verdict:
        """See `ports.keys.KeyService`."""
        return await self._judge.set_second(claim, second)

    async def derive_log(self, indices: Sequence[bytes]) -> list[LogKey | None]:
        """See `ports.keys.KeyService`. A number reserved and never used is a gap that shows."""
        return [await self._reserved(index) for index in indices]

    async def _reserved(self, index: bytes) -> LogKey | None:
        data = self._proven.take(index)  # however old: it is compared with what is there now
        if data is None:
            [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = living(data)
            if record is None or data is None:
                return None
            taken = replace(record, running=record.running + 1)
            [now] = await self._space.swap([Swap(index, data, taken.encode())])
            if now is None:
                return self._log_key(index, taken)
            data = now
        raise KeysError("a running number could not be reserved; try again")

    async def read_log(self, indices: Sequence[bytes]) -> list[LogKey | None]:
        """See `ports.keys.KeyService`."""
        stored = await self._space.read(indices)
        records = [living(data) for data in stored]
        return [
            self._log_key(index, record) if record is not None else None
            for index, record in zip(indices, records, strict=True)
        ]

    def _log_key(self, index: bytes, record: KeyRecord) -> LogKey:
        key = keyring.log_key(self._epochs.secret(index, record), index, record.generation)
        silenced_at = record.silent_until - LOCK_SECONDS if record.silent_until else 0
        return LogKey(key, record.running, record.generation, silenced_at)

    async def derive_itinerary(self, openings: Sequence[Opening]) -> list[ItineraryKey]:
        """See `ports.keys.KeyService`: no entry, no key."""
        for opening in openings:
            self._receipts.check(opening.receipt, OPENING)
        wants = [Want(opening.receipt.index, opening.epoch) for opening in openings]
        keys = await self.derive_itinerary_for_amend(wants)
        answered = []
        for key, opening in zip(keys, openings, strict=True):
            if key is None or key.generation != opening.receipt.generation:
                raise KeysError("the receipt speaks for another subscription; nothing is opened")
            if key.locked:
                raise KeysError("its owner has locked this subscription; nothing is opened")
            answered.append(key)
        return answered

    async def derive_disputes(self, receipts: Sequence[EntryReceipt]) -> list[DisputeKey]:
        """See `ports.keys.KeyService`."""
        for receipt in receipts:
            self._receipts.check(receipt, DISPUTING)
        stored = await self._space.read([receipt.index for receipt in receipts])
        return [self._dispute_key(receipt, data) for receipt, data in zip(receipts, stored, strict=True)]

    def _dispute_key(self, receipt: EntryReceipt, data: bytes | None) -> DisputeKey:
        record = living(data)
        if record is None or record.generation != receipt.generation:
            raise KeysError("the receipt speaks for another subscription; nothing is opened")
        secret = self._epochs.secret(receipt.index, record)
        return DisputeKey(keyring.dispute_key(secret, receipt.index, record.generation), record.generation)

    async def include(self, receipt: EntryReceipt, now: int) -> int:
        """See `ports.keys.KeyService`."""
        return await self._changes.include(receipt, now)

    async def exclude(self, index: bytes, generation: int) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.exclude(index, generation)

    async def note_disputes(self, index: bytes, generation: int, *, are_open: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.note_disputes(index, generation, are_open=are_open)

    async def note_notices(self, index: bytes, generation: int, *, wanted: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.note_notices(index, generation, wanted=wanted)

    async def lock(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.lock(receipt, until)

    async def silence(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.silence(receipt, until)

    async def lift(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.lift(receipt)

    async def erase(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`."""
        await self._changes.erase(receipt)

    async def erase_again(self, index: bytes, generation: int) -> bool:
        """For the keys role itself, after a restore: lives up to this one; whether there was anything left."""
        return await self._changes.erase_again(index, generation)

    async def derive_itinerary_for_amend(self, wants: Sequence[Want]) -> list[ItineraryKey | None]:
        """See `ports.keys.KeyService`."""
        await self._epochs.prepare({want.epoch for want in wants if want.epoch is not None})
        stored = await self._space.read([want.index for want in wants])
        return [self._itinerary_key(want, data) for want, data in zip(wants, stored, strict=True)]

    async def activations(self, indices: Sequence[bytes]) -> list[Activation | None]:
        """See `ports.keys.KeyService`."""
        return [_activation(data) for data in await self._space.read(indices)]

    def _itinerary_key(self, want: Want, data: bytes | None) -> ItineraryKey | None:
        if data is None:
            return None
        try:
            record = living(data)
            if record is None:
                return None
            secret = self._epochs.secret(want.index, record)
        except KeysError:
            return None
        epoch = self._epochs.current if want.epoch is None else want.epoch
        share = self._epochs.share(epoch, want.index)
        key = keyring.itinerary_key(secret, share, want.index, record.generation)
        return ItineraryKey(
            key,
            epoch,
            record.generation,
            record.activated_on,
            record.included_at,
            record.disputes,
            record.locked(self._clock()),
            record.notices,
        )

    async def notice_public(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return public_key(await self.derive_notice(epoch))

    async def derive_notice(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.notice_key(await self._epochs.material(epoch))

    async def derive_queue(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.queue_key(await self._epochs.material(epoch))

    async def derive_checkpoint(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.checkpoint_key(await self._epochs.material(epoch))


def _activation(data: bytes | None) -> Activation | None:
    if data is None:
        return None
    try:
        record = living(data)
    except KeysError:
        return None
    if record is None:
        return None
    return Activation(record.generation, record.activated_on, record.included_at)
