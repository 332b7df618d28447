"""Consent records, sealed for their subscription and opened for it.

Rule 1: consents are sealed here only, under a key of their own that dies with the subscription's secret.
Rule 2: it decides nothing about a consent.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from service.domain.consent import Consent
from service.ports.consents import Consents
from service.ports.keys import LogKey
from service.records.consent_record import decode_consent, encode_consent
from service.records.key_record import RecordError
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal
from service.sealing.keyring import consent_key
from service.vault.entry_details import holder_of

__all__ = ["ConsentVault", "HeldConsent", "new_id", "principal"]


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A consent as it was read, and what its next version has to replace."""

    consent: Consent
    stored: bytes = field(repr=False)


def new_id(now: float, entropy: Callable[[int], bytes]) -> str:
    """A UUID of version 7 (RFC 9562 5.7): milliseconds in front, so that ids ascend with time."""
    bits = int(now * 1000) << 80 | int.from_bytes(entropy(10))
    bits = bits & ~(0xF << 76) | 7 << 76
    return str(UUID(int=bits & ~(0b11 << 62) | 0b10 << 62))


def principal(key: LogKey) -> str:
    """The pseudonym under which a record speaks of its subscription; nobody without K_s links it to anything."""
    return hmac.digest(consent_key(key.key), b"principal", sha256)[:16].hex()


class ConsentVault:
    """Typed and open on this side, sealed on the other."""

    def __init__(self, store: Consents, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._entropy = entropy

    def sealed(self, index: bytes, key: LogKey, consent: Consent) -> HeldConsent:
        """A new consent as it will lie there."""
        return HeldConsent(consent, self._sealed(holder_of(index, key.generation), key, consent))

    async def put(self, index: bytes, key: LogKey, held: HeldConsent) -> None:
        """Keep a new consent. Raises StoreError."""
        holder = holder_of(index, key.generation)
        await self._store.put(holder, UUID(held.consent.record_id).bytes, held.stored)

    async def replace(self, index: bytes, key: LogKey, held: HeldConsent, consent: Consent) -> bool:
        """The next version of one; False where somebody was first, or it is gone. Raises StoreError."""
        holder = holder_of(index, key.generation)
        stored = self._sealed(holder, key, consent)
        return await self._store.swap(holder, UUID(consent.record_id).bytes, held.stored, stored)

    async def all(self, index: bytes, key: LogKey) -> list[HeldConsent]:
        """All that open, oldest first. Raises StoreError."""
        holder = holder_of(index, key.generation)
        found = []
        for ident, stored in (await self._store.all(holder)).items():
            try:
                plain = unseal(consent_key(key.key), stored, _bound(holder, ident))
                found.append(HeldConsent(decode_consent(plain), stored))
            except (SealError, RecordError):
                continue
        return found

    async def drop(self, index: bytes, generation: int) -> None:
        """Forget all of one life of a number. Raises StoreError."""
        await self._store.drop(holder_of(index, generation))

    def _sealed(self, holder: bytes, key: LogKey, consent: Consent) -> bytes:
        bound = _bound(holder, UUID(consent.record_id).bytes)
        return seal(consent_key(key.key), self._entropy(NONCE_BYTES), encode_consent(consent), bound)


def _bound(holder: bytes, ident: bytes) -> bytes:
    return b"aes-256-gcm|consent/v1|" + holder + ident
