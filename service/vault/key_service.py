"""The keys role: whatever a subscription's secret is used for.

Rule 1: whatever is counted, compared or derived with a secret happens here.
Rule 2: it never learns a number or a region, and returns no secret and no raw MAC.

    verify: charge -> read -> unwrap -> MAC in the device -> compare      (all of it, whatever comes first)
                                                             `--> proved: the charge is given back
"""

import hmac
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.audit.entries import Kind
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
    Way,
)
from service.ports.log import EntryReceipt
from service.ports.store import KeySpace, Swap
from service.records.key_record import KeyRecord
from service.sealing import keyring
from service.sealing.envelope import public_key
from service.vault.enrolment import Enrolling
from service.vault.epochs import NOBODY, VERIFIER_BYTES, Epochs, decoded
from service.vault.receipts import DISPUTING, LOCKING, OPENING, Receipts

__all__ = ["TRIES_A_DAY", "DeviceKeys"]

TRIES_A_DAY = 10
"""Wrong claims that one way takes in 24 hours: ten of 11,000 possible endings is one in a thousand."""

_DAY = 86_400

_RACES = 16

_SEEN = 4096
"""Records of which a proof was just judged: its entry's number is reserved next, and what was read once need not be read again."""


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
        self._device = device
        self._receipts = Receipts(receipt_key, clock)
        self._epochs = epochs
        self._clock = clock
        self._enrolling = Enrolling(space, device, epochs, entropy)
        self._seen: OrderedDict[bytes, bytes] = OrderedDict()  # key records as a proof has just found them

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
        """See `ports.keys.KeyService`. The charge comes first: parallel guesses can't share one try.

        A proof gets its charge back, so that an owner who asks often does not run out of tries.
        """
        counts = [await self._space.charge(claim.index, claim.way.value, _DAY) for claim in claims]
        stored = await self._space.read([claim.index for claim in claims])
        self._seen.update((claim.index, data) for claim, data in zip(claims, stored, strict=True) if data)
        while len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        records = [_living(data) or NOBODY for data in stored]
        messages = [
            keyring.document_claim(
                claim.index,
                self._epochs.secret(claim.index, record),
                record.document_type,
                claim.last_four.text,
            )
            for claim, record in zip(claims, records, strict=True)
        ]
        tags = await self._device.macs(messages)
        verdicts = []
        for claim, count, record, tag in zip(claims, counts, records, tags, strict=True):
            verdict = self._compared(record, tag[:VERIFIER_BYTES], despite_lock=claim.despite_lock)
            verdicts.append(Verdict.EXHAUSTED if count > TRIES_A_DAY else verdict)
        for claim, found in zip(claims, verdicts, strict=True):
            if found is Verdict.PROVED:
                await self._space.refund(claim.index, claim.way.value)
        return verdicts

    def _compared(self, record: KeyRecord, tag: bytes, *, despite_lock: bool) -> Verdict:
        """Both verifiers, always: nobody's where there is no second one. What second digits have locked, nothing unlocks."""
        same = hmac.compare_digest(record.verifier, tag)
        second = hmac.compare_digest(record.second or NOBODY.verifier, tag)
        silent, locked = self._clock() < record.silent_until, self._locked(record) and not despite_lock
        if same and record is not NOBODY and not silent and not locked:
            return Verdict.PROVED
        return Verdict.SECOND if second and record.second else Verdict.UNPROVED

    async def derive_log(self, indices: Sequence[bytes]) -> list[LogKey | None]:
        """See `ports.keys.KeyService`. A number reserved and never used is a gap that shows."""
        return [await self._reserved(index) for index in indices]

    async def _reserved(self, index: bytes) -> LogKey | None:
        data = self._seen.pop(index, None)  # however old: it is compared with what is there now
        if data is None:
            [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = _living(data)
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
        records = [_living(data) for data in stored]
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
        record = _living(data)
        if record is None or record.generation != receipt.generation:
            raise KeysError("the receipt speaks for another subscription; nothing is opened")
        secret = self._epochs.secret(receipt.index, record)
        return DisputeKey(keyring.dispute_key(secret, receipt.index, record.generation), record.generation)

    async def include(self, receipt: EntryReceipt, now: int) -> int:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.CONSENT_GIVEN}))
        record = await self._rewritten(
            receipt.index,
            receipt.generation,
            lambda record: replace(record, included_at=record.included_at or now),
        )
        return record.included_at

    async def note_disputes(self, index: bytes, generation: int, *, are_open: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, disputes=are_open))

    async def exclude(self, index: bytes, generation: int) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, included_at=0))

    async def note_notices(self, index: bytes, generation: int, *, wanted: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, notices=wanted))

    async def lock(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, LOCKING)
        change = lambda record: replace(record, locked_until=until)  # noqa: E731 - read where it is used
        await self._rewritten(receipt.index, receipt.generation, change)

    def _locked(self, record: KeyRecord) -> bool:
        return self._clock() < max(record.locked_until, record.silent_until)

    async def silence(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.REFUSE}))
        await self._rewritten(
            receipt.index,
            receipt.generation,
            lambda record: replace(record, silent_until=max(until, record.silent_until)),
        )

    async def set_second(self, claim: Claim, second: LastFour | None) -> Verdict:
        """See `ports.keys.KeyService`. The same work whatever the claim is: a MAC of the new digits too."""
        [verdict] = await self.verify([claim])
        [data] = await self._space.read([claim.index])
        record = _living(data) or NOBODY
        secret = self._epochs.secret(claim.index, record)
        chosen = (second or claim.last_four).text
        [tag] = await self._device.macs(
            [keyring.document_claim(claim.index, secret, record.document_type, chosen)]
        )
        if verdict is not Verdict.PROVED:
            return verdict
        if second == claim.last_four:
            raise KeysError("the second digits have to be others than the document's; nothing was changed")
        kept = b"" if second is None else tag[:VERIFIER_BYTES]
        await self._rewritten(claim.index, record.generation, lambda record: replace(record, second=kept))
        return verdict

    async def lift(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.STAFF_LIFT}))
        await self._space.uncharge(receipt.index, [way.value for way in Way])

    async def erase(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`. With the wrapped secret everything that it sealed is gone."""
        self._receipts.check(receipt, frozenset({Kind.ERASE}))
        await self.erase_again(receipt.index, receipt.generation)
        await self._space.uncharge(receipt.index, [way.value for way in Way])

    async def erase_again(self, index: bytes, generation: int) -> bool:
        """For the keys role itself, after a restore: lives up to this one; whether there was anything left."""
        self._seen.pop(index, None)
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = _living(data)
            if data is None or record is None or record.generation > generation:
                return False
            gone = KeyRecord.tombstone(record.document_type, record.activated_on, record.generation)
            [data] = await self._space.swap([Swap(index, data, gone.encode())])
            if data is None:
                return True
        raise KeysError("a key record kept changing; try again")

    async def _rewritten(
        self, index: bytes, generation: int, change: Callable[[KeyRecord], KeyRecord]
    ) -> KeyRecord:
        """A key record after a change, written only if it differs."""
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = _living(data)
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
            record = _living(data)
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
            self._locked(record),
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


def _living(data: bytes | None) -> KeyRecord | None:
    """A key record that is one of somebody; None for nobody's and for an erased one. Raises KeysError."""
    record = decoded(data) if data else None
    return None if record is None or record.erased else record


def _activation(data: bytes | None) -> Activation | None:
    if data is None:
        return None
    try:
        record = _living(data)
    except KeysError:
        return None
    if record is None:
        return None
    return Activation(record.generation, record.activated_on, record.included_at)
