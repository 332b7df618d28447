"""An act's entry in the log, made and written before the act.

Rule 1: this file alone puts an entry together: running number, tag, commitment, and what it commits to.
Rule 2: it does not do what the entry is for.

    (1) the running number  (2) its details, and a consent beside them, on disk  (3) the entry, on disk: its receipt  (4) soon: where it stands

A kill between (1) and (3) leaves a number without an entry; whoever reads the record fills it (`flows.access`). So no
act is without its entry, and no entry without what it commits to.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from service.audit.entries import Kind, leaf, tag
from service.domain.access import Access
from service.ports.keys import KeysError, KeyService, LogKey
from service.ports.log import Draft, EntryReceipt, Log, LogError
from service.ports.store import StoreError
from service.records.access_record import KeptAccess, committed
from service.vault.entry_details import EntryDetails

__all__ = ["APART", "Entries", "LogUnavailableError", "apart"]

_SALT, _TAG = 16, 16

APART = 1 << 56
"""Numbers from here on are of entries that have none of the owner's running numbers: no gap and no count shows them."""


def apart(at: int) -> int:
    """The number of the entry apart of that second; further from the next one than details are kept back."""
    return APART + at * 1024


class LogUnavailableError(Exception):
    """No entry could be written, so nothing may be done."""


class Entries:
    """Writes entries for subscriptions."""

    def __init__(
        self, keys: KeyService, log: Log, details: EntryDetails, entropy: Callable[[int], bytes]
    ) -> None:
        self._keys = keys
        self._log = log
        self._details = details
        self._entropy = entropy
        self._placing: set[asyncio.Task[None]] = set()

    async def enter(self, index: bytes, kind: Kind, now: int, about: str = "", by: str = "") -> EntryReceipt:
        """Write one entry and wait until it is durable; `about` and `by` are committed to and kept, sealed.

        The receipt bears the subscription's own running number of the entry, for the notice about it.
        Raises LogUnavailableError, StoreError.
        """
        key = await self.reserve(index)
        # (2) What it commits to.
        kept = self._kept(key, kind, now, about, by)
        return await self._put(index, key, kept, await self._details.put(index, key, kept))

    async def reserve(self, index: bytes) -> LogKey:
        """(1) A number that is used for nothing else, whatever happens now. Raises LogUnavailableError, StoreError."""
        try:
            [key] = await self._keys.derive_log([index])
        except KeysError:
            raise LogUnavailableError("no key to write an entry with") from None
        if key is None:
            raise LogUnavailableError("no subscription to write an entry for")
        return key

    async def enter_with(
        self, index: bytes, key: LogKey, kind: Kind, now: int, about: str, consent: Awaitable[None]
    ) -> EntryReceipt:
        """The entry of a reserved number; the consent that it commits to is put on disk at once with its details.

        Raises LogUnavailableError, StoreError.
        """
        kept = self._kept(key, kind, now, about, "")
        put, _ = await asyncio.gather(self._details.put(index, key, kept), consent)
        return await self._put(index, key, kept, put)

    def _kept(self, key: LogKey, kind: Kind, now: int, about: str, by: str) -> KeptAccess:
        return KeptAccess(Access(key.number, kind.value, now, about, by), self._entropy(_SALT))

    async def _put(self, index: bytes, key: LogKey, kept: KeptAccess, done: bool) -> EntryReceipt:
        if not done:
            raise LogUnavailableError("so slow that its number has been filled meanwhile")
        return await self.write(index, key, kept)

    async def enter_apart(self, index: bytes, kind: Kind, now: int, about: str) -> EntryReceipt | None:
        """The same without a running number, at most one a second: None where there is one already.

        Raises LogUnavailableError, KeysError, StoreError.
        """
        [key] = await self._keys.read_log([index])
        if key is None:
            raise LogUnavailableError("no subscription to write an entry for")
        kept = KeptAccess(Access(apart(now), kind.value, now, about), self._entropy(_SALT))
        if not await self._details.put(index, key, kept):
            return None
        return await self.write(index, key, kept)

    async def seen(self, index: bytes, kind: Kind, now: int, about: str, by: str) -> int:
        """The same for a look at a number that may have no subscription: then an entry about nobody. Where it stands.

        Raises LogUnavailableError, StoreError, KeysError.
        """
        [life] = await self._keys.activations([index])
        if life is not None:
            return (await self.enter(index, kind, now, about, by)).position
        details = f"{kind.value}|{by}|{about}".encode()
        entry = leaf(kind, now, self._entropy(_TAG), self._entropy(_SALT), details)
        try:
            [receipt] = await self._log.append([Draft(entry, bytes(16), 0)])
        except LogError:
            raise LogUnavailableError("the log takes no entries") from None
        return receipt.position

    async def write(self, index: bytes, key: LogKey, kept: KeptAccess) -> EntryReceipt:
        """(3) and (4): the entry of details that are kept already. Raises LogUnavailableError."""
        access = kept.access
        entry = leaf(Kind(access.kind), access.at, tag(key.key, access.number), kept.salt, committed(access))
        try:
            [receipt] = await self._log.append([Draft(entry, index, key.generation)])
        except LogError:
            raise LogUnavailableError("the log takes no entries") from None
        task = asyncio.create_task(self._placed(index, key, kept.placed(receipt.position)))
        self._placing.add(task)
        task.add_done_callback(self._placing.discard)
        return replace(receipt, number=access.number)

    async def _placed(self, index: bytes, key: LogKey, kept: KeptAccess) -> None:
        """Where it stands can be found again in the log, so that nobody waits for this."""
        with contextlib.suppress(StoreError):
            await self._details.place(index, key, kept)

    async def drain(self) -> None:
        """Wait until every place is noted."""
        while self._placing:
            await asyncio.gather(*self._placing)
