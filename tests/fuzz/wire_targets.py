"""What comes from a message centre and from people, as functions of octets (`targets`)."""

from pathlib import Path

from service.adapters.pack_files import load_packs
from service.domain.forwarded import read_forwarded
from service.domain.messages import fold, read
from service.smpp.codec import BodyError, Framer, FramingError, decode, encode
from service.smpp.parts import fragment, join
from service.smpp.pdus import Command, Message, Tag
from service.smpp.receipts import meanings, receipt_of
from service.smpp.session import Role, Session, Timers
from service.smpp.text import TextError, decode_text, encode_text

__all__ = ["forwarded", "frames", "message", "said", "session", "text"]

_PACKS = load_packs(Path(__file__).parents[2] / "config/packs")
_WORDS = [pack.keywords for pack in _PACKS.values()]
_SIGNATURES = tuple({signature for pack in _PACKS.values() for signature in pack.signatures})
_TAGS = (Tag.MESSAGE_PAYLOAD, Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER, Tag.RECEIPTED_MESSAGE_ID)


def frames(data: bytes) -> bool:
    """Octets of a connection, as they happen to be cut."""
    framer = Framer()
    frames: list[bytes] = []
    try:
        for at in range(0, len(data), 7):
            frames += framer.feed(data[at : at + 7])
    except FramingError:
        return False
    understood = bool(frames)
    for frame in frames:
        try:
            pdu = decode(frame)
        except BodyError:
            understood = False
            continue
        try:
            again = encode(pdu)
        except ValueError:
            continue  # what another wrote need not fit into what we write
        assert decode(again) == pdu
    return understood


def session(data: bytes) -> bool:
    """The same for a session; the first one says of which role."""
    role = Role.SMSC if data[:1] < b"\x80" else Role.ESME
    session = Session(role, Timers(), 0.0)
    if role is Role.ESME:
        session.request(Command.SUBMIT_SM, Message("10086", "8613800138000", b""), 0.0)
    for at in range(1, len(data), 11):
        session.receive(data[at : at + 11], float(at))
        session.outgoing()
    session.on_time(1e6)
    assert session.deadline() >= 0
    return not session.closed or len(data) > 1


def message(data: bytes) -> bool:
    """(esm_class, data_coding, TLVs by a bit each) and octets: as part, as text, as receipt."""
    esm, coding, bits, octets = data[0:1], data[1:2], data[2:3], data[3:]
    tlvs = tuple(
        (int(tag), octets[at : at + 1] if "SAR" in tag.name else octets)
        for at, tag in enumerate(_TAGS)
        if int.from_bytes(bits) >> at & 1
    )
    message = Message(
        "8613800138000",
        "10086",
        octets[:254],
        esm_class=int.from_bytes(esm),
        data_coding=int.from_bytes(coding),
        tlvs=tlvs,
    )
    if receipt := receipt_of(message):
        assert meanings(receipt.message_id)
    try:
        part = fragment(message)
        if part.concat is not None:
            part.reference(message.source, message.destination)
        join((part.octets, part.octets), part.data_coding)
    except TextError:
        return False
    return True


def text(data: bytes) -> bool:
    """A data_coding, and the octets of a text."""
    try:
        text = decode_text(data[1:], data[0] if data else 0)
    except TextError:
        return False
    coding = 0 if data[:1] == b"\0" else 8
    try:
        octets = encode_text(text, coding)
    except (TextError, UnicodeEncodeError, KeyError):
        return True  # a lone surrogate, or outside that alphabet
    assert decode_text(octets, coding) == text
    return True


def said(data: bytes) -> bool:
    """What somebody texts, by the words of every pack."""
    text = data.decode("utf-8", "replace")
    assert not any(letter.isspace() for letter in fold(text))
    for words in _WORDS:
        read(text, words)
    return True


def forwarded(data: bytes) -> bool:
    """A reply that somebody forwards."""
    return read_forwarded(data.decode("utf-8", "replace"), _SIGNATURES) is not None
