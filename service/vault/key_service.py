"""The keys role: the only place where a subscription's secret is ever unwrapped.

Rule 1: whatever is counted, compared or derived with a secret happens here.
Rule 2: it never learns a number or a region, and returns no secret and no raw MAC.

    verify: charge -> read -> unwrap -> MAC in the device -> compare      (all of it, whatever comes first)
                                                             `--> proved: the charge is given back
"""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from service.domain.identity import DocumentType
from service.ports.device import DeviceError, KeyDevice
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
    Way,
)
from service.ports.log import EntryReceipt
from service.ports.store import KeySpace, Swap
from service.records.key_record import KeyRecord, RecordError
from service.sealing import keyring
from service.sealing.envelope import SealError, public_key, unwrap, wrap

__all__ = ["TRIES_A_DAY", "DeviceKeys"]

TRIES_A_DAY = 10
"""Wrong claims that one way takes in 24 hours: ten of 11,000 possible endings is one in a thousand."""

_DAY = 86_400
_VERIFIER = 16
_RACES = 16
_UNREADABLE = "a key record is damaged or of another device; restore the key space from a backup of today"
_NOBODY = KeyRecord(DocumentType.RESIDENT_ID, 0, 0, 0, 0, bytes(24), bytes(_VERIFIER))


@dataclass(frozen=True, slots=True)
class _Shard:
    """KW and E of one shard and epoch, and a wrapped secret of nobody for claims about nobody."""

    wrapping: bytes = field(repr=False)
    share: bytes = field(repr=False)
    nobody: bytes = field(repr=False)


