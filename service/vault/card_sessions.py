"""A web card's sessions, sealed under an epoch's queue key at a place that only the page's token tells.

Rule 1: sessions are sealed and opened here only, bound to their place; the store holds no token.
Rule 2: it decides nothing about them.

    token (24 random bytes, in the page alone) --SHA-256--> place        stored = epoch (2 bytes) | sealed
"""

import base64
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from service.ports.checks import Checks
from service.ports.keys import KeysError, KeyService
from service.records.card_session_record import (
    CardSession,
    CardSessionError,
    decode_session,
    encode_session,
)
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["CardSessionVault"]

_TOKEN_BYTES = 24
_PLACE_BYTES = 16


class CardSessionVault:
    """On a store of its own kind with the promises of check records: tries are counted, one is the first to confirm."""

    def __init__(self, store: Checks, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._keys = keys
        self._entropy = entropy
        self._opened: dict[int, bytes] = {}

    async def begin(self, session: CardSession, seconds: int) -> str:
        """Keep it for so long; the token to reach it by. Raises StoreError, KeysError."""
        token = base64.urlsafe_b64encode(self._entropy(_TOKEN_BYTES)).decode()
        await self._put(_place(token), session, seconds)
        return token

    async def read(self, token: str) -> CardSession | None:
        """What waits for its proof; None where nothing does. Raises StoreError."""
        return await self._read(_place(token))

    async def tried(self, token: str) -> int:
        """One more try: how many there were, this one included; 0 where nothing waits. Raises StoreError."""
        return await self._store.missed(_place(token))

    async def spent(self, token: str) -> bool:
        """Use it up: of all who ask exactly one is told yes. Raises StoreError."""
        return await self._store.confirm(_place(token)) == 1

    async def shown(self, token: str, session: CardSession, place: bytes, seconds: int) -> None:
        """Remember for the page which card it shows. Raises StoreError, KeysError."""
        await self._put(_shown_place(token), replace(session, code="", place=place.hex()), seconds)

    async def card(self, token: str) -> CardSession | None:
        """Whose card the page shows, and which. Raises StoreError."""
        return await self._read(_shown_place(token))

    async def tried_again(self, token: str) -> int:
        """One more try in a page that shows a card; 0 where none does. Raises StoreError."""
        return await self._store.missed(_shown_place(token))

    @staticmethod
    def nobody(token: str) -> bytes:
        """An index that is nobody's, for claims that shall cost the same."""
        return sha256(b"nobody|" + token.encode()).digest()[:_PLACE_BYTES]

    async def _put(self, place: bytes, session: CardSession, seconds: int) -> None:
        epoch = self._keys.current_epoch
        key = await self._key(epoch)
        sealed = seal(key, self._entropy(NONCE_BYTES), encode_session(session), b"card|" + place)
        await self._store.put(place, epoch.to_bytes(2) + sealed, b"", seconds)

    async def _read(self, place: bytes) -> CardSession | None:
        record = await self._store.read(place)
        if record is None:
            return None
        try:
            key = await self._key(int.from_bytes(record.sealed[:2]))
            return decode_session(unseal(key, record.sealed[2:], b"card|" + place))
        except (SealError, CardSessionError, KeysError):
            return None

    async def _key(self, epoch: int) -> bytes:
        if epoch not in self._opened:
            self._opened[epoch] = await self._keys.derive_queue(epoch)
        return self._opened[epoch]


def _place(token: str) -> bytes:
    return sha256(b"session|" + token.encode()).digest()[:_PLACE_BYTES]


def _shown_place(token: str) -> bytes:
    return sha256(b"shown|" + token.encode()).digest()[:_PLACE_BYTES]
