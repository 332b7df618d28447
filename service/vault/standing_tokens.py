"""What a verifier asks again with: which consent is meant, sealed for the link role. It is kept nowhere.

Rule 1: tokens are sealed and opened here only, under a key that comes of K_idx, which web and verifiers do not have.
Rule 2: it decides nothing: what a token names may have ended long ago.

    token = base64url( AES-256-GCM( index 16 | generation 4 | record id 16 ) )        two of one number have nothing in common
"""

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["NamedConsent", "StandingTokens"]

_BOUND = b"aes-256-gcm|standing/v1"
_INDEX, _GENERATION, _RECORD = 16, 4, 16


@dataclass(frozen=True, slots=True)
class NamedConsent:
    """A consent of one life of a number."""

    index: bytes = field(repr=False)
    generation: int
    record_id: str


class StandingTokens:
    """For the link role."""

    def __init__(self, index_key: bytes, entropy: Callable[[int], bytes]) -> None:
        self._key = hmac.digest(index_key, b"standing/v1", sha256)
        self._entropy = entropy

    def token(self, named: NamedConsent) -> str:
        """Another one each time."""
        plain = named.index + named.generation.to_bytes(_GENERATION) + UUID(named.record_id).bytes
        sealed = seal(self._key, self._entropy(NONCE_BYTES), plain, _BOUND)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def named(self, token: str) -> NamedConsent | None:
        """What a token names; None for what is none. Spaces and line breaks of a copied one don't matter."""
        bare = "".join(token.split())
        try:
            sealed = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
            plain = unseal(self._key, sealed, _BOUND)
        except (SealError, ValueError):
            return None
        if len(plain) != _INDEX + _GENERATION + _RECORD:
            return None
        rest = plain[_INDEX:]
        return NamedConsent(
            plain[:_INDEX], int.from_bytes(rest[:_GENERATION]), str(UUID(bytes=rest[_GENERATION:]))
        )
