"""Who asks, as a keyed hash: enough to count by, useless to whoever reads the counters.

Rule 1: this file alone decides which addresses are one requester, and under which hash anything of theirs is counted.
Rule 2: it keeps nothing, and an address goes no further than into here.

An IPv6 network of 64 bits is one requester: that is what one connection is given, to choose addresses in at will.
"""

import hmac
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address

__all__ = [
    "binder_of",
    "budget_of",
    "place_of_digits",
    "requester_for",
    "requester_of_address",
    "requester_of_index",
    "secret_of_verifier",
]

_LENGTH = 16
_HOST_BITS = 64


def requester_of_address(key: bytes, address: str | None) -> bytes:
    """The hash of an address; of what is none (a unix socket), one for all."""
    return hmac.digest(key, b"address|" + _network(address), sha256)[:_LENGTH]


def requester_of_index(key: bytes, index: bytes) -> bytes:
    """The hash of a number that asks by SMS."""
    return hmac.digest(key, b"index|" + index, sha256)[:_LENGTH]


def requester_for(key: bytes, purpose: bytes, requester: bytes) -> bytes:
    """The same requester, counted for another purpose."""
    return hmac.digest(key, b"for|" + purpose + b"|" + requester, sha256)[:_LENGTH]


def place_of_digits(key: bytes, digits: str) -> bytes:
    """Where the challenge of six digits lies. They are few: without the key the place tells them no better."""
    return hmac.digest(key, b"digits|" + digits.encode(), sha256)[:_LENGTH]


def binder_of(key: bytes, ident: bytes, index: bytes) -> bytes:
    """Who is bound to a challenge: another value in each, so that two challenges of one number have nothing in common."""
    return hmac.digest(key, b"binder|" + ident + index, sha256)[:_LENGTH]


def budget_of(key: bytes, index: bytes, generation: int, asker: bytes) -> bytes:
    """What one verifier may still ask about one life of a number, as somebody to be counted."""
    return hmac.digest(key, b"budget|" + index + generation.to_bytes(4) + asker, sha256)[:_LENGTH]


def secret_of_verifier(key: bytes, code: str, secret: str) -> str:
    """What is kept of a registered verifier's secret, in hex."""
    return hmac.digest(key, b"verifier|" + code.encode() + b"|" + secret.encode(), sha256).hex()


def _network(address: str | None) -> bytes:
    try:
        parsed: IPv4Address | IPv6Address = ip_address((address or "").partition("%")[0])
    except ValueError:
        return b""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return (int(parsed) >> _HOST_BITS).to_bytes(8)
        parsed = parsed.ipv4_mapped
    return parsed.packed
