"""Signing: what the keys role asks of its device, and what the other roles ask of the keys role. No private key leaves."""

from collections.abc import Mapping
from typing import Protocol

from service.sealing.signing import Draft, KeyUse, SigningKey, TokenType

__all__ = ["Signing", "SigningDevice"]


class SigningDevice(Protocol):
    """Ed25519 keys (RFC 8032) that never leave.

    - `create` makes the key of a set and serial, once: asked again, whoever asks, it answers the one that is there.
    - `keys` lists all that have not been forgotten, whichever process made them, in no order.
    - `keep` notes a key's times and place anew.
    - `sign` fails with DeviceError once the private key is destroyed. `destroy` is final; twice is no error.
    - `forget` destroys, and leaves nothing.
    - What was acknowledged is there after a kill.
    """

    async def keys(self) -> tuple[SigningKey, ...]: ...
    async def create(self, draft: Draft) -> SigningKey: ...
    async def keep(self, key: SigningKey) -> None: ...
    async def sign(self, key: SigningKey, message: bytes) -> bytes: ...
    async def destroy(self, key: SigningKey) -> None: ...
    async def forget(self, key: SigningKey) -> None: ...


class Signing(Protocol):
    """The keys role for tokens.

    - `sign` answers a token of that type under the active key of its set; a set's key never signs another's type.
      KeysError where none is active, or the device fails.
    - `published` answers the keys that verifiers may know, as a JWK set.
    - `named` answers a set's keys, for whoever tends them.
    """

    async def sign(self, kind: TokenType, claims: Mapping[str, object]) -> str: ...
    async def published(self) -> dict[str, object]: ...
    async def named(self, use: KeyUse) -> list[SigningKey]: ...
