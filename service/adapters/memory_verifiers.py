"""Registered verifiers in a dictionary, for fast tests. It keeps the promises of `ports.verifiers`, but outlives nothing.

Rule 1: it behaves as the real store does; the contract tests hold both to it.
Rule 2: no wiring for production or demo names it.
"""

__all__ = ["MemoryVerifiers"]


class MemoryVerifiers:
    """`Verifiers` in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    async def read(self, code: str) -> bytes | None:
        """See `ports.verifiers.Verifiers`."""
        return self.rows.get(code)

    async def all(self) -> dict[str, bytes]:
        """See `ports.verifiers.Verifiers`."""
        return dict(self.rows)

    async def swap(self, code: str, expected: bytes | None, value: bytes) -> bool:
        """See `ports.verifiers.Verifiers`."""
        if self.rows.get(code) != expected:
            return False
        self.rows[code] = value
        return True
