"""Everything of a subscription is erased: at its owner's word, and again wherever a store has been restored.

Rule 1: the order stands here: the entry, the tombstone, the secret (from then on nothing opens), then every place.
Rule 2: it does not know how the right to it was proved, and tells nobody.

    (1) entry `erase`  (2) tombstone beside the log  (3) the wrapped secret goes  (4) record, details, consents, tickets go

A kill before (2): nothing has happened, and the subscriber's text comes again. From (2) on whoever holds the
keys next finishes (3) before anybody asks it (`DeviceKeys.erase_again`). Who had a key in memory may still write: (4) is done again for an hour, so that not even sealed bytes stay.
"""

from collections.abc import Sequence

from service.audit.entries import Kind
from service.flows.entries import Entries
from service.ports.keys import KeyService
from service.ports.store import DataSpace
from service.ports.tickets import Tickets
from service.ports.tombstones import Tombstone, Tombstones
from service.records.itinerary_record import split
from service.records.key_record import RecordError
from service.vault.consents import ConsentVault
from service.vault.entry_details import EntryDetails, holder_of

__all__ = ["Erase", "Erasures"]

_AGAIN_SECONDS = 3600
_LATELY_SECONDS = 600


class Erasures:
    """The act of an erasure that can be done again and again: (4)."""

    def __init__(
        self,
        data: DataSpace,
        details: EntryDetails,
        consents: ConsentVault,
        tickets: Tickets,
        tombstones: Tombstones,
    ) -> None:
        self._consents = consents
        self._data = data
        self._details = details
        self._tickets = tickets
        self._tombstones = tombstones

    async def sweep(self, index: bytes, generation: int) -> None:
        """(4): whatever lies anywhere of lives of a number up to this one. Raises StoreError."""
        [stored] = await self._data.read([index])
        if stored and _generation(stored) <= generation:
            await self._data.delete([index])
        await self._details.drop(index, generation)
        await self._consents.drop(index, generation)
        await self._tickets.drop(holder_of(index, generation))

    async def everywhere(self) -> int:
        """(4) for every tombstone, where a data store was restored from a copy; how many. Raises TombstonesError, StoreError."""
        tombstones = await self._tombstones.all()
        for tombstone in tombstones:
            await self.sweep(tombstone.index, tombstone.generation)
        return len(tombstones)

    async def lately(self, now: int) -> None:
        """(4) once more for the erasures of the last hour. Raises TombstonesError, StoreError."""
        for tombstone in await self._tombstones.all():
            if now - tombstone.at < _AGAIN_SECONDS:
                await self.sweep(tombstone.index, tombstone.generation)


class Erase:
    """Erases a subscription."""

    def __init__(
        self, entries: Entries, keys: KeyService, tombstones: Tombstones, erasures: Erasures
    ) -> None:
        self._entries = entries
        self._keys = keys
        self._tombstones = tombstones
        self._erasures = erasures

    async def __call__(self, index: bytes, now: int) -> int:
        """Where in the log the entry stands. Raises LogUnavailableError, TombstonesError, KeysError, StoreError."""
        # (1) No act without its entry.
        receipt = await self._entries.enter(index, Kind.ERASE, now)
        # (2) From here on it will be done, whatever happens to this process.
        await self._tombstones.append(Tombstone(index, receipt.generation, receipt.position, now))
        # (3) The commit point.
        await self._keys.erase(receipt)
        # (4) What cannot be opened any more is not kept either.
        await self._entries.drain()
        await self._erasures.sweep(index, receipt.generation)
        return receipt.position

    async def done(self, index: bytes, now: int) -> int | None:
        """The position of the entry, where this number was erased a moment ago and whoever asked may not know it yet."""
        return _newest(await self._tombstones.all(), index, now)


def _newest(tombstones: Sequence[Tombstone], index: bytes, now: int) -> int | None:
    for tombstone in reversed(tombstones):
        if now - tombstone.at >= _LATELY_SECONDS:
            return None
        if tombstone.index == index:
            return tombstone.position
    return None


def _generation(stored: bytes) -> int:
    """Which life a record is of; one that can't be read is nobody's."""
    try:
        return split(stored)[0].generation
    except RecordError:
        return 0
