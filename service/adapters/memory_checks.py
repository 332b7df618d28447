"""Check records and paces in dictionaries, for fast tests. They keep the promises of `ports.checks`, but outlive nothing.

Rule 1: they behave as the real store does, clock included; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from service.domain.cards import card_name, revocation_mark
from service.domain.pacing import Pace, paced
from service.ports.checks import CheckRecord

__all__ = ["MemoryChecks", "MemoryThrottle"]

_MICRO = 1_000_000


@dataclass(slots=True)
class _Row:
    sealed: bytes = field(repr=False)
    handle: bytes = field(repr=False)
    ends: float
    tries: int = 0
    checks: int = 0


class MemoryChecks:
    """`Checks` in a dictionary."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rows: dict[bytes, _Row] = {}
        self._withdrawn: dict[bytes, float] = {}
        self._cards: dict[bytes, tuple[bytes, float]] = {}

    def _live(self, place: bytes) -> _Row | None:
        row = self.rows.get(place)
        if row is not None and self._clock() >= row.ends:
            del self.rows[place]
            return None
        return row

    async def put(self, place: bytes, sealed: bytes, handle: bytes, seconds: int) -> None:
        """See `ports.checks.Checks`."""
        self.rows[place] = _Row(sealed, handle, self._clock() + seconds)

    async def read(self, place: bytes) -> CheckRecord | None:
        """See `ports.checks.Checks`."""
        row = self._live(place)
        return None if row is None else CheckRecord(row.sealed, row.handle)

    async def missed(self, place: bytes) -> int:
        """See `ports.checks.Checks`."""
        row = self._live(place)
        if row is None:
            return 0
        row.tries += 1
        return row.tries

    async def confirm(self, place: bytes) -> int:
        """See `ports.checks.Checks`."""
        row = self._live(place)
        if row is None:
            return 0
        row.checks += 1
        return row.checks

    async def withdraw(self, places: Sequence[bytes]) -> None:
        """See `ports.checks.Checks`."""
        for place in places:
            if (row := self._live(place)) is not None:
                self._withdrawn[revocation_mark(place)] = row.ends
            self.rows.pop(place, None)
            self._cards.pop(card_name(place), None)

    async def withdrawn(self) -> list[bytes]:
        """See `ports.checks.Checks`."""
        return [mark for mark, ends in self._withdrawn.items() if self._clock() < ends]

    async def name(self, card: bytes, place: bytes, seconds: int) -> None:
        """See `ports.checks.Checks`."""
        self._cards[card] = (place, self._clock() + seconds)

    async def named(self, card: bytes) -> bytes | None:
        """See `ports.checks.Checks`."""
        place, ends = self._cards.get(card, (None, 0.0))
        return place if self._clock() < ends else None


class MemoryThrottle:
    """`Throttle` in a dictionary."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._dues: dict[bytes, int] = {}

    async def take(self, requester: bytes, pace: Pace) -> int:
        """See `ports.checks.Throttle`."""
        found = paced(self._dues.get(requester, 0), int(self._clock() * _MICRO), pace)
        self._dues[requester] = found.due
        return found.wait
