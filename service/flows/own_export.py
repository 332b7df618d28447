"""All that is kept about what a subscription agreed to and what was done with it, as JSON, with a proof for each entry.

Rule 1: whoever gets it can check every line against the public log with nothing but this: details, salt and proof.
Rule 2: it opens no itinerary; who may have it was decided before it is called.
"""

from collections.abc import Awaitable, Callable

from service.domain.access import Access
from service.flows.access import AccessRecord
from service.flows.consenting import Consenting
from service.ports.details import MOST_KEPT
from service.ports.keys import KeyService
from service.records.access_record import KeptAccess, committed
from service.vault.consents import principal

__all__ = ["OwnExport", "Proving"]

Proving = Callable[[int], Awaitable[str | None]]
"""The proof file (C2SP tlog-proof) of the entry at a position; None: not under a checkpoint yet."""


class OwnExport:
    """Makes the export of a subscription."""

    def __init__(
        self, keys: KeyService, access: AccessRecord, consenting: Consenting, prove: Proving
    ) -> None:
        self._keys = keys
        self._access = access
        self._consenting = consenting
        self._prove = prove

    async def __call__(self, index: bytes, now: int, most: int = MOST_KEPT) -> dict[str, object] | None:
        """The newest `most` entries; None for a number without a subscription. Raises KeysError, StoreError."""
        [key] = await self._keys.read_log([index])
        if key is None:
            return None
        own = await self._access.newest(index, most, now)
        apart = await self._access.apart(index)
        consents = await self._consenting.all(index)
        return {
            "made_at": now,
            "consents": [consent.exported(principal(key), now) for consent in consents],
            "entries": [await self._entry(line) for line in (*apart, *own.lines)],
            "entries_in_all": own.count,
        }

    async def _entry(self, line: KeptAccess) -> dict[str, object]:
        access: Access = line.access
        proof = None if access.position is None else await self._prove(access.position)
        return {
            "number": access.number,
            "kind": access.kind,
            "at": access.at,
            "about": access.about,
            "by": access.by,
            "log_index": access.position,
            "salt": line.salt.hex(),
            "committed": committed(access).decode(),
            "proof": proof,
        }
