"""An itinerary as bytes: a clear header for the append, a bit-packed body for the seal.

Rule 1: this file alone says how these bytes lie.
Rule 2: it seals nothing; nothing about the person may stand in the header.

    header = version (1) | epoch (2) | generation, last ordinal applied (varints)
    body   = last day (16 bits) | coverage (31) | open? (1) | stays | regions | each region (20)
             | first start (32) | each stay: region's place | certain? (1) | gap to the former end | length
             | only where a stay is struck: 1 | each stay: struck? (1) | day (16)

A record without a struck stay ends with zeros to a whole byte, as it did before there was any striking.

Times are kept to the second: the rule counts seconds at the window's edge. Lengths and gaps are Exp-Golomb
codes whose orders suit hours (2^14 s) and the minutes between two stays (2^11 s).
"""

from dataclasses import dataclass, replace

from service.domain.itinerary import Certainty, Coverage, Itinerary, Stay
from service.records.bits import BitReader, BitWriter
from service.records.key_record import RecordError, read_varint, varint

__all__ = ["GAP_ORDER", "LENGTH_ORDER", "Header", "decode_itinerary", "encode_itinerary", "split"]

_VERSION = 1
GAP_ORDER, LENGTH_ORDER = 11, 14


@dataclass(frozen=True, slots=True)
class Header:
    """What may be known without a key: which key opens the body, and what was applied to it last."""

    epoch: int
    generation: int
    ordinal: int

    def encode(self) -> bytes:
        """The clear bytes, authenticated together with the body."""
        return bytes([_VERSION]) + self.epoch.to_bytes(2) + varint(self.generation) + varint(self.ordinal)


def split(data: bytes) -> tuple[Header, bytes, bytes]:
    """A stored value as header, the header's bytes, and the sealed body. Raises RecordError."""
    try:
        if data[0] != _VERSION:
            raise RecordError("an itinerary record has an unknown version")
        generation, at = read_varint(data, 3)
        ordinal, at = read_varint(data, at)
    except IndexError:
        raise RecordError("an itinerary record has an unknown shape") from None
    return Header(int.from_bytes(data[1:3]), generation, ordinal), data[:at], data[at:]


def encode_itinerary(itinerary: Itinerary) -> bytes:
    """The body, before it is sealed."""
    bits, stays = BitWriter(), itinerary.stays
    bits.fixed(itinerary.coverage.last_day, 16)
    bits.fixed(itinerary.coverage.bits, 31)
    bits.fixed(bool(stays) and stays[-1].open, 1)
    bits.golomb(len(stays), 3)
    if stays:
        regions = list(dict.fromkeys(stay.region for stay in stays))
        bits.golomb(len(regions), 1)
        for region in regions:
            bits.fixed(region, 20)
        bits.fixed(stays[0].start, 32)
        width, end = (len(regions) - 1).bit_length(), stays[0].start
        for stay in stays:
            bits.fixed(regions.index(stay.region), width)
            bits.fixed(stay.certainty, 1)
            bits.signed(stay.start - end, GAP_ORDER)
            bits.golomb(stay.end - stay.start, LENGTH_ORDER)
            end = stay.end
    if any(stay.struck_on for stay in stays):
        bits.fixed(1, 1)
        for stay in stays:
            bits.fixed(bool(stay.struck_on), 1)
            bits.fixed(stay.struck_on, 16 if stay.struck_on else 0)
    return bits.bytes()


def decode_itinerary(body: bytes) -> Itinerary:
    """The itinerary of an opened body. Raises RecordError."""
    bits = BitReader(body)
    try:
        coverage = Coverage(bits.fixed(16), bits.fixed(31))
        open_last, count = bool(bits.fixed(1)), bits.golomb(3)
        stays = _stays(bits, count, open_last) if count else ()
        if bits.more() and bits.fixed(1):
            stays = tuple(replace(stay, struck_on=_struck_on(bits)) for stay in stays)
        bits.end()
    except (ValueError, IndexError):
        raise RecordError("an itinerary has an unknown shape") from None
    return Itinerary(stays, coverage)


def _struck_on(bits: BitReader) -> int:
    return bits.fixed(16) if bits.fixed(1) else 0


def _stays(bits: BitReader, count: int, open_last: bool) -> tuple[Stay, ...]:
    regions = [bits.fixed(20) for _ in range(bits.golomb(1))]
    end = bits.fixed(32)
    width = (len(regions) - 1).bit_length()
    stays = []
    for place in range(count):
        region, certainty = regions[bits.fixed(width)], Certainty(bits.fixed(1))
        start = end + bits.signed(GAP_ORDER)
        end = start + bits.golomb(LENGTH_ORDER)
        if start < 0 or end >> 32:
            raise ValueError("a time that was never written")
        stays.append(Stay(region, start, end, certainty, open_last and place == count - 1))
    return tuple(stays)
