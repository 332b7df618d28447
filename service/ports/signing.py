"""Signing: what the keys role asks of its device, and what the other roles ask of the keys role. No private key leaves."""

from typing import Any, Protocol

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
    - `published` answers the keys that verifiers may know, as a JWK set.
    - `named` answers a set's keys, `make_signing` makes one that nobody is told of yet, `keep_signing` notes its times
      and its place in the log, `sweep_signing` destroys what signs no more and forgets what was retired long ago: for
      whoever tends them.
    - KeysError where no key is active, or the device fails.
    """

    async def sign(self, kind: TokenType, claims: dict[str, Any]) -> str: ...
    async def published(self) -> dict[str, Any]: ...
    async def named(self, use: KeyUse) -> list[SigningKey]: ...
    async def make_signing(self, draft: Draft) -> SigningKey: ...
    async def keep_signing(self, key: SigningKey) -> None: ...
    async def sweep_signing(self) -> None: ...
