"""Texts as octets: alphabets, and the parts that a long text is cut into.

Rule 1: this file alone knows how a text becomes short messages, and how parts become a text again.
Rule 2: it knows no PDU; a part is octets, its place and its coding.

    GSM 03.38    160 septets alone, 153 in each of several        sent unpacked, one octet a septet
    UCS-2         70 units alone,    67 in each of several        UTF-16BE, surrogate pairs never parted

A part is 140 octets on the air; its header takes 6 (8-bit reference) or 7 (16-bit, so 66 units).
3GPP TS 23.038 (alphabets), 23.040 9.2.3.24 (headers).
"""

from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "Coding",
    "Concat",
    "TextError",
    "coding_for",
    "cut",
    "decode_text",
    "encode_text",
    "parse_udh",
    "units",
    "with_udh",
]

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_ESCAPE = 0x1B
_SEPTETS = {character: bytes([place]) for place, character in enumerate(_BASIC) if place != _ESCAPE}
_SEPTETS |= {character: bytes([_ESCAPE, place]) for character, place in _EXTENSION.items()}
_GSM = frozenset(_SEPTETS)
_EXTENDED = {code: character for character, code in _EXTENSION.items()}

_IE_8BIT, _IE_16BIT = 0x00, 0x08
_MESSAGE_CLASS, _EIGHT_BIT = (
    0xF0,
    0x04,
)  # 23.038, 4: a class is named, and the default alphabet meant but for bit 2


class Coding(IntEnum):
    """data_coding values that we read and write (SMPP 3.4, 5.2.19)."""

    DEFAULT = 0x00
    ASCII = 0x01
    LATIN1 = 0x03
    UCS2 = 0x08


class TextError(ValueError):
    """Octets that are no text in the coding they claim."""


@dataclass(frozen=True, slots=True)
class Concat:
    """Which part of which text (23.040, 9.2.3.24.1 and 9.2.3.24.8). `wide` for a 16-bit reference."""

    reference: int
    total: int
    number: int
    wide: bool = False


def coding_for(text: str) -> Coding:
    """The default alphabet where it has every character, else UCS-2."""
    return Coding.DEFAULT if _GSM.issuperset(text) else Coding.UCS2


def units(text: str, coding: Coding) -> int:
    """The length of a text in what its coding counts: septets or 16-bit units."""
    return len(encode_text(text, coding)) // (2 if coding is Coding.UCS2 else 1)


def encode_text(text: str, coding: int, *, default: str = "gsm") -> bytes:
    """Octets of a whole text. `default` is what the centre means by data_coding 0: gsm or latin1."""
    if coding == Coding.UCS2:
        return text.encode("utf-16-be", "surrogatepass")
    if coding == Coding.DEFAULT and default == "gsm":
        return b"".join([_SEPTETS.get(character, b"?") for character in text])
    return text.encode("latin-1", "replace")


def decode_text(octets: bytes, coding: int, *, default: str = "gsm") -> str:
    """The text of all parts' octets, joined. Raises TextError."""
    if coding & _MESSAGE_CLASS == _MESSAGE_CLASS and not coding & _EIGHT_BIT:
        coding = Coding.DEFAULT
    if coding == Coding.UCS2:
        if len(octets) % 2:
            raise TextError("UCS-2 of an odd number of octets")
        return octets.decode("utf-16-be", "replace")
    if coding == Coding.DEFAULT and default == "gsm":
        return _from_septets(octets)
    if coding in {Coding.DEFAULT, Coding.ASCII, Coding.LATIN1}:
        return octets.decode("latin-1")
    raise TextError("a data_coding that is no text")


def cut(text: str, coding: Coding, *, wide: bool = False, default: str = "gsm") -> list[bytes]:
    """The octets of each part; one part where the text fits, without room for a header then."""
    octets = encode_text(text, coding, default=default)
    ucs2 = coding is Coding.UCS2
    if len(octets) <= (140 if ucs2 else 160):
        return [octets]
    room = (132 if wide else 134) if ucs2 else (152 if wide else 153)
    parts, at = [], 0
    while at < len(octets):
        end = min(at + room, len(octets))
        if end < len(octets) and _parts_a_pair(octets, end, ucs2=ucs2, gsm=default == "gsm"):
            end -= 2 if ucs2 else 1
        parts.append(octets[at:end])
        at = end
    return parts


def with_udh(octets: bytes, concat: Concat) -> bytes:
    """A part behind its user data header."""
    if concat.wide:
        header = (
            bytes([6, _IE_16BIT, 4]) + concat.reference.to_bytes(2) + bytes([concat.total, concat.number])
        )
    else:
        header = bytes([5, _IE_8BIT, 3, concat.reference, concat.total, concat.number])
    return header + octets


def parse_udh(octets: bytes) -> tuple[Concat | None, bytes]:
    """Header and rest of a message that says it has one. Raises TextError where the header lies."""
    if not octets or 1 + octets[0] > len(octets):
        raise TextError("a user data header longer than its message")
    header, rest, at = octets[1 : 1 + octets[0]], octets[1 + octets[0] :], 0
    concat = None
    while at < len(header):
        if at + 2 > len(header) or at + 2 + header[at + 1] > len(header):
            raise TextError("an information element longer than its header")
        kind, value = header[at], header[at + 2 : at + 2 + header[at + 1]]
        at += 2 + header[at + 1]
        if kind == _IE_8BIT and len(value) == 3:
            concat = Concat(value[0], value[1], value[2])
        elif kind == _IE_16BIT and len(value) == 4:
            concat = Concat(int.from_bytes(value[:2]), value[2], value[3], wide=True)
    if concat is not None and not 1 <= concat.number <= concat.total:
        raise TextError("a part outside its total")
    return concat, rest


def _from_septets(octets: bytes) -> str:
    out, escaped = [], False
    for octet in octets:
        if octet > 0x7F:
            raise TextError("an octet outside the default alphabet")
        if escaped:
            # 23.038, 6.2.1.1: an unknown extension shows as the character of the basic table, another escape as a space.
            out.append(" " if octet == _ESCAPE else _EXTENDED.get(octet, _BASIC[octet]))
            escaped = False
        elif octet == _ESCAPE:
            escaped = True
        else:
            out.append(_BASIC[octet])
    return "".join(out)


def _parts_a_pair(octets: bytes, end: int, *, ucs2: bool, gsm: bool) -> bool:
    """Whether a cut at `end` would fall between two halves of one character."""
    if ucs2:
        return 0xDC <= octets[end] <= 0xDF and 0xD8 <= octets[end - 2] <= 0xDB
    return gsm and octets[end - 1] == _ESCAPE
