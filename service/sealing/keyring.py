"""Which key is made from which: every derivation of the service.

Rule 1: a label stands in this file and nowhere else; a new purpose is a new label.
Rule 2: it holds no key and knows no storage.

    device (HSM):  KEK[epoch]  pepper
                      | unwraps
                   material[epoch] --+-- KW[shard, epoch] --wraps--> secret (16 random bytes a subscription)
                                     +-- E[shard, epoch] --+              |
                                     +-- queue, checkpoint |              +-- log key K_s (details, consents), dispute key
                                     +-- notice (private)  |
                                                           +-- itinerary key (secret and E: both must live)
    device:        P1 --> place of a check record          P2, code and last four --> key of a check record

HKDF-Expand of RFC 5869 with SHA-256; the inputs are uniform keys, so there is nothing to extract. A key of 32 bytes is its first
block alone, one HMAC (2.3); a library's object for it costs ten times that, and a lookup derives eight keys.
"""

import hmac
from hashlib import sha256

__all__ = [
    "MATERIAL_BYTES",
    "SECRET_BYTES",
    "answer_claim",
    "check_binding",
    "check_claim",
    "check_key",
    "check_place",
    "checkpoint_key",
    "consent_key",
    "details_key",
    "dispute_key",
    "document_claim",
    "epoch_share",
    "itinerary_key",
    "log_key",
    "notice_key",
    "queue_key",
    "receipt_mac",
    "shard_of",
    "wrapping_key",
]

SECRET_BYTES = 16
MATERIAL_BYTES = 32


def shard_of(index: bytes) -> int:
    """The key shard of a subscription: 256 of them, by the first byte of the index."""
    return index[0]


def wrapping_key(material: bytes, shard: int) -> bytes:
    """KW[shard, epoch]: wraps the secrets of a shard."""
    return _expand(material, b"kw/v1|%d" % shard)


def epoch_share(material: bytes, shard: int) -> bytes:
    """E[shard, epoch]: without it no itinerary of that epoch opens, whatever else is kept."""
    return _expand(material, b"e/v1|%d" % shard)


def itinerary_key(secret: bytes, share: bytes, index: bytes, generation: int) -> bytes:
    """Opens one subscription's itinerary in one epoch."""
    return _expand(secret + share, b"itinerary/v1|" + index + generation.to_bytes(4))


def log_key(secret: bytes, index: bytes, generation: int) -> bytes:
    """K_s: tags and details of this subscription's log entries; outlives epochs, dies with the secret."""
    return _expand(secret, b"log/v1|" + index + generation.to_bytes(4))


def consent_key(key: bytes) -> bytes:
    """Seals consent records; made from K_s, which no role but the link holds."""
    return _expand(key, b"consent/v1")


def details_key(key: bytes) -> bytes:
    """Seals the details of log entries; made from K_s, so that whoever may write entries can keep what they are about."""
    return _expand(key, b"details/v1")


def dispute_key(secret: bytes, index: bytes, generation: int) -> bytes:
    """Seals what a subscription's dispute tickets are about; outlives epochs, dies with the secret."""
    return _expand(secret, b"dispute/v1|" + index + generation.to_bytes(4))


def notice_key(material: bytes) -> bytes:
    """The private key (X25519) that opens what other roles may only seal: notices for the link role to send."""
    return _expand(material, b"notice/v1")


def queue_key(material: bytes) -> bytes:
    """Seals conversations and the outbox of one epoch."""
    return _expand(material, b"queue/v1")


def checkpoint_key(material: bytes) -> bytes:
    """Seals the worker's kernel state of one epoch."""
    return _expand(material, b"checkpoint/v1")


def document_claim(index: bytes, secret: bytes, document_type: str, last_four: str) -> bytes:
    """What the device MACs with the pepper. Fixed-length parts first, so no two claims are the same bytes."""
    return b"id4/v1|" + index + secret + f"{document_type}|{last_four}".encode()


def check_place(code: str) -> bytes:
    """What the device MACs with P1: where the record of a code lies."""
    return b"check/place/v1|" + code.encode()


def check_claim(code: str, last_four: str) -> bytes:
    """What the device MACs with P2, the salt of HKDF-Extract. Both parts have a fixed length."""
    return b"check/key/v1|" + code.encode() + last_four.encode()


def check_key(extracted: bytes) -> bytes:
    """Opens one check record."""
    return _expand(extracted, b"check/v1")


def check_binding(place: bytes) -> bytes:
    """What a check record is bound to."""
    return b"check/v1|" + place


def answer_claim(log_index: int, content: bytes) -> bytes:
    """What the device MACs with P2 for a check's receipt; its label tells it from `check_claim`."""
    return b"check/answer/v1|" + log_index.to_bytes(8) + content


def receipt_mac(key: bytes, receipt: bytes) -> bytes:
    """What the log signs a receipt with; the log and the keys role share the key."""
    return hmac.digest(key, receipt, sha256)


def _expand(key: bytes, label: bytes) -> bytes:
    return hmac.digest(key, label + b"\x01", sha256)
