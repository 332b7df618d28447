"""Which link processes there are."""

from collections.abc import Mapping
from typing import Protocol

__all__ = ["HOLDER_BYTES", "Presence"]

HOLDER_BYTES = 4
"""A link process is named at random when it starts: so long that no two of a deployment are one."""


class Presence(Protocol):
    """Heartbeats of link processes, counted.

    - `beat` adds one to the count of a holder and answers the counts of all, its own included, in one step.
    - `leave` takes a holder's count away; taking away what is absent is no error.
    - No clock of the store's plays a part: whether a count moves is for those to judge who look at it.
    """

    async def beat(self, holder: bytes) -> Mapping[bytes, int]: ...
    async def leave(self, holder: bytes) -> None: ...
