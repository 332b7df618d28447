"""PDUs as bytes, and bytes as PDUs.

Rule 1: this file alone knows how a PDU lies on the wire, and what cannot be one.
Rule 2: it knows no session: whether a PDU is welcome is not its question.

    header: command_length | command_id | command_status | sequence_number      four octets each (3.2)

A stream that lies about a length cannot be followed any further: FramingError, close. A body that cannot be
read inside a frame that can is an answerable fault: BodyError with the status to answer.
"""

import struct
from collections.abc import Iterator

from service.smpp.pdus import (
    RESPONSE,
    Bind,
    BindResp,
    Body,
    Command,
    Empty,
    Message,
    MessageResp,
    Pdu,
    Raw,
    Status,
)

__all__ = ["MAX_LENGTH", "BodyError", "Framer", "FramingError", "decode", "encode"]

HEADER = struct.Struct(">IIII")
MAX_LENGTH = 65_536
_TLV = struct.Struct(">HH")
_MAX_SHORT_MESSAGE = 254

_BINDS = {Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER}
_BIND_RESPS = {command | RESPONSE for command in _BINDS}
_MESSAGES = {Command.SUBMIT_SM, Command.DELIVER_SM}
_MESSAGE_RESPS = {command | RESPONSE for command in _MESSAGES}
_EMPTY = {
    Command.UNBIND,
    Command.UNBIND_RESP,
    Command.ENQUIRE_LINK,
    Command.ENQUIRE_LINK_RESP,
    Command.GENERIC_NACK,
}


class FramingError(Exception):
    """The stream does not consist of PDUs (any more); the connection has to be closed."""


class BodyError(Exception):
    """A body that cannot be read. `status` is what to answer to it."""

    def __init__(self, command: int, sequence: int, status: int) -> None:
        super().__init__("a PDU's body cannot be read")
        self.command = command
        self.sequence = sequence
        self.status = status


class Framer:
    """Cuts a byte stream into frames; keeps at most one incomplete frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def unfinished(self) -> bool:
        """Whether octets of an incomplete frame wait for the rest of it."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that are complete now. Raises FramingError at a length that no PDU has."""
        self._buffer += data
        while len(self._buffer) >= 4:
            length = int.from_bytes(self._buffer[:4])
            if not HEADER.size <= length <= MAX_LENGTH:
                raise FramingError("a command_length outside 16 to 65,536")
            if len(self._buffer) < length:
                return
            frame = bytes(self._buffer[:length])
            del self._buffer[:length]
            yield frame


def encode(pdu: Pdu) -> bytes:
    """The bytes of a PDU. Raises ValueError where a field does not fit its place."""
    body = _body(pdu.body)
    return HEADER.pack(HEADER.size + len(body), pdu.command, pdu.status, pdu.sequence) + body


def decode(frame: bytes) -> Pdu:
    """The PDU of one whole frame. Raises BodyError."""
    _, command, status, sequence = HEADER.unpack_from(frame)
    reader = _Reader(frame[HEADER.size :])
    try:
        body = _read_body(command, reader)
    except _ShortError:
        raise BodyError(command, sequence, Status.INVALID_LENGTH) from None
    except _TlvError:
        raise BodyError(command, sequence, Status.INVALID_OPTIONAL) from None
    return Pdu(command, status, sequence, body)


class _ShortError(Exception):
    pass


class _TlvError(Exception):
    pass


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def octet(self) -> int:
        return self.take(1)[0]

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise _ShortError
        self.at += count
        return self.data[self.at - count : self.at]

    def text(self, limit: int) -> str:
        """A C-octet string of at most `limit` octets with its terminator (3.1)."""
        end = self.data.find(b"\x00", self.at, self.at + limit)
        if end < 0:
            raise _ShortError
        value = self.data[self.at : end]
        self.at = end + 1
        return value.decode("latin-1")

    def tlvs(self) -> tuple[tuple[int, bytes], ...]:
        found = []
        while self.at < len(self.data):
            try:
                tag, length = _TLV.unpack(self.take(_TLV.size))
                found.append((tag, self.take(length)))
            except _ShortError:
                raise _TlvError from None
        return tuple(found)


def _read_body(command: int, reader: _Reader) -> Body:
    if command in _MESSAGES:
        return _read_message(reader)
    if command in _MESSAGE_RESPS:
        return MessageResp(reader.text(65) if reader.data else "")
    if command in _BINDS:
        return Bind(
            reader.text(16),
            reader.text(9),
            reader.text(13),
            reader.octet(),
            reader.octet(),
            reader.octet(),
            reader.text(41),
        )
    if command in _BIND_RESPS:
        return BindResp(reader.text(16), reader.tlvs()) if reader.data else BindResp()
    return Empty() if command in _EMPTY else Raw(reader.data)


def _read_message(reader: _Reader) -> Message:
    service_type = reader.text(6)
    source_ton, source_npi, source = reader.octet(), reader.octet(), reader.text(21)
    destination_ton, destination_npi, destination = reader.octet(), reader.octet(), reader.text(21)
    esm_class, protocol_id, priority = reader.octet(), reader.octet(), reader.octet()
    schedule, validity = reader.text(17), reader.text(17)
    registered, replace, coding, default = reader.octet(), reader.octet(), reader.octet(), reader.octet()
    octets = reader.take(reader.octet())
    return Message(
        source=source,
        destination=destination,
        octets=octets,
        data_coding=coding,
        esm_class=esm_class,
        source_ton=source_ton,
        source_npi=source_npi,
        destination_ton=destination_ton,
        destination_npi=destination_npi,
        registered_delivery=registered,
        service_type=service_type,
        protocol_id=protocol_id,
        priority=priority,
        schedule=schedule,
        validity=validity,
        replace_if_present=replace,
        default_message=default,
        tlvs=reader.tlvs(),
    )


def _body(body: Body) -> bytes:
    match body:
        case Message():
            return _message(body)
        case MessageResp():
            return _text(body.message_id, 65)
        case Bind():
            return (
                _text(body.system_id, 16)
                + _text(body.password, 9)
                + _text(body.system_type, 13)
                + bytes([body.interface_version, body.ton, body.npi])
                + _text(body.address_range, 41)
            )
        case BindResp():
            return _text(body.system_id, 16) + _tlvs(body.tlvs)
        case Raw():
            return body.octets
        case Empty():
            return b""


def _message(body: Message) -> bytes:
    if len(body.octets) > _MAX_SHORT_MESSAGE:
        raise ValueError("a short_message holds at most 254 octets")
    return b"".join(
        (
            _text(body.service_type, 6),
            bytes([body.source_ton, body.source_npi]),
            _text(body.source, 21),
            bytes([body.destination_ton, body.destination_npi]),
            _text(body.destination, 21),
            bytes([body.esm_class, body.protocol_id, body.priority]),
            _text(body.schedule, 17),
            _text(body.validity, 17),
            bytes(
                [body.registered_delivery, body.replace_if_present, body.data_coding, body.default_message]
            ),
            bytes([len(body.octets)]),
            body.octets,
            _tlvs(body.tlvs),
        )
    )


def _text(value: str, limit: int) -> bytes:
    encoded = value.encode("latin-1")
    if len(encoded) >= limit or b"\x00" in encoded:
        raise ValueError(f"a text does not fit its {limit} octets")
    return encoded + b"\x00"


def _tlvs(tlvs: tuple[tuple[int, bytes], ...]) -> bytes:
    return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs)
