"""Who asks, as a keyed hash: enough to count by, useless to whoever reads the counters.

Rule 1: this file alone decides which addresses are one requester.
Rule 2: it keeps nothing, and an address goes no further than into here.

An IPv6 network of 64 bits is one requester: that is what one connection is given, to choose addresses in at will.
"""

import hmac
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address

__all__ = ["requester_of_address", "requester_of_index"]

_LENGTH = 16
_HOST_BITS = 64


def requester_of_address(key: bytes, address: str | None) -> bytes:
    """The hash of an address; of what is none (a unix socket), one for all."""
    return hmac.digest(key, b"address|" + _network(address), sha256)[:_LENGTH]


def requester_of_index(key: bytes, index: bytes) -> bytes:
    """The hash of a number that asks by SMS."""
    return hmac.digest(key, b"index|" + index, sha256)[:_LENGTH]


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
