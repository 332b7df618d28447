"""Where roles that may not send leave notices for the one that may."""

from typing import Protocol

__all__ = ["REMEMBERED_SECONDS", "Notices"]

REMEMBERED_SECONDS = 30 * 86_400
"""For so long a settled notice is not queued a second time: whoever asks again after a kill may not know that it was sent."""


class Notices(Protocol):
    """Sealed notices by name; opaque bytes.

    - `put` keeps a notice under its name, once: it answers whether the name was new, and changes nothing if not. A name
      is not new while its notice waits, nor for REMEMBERED_SECONDS after it was settled.
    - `waiting` answers at least one notice if there is any, and never many more than `most`, in no order.
    - `settle` takes notices away; one that is away already is no error.
    - An acknowledged write survives a kill of the client and of the server.
    """

    async def put(self, name: bytes, value: bytes) -> bool: ...
    async def waiting(self, most: int) -> dict[bytes, bytes]: ...
    async def settle(self, name: bytes) -> None: ...