class DeviceKeys:
    """The keys role on a key space and a key device; implements `ports.keys.KeyService`."""

    def __init__(
        self,
        space: KeySpace,
        device: KeyDevice,
        receipt_key: bytes,
        epoch: int,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._space = space
        self._device = device
        self._receipt_key = receipt_key
        self._entropy = entropy
        self._materials: dict[int, bytes] = {}
        self._shard_keys: dict[tuple[int, int], _Shard] = {}
        self._epoch = epoch

    @classmethod
    async def start(
        cls,
        space: KeySpace,
        device: KeyDevice,
        receipt_key: bytes,
        today: int,
        entropy: Callable[[int], bytes],
    ) -> "DeviceKeys":
        """Open the newest epoch, or the first one, named after the day it begins on."""
        known = await device.epochs()
        epoch = max(known, default=today)
        if not known:
            await device.create(epoch)
        keys = cls(space, device, receipt_key, epoch, entropy)
        if await space.read_epoch(epoch) is None:
            await space.put_epoch(epoch, await device.wrap(epoch, entropy(keyring.MATERIAL_BYTES)))
        await keys._prepare({*known, epoch})
        return keys

    @property
    def current_epoch(self) -> int:
        """The epoch that new records are sealed in."""
        return self._epoch

    async def enrol(self, batch: Sequence[Enrolment]) -> list[Enrolled]:
        """See `ports.keys.KeyService`."""
        outcomes: dict[int, Enrolled] = {}
        waiting = list(range(len(batch)))
        for _ in range(_RACES):
            waiting = await self._enrol_once(batch, waiting, outcomes)
            if not waiting:
                return [outcomes[place] for place in range(len(batch))]
        raise KeysError("enrolment kept meeting other writers; run it again")

    async def _enrol_once(
        self, batch: Sequence[Enrolment], waiting: list[int], outcomes: dict[int, Enrolled]
    ) -> list[int]:
        """One round: first comes first where a batch names a subscription twice; the places left for the next."""
        first: dict[bytes, int] = {}
        for place in waiting:
            first.setdefault(batch[place].index, place)
        places = list(first.values())
        stored = await self._space.read([batch[place].index for place in places])
        readable = []
        for place, data in zip(places, stored, strict=True):
            try:
                record = _record(data) if data is not None else None
                readable.append((place, data, record, self._secret_for(batch[place], record)))
            except KeysError:
                outcomes[place] = Enrolled.UNREADABLE
        tags = await self._device.macs([_claim(batch[place], secret) for place, _, _, secret in readable])
        swaps: list[tuple[int, Swap]] = []
        for (place, data, record, secret), tag in zip(readable, tags, strict=True):
            outcome, written = self._decided(batch[place], record, secret, tag[:_VERIFIER])
            outcomes[place] = outcome
            if written is not None:
                swaps.append((place, Swap(batch[place].index, data, written.encode())))
        for place, _ in swaps:
            if (
                outcomes[place] is Enrolled.RENEWED
            ):  # before it is one: a kill in between leaves nothing behind
                await self._space.uncharge(batch[place].index, [way.value for way in Way])
        conflicts = await self._space.swap([swap for _, swap in swaps])
        lost = [place for (place, _), now in zip(swaps, conflicts, strict=True) if now is not None]
        return lost + [place for place in waiting if place not in outcomes]

    def _secret_for(self, enrolment: Enrolment, record: KeyRecord | None) -> bytes:
        """The known secret where the subscription is the same, a new one where it is another."""
        if record is not None and record.activated_on == enrolment.activated_on:
            return self._secret(enrolment.index, record)
        return self._entropy(keyring.SECRET_BYTES)

    def _decided(
        self, enrolment: Enrolment, record: KeyRecord | None, secret: bytes, tag: bytes
    ) -> tuple[Enrolled, KeyRecord | None]:
        if record is not None and enrolment.activated_on < record.activated_on:
            return Enrolled.REFUSED, None
        if record is not None and enrolment.activated_on == record.activated_on:
            if hmac.compare_digest(record.verifier, tag) and record.document_type is enrolment.document_type:
                return Enrolled.UNCHANGED, None
            return Enrolled.CHANGED, replace(record, document_type=enrolment.document_type, verifier=tag)
        kw = self._shard(self._epoch, enrolment.index).wrapping
        fresh = KeyRecord(
            enrolment.document_type,
            self._epoch,
            enrolment.activated_on,
            record.generation + 1 if record is not None else 1,
            0,
            wrap(kw, secret),
            tag,
        )
        return (Enrolled.NEW if record is None else Enrolled.RENEWED), fresh

    async def verify(self, claims: Sequence[Claim]) -> list[Verdict]:
        """See `ports.keys.KeyService`. The charge comes first: parallel guesses can't share one try.

        A proof gets its charge back, so that an owner who asks often does not run out of tries.
        """
        counts = [await self._space.charge(claim.index, claim.way.value, _DAY) for claim in claims]
        stored = await self._space.read([claim.index for claim in claims])
        records = [_record(data) if data is not None else _NOBODY for data in stored]
        messages = [
            keyring.document_claim(
                claim.index,
                self._secret(claim.index, record),
                record.document_type,
                claim.last_four.text,
            )
            for claim, record in zip(claims, records, strict=True)
        ]
        tags = await self._device.macs(messages)
        verdicts = []
        for count, record, tag in zip(counts, records, tags, strict=True):
            same = hmac.compare_digest(record.verifier, tag[:_VERIFIER])
            proved = same and record is not _NOBODY
            verdict = Verdict.PROVED if proved else Verdict.UNPROVED
            verdicts.append(Verdict.EXHAUSTED if count > TRIES_A_DAY else verdict)
        for claim, found in zip(claims, verdicts, strict=True):
            if found is Verdict.PROVED:
                await self._space.refund(claim.index, claim.way.value)
        return verdicts

    async def derive_log(self, indices: Sequence[bytes]) -> list[LogKey | None]:
        """See `ports.keys.KeyService`. A number reserved and never used is a gap that shows."""
        return [await self._reserved(index) for index in indices]

    async def _reserved(self, index: bytes) -> LogKey | None:
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            if not data:
                return None
            record = _record(data)
            taken = replace(record, running=record.running + 1)
            [now] = await self._space.swap([Swap(index, data, taken.encode())])
            if now is None:
                key = keyring.log_key(self._secret(index, taken), index, taken.generation)
                return LogKey(key, taken.running, taken.generation)
            data = now
        raise KeysError("a running number could not be reserved; try again")

    async def derive_itinerary(self, openings: Sequence[Opening]) -> list[ItineraryKey]:
        """See `ports.keys.KeyService`: no entry, no key."""
        for opening in openings:
            self._check(opening.receipt)
        wants = [Want(opening.receipt.index, opening.epoch) for opening in openings]
        keys = await self.derive_itinerary_for_amend(wants)
        answered = []
        for key, opening in zip(keys, openings, strict=True):
            if key is None or key.generation != opening.receipt.generation:
                raise KeysError("the receipt speaks for another subscription; nothing is opened")
            answered.append(key)
        return answered

    def _check(self, receipt: EntryReceipt) -> None:
        if not hmac.compare_digest(keyring.receipt_mac(self._receipt_key, receipt.signed()), receipt.mac):
            raise KeysError("no valid receipt of the log; nothing is opened")

    async def derive_disputes(self, receipts: Sequence[EntryReceipt]) -> list[DisputeKey]:
        """See `ports.keys.KeyService`."""
        for receipt in receipts:
            self._check(receipt)
        stored = await self._space.read([receipt.index for receipt in receipts])
        return [self._dispute_key(receipt, data) for receipt, data in zip(receipts, stored, strict=True)]

    def _dispute_key(self, receipt: EntryReceipt, data: bytes | None) -> DisputeKey:
        record = _record(data) if data else None
        if record is None or record.generation != receipt.generation:
            raise KeysError("the receipt speaks for another subscription; nothing is opened")
        secret = self._secret(receipt.index, record)
        return DisputeKey(keyring.dispute_key(secret, receipt.index, record.generation), record.generation)

    async def include(self, receipt: EntryReceipt, now: int) -> int:
        """See `ports.keys.KeyService`."""
        self._check(receipt)
        record = await self._rewritten(
            receipt.index,
            receipt.generation,
            lambda record: replace(record, included_at=record.included_at or now),
        )
        return record.included_at

    async def note_disputes(self, index: bytes, generation: int, *, are_open: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, disputes=are_open))

    async def _rewritten(
        self, index: bytes, generation: int, change: Callable[[KeyRecord], KeyRecord]
    ) -> KeyRecord:
        """A key record after a change, written only if it differs."""
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = _record(data) if data else None
            if record is None or record.generation != generation:
                raise KeysError("this subscription is not known any more; nothing was changed")
            changed = change(record)
            if changed == record:
                return record
            [data] = await self._space.swap([Swap(index, data, changed.encode())])
            if data is None:
                return changed
        raise KeysError("a key record kept changing; try again")

    async def derive_itinerary_for_amend(self, wants: Sequence[Want]) -> list[ItineraryKey | None]:
        """See `ports.keys.KeyService`."""
        await self._prepare({want.epoch for want in wants if want.epoch is not None})
        stored = await self._space.read([want.index for want in wants])
        return [self._itinerary_key(want, data) for want, data in zip(wants, stored, strict=True)]

    async def activations(self, indices: Sequence[bytes]) -> list[Activation | None]:
        """See `ports.keys.KeyService`."""
        return [_activation(data) for data in await self._space.read(indices)]

    def _itinerary_key(self, want: Want, data: bytes | None) -> ItineraryKey | None:
        if data is None:
            return None
        try:
            record = _record(data)
            secret = self._secret(want.index, record)
        except KeysError:
            return None
        epoch = self._epoch if want.epoch is None else want.epoch
        share = self._shard(epoch, want.index).share
        key = keyring.itinerary_key(secret, share, want.index, record.generation)
        return ItineraryKey(
            key, epoch, record.generation, record.activated_on, record.included_at, record.disputes
        )

    async def notice_public(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return public_key(await self.derive_notice(epoch))

    async def derive_notice(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.notice_key(await self._material(epoch))

    async def derive_queue(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.queue_key(await self._material(epoch))

    async def derive_checkpoint(self, epoch: int) -> bytes:
        """See `ports.keys.KeyService`."""
        return keyring.checkpoint_key(await self._material(epoch))

    def _secret(self, index: bytes, record: KeyRecord) -> bytes:
        """Unwrap; for nobody the same work on a wrapped secret that is nobody's."""
        shard = self._shard(self._epoch if record is _NOBODY else record.epoch, index)
        try:
            return unwrap(shard.wrapping, shard.nobody if record is _NOBODY else record.wrapped)
        except SealError:
            raise KeysError(_UNREADABLE) from None

    def _shard(self, epoch: int, index: bytes) -> _Shard:
        """KW and E of an epoch whose material is open, derived once."""
        shard = keyring.shard_of(index)
        if (epoch, shard) not in self._shard_keys:
            if epoch not in self._materials:
                raise KeysError("a record's epoch is closed; its keys are destroyed or not open here")
            material = self._materials[epoch]
            wrapping = keyring.wrapping_key(material, shard)
            nobody = wrap(wrapping, bytes(keyring.SECRET_BYTES))
            self._shard_keys[epoch, shard] = _Shard(wrapping, keyring.epoch_share(material, shard), nobody)
        return self._shard_keys[epoch, shard]

    async def _prepare(self, epochs: Iterable[int]) -> None:
        for epoch in epochs:
            await self._material(epoch)

    async def _material(self, epoch: int) -> bytes:
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


def _record(data: bytes) -> KeyRecord:
    try:
        return KeyRecord.decode(data)
    except RecordError:
        raise KeysError(_UNREADABLE) from None


def _activation(data: bytes | None) -> Activation | None:
    if data is None:
        return None
    try:
        record = _record(data)
    except KeysError:
        return None
    return Activation(record.generation, record.activated_on, record.included_at)


def _claim(enrolment: Enrolment, secret: bytes) -> bytes:
    return keyring.document_claim(enrolment.index, secret, enrolment.document_type, enrolment.last_four.text)
