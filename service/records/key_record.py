"""What the key space holds of one subscription: about 47 bytes.

Rule 1: this file alone says how these bytes lie.
Rule 2: it opens nothing: secret and verifiers are opaque here.

    version and document type (1) | epoch (2) | activation day (2) | generation, running number (varints)
    | wrapped secret (24) | verifier (16) | second verifier (0 or 16)
"""

from dataclasses import dataclass, field

from service.domain.identity import DocumentType

__all__ = ["KeyRecord", "RecordError", "read_varint", "varint"]

_VERSION = 1
_WRAPPED, _VERIFIER = 24, 16
_TYPES = tuple(DocumentType)


class RecordError(ValueError):
    """Stored bytes of another version or shape. The text never holds any of them."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One subscription's keys and counters. Days are Shanghai day ordinals, epochs the day they began."""

    document_type: DocumentType
    epoch: int
    activated_on: int
    generation: int
    running: int  # the last running number given to a log entry
    wrapped: bytes = field(repr=False)
    verifier: bytes = field(repr=False)
    second: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """The stored bytes."""
        return (
            bytes([_VERSION << 4 | _TYPES.index(self.document_type)])
            + self.epoch.to_bytes(2)
            + self.activated_on.to_bytes(2)
            + varint(self.generation)
            + varint(self.running)
            + self.wrapped
            + self.verifier
            + self.second
        )

    @classmethod
    def decode(cls, data: bytes) -> "KeyRecord":
        """The record of such bytes. Raises RecordError."""
        try:
            if data[0] >> 4 != _VERSION:
                raise RecordError("a key record has an unknown version")
            generation, at = read_varint(data, 5)
            running, at = read_varint(data, at)
            kind = _TYPES[data[0] & 15]
        except IndexError:
            raise RecordError("a key record has an unknown shape") from None
        tail = data[at:]
        if len(tail) not in {_WRAPPED + _VERIFIER, _WRAPPED + 2 * _VERIFIER}:
            raise RecordError("a key record has an unknown shape")
        return cls(
            kind,
            int.from_bytes(data[1:3]),
            int.from_bytes(data[3:5]),
            generation,
            running,
            tail[:_WRAPPED],
            tail[_WRAPPED : _WRAPPED + _VERIFIER],
            tail[_WRAPPED + _VERIFIER :],
        )


def varint(value: int) -> bytes:
    """LEB128, seven bits a byte, low ones first."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The value at a place and the place behind it. Raises IndexError where the bytes end."""
    value = shift = 0
    while data[at] & 128:
        value |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1
