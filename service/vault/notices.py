"""Notices, sealed by whoever may not send and opened by the link role.

Rule 1: a notice is sealed to the epoch's public key here, and opened here.
Rule 2: whoever seals cannot open; it decides nothing about a notice.

    stored = epoch (2 bytes) | posted, bound to its name
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.notices import Notice
from service.ports.keys import KeysError, KeyService
from service.ports.notices import Notices
from service.records.key_record import RecordError
from service.records.notice_record import decode_notice, encode_notice
from service.sealing.envelope import KEY_BYTES, SealError, post, unpost

__all__ = ["NoticeOpener", "NoticeSealer", "Waiting"]

_BOUND = b"notice/v1|"


class NoticeSealer:
    """For roles that ask for a notice."""

    def __init__(self, store: Notices, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._keys = keys
        self._entropy = entropy

    async def put(self, name: bytes, notice: Notice) -> bool:
        """Queue a notice, once a name; whether it is new."""
        epoch = self._keys.current_epoch
        public = await self._keys.notice_public(epoch)
        posted = post(public, self._entropy(KEY_BYTES), encode_notice(notice), _BOUND + name)
        return await self._store.put(name, epoch.to_bytes(2) + posted)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice in the queue; None where it does not open: of a destroyed epoch, or altered."""

    name: bytes
    notice: Notice | None


class NoticeOpener:
    """For the role that sends."""

    def __init__(self, store: Notices, keys: KeyService) -> None:
        self._store = store
        self._keys = keys
        self._opening: dict[int, bytes] = {}

    async def waiting(self, most: int) -> list[Waiting]:
        """Some notices of the queue."""
        stored = await self._store.waiting(most)
        return [Waiting(name, await self._opened(name, value)) for name, value in stored.items()]

    async def settle(self, waiting: Waiting) -> None:
        """Take a notice out of the queue."""
        await self._store.settle(waiting.name)

    async def _opened(self, name: bytes, stored: bytes) -> Notice | None:
        epoch = int.from_bytes(stored[:2])
        try:
            if epoch not in self._opening:
                self._opening[epoch] = await self._keys.derive_notice(epoch)
            return decode_notice(unpost(self._opening[epoch], stored[2:], _BOUND + name))
        except (KeysError, SealError, RecordError):
            return None
