"""Subscriptions and their verifiers, created and replaced.

Rule 1: whether an enrolment is new, a change, another life of its number or refused is decided here.
Rule 2: nothing is compared for anybody who asks; a verifier is compared only with what the operator enrols.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace

from service.ports.device import KeyDevice
from service.ports.keys import Enrolled, Enrolment, KeysError, Way
from service.ports.store import KeySpace, Swap
from service.records.key_record import KeyRecord
from service.sealing import keyring
from service.vault.epochs import VERIFIER_BYTES, Epochs, decoded

__all__ = ["Enrolling"]

_RACES = 16


class Enrolling:
    """Enrols batches; see `ports.keys.KeyService.enrol`."""

    def __init__(
        self, space: KeySpace, device: KeyDevice, epochs: Epochs, entropy: Callable[[int], bytes]
    ) -> None:
        self._space = space
        self._device = device
        self._epochs = epochs
        self._entropy = entropy

    async def __call__(self, batch: Sequence[Enrolment]) -> list[Enrolled]:
        """Outcomes in the order of the batch. Raises KeysError, StoreError."""
        outcomes: dict[int, Enrolled] = {}
        waiting = list(range(len(batch)))
        for _ in range(_RACES):
            waiting = await self._once(batch, waiting, outcomes)
            if not waiting:
                return [outcomes[place] for place in range(len(batch))]
        raise KeysError("enrolment kept meeting other writers; run it again")

    async def _once(
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
                record = decoded(data) if data is not None else None
                readable.append((place, data, record, self._secret_for(batch[place], record)))
            except KeysError:
                outcomes[place] = Enrolled.UNREADABLE
        tags = await self._device.macs([_claim(batch[place], secret) for place, _, _, secret in readable])
        swaps: list[tuple[int, Swap]] = []
        for (place, data, record, secret), tag in zip(readable, tags, strict=True):
            outcome, written = self._decided(batch[place], record, secret, tag[:VERIFIER_BYTES])
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
        if record is not None and not record.erased and record.activated_on == enrolment.activated_on:
            return self._epochs.secret(enrolment.index, record)
        return self._entropy(keyring.SECRET_BYTES)

    def _decided(
        self, enrolment: Enrolment, record: KeyRecord | None, secret: bytes, tag: bytes
    ) -> tuple[Enrolled, KeyRecord | None]:
        if record is not None and record.erased and enrolment.activated_on <= record.activated_on:
            return Enrolled.ERASED, None
        if record is not None and enrolment.activated_on < record.activated_on:
            return Enrolled.REFUSED, None
        if record is not None and enrolment.activated_on == record.activated_on:
            if hmac.compare_digest(record.verifier, tag) and record.document_type is enrolment.document_type:
                return Enrolled.UNCHANGED, None
            # Second digits were chosen to differ from the former ones; whether they differ from these nobody can tell.
            changed = replace(record, document_type=enrolment.document_type, verifier=tag, second=b"")
            return Enrolled.CHANGED, changed
        fresh = KeyRecord(
            enrolment.document_type,
            self._epochs.current,
            enrolment.activated_on,
            record.generation + 1 if record is not None else 1,
            0,
            self._epochs.wrapped(enrolment.index, secret),
            tag,
        )
        return (Enrolled.NEW if record is None else Enrolled.RENEWED), fresh


def _claim(enrolment: Enrolment, secret: bytes) -> bytes:
    return keyring.document_claim(enrolment.index, secret, enrolment.document_type, enrolment.last_four.text)
