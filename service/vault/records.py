"""One itinerary record, opened and sealed: what the worker and the link do alike.

Rule 1: the binding of a sealed itinerary to its index, epoch and generation is made here only.
Rule 2: it reads and writes no store.
"""

from service.domain.itinerary import Itinerary
from service.ports.keys import ItineraryKey
from service.records.itinerary_record import Header, decode_itinerary, encode_itinerary, split
from service.sealing.envelope import NONCE_BYTES, seal, unseal

__all__ = ["epoch_of", "expectation", "opened", "opened_body", "sealed", "sealed_body"]

_SUITE = b"aes-256-gcm|itinerary/v1|"


def epoch_of(stored: bytes | None) -> int | None:
    """The epoch that a stored record is sealed in; None where there is none."""
    return split(stored)[0].epoch if stored else None


def opened(index: bytes, key: ItineraryKey, stored: bytes | None) -> tuple[Itinerary, int]:
    """The itinerary and the last ordinal applied; empty where nothing, or a former generation's, is stored."""
    body, ordinal = opened_body(index, key, stored)
    return decode_itinerary(body) if body else Itinerary(), ordinal


def opened_body(index: bytes, key: ItineraryKey, stored: bytes | None) -> tuple[bytes, int]:
    """The same before it is decoded; no bytes for nothing."""
    if not stored:
        return b"", 0
    header, clear, body = split(stored)
    if header.generation != key.generation:
        return b"", 0
    return unseal(key.key, body, _SUITE + index + clear), header.ordinal


def sealed(index: bytes, key: ItineraryKey, itinerary: Itinerary, ordinal: int, nonce: bytes) -> bytes:
    """The bytes to store."""
    return sealed_body(index, key, encode_itinerary(itinerary), ordinal, nonce)


def sealed_body(index: bytes, key: ItineraryKey, body: bytes, ordinal: int, nonce: bytes) -> bytes:
    """The same of an itinerary that is encoded already."""
    clear = Header(key.epoch, key.generation, ordinal).encode()
    return clear + seal(key.key, nonce, body, _SUITE + index + clear)


def expectation(stored: bytes | None) -> bytes | None:
    """What a compare-and-swap compares: header and nonce, which no two versions of a record share."""
    if not stored:
        return None
    _, clear, body = split(stored)
    return clear + body[:NONCE_BYTES]
