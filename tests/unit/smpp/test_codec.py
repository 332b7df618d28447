"""PDUs as bytes: the specification's own example, every field there and back, and bytes that are none."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.smpp.codec import MAX_LENGTH, BodyError, Framer, FramingError, decode, encode
from service.smpp.pdus import Bind, BindResp, Command, Empty, Message, MessageResp, Pdu, Raw, Status, Tag

# SMPP v3.4 issue 1.2, section 3.2.3 (the layout's worked example).
SPECIFICATION = bytes.fromhex(
    "0000002F 00000002 00000000 00000001 53 4D 50 50 33 54 45 53 54 00 73 65 63 72 65 74 30 38 00"
    "53 55 42 4D 49 54 31 00 00 01 01 00"
)

octets = st.integers(0, 255)
tlvs = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=300)), max_size=4).map(tuple)


def text(limit):
    """A C-octet string that fits."""
    return st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=limit - 1)


message = st.builds(
    Message,
    source=text(21),
    destination=text(21),
    octets=st.binary(max_size=254),
    data_coding=octets,
    esm_class=octets,
    source_ton=octets,
    source_npi=octets,
    destination_ton=octets,
    destination_npi=octets,
    registered_delivery=octets,
    service_type=text(6),
    protocol_id=octets,
    priority=octets,
    schedule=text(17),
    validity=text(17),
    replace_if_present=octets,
    default_message=octets,
    tlvs=tlvs,
)
bind = st.builds(Bind, text(16), text(9), text(13), octets, octets, octets, text(41))
pdus = st.one_of(
    st.tuples(st.sampled_from([Command.SUBMIT_SM, Command.DELIVER_SM]), message),
    st.tuples(
        st.sampled_from([Command.BIND_RECEIVER, Command.BIND_TRANSMITTER, Command.BIND_TRANSCEIVER]), bind
    ),
    st.tuples(st.just(Command.BIND_TRANSCEIVER_RESP), st.builds(BindResp, text(16), tlvs)),
    st.tuples(
        st.sampled_from([Command.SUBMIT_SM_RESP, Command.DELIVER_SM_RESP]), st.builds(MessageResp, text(65))
    ),
    st.tuples(
        st.sampled_from([Command.ENQUIRE_LINK, Command.UNBIND_RESP, Command.GENERIC_NACK]), st.just(Empty())
    ),
    st.tuples(st.just(0x00010203), st.builds(Raw, st.binary(max_size=100))),
)


def test_the_specifications_example_is_read_and_written():
    """Bind_transmitter of SMPP3TEST, octet for octet."""
    pdu = decode(SPECIFICATION)
    assert pdu == Pdu(
        Command.BIND_TRANSMITTER, 0, 1, Bind("SMPP3TEST", "secret08", "SUBMIT1", 0x00, 0x01, 0x01, "")
    )
    assert encode(pdu) == SPECIFICATION


@settings(max_examples=1000)
@given(pdus, st.integers(0, 0xFFFFFFFF), st.integers(1, 0x7FFFFFFF))
def test_every_pdu_comes_back(pair, status, sequence):
    """Whatever its fields, vendor statuses and unknown commands included."""
    command, body = pair
    pdu = Pdu(command, status, sequence, body)
    frame = encode(pdu)
    assert int.from_bytes(frame[:4]) == len(frame)
    assert decode(frame) == pdu


@settings(max_examples=300)
@given(st.lists(pdus, min_size=1, max_size=5), st.data())
def test_a_stream_may_be_cut_anywhere(pairs, data):
    """The framer gives the same frames however the network cuts them."""
    frames = [encode(Pdu(command, 0, 7, body)) for command, body in pairs]
    stream = b"".join(frames)
    framer, found, at = Framer(), [], 0
    while at < len(stream):
        step = data.draw(st.integers(1, 200))
        found += framer.feed(stream[at : at + step])
        at += step
    assert found == frames


@pytest.mark.parametrize("length", [0, 4, 15, MAX_LENGTH + 1, 2**31, 2**32 - 1])
def test_a_length_that_no_pdu_has_ends_the_stream(length):
    """It is said before a single further octet is waited for."""
    with pytest.raises(FramingError):
        list(Framer().feed(struct.pack(">I", length)))


@settings(max_examples=1000)
@given(st.sampled_from(list(Command)), st.binary(max_size=120))
def test_any_body_is_read_or_refused_with_a_status(command, body):
    """Nothing else ever leaves `decode`: a BodyError names command, sequence and the status to answer."""
    frame = struct.pack(">IIII", 16 + len(body), command, 0, 9) + body
    try:
        found = decode(frame)
    except BodyError as fault:
        found = fault
    assert (found.command, found.sequence) == (command, 9)
    assert found.status in {Status.OK, Status.INVALID_LENGTH, Status.INVALID_OPTIONAL}


def test_a_string_without_its_terminator_is_refused():
    """Fifteen characters and no zero: a system_id is not read into the next field."""
    frame = struct.pack(">IIII", 16 + 20, Command.BIND_TRANSCEIVER, 0, 1) + b"a" * 20
    with pytest.raises(BodyError) as fault:
        decode(frame)
    assert fault.value.status == Status.INVALID_LENGTH


@pytest.mark.parametrize("lie", [1, 3, 200, 65_535])
def test_a_tlv_that_lies_about_its_length_is_refused(lie):
    """The message before it is not half accepted."""
    whole = encode(Pdu(Command.SUBMIT_SM, 0, 1, Message("1", "2", b"x", tlvs=((Tag.MESSAGE_PAYLOAD, b""),))))
    frame = whole[:-2] + struct.pack(">H", lie)
    with pytest.raises(BodyError) as fault:
        decode(frame)
    assert fault.value.status == Status.INVALID_OPTIONAL


def test_a_field_that_does_not_fit_is_never_sent():
    """Encoding refuses what a peer could not read: too long, or with a zero inside."""
    for body in (
        Message("1" * 21, "2", b""),
        Message("1\x002", "2", b""),
        Message("1", "2", b"x" * 255),
        Bind("a" * 16, ""),
        Bind("a", "123456789"),
    ):
        with pytest.raises(ValueError, match=r"fit|254"):
            encode(Pdu(Command.SUBMIT_SM, 0, 1, body))


def test_nothing_personal_shows_in_a_pdu():
    """Numbers, texts and passwords stay out of every repr."""
    shown = repr(Pdu(Command.SUBMIT_SM, 0, 1, Message("13800138000", "10086", b"secret"))) + repr(
        Bind("id", "secret")
    )
    assert "138" not in shown
    assert "secret" not in shown
