"""Signed tokens and the life of the keys that sign them (TRUST 3): formats and times as pure values.

Rule 1: what a token, a key's name and a key's state look like is decided here.
Rule 2: it holds no private key and signs nothing: a signature is made in the device and handed in.

    announced ----48 h----> active ----7 days----> verify-only --24 h (receipts 90 days)--> retired
                            (the private key is destroyed at this end)

    token = base64url(header) "." base64url(claims) "." base64url(signature)      RFC 7515 7.1, `alg` Ed25519 of RFC 9864
    kid   = the first eight characters of the RFC 7638 thumbprint of the public key (RFC 8037)
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

__all__ = [
    "Draft",
    "KeyUse",
    "SigningKey",
    "State",
    "TokenType",
    "due",
    "jwks",
    "outlived",
    "successor",
    "thumbprint",
    "token",
    "token_input",
]

ANNOUNCED_SECONDS = 48 * 3600
"""A verifier who was online in these two days knows the next key before it signs."""
ACTIVE_SECONDS = 7 * 86_400

_VERIFY_SECONDS = {"card": 86_400, "receipt": 90 * 86_400}
"""A card lives 24 hours; a receipt is asked for by an inspection, weeks later."""
_KID = 8


class KeyUse(StrEnum):
    """Key sets that never sign for each other."""

    CARD = "card"
    RECEIPT = "receipt"


class TokenType(StrEnum):
    """`typ` of a token: what it is read as, and so which keys may have signed it."""

    CARD = "trip+jwt"
    REVOKED = "trip-revoked+jwt"
    RECEIPT = "trip-receipt+jwt"

    @property
    def use(self) -> KeyUse:
        """The set whose keys sign it."""
        return KeyUse.RECEIPT if self is TokenType.RECEIPT else KeyUse.CARD


class State(StrEnum):
    """Where in its life a key is."""

    ANNOUNCED = "announced"
    ACTIVE = "active"
    VERIFY_ONLY = "verify-only"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Draft:
    """A key that shall be made: the how manyth of its set, and its times in unix seconds."""

    use: KeyUse
    serial: int
    announced_at: int
    active_from: int
    active_until: int
    verify_until: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public side of a key. `position`: its entry in the log; None: made, and not announced yet."""

    life: Draft
    public: bytes  # 32 bytes, RFC 8032
    position: int | None = None

    @property
    def kid(self) -> str:
        """Its name in a token's header."""
        return thumbprint(self.public)[:_KID]

    def state(self, now: int) -> State:
        """Each time belongs to the state that begins with it."""
        if now >= self.life.verify_until:
            return State.RETIRED
        if now < self.life.active_from:
            return State.ANNOUNCED
        return State.ACTIVE if now < self.life.active_until else State.VERIFY_ONLY

    def ending(self, at: int, *, at_once: bool) -> "SigningKey":
        """The same key, active until `at` at the latest; at once: not good for verifying either from then on."""
        until = min(self.life.active_until, at)
        kept = until if at_once else until + _VERIFY_SECONDS[self.life.use]
        return replace(
            self, life=replace(self.life, active_until=until, verify_until=min(self.life.verify_until, kept))
        )

    @property
    def announcement(self) -> bytes:
        """What the log's entry about it commits to: anybody can make the same bytes from the published key."""
        life = self.life
        times = f"{life.announced_at}|{life.active_from}|{life.active_until}|{life.verify_until}"
        return f"key/v1|{life.use.value}|{thumbprint(self.public)}|{times}".encode()


def due(keys: Sequence[SigningKey], use: KeyUse, now: int) -> Draft | None:
    """The key that has to be made now, if any; the first one, or one after a long pause, needs no announcement."""
    mine = [key.life for key in keys if key.life.use is use]
    serial = max((life.serial for life in mine), default=0) + 1
    last = max((life.active_until for life in mine), default=0)
    if last <= now:
        return _draft(use, serial, now, now)
    return _draft(use, serial, now, last) if last - now <= ANNOUNCED_SECONDS else None


def successor(keys: Sequence[SigningKey], use: KeyUse, now: int, *, at_once: bool) -> Draft | None:
    """A key ahead of its time: in 48 hours, or at once. None: one is announced already."""
    mine = [key.life for key in keys if key.life.use is use]
    if not at_once and any(life.active_from > now for life in mine):
        return None
    serial = max((life.serial for life in mine), default=0) + 1
    return _draft(use, serial, now, now if at_once else now + ANNOUNCED_SECONDS)


def outlived(keys: Sequence[SigningKey], use: KeyUse) -> list[tuple[SigningKey, bool]]:
    """Keys that are active beyond the beginning of a set's newest one, each as it should end, and whether it was at once.

    A rotation that was killed leaves them: its key is known by its times, at once where it was announced as it began.
    """
    mine = [key for key in keys if key.life.use is use and key.position is not None]
    if not mine:
        return []
    newest = max(mine, key=lambda key: key.life.serial)
    begins = newest.life.active_from
    at_once = begins == newest.life.announced_at
    return [
        (key.ending(begins, at_once=at_once), at_once)
        for key in mine
        if key is not newest and key.life.active_until > begins
    ]


def _draft(use: KeyUse, serial: int, now: int, begin: int) -> Draft:
    end = begin + ACTIVE_SECONDS
    return Draft(use, serial, now, begin, end, end + _VERIFY_SECONDS[use])


def thumbprint(public: bytes) -> str:
    """RFC 7638 over the members that RFC 8037 requires, in their order."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _encoded(public)}
    return _encoded(sha256(_json(members)).digest())


def jwks(keys: Sequence[SigningKey], now: int) -> dict[str, object]:
    """The published set (RFC 7517): what is announced and not retired, each key with its times and its entry's place."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": _encoded(key.public),
                "kid": key.kid,
                "alg": "Ed25519",
                "use": "sig",
                "signs": key.life.use.value,
                "announced_at": key.life.announced_at,
                "active_from": key.life.active_from,
                "active_until": key.life.active_until,
                "verify_until": key.life.verify_until,
                "log_index": key.position,
            }
            for key in sorted(keys, key=lambda key: (key.life.use, key.life.serial))
            if key.position is not None and key.state(now) is not State.RETIRED
        ]
    }


def token_input(kind: TokenType, kid: str, claims: Mapping[str, object]) -> bytes:
    """What is signed (RFC 7515, 5.1)."""
    header = {"alg": "Ed25519", "kid": kid, "typ": kind.value}
    return f"{_encoded(_json(header))}.{_encoded(_json(claims))}".encode()


def token(signed: bytes, signature: bytes) -> str:
    """The compact form of what was signed."""
    return f"{signed.decode()}.{_encoded(signature)}"


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _encoded(data: bytes) -> str:
    """base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
