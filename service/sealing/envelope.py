"""Sealing and wrapping: AES-256-GCM for values, AES key wrap for keys.

Rule 1: no other file calls a cipher.
Rule 2: it draws no randomness and knows no key's purpose: nonces and keys are arguments.

    sealed = nonce (12 bytes, random, NIST SP 800-38D 8.2.2) | ciphertext | tag (16 bytes)
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

__all__ = ["NONCE_BYTES", "OVERHEAD", "SealError", "seal", "unseal", "unwrap", "wrap"]

NONCE_BYTES = 12
OVERHEAD = NONCE_BYTES + 16


class SealError(Exception):
    """Bytes that this key does not open: altered, of another record, or of a destroyed key."""


def seal(key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Seal under a 32-byte key; `bound` is authenticated with it (AAD). A nonce serves a key once."""
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """The plaintext, if key, bytes and `bound` are the ones it was sealed with. Raises SealError."""
    if len(sealed) < OVERHEAD:
        raise SealError("too short to be sealed")
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag:
        raise SealError("does not open under this key") from None


def wrap(kek: bytes, key: bytes) -> bytes:
    """AES key wrap (RFC 3394): 8 bytes longer than the key, deterministic, no nonce to lose."""
    return aes_key_wrap(kek, key)


def unwrap(kek: bytes, wrapped: bytes) -> bytes:
    """The wrapped key. Raises SealError."""
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        raise SealError("does not unwrap under this key") from None
