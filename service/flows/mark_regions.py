"""The worker's word that a region newly counts, left in the queue of notices.

Rule 1: one mark a life of a number and day, and one more once its record is written; it says that there is something to tell, not what.
Rule 2: it knows no number: whoever sends takes it from the consent.
"""

from collections.abc import Callable
from hashlib import sha256

from service.domain.itinerary import day_of
from service.domain.notices import Address, Notice, NoticeKind
from service.vault.notices import NoticeSealer

__all__ = ["MarkRegions"]

_NAME_BYTES = 16


class MarkRegions:
    """Implements `ports.region_marks.RegionMarks`."""

    def __init__(self, notices: NoticeSealer, clock: Callable[[], float]) -> None:
        self._notices = notices
        self._clock = clock

    async def leave(self, index: bytes, generation: int, *, written: bool) -> None:
        """See `ports.region_marks.RegionMarks`. Raises StoreError, KeysError."""
        now = int(self._clock())
        life = index + generation.to_bytes(4)
        name = sha256(b"region|%d|" % written + life + day_of(now).to_bytes(4)).digest()[:_NAME_BYTES]
        notice = Notice(NoticeKind.REGION, index, generation, Address(""), "", now)
        await self._notices.put(name, notice)
