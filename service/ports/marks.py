"""How far a long correction has come."""

from typing import Protocol

__all__ = ["Mark"]


class Mark(Protocol):
    """A few bytes that survive a kill.

    - `read` answers what was written last, nothing before the first time.
    - Once `write` has returned, a kill of the machine loses it no more.
    """

    def read(self) -> bytes: ...
    def write(self, content: bytes) -> None: ...
