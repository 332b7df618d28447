"""Whether a claim about a subscription's document is true.

Rule 1: whatever is counted and compared with a secret happens here; the count comes first.
Rule 2: it returns no secret and no MAC, and changes no record but for second digits.

    charge, and read with it -> unwrap -> MAC in the device -> compare      (all of it, whatever comes first)
                                                            `--> proved: the charge is given back
"""

import hmac
from collections.abc import Callable, Sequence

from service.domain.identity import LastFour
from service.ports.device import KeyDevice
from service.ports.keys import Claim, KeysError, Verdict
from service.ports.store import KeySpace
from service.records.key_record import KeyRecord
from service.sealing import keyring
from service.vault.epochs import NOBODY, VERIFIER_BYTES, Epochs, living
from service.vault.key_changes import KeyChanges
from service.vault.proven import Proven

__all__ = ["TRIES_A_DAY", "Judge"]

TRIES_A_DAY = 10
"""Wrong claims that one way takes in 24 hours: ten of 11,000 possible endings is one in a thousand."""

_DAY = 86_400


class Judge:
    """The claims of `ports.keys.KeyService`. What it has just read of a subscription it leaves in `proven`."""

    def __init__(
        self,
        space: KeySpace,
        device: KeyDevice,
        epochs: Epochs,
        changes: KeyChanges,
        proven: Proven,
        clock: Callable[[], float],
    ) -> None:
        self._space = space
        self._device = device
        self._epochs = epochs
        self._changes = changes
        self._proven = proven
        self._clock = clock

    async def verify(self, claims: Sequence[Claim]) -> list[Verdict]:
        """See `ports.keys.KeyService`. The charge comes first: parallel guesses can't share one try.

        A proof gets its charge back, so that an owner who asks often does not run out of tries.
        """
        charges = [await self._space.charge(claim.index, claim.way.value, _DAY) for claim in claims]
        self._proven.keep(
            (claim.index, charged.record)
            for claim, charged in zip(claims, charges, strict=True)
            if charged.record
        )
        records = [living(charged.record) or NOBODY for charged in charges]
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
        for claim, charged, record, tag in zip(claims, charges, records, tags, strict=True):
            verdict = self._compared(record, tag[:VERIFIER_BYTES], despite_lock=claim.despite_lock)
            verdicts.append(Verdict.EXHAUSTED if charged.count > TRIES_A_DAY else verdict)
        for claim, found in zip(claims, verdicts, strict=True):
            if found is Verdict.PROVED:
                await self._space.refund(claim.index, claim.way.value)
        return verdicts

    def _compared(self, record: KeyRecord, tag: bytes, *, despite_lock: bool) -> Verdict:
        """Both verifiers, always: nobody's where there is no second one. What second digits have locked, nothing unlocks."""
        same = hmac.compare_digest(record.verifier, tag)
        second = hmac.compare_digest(record.second or NOBODY.verifier, tag)
        now = self._clock()
        barred = now < record.silent_until or (record.locked(now) and not despite_lock)
        if same and record is not NOBODY and not barred:
            return Verdict.PROVED
        return Verdict.SECOND if second and record.second else Verdict.UNPROVED

    async def set_second(self, claim: Claim, second: LastFour | None) -> Verdict:
        """See `ports.keys.KeyService`. The same work whatever the claim is: a MAC of the new digits too."""
        [verdict] = await self.verify([claim])
        [data] = await self._space.read([claim.index])
        record = living(data) or NOBODY
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
        await self._changes.note_second(claim.index, record.generation, kept)
        return verdict
