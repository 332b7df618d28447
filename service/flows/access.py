"""A subscription's own record: what was done with its data, entry by entry.

Rule 1: what is read of it is settled first: a number without an entry is filled by one that says so.
Rule 2: it opens no itinerary, and reading it leaves no entry: nothing of anybody's whereabouts is in it.

    a number older than ten minutes                            what became of it
    details, and where the entry stands                        the act was done
    details only, and the entry is in the log                  the same; its place is noted now
    details only, and no such entry                            killed before the entry: `void` takes its place
    nothing, though a later number is as old                   killed before the details: `void`
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.audit.entries import Kind, leaf, tag
from service.domain.access import Access
from service.flows.entries import Entries, LogUnavailableError, apart
from service.ports.details import MOST_KEPT
from service.ports.keys import KeyService, LogKey
from service.records.access_record import KeptAccess, committed
from service.vault.entry_details import EntryDetails

__all__ = ["AccessRecord", "Finding", "FindingError", "OwnRecord"]

_GRACE = 600
"""Seconds after which an entry that is not there will not come any more: whoever was writing it has been killed."""

_SALT = 16

Finding = Callable[[bytes], Awaitable[int | None]]
"""Where an entry stands in the log; None: nowhere. Raises FindingError."""


class FindingError(Exception):
    """The log can't be read just now."""


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """The newest lines, newest first, and the number of all; a number that is still being written is not among them."""

    lines: tuple[KeptAccess, ...]
    count: int


class AccessRecord:
    """Reads the records of subscriptions."""

    def __init__(
        self,
        keys: KeyService,
        details: EntryDetails,
        entries: Entries,
        find: Finding,
        entropy: Callable[[int], bytes],
    ) -> None:
        self._keys = keys
        self._details = details
        self._entries = entries
        self._find = find
        self._entropy = entropy

    async def newest(self, index: bytes, most: int, now: int) -> OwnRecord:
        """At most `most` lines; of a number without a subscription as of one without entries. Raises StoreError, KeysError."""
        [key] = await self._keys.read_log([index])
        if key is None:
            return OwnRecord((), 0)
        numbers = range(key.number, max(0, key.number - min(most, MOST_KEPT)), -1)
        lines: list[KeptAccess] = []
        later = now
        for number, kept in zip(numbers, await self._details.read(index, key, numbers), strict=True):
            settled = await self._settled(index, key, number, kept, later, now)
            if settled is not None:
                lines.append(settled)
                later = settled.access.at
        return OwnRecord(tuple(lines), key.number)

    async def apart(self, index: bytes) -> tuple[KeptAccess, ...]:
        """The newest line without a running number, for who has proved to be the owner. Raises StoreError, KeysError."""
        [key] = await self._keys.read_log([index])
        if key is None or not key.silenced_at:
            return ()
        [kept] = await self._details.read(index, key, [apart(key.silenced_at)])
        return () if kept is None else (kept,)

    async def _settled(
        self, index: bytes, key: LogKey, number: int, kept: KeptAccess | None, later: int, now: int
    ) -> KeptAccess | None:
        """A line as it stands; `later` is the time of the one after it. None: it may still be coming."""
        if kept is None:
            if now - later < _GRACE:
                return None
            void = self._void(number, now, "")
            done = await self._details.put(index, key, void)
            return await self._written(index, key, void) if done else None
        if kept.access.position is not None or now - kept.access.at < _GRACE:
            return kept
        try:
            position = await self._find(_entry(key, kept))
        except FindingError:
            return kept
        if position is not None:
            placed = kept.placed(position)
            await self._details.place(index, key, placed)
            return placed
        void = self._void(number, now, kept.access.kind)
        await self._details.place(index, key, void)
        return await self._written(index, key, void)

    def _void(self, number: int, now: int, about: str) -> KeptAccess:
        return KeptAccess(Access(number, Kind.VOID.value, now, about), self._entropy(_SALT))

    async def _written(self, index: bytes, key: LogKey, void: KeptAccess) -> KeptAccess:
        """Details of a void are kept; where the log takes no entry now, the next reader finds it as it found this."""
        try:
            receipt = await self._entries.write(index, key, void)
        except LogUnavailableError:
            return void
        return void.placed(receipt.position)


def _entry(key: LogKey, kept: KeptAccess) -> bytes:
    access = kept.access
    return leaf(Kind(access.kind), access.at, tag(key.key, access.number), kept.salt, committed(access))
