"""The keys role for tokens: which key signs, and when a new one is made and an old one destroyed.

Rule 1: a token is signed here only, under the key that is active and in the log, of the set that its type belongs to.
Rule 2: it never sees a private key, and knows nothing of what a token claims.
"""

from collections.abc import Callable
from typing import Any

from service.ports.device import DeviceError
from service.ports.keys import KeysError
from service.ports.signing import SigningDevice
from service.sealing.signing import Draft, KeyUse, SigningKey, State, TokenType, jwks, token, token_input

__all__ = ["KEPT_SECONDS", "DeviceSigning"]

KEPT_SECONDS = 30 * 86_400
"""How long a retired key's public side is kept, for whoever looks at the states."""


class DeviceSigning:
    """Implements `ports.signing.Signing` on a device. `clock` in unix seconds."""

    def __init__(self, device: SigningDevice, clock: Callable[[], float]) -> None:
        self._device = device
        self._clock = clock

    async def sign(self, kind: TokenType, claims: dict[str, Any]) -> str:
        """See `ports.signing.Signing`."""
        now = int(self._clock())
        active = [
            key
            for key in await self.named(kind.use)
            if key.state(now) is State.ACTIVE and key.position is not None
        ]
        if not active:
            raise KeysError(f"no {kind.use.value} key is active; the serving process makes one")
        key = max(active, key=lambda key: key.life.serial)
        message = token_input(kind, key.kid, claims)
        try:
            return token(message, await self._device.sign(key, message))
        except DeviceError:
            raise KeysError(f"the active {kind.use.value} key cannot sign; look at the key device") from None

    async def published(self) -> dict[str, Any]:
        """See `ports.signing.Signing`."""
        return jwks(await self._all(), int(self._clock()))

    async def named(self, use: KeyUse) -> list[SigningKey]:
        """See `ports.signing.Signing`."""
        return [key for key in await self._all() if key.life.use is use]

    async def make_signing(self, draft: Draft) -> SigningKey:
        """See `ports.signing.Signing`."""
        try:
            return await self._device.create(draft)
        except DeviceError:
            raise KeysError("the key device made no signing key") from None

    async def keep_signing(self, key: SigningKey) -> None:
        """See `ports.signing.Signing`."""
        try:
            await self._device.keep(key)
        except DeviceError:
            raise KeysError("the key device keeps no times of a signing key") from None

    async def sweep_signing(self) -> None:
        """See `ports.signing.Signing`."""
        now = int(self._clock())
        try:
            for key in await self._device.keys():
                if now >= key.life.verify_until + KEPT_SECONDS:
                    await self._device.forget(key)
                elif key.state(now) in {State.VERIFY_ONLY, State.RETIRED}:
                    await self._device.destroy(key)
        except DeviceError:
            raise KeysError("the key device destroyed no signing key") from None

    async def _all(self) -> tuple[SigningKey, ...]:
        try:
            return await self._device.keys()
        except DeviceError:
            raise KeysError("the signing keys cannot be read; look at the key device") from None
