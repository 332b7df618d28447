"""What the keys role asks of its key device: a hardware module, or the demo's key file."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from service.ports.keys import KeysError

__all__ = ["DeviceError", "KeyDevice", "Pepper"]


class DeviceError(KeysError):
    """The device failed, or has no such key: the keys role cannot serve."""


class Pepper(Enum):
    """MAC keys of the device, each for one purpose."""

    DOCUMENT = "pepper"  # the document's last four
    CHECK_PLACE = "check_place"  # P1 of TRUST 1: where a check record lies
    CHECK_SALT = "check_salt"  # P2: the salt of its key


class KeyDevice(Protocol):
    """Keys that never leave.

    - Each epoch has a key-encryption key of its own; `create` makes it, once; `epochs` lists those that live.
    - `destroy` ends an epoch's key for good: no copy of it is left. Destroying what is not there is no error.
    - `wrap` and `unwrap` work under an epoch's key and fail with DeviceError once it is destroyed.
    - `peppers` lists those that live; `destroy_pepper` ends one for good: nothing is MACed under it any more, by anybody.
    - `macs` answers HMAC-SHA256 under one of the peppers for each message, in order. No pepper ever leaves.
    """

    async def epochs(self) -> tuple[int, ...]: ...
    async def create(self, epoch: int) -> None: ...
    async def destroy(self, epoch: int) -> None: ...
    async def peppers(self) -> tuple[Pepper, ...]: ...
    async def destroy_pepper(self, pepper: Pepper) -> None: ...
    async def wrap(self, epoch: int, key: bytes) -> bytes: ...
    async def unwrap(self, epoch: int, wrapped: bytes) -> bytes: ...
    async def macs(self, messages: Sequence[bytes], pepper: Pepper = Pepper.DOCUMENT) -> list[bytes]: ...
