"""One entry of the transparency log: what stands in the open, and what it commits to.

Rule 1: this file alone makes the canonical bytes of an entry.
Rule 2: it knows no number, no region and no file.

    leaf = canonical JSON {"c": commitment, "k": kind, "t": hour, "tag": tag, "v": 1}
    tag  = HMAC-SHA256(K_s, "tag" | n)[:16], n the subscription's own running number
    c    = SHA-256(salt | details): says nothing without the salt, binds us with it
    hash = SHA-256(0x00 | leaf)                                              (RFC 6962, 2.1)
"""

import hmac
import json
from enum import StrEnum
from hashlib import sha256

__all__ = ["Kind", "leaf", "leaf_hash", "tag"]

_HOUR = 3600


class Kind(StrEnum):
    """The public kinds of entries that are written so far."""

    DISCLOSE = "disclose"


def tag(log_key: bytes, number: int) -> bytes:
    """What the holder of K_s finds entry `number` by, and nobody else can link to another."""
    return hmac.digest(log_key, b"tag|%d" % number, sha256)[:16]


def leaf(kind: Kind, now: int, entry_tag: bytes, salt: bytes, details: bytes) -> bytes:
    """The canonical bytes: sorted keys, no spaces, ASCII. The time is kept to the hour."""
    fields = {
        "v": 1,
        "t": now // _HOUR,
        "k": kind.value,
        "tag": entry_tag.hex(),
        "c": sha256(salt + details).hexdigest(),
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def leaf_hash(entry: bytes) -> bytes:
    """The leaf's hash in the tree."""
    return sha256(b"\x00" + entry).digest()
