"""Short messages of a text, and the text of short messages.

Rule 1: this file alone says in which way of three a long text travels: UDH, SAR or message_payload.
Rule 2: it keeps no parts; whoever does joins octets first and decodes once.
"""

from dataclasses import dataclass, field
from typing import Literal

from service.smpp.pdus import Message, Tag
from service.smpp.text import (
    Coding,
    Concat,
    TextError,
    coding_for,
    cut,
    decode_text,
    encode_text,
    parse_udh,
    with_udh,
)

__all__ = ["ESM_UDH", "Fragment", "LongMessages", "fragment", "join", "messages"]

ESM_UDH = 0x40  # 5.2.12: a user data header stands before the text
_LONGEST_PART = 254  # octets; a part is a short message, whatever brings it

LongMessages = Literal["udh", "sar", "payload"]


@dataclass(frozen=True, slots=True)
class Fragment:
    """One short message as part of a text: alone, `concat` is None."""

    concat: Concat | None
    octets: bytes = field(repr=False)
    data_coding: int

    def reference(self, source: str, destination: str) -> bytes:
        """What names the text among all others: both ends, reference, total and width."""
        part = self.concat
        if part is None:
            raise ValueError("a text of one part has no reference")
        return f"{source}|{destination}|{part.reference}|{part.total}|{part.wide}|{self.data_coding}".encode()


def messages(
    template: Message,
    text: str,
    reference: int,
    way: LongMessages,
    *,
    wide: bool = False,
    default: str = "gsm",
) -> list[Message]:
    """The short messages that carry a text; addresses and flags are the template's."""
    coding = coding_for(text) if default == "gsm" else _latin_or_ucs2(text)
    if way == "payload" and len(cut(text, coding, default=default)) > 1:
        payload = (int(Tag.MESSAGE_PAYLOAD), encode_text(text, coding, default=default))
        return [_changed(template, b"", coding, template.esm_class, (payload,))]
    octets = cut(text, coding, wide=wide, default=default)
    if len(octets) == 1:
        return [_changed(template, octets[0], coding, template.esm_class, ())]
    return [
        _part(template, part, Concat(reference, len(octets), number, wide), coding, way)
        for number, part in enumerate(octets, 1)
    ]


def fragment(message: Message) -> Fragment:
    """What a short message carries. Raises TextError where its header or parameters lie."""
    payload = message.tlv(Tag.MESSAGE_PAYLOAD)
    octets, concat = message.octets if payload is None else payload, None
    if message.esm_class & ESM_UDH:
        concat, octets = parse_udh(octets)
    reference, total, number = (
        message.tlv(tag) for tag in (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER)
    )
    if concat is None and reference is not None and total is not None and number is not None:
        concat = Concat(int.from_bytes(reference), int.from_bytes(total), int.from_bytes(number), wide=True)
        if not 1 <= concat.number <= concat.total <= 255:
            raise TextError("a part outside its total")
    if concat is not None and len(octets) > _LONGEST_PART:
        raise TextError("a part that is no short message")
    if concat is not None and concat.total == 1:
        concat = None
    return Fragment(concat, octets, message.data_coding)


def join(parts: tuple[bytes, ...], data_coding: int, *, default: str = "gsm") -> str:
    """The text of all parts: octets first, since some centres cut through a surrogate pair. Raises TextError."""
    return decode_text(b"".join(parts), data_coding, default=default)


def _latin_or_ucs2(text: str) -> Coding:
    return Coding.DEFAULT if all(ord(character) < 256 for character in text) else Coding.UCS2


def _part(template: Message, octets: bytes, concat: Concat, coding: Coding, way: LongMessages) -> Message:
    if way == "udh":
        return _changed(template, with_udh(octets, concat), coding, template.esm_class | ESM_UDH, ())
    sar = (
        (int(Tag.SAR_REFERENCE), concat.reference.to_bytes(2)),
        (int(Tag.SAR_TOTAL), bytes([concat.total])),
        (int(Tag.SAR_NUMBER), bytes([concat.number])),
    )
    return _changed(template, octets, coding, template.esm_class, sar)


def _changed(
    template: Message, octets: bytes, coding: Coding, esm_class: int, tlvs: tuple[tuple[int, bytes], ...]
) -> Message:
    return Message(
        source=template.source,
        destination=template.destination,
        octets=octets,
        data_coding=int(coding),
        esm_class=esm_class,
        source_ton=template.source_ton,
        source_npi=template.source_npi,
        destination_ton=template.destination_ton,
        destination_npi=template.destination_npi,
        registered_delivery=template.registered_delivery,
        tlvs=tlvs,
    )
