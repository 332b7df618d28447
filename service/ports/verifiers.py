"""Where registered verifiers are kept. There are thousands of them, and they change seldom."""

from typing import Protocol

__all__ = ["Verifiers"]


class Verifiers(Protocol):
    """Opaque values by an organisation's code.

    - `read` answers what is kept under a code, None if nothing; `all` answers everything.
    - `swap` keeps a value only if what is kept is still `expected` (None: nothing), and answers whether it did: of two
      who replace the same value exactly one does.
    - An acknowledged write survives a kill of the client and of the server.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def read(self, code: str) -> bytes | None: ...
    async def all(self) -> dict[str, bytes]: ...
    async def swap(self, code: str, expected: bytes | None, value: bytes) -> bool: ...
