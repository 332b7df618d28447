"""Sealing and wrapping: AES-256-GCM for values, AES key wrap for keys.

Rule 1: no other file calls a cipher.
Rule 2: it draws no randomness and knows no key's purpose: nonces and keys are arguments.

    sealed  = nonce (12 bytes, random, NIST SP 800-38D 8.2.2) | ciphertext | tag (16 bytes)
    posted  = ephemeral public key (32 bytes) | ciphertext | tag: whoever holds the public key can seal, not open
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

__all__ = [
    "KEY_BYTES",
    "NONCE_BYTES",
    "OVERHEAD",
    "SealError",
    "post",
    "public_key",
    "seal",
    "unpost",
    "unseal",
    "unwrap",
    "wrap",
]

KEY_BYTES = 32

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


def public_key(private: bytes) -> bytes:
    """The X25519 public key (RFC 7748) that belongs to 32 private bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def post(public: bytes, ephemeral: bytes, plaintext: bytes, bound: bytes) -> bytes:
    """Seal to a public key; `ephemeral` is 32 random bytes that serve once.

    The key is HKDF-SHA256 of the shared secret with both public keys as info, as RFC 9180 has it in spirit. It serves
    one message, so that its nonce may be zero. HPKE itself came to the library after the release that we hold to.
    """
    mine = X25519PrivateKey.from_private_bytes(ephemeral)
    shown = mine.public_key().public_bytes_raw()
    key = _shared(mine, public, shown + public)
    return shown + AESGCM(key).encrypt(bytes(NONCE_BYTES), plaintext, bound)


def unpost(private: bytes, posted: bytes, bound: bytes) -> bytes:
    """What was sealed to this private key's public one. Raises SealError."""
    mine, shown = X25519PrivateKey.from_private_bytes(private), posted[:KEY_BYTES]
    try:
        key = _shared(mine, shown, shown + mine.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(bytes(NONCE_BYTES), posted[KEY_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise SealError("does not open under this key") from None


def _shared(mine: X25519PrivateKey, theirs: bytes, info: bytes) -> bytes:
    secret = mine.exchange(X25519PublicKey.from_public_bytes(theirs))
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"post/v1|" + info).derive(secret)


def wrap(kek: bytes, key: bytes) -> bytes:
    """AES key wrap (RFC 3394): 8 bytes longer than the key, deterministic, no nonce to lose."""
    return aes_key_wrap(kek, key)


def unwrap(kek: bytes, wrapped: bytes) -> bytes:
    """The wrapped key. Raises SealError."""
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        raise SealError("does not unwrap under this key") from None
