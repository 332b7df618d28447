"""An act's entry in the log, made and written before the act.

Rule 1: this file alone puts an entry together: running number, tag, commitment.
Rule 2: it does not do what the entry is for.
"""

from collections.abc import Callable

from service.audit.entries import Kind, leaf, tag
from service.ports.keys import KeysError, KeyService
from service.ports.log import Draft, EntryReceipt, Log, LogError

__all__ = ["Entries", "LogUnavailableError"]

_SALT = 16


class LogUnavailableError(Exception):
    """No entry could be written, so nothing may be done."""


class Entries:
    """Writes entries for subscriptions."""

    def __init__(self, keys: KeyService, log: Log, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._log = log
        self._entropy = entropy

    async def enter(self, index: bytes, kind: Kind, now: int, about: str = "") -> EntryReceipt:
        """Write one entry and wait until it is durable; `about` is committed to. Raises LogUnavailableError."""
        return (await self.numbered(index, kind, now, about))[0]

    async def numbered(self, index: bytes, kind: Kind, now: int, about: str = "") -> tuple[EntryReceipt, int]:
        """The same, with the subscription's own running number of the entry, for the notice about it."""
        try:
            [key] = await self._keys.derive_log([index])
        except KeysError:
            raise LogUnavailableError("no key to write an entry with") from None
        if key is None:
            raise LogUnavailableError("no subscription to write an entry for")
        details = f"{kind.value}|{key.number}|{now}|{about}".encode()
        entry = leaf(kind, now, tag(key.key, key.number), self._entropy(_SALT), details)
        try:
            [receipt] = await self._log.append([Draft(entry, index, key.generation)])
        except LogError:
            raise LogUnavailableError("the log takes no entries") from None
        return receipt, key.number
