"""The link's way into the vault: one receipt, one itinerary.

Rule 1: an itinerary leaves the vault through `reveal` and nowhere else.
Rule 2: it changes nothing, and has no way around the receipt: the key is made only against it.
"""

from dataclasses import dataclass

from service.domain.itinerary import Itinerary
from service.ports.keys import KeysError, KeyService, Opening
from service.ports.log import EntryReceipt
from service.ports.store import DataSpace
from service.records.key_record import RecordError
from service.sealing.envelope import SealError
from service.vault.records import epoch_of, opened

__all__ = ["Revealed", "Revealer"]


@dataclass(frozen=True, slots=True, repr=False)
class Revealed:
    """What a disclosure is made of."""

    itinerary: Itinerary
    activated_on: int
    included_at: int
    disputes: bool  # whether a ticket of this subscription may be open


class Revealer:
    """Opens itineraries, each against its entry in the log."""

    def __init__(self, keys: KeyService, data: DataSpace) -> None:
        self._keys = keys
        self._data = data

    async def reveal(self, receipt: EntryReceipt) -> Revealed:
        """The itinerary that the entry was written for. Raises KeysError: no valid receipt, or a damaged record."""
        [stored] = await self._data.read([receipt.index])
        try:
            [key] = await self._keys.derive_itinerary([Opening(receipt, epoch_of(stored))])
            itinerary, _ = opened(receipt.index, key, stored)
        except (SealError, RecordError):
            raise KeysError("a record was altered, or its key is not the one it was sealed with") from None
        return Revealed(itinerary, key.activated_on, key.included_at, key.disputes)
