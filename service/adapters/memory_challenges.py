"""Live challenges in a dictionary, for fast tests. It keeps the promises of `ports.challenges`, but outlives nothing.

Rule 1: it behaves as the real store does, clock included; the contract tests hold both to it.
Rule 2: no wiring for production or demo names it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from service.domain.challenge import MOVES, OPEN_SECONDS, Moved, State, Step, follow
from service.ports.challenges import FoundChallenge

__all__ = ["MemoryChallenges"]


@dataclass(slots=True)
class _Row:
    ident: bytes
    box: bytes = field(repr=False)
    ends: float
    state: State = State.OPENED
    binder: bytes = b""
    answer: bytes = field(default=b"", repr=False)


class MemoryChallenges:
    """`Challenges` in a dictionary."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rows: dict[bytes, _Row] = {}

    def _live(self, place: bytes) -> _Row | None:
        row = self.rows.get(place)
        if row is not None and self._clock() >= row.ends:
            del self.rows[place]
            return None
        return row

    async def open(self, place: bytes, ident: bytes, box: bytes) -> bool:
        """See `ports.challenges.Challenges`."""
        if self._live(place) is not None:
            return False
        self.rows[place] = _Row(ident, box, self._clock() + OPEN_SECONDS)
        return True

    async def read(self, place: bytes) -> FoundChallenge | None:
        """See `ports.challenges.Challenges`."""
        row = self._live(place)
        return None if row is None else FoundChallenge(row.state, row.ident, row.box)

    async def move(self, place: bytes, ident: bytes, binder: bytes, step: Step, answer: bytes = b"") -> Moved:
        """See `ports.challenges.Challenges`."""
        row = self._live(place)
        if row is None or row.ident != ident:
            return Moved.NO
        moved = follow(row.state, row.binder, binder, step)
        if moved is Moved.DONE:
            move = MOVES[step]
            row.state, row.binder, row.ends = move.target, binder, self._clock() + move.seconds
            row.answer = answer or row.answer
        return moved

    async def take(self, place: bytes, ident: bytes) -> bytes | None:
        """See `ports.challenges.Challenges`."""
        row = self._live(place)
        if row is None or row.ident != ident or row.state is not State.SHOWN:
            return None
        return self.rows.pop(place).answer

    async def leave(self, place: bytes, ident: bytes) -> None:
        """See `ports.challenges.Challenges`."""
        row = self._live(place)
        if row is not None and row.ident == ident and row.state in {State.OPENED, State.ASKED}:
            del self.rows[place]
