"""Cases and answers in dictionaries, for fast tests.

Rule 1: they behave as the real store does, clock included; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from collections.abc import Callable

__all__ = ["MemoryCases"]


class MemoryCases:
    """`Cases` in dictionaries."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rows: dict[str, tuple[bytes, float]] = {}
        self.answers: dict[bytes, tuple[bytes, float]] = {}

    async def put(self, reference: str, value: bytes, seconds: int) -> None:
        """See `ports.cases.Cases`."""
        _, ends = self.rows.get(reference, (b"", 0.0))
        self.rows[reference] = (b"" if self._clock() < ends else value, self._clock() + seconds)

    async def read(self, reference: str) -> bytes | None:
        """See `ports.cases.Cases`."""
        value, ends = self.rows.get(reference, (b"", 0.0))
        return value if value and self._clock() < ends else None

    async def answer(self, name: bytes, value: bytes, seconds: int) -> None:
        """See `ports.cases.Cases`."""
        self.answers[name] = (value, self._clock() + seconds)

    async def answered(self, name: bytes) -> bytes | None:
        """See `ports.cases.Cases`."""
        value, ends = self.answers.pop(name, (None, 0.0))
        return value if self._clock() < ends else None
