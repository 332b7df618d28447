"""Where cases can be found by their references, and where orders of support are answered."""

from typing import Protocol

__all__ = ["Cases"]


class Cases(Protocol):
    """Opaque bytes by case reference (ASCII), and answers by the name of an order.

    - `put` keeps a case for `seconds`. Of two cases with the same reference neither is found any more: support must
      never work on the wrong one.
    - `read` answers a case, None where none is found.
    - `answer` keeps an answer for `seconds`; `answered` takes it.
    """

    async def put(self, reference: str, value: bytes, seconds: int) -> None: ...
    async def read(self, reference: str) -> bytes | None: ...
    async def answer(self, name: bytes, value: bytes, seconds: int) -> None: ...
    async def answered(self, name: bytes) -> bytes | None: ...
