"""The operators' way into the vault: corrections that two of them decided, each against its entry.

Rule 1: a decided correction is applied here only, by compare-and-swap.
Rule 2: nothing that this class returns tells where anybody was.

    its entry's receipt -> read -> keys -> open -> strike -> seal with the same ordinal -> swap -> overtaken: once more
"""

from collections.abc import Callable

from service.domain.corrections import Correction, corrected, matches
from service.domain.itinerary import day_of
from service.ports.correcting import Corrected
from service.ports.keys import KeyService, Opening
from service.ports.log import EntryReceipt
from service.ports.store import DataSpace, StoreError, Swap
from service.records.key_record import RecordError
from service.sealing.envelope import NONCE_BYTES, SealError
from service.vault.lives import alive
from service.vault.records import epoch_of, expectation, opened, sealed

__all__ = ["Corrector"]

_RACES = 16


class Corrector:
    """Implements `ports.correcting.Correcting`: strikes stays in sealed itineraries, and puts better ones beside them."""

    def __init__(self, keys: KeyService, data: DataSpace, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._data = data
        self._entropy = entropy

    async def correct(self, receipt: EntryReceipt, correction: Correction, now: int) -> Corrected:
        """See `ports.correcting.Correcting`."""
        index = receipt.index
        [stored] = await self._data.read([index])
        for _ in range(_RACES):
            if not await alive(self._keys, index, receipt.generation):
                return Corrected.GONE
            try:
                openings = [Opening(receipt, epoch_of(stored)), Opening(receipt, None)]
                opening, current = await self._keys.derive_itinerary(openings)
                itinerary, ordinal = opened(index, opening, stored)
            except (SealError, RecordError):
                return Corrected.UNREADABLE
            if not matches(itinerary, correction):
                return Corrected.NOTHING
            changed = corrected(itinerary, correction, day_of(now))
            if changed == itinerary:
                return Corrected.REPLAYED
            value = sealed(index, current, changed, ordinal, self._entropy(NONCE_BYTES))
            [stored] = await self._data.swap([Swap(index, expectation(stored), value)])
            if stored is None:
                return Corrected.WRITTEN
        raise StoreError("a record kept changing under a correction; it is safe to run it again")
