"""Consents in dictionaries, for fast tests. They keep the promises of `ports.consents` but outlive nothing.

Rule 1: they behave as the real store does; the contract tests hold both to it.
Rule 2: no wiring for production or demo names them.
"""

from service.ports.consents import MOST_CONSENTS

__all__ = ["MemoryConsents"]


class MemoryConsents:
    """`Consents` in dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[bytes, dict[bytes, bytes]] = {}

    async def put(self, holder: bytes, ident: bytes, value: bytes) -> None:
        """See `ports.consents.Consents`."""
        kept = self.rows.setdefault(holder, {})
        kept[ident] = value
        for old in sorted(kept)[:-MOST_CONSENTS]:
            del kept[old]

    async def swap(self, holder: bytes, ident: bytes, expected: bytes, value: bytes) -> bool:
        """See `ports.consents.Consents`."""
        kept = self.rows.get(holder, {})
        if kept.get(ident) != expected:
            return False
        kept[ident] = value
        return True

    async def all(self, holder: bytes) -> dict[bytes, bytes]:
        """See `ports.consents.Consents`."""
        return dict(sorted(self.rows.get(holder, {}).items()))

    async def drop(self, holder: bytes) -> None:
        """See `ports.consents.Consents`."""
        self.rows.pop(holder, None)
