"""What the key space holds of one subscription: about 47 bytes.

Rule 1: this file alone says how these bytes lie.
Rule 2: it opens nothing: secret and verifiers are opaque here.

    version and document type (1) | epoch (2) | activation day (2) | generation, running number (varints)
    | version 2 only: flags (1), where bit 0 is set: included at (4), where bit 2 is set: locked until (4),
      where bit 5 is set: silently locked until (4)
    | wrapped secret (24) | verifier (16) | second verifier (0 or 16)              (none of the three where bit 3 is set)

Flags: bit 0 its owner asked to be included, bit 1 a dispute may be open, bit 2 its owner has locked it, bit 3 its owner
has erased it (which life of the number it was is all that is left), bit 4 its owner wants to be told of new regions, bit 5 its
second digits have been used. A record without any is written as version 1, byte
for byte as before there were flags.
"""

from dataclasses import dataclass, field

from service.domain.identity import DocumentType

__all__ = ["KeyRecord", "RecordError", "read_varint", "varint"]

_VERSION, _FLAGGED = 1, 2
_INCLUDED, _DISPUTES, _LOCKED, _ERASED, _NOTICES, _SILENT = 1, 2, 4, 8, 16, 32
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
    included_at: int = 0  # unix second; 0: its owner did not ask
    disputes: bool = False
    locked_until: int = 0  # unix second; 0: not locked
    notices: bool = False  # whether its owner wants to be told of new regions
    silent_until: int = 0  # unix second; locked by its second digits, which nothing shows; 0: never
    erased: bool = False  # then there is no secret and no verifier

    @classmethod
    def tombstone(cls, document_type: DocumentType, activated_on: int, generation: int) -> "KeyRecord":
        """What is left of an erased life of a number: its day and its count, so that it does not begin again."""
        return cls(document_type, 0, activated_on, generation, 0, b"", b"", erased=True)

    def locked(self, now: float) -> bool:
        """Whether lookups are locked at this unix second, by its owner's word or by second digits."""
        return now < max(self.locked_until, self.silent_until)

    def encode(self) -> bytes:
        """The stored bytes."""
        flags = self._flags()
        version = _FLAGGED if flags else _VERSION
        return (
            bytes([version << 4 | _TYPES.index(self.document_type)])
            + self.epoch.to_bytes(2)
            + self.activated_on.to_bytes(2)
            + varint(self.generation)
            + varint(self.running)
            + flags
            + self.wrapped
            + self.verifier
            + self.second
        )

    def _flags(self) -> bytes:
        flags = _INCLUDED * bool(self.included_at) | _DISPUTES * self.disputes
        flags |= _LOCKED * bool(self.locked_until) | _ERASED * self.erased | _NOTICES * self.notices
        flags |= _SILENT * bool(self.silent_until)
        kept = (self.included_at, self.locked_until, self.silent_until)
        moments = [moment.to_bytes(4) for moment in kept if moment]
        return bytes([flags, *b"".join(moments)]) if flags else b""

    @classmethod
    def decode(cls, data: bytes) -> "KeyRecord":
        """The record of such bytes. Raises RecordError."""
        try:
            version = data[0] >> 4
            if version not in {_VERSION, _FLAGGED}:
                raise RecordError("a key record has an unknown version")
            generation, at = read_varint(data, 5)
            running, at = read_varint(data, at)
            flags, at = (data[at], at + 1) if version == _FLAGGED else (0, at)
            moment = data[at : at + 4] if flags & _INCLUDED else b""
            at += len(moment)
            until = data[at : at + 4] if flags & _LOCKED else b""
            at += len(until)
            silent = data[at : at + 4] if flags & _SILENT else b""
            at += len(silent)
            kind = _TYPES[data[0] & 15]
        except IndexError:
            raise RecordError("a key record has an unknown shape") from None
        tail = data[at:]
        lengths = {0} if flags & _ERASED else {_WRAPPED + _VERIFIER, _WRAPPED + 2 * _VERIFIER}
        if flags >= 2 * _SILENT or (flags & _ERASED and flags != _ERASED) or len(tail) not in lengths:
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
            int.from_bytes(moment),
            bool(flags & _DISPUTES),
            int.from_bytes(until),
            bool(flags & _NOTICES),
            int.from_bytes(silent),
            bool(flags & _ERASED),
        )


def varint(value: int) -> bytes:
    """LEB128, seven bits a byte, low ones first."""
    if value < 128:
        return bytes((value,))
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
