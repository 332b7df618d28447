"""What the keys role asks of its key device: a hardware module, or the demo's key file."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["DeviceError", "KeyDevice"]


class DeviceError(Exception):
    """The device failed, or has no such key."""


class KeyDevice(Protocol):
    """Keys that never leave.

    - Each epoch has a key-encryption key of its own; `create` makes it, once; `epochs` lists those that live.
    - `wrap` and `unwrap` work under an epoch's key and fail with DeviceError once it is destroyed.
    - `macs` answers HMAC-SHA256 under the pepper for each message, in order. The pepper never leaves.
    """

    async def epochs(self) -> tuple[int, ...]: ...
    async def create(self, epoch: int) -> None: ...
    async def wrap(self, epoch: int, key: bytes) -> bytes: ...
    async def unwrap(self, epoch: int, wrapped: bytes) -> bytes: ...
    async def macs(self, messages: Sequence[bytes]) -> list[bytes]: ...
