"""One entry of the transparency log: what stands in the open, and what it commits to.

Rule 1: this file alone makes the canonical bytes of an entry.
Rule 2: it knows no number, no region and no file.

    leaf = canonical JSON {"c": commitment, "k": kind, "t": hour, "tag": tag, "v": 1}
    tag  = HMAC-SHA256(K_s, "tag" | n)[:16], n the subscription's own running number
    c    = SHA-256(salt | details): says nothing without the salt, binds us with it
"""

import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

__all__ = ["Entry", "EntryError", "Kind", "leaf", "tag"]

_HOUR = 3600


_CANONICAL = re.compile(
    rb'\{"c":"[0-9a-f]{64}","k":"([a-z]+(?:\.[a-z]+)?)","t":(0|[1-9][0-9]{0,9}),"tag":"[0-9a-f]{32}","v":1\}'
)
"""The canonical form and no other: what `leaf` writes, as a pattern. Ten times as fast as reading the JSON."""


class EntryError(ValueError):
    """Bytes that are no entry."""


class Kind(StrEnum):
    """The public kinds of entries (TRUST 4)."""

    QUERY = "query"
    DISCLOSE = "disclose"
    CHECK = "check"
    PREDICATE = "predicate"
    REFUSE = "refuse"
    CONSENT_GIVEN = "consent.given"
    CONSENT_REFUSED = "consent.refused"  # asked for by somebody who proved nothing
    CONSENT_USED = "consent.used"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    CONSENT_EXPIRED = "consent.expired"
    LOCK = "lock"
    UNLOCK = "unlock"
    ERASE = "erase"
    CORRECTION = "correction"
    DISPUTE = "dispute"
    STAFF_PROPOSE = "staff.propose"
    STAFF_APPROVE = "staff.approve"
    STAFF_SHOW = "staff.show"
    STAFF_RESEND = "staff.resend"
    STAFF_WITHDRAW = "staff.withdraw"
    STAFF_LIFT = "staff.lift"
    STAFF_UNLOCK = "staff.unlock"
    STAFF_REGISTER = "staff.register"  # a verifier may ask in its own name
    STAFF_UNREGISTER = "staff.unregister"
    STAFF_ROTATE = "staff.rotate"  # keys or an epoch, ahead of their time
    STAFF_SWEEP = "staff.sweep"
    STAFF_CLOSE = "staff.close"  # somebody carries the ordered end out
    STAFF_BACKUP = "staff.backup"  # a backup is about to count as verified
    CONFIG = "config"
    RESTORE = "restore"
    SUNSET = "sunset"
    KEY_ANNOUNCED = "key.announced"
    KEY_CHANGED = "key.changed"  # its times are shorter than announced
    KEY_BEGUN = "key.begun"  # an epoch's, which seals from now on
    KEY_DESTROYED = "key.destroyed"  # an epoch's: no copy of the store from its days opens any more
    KEY_RETIRED = "key.retired"  # before its time, and good for nothing any more
    VOID = "void"  # a running number that was reserved and then not used


_FAMILIES = ("staff.", "key.")
"""Kinds that are many: what staff did, what became of a key."""

_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says in the open: its kind and its hour (since 1970)."""

    kind: str
    hour: int

    @classmethod
    def parse(cls, content: bytes) -> "Entry":
        """Read an entry. Raises EntryError for every byte that `leaf` would not have written so."""
        found = _CANONICAL.fullmatch(content)
        if found is None:
            raise EntryError("not in the canonical form")
        kind = found[1].decode()
        if kind not in _KINDS and not kind.startswith(_FAMILIES):
            raise EntryError("of a kind that does not exist")
        return cls(kind, int(found[2]))


def tag(log_key: bytes, number: int) -> bytes:
    """What the holder of K_s finds entry `number` by, and nobody else can link to another."""
    return hmac.digest(log_key, b"tag|%d" % number, sha256)[:16]


def leaf(kind: Kind, now: int, entry_tag: bytes, salt: bytes, details: bytes) -> bytes:
    """The canonical bytes: sorted keys, no spaces, ASCII. The time is kept to the hour."""
    commitment, hour = sha256(salt + details).hexdigest(), now // _HOUR
    return f'{{"c":"{commitment}","k":"{kind.value}","t":{hour},"tag":"{entry_tag.hex()}","v":1}}'.encode()
