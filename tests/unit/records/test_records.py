"""Stored bytes: what goes in comes out, what is damaged is refused, and how many there are."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.conversation import Conversation, Phase
from service.domain.identity import DocumentType
from service.domain.itinerary import Certainty, Coverage, Itinerary, Stay
from service.domain.limits import Answers, Guesses
from service.domain.outgoing import Kind, Outgoing
from service.records.conversation_record import (
    ConversationRecordError,
    decode_conversation,
    decode_outgoing,
    encode_conversation,
    encode_outgoing,
)
from service.records.fields import canonical
from service.records.itinerary_record import Header, decode_itinerary, encode_itinerary, split
from service.records.key_record import KeyRecord, RecordError
from service.sealing.envelope import OVERHEAD

times = st.integers(1_600_000_000, 2_000_000_000)
regions = st.one_of(st.sampled_from([110000, 440300, 659012, 440, 234]), st.integers(200, 999_999))


@st.composite
def itineraries(draw):
    """Stays in any order of time, at most the last one open."""
    stays = []
    for _ in range(draw(st.integers(0, 40))):
        start = draw(times)
        stays.append(
            Stay(
                draw(regions),
                start,
                start + draw(st.integers(0, 3_000_000)),
                draw(st.sampled_from(Certainty)),
                struck_on=draw(st.sampled_from([0, 0, 0, 1, 20_781, 65_535])),
            )
        )
    if stays and draw(st.booleans()):
        last = stays[-1]
        stays[-1] = replace(last, open=True)
    coverage = Coverage(draw(st.integers(0, 65_535)), draw(st.integers(0, 2**31 - 1)))
    return Itinerary(tuple(stays), coverage)


@settings(max_examples=1000)
@given(itineraries())
def test_an_itinerary_comes_back(itinerary):
    """To the second, in every shape."""
    assert decode_itinerary(encode_itinerary(itinerary)) == itinerary


@settings(max_examples=500)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_itinerary_or_refused(data):
    """Nothing but RecordError leaves the decoder, and what it reads it would write alike."""
    try:
        found = decode_itinerary(data)
    except RecordError:
        return
    assert decode_itinerary(encode_itinerary(found)) == found


def ordinary(count):
    """Stays of hours with short ways between them, as people make them."""
    stays, at = [], 1_790_000_000
    for place in range(count):
        end = at + 5 * 3600 + place * 977
        stays.append(Stay((420100, 440300, 310000)[place % 3], at, end, Certainty.CERTAIN))
        at = end + 2000 + place * 61
    return Itinerary(tuple(stays), Coverage(20_780, 2**31 - 1))


def test_twenty_stays_take_about_a_hundred_bytes():
    """DESIGN: 94 to 140 bytes with 20 stays, header, nonce and tag included."""
    body = encode_itinerary(ordinary(20))
    header = Header(20_780, 1, 300).encode()
    assert 94 <= len(header) + OVERHEAD + len(body) <= 140


def test_the_bytes_of_version_1_stay_what_they_are():
    """Golden bytes: a stored record of today must open after every upgrade."""
    itinerary = Itinerary(
        (
            Stay(420100, 1_795_000_000, 1_795_050_000, Certainty.CERTAIN),
            Stay(440300, 1_795_060_000, 1_795_090_000, Certainty.POSSIBLE, open=True),
        ),
        Coverage(20_780, 0b1011),
    )
    assert encode_itinerary(itinerary).hex() == GOLDEN_ITINERARY
    assert decode_itinerary(bytes.fromhex(GOLDEN_ITINERARY)) == itinerary
    assert Header(20_780, 2, 300).encode().hex() == "01512c02ac02"


def test_striking_a_stay_costs_the_struck_record_alone():
    """A day and a bit a stay; a record without a struck one is written as before there was any striking."""
    plain = ordinary(20)
    struck = replace(plain, stays=(replace(plain.stays[0], struck_on=20_780), *plain.stays[1:]))
    assert len(encode_itinerary(struck)) - len(encode_itinerary(plain)) <= 5
    assert decode_itinerary(encode_itinerary(struck)) == struck


GOLDEN_ITINERARY = "512c00000017a4669046b7ec6afd86c0600081a842b102d4c0"


@pytest.mark.parametrize(
    "data", [b"", b"\x02\x00\x00\x01\x01", b"\x01\x00", b"\x01\x00\x00\xff", b"\x01\x00\x00\xff\xff\xff"]
)
def test_a_header_of_another_version_or_shape_is_refused(data):
    """Never taken for something else."""
    with pytest.raises(RecordError):
        split(data)


key_records = st.builds(
    KeyRecord,
    st.sampled_from(DocumentType),
    st.integers(0, 65_535),
    st.integers(0, 65_535),
    st.integers(1, 2**31),
    st.integers(0, 2**40),
    st.binary(min_size=24, max_size=24),
    st.binary(min_size=16, max_size=16),
    st.one_of(st.just(b""), st.binary(min_size=16, max_size=16)),
    st.one_of(st.just(0), st.integers(1, 2**32 - 1)),
    st.booleans(),
    st.one_of(st.just(0), st.integers(1, 2**32 - 1)),
)
tombstones = st.builds(
    KeyRecord.tombstone, st.sampled_from(DocumentType), st.integers(0, 65_535), st.integers(1, 2**31)
)


@given(st.one_of(key_records, tombstones))
def test_a_key_record_comes_back(record):
    """With and without a second verifier; locked; erased."""
    assert KeyRecord.decode(record.encode()) == record


def test_a_key_record_takes_47_bytes():
    """24 of them the wrapped secret, 16 the verifier."""
    record = KeyRecord(DocumentType.RESIDENT_ID, 20_780, 20_380, 1, 1, bytes(24), bytes(16))
    assert len(record.encode()) == 47


@given(st.binary(max_size=80))
def test_any_bytes_are_a_key_record_or_refused(data):
    """Nothing but RecordError leaves the decoder."""
    try:
        record = KeyRecord.decode(data)
    except RecordError:
        return
    assert KeyRecord.decode(record.encode()) == record


conversations = st.builds(
    Conversation,
    phase=st.sampled_from(Phase),
    language=st.sampled_from([None, "zh", "en"]),
    days=st.integers(0, 30),
    case=st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", max_size=5),
    expires_at=times,
    tries=st.integers(0, 3),
    sim_code=st.text("0123456789", max_size=4),
    by_sim=st.booleans(),
    sim_until=times,
    sim_paused_until=times,
    stopped=st.booleans(),
    answered_at=times,
    answers=st.builds(Answers, st.integers(0, 2), times),
    guesses=st.builds(Guesses, st.integers(0, 3), times),
    echo=st.binary(max_size=8),
    echo_at=times,
)


@given(conversations)
def test_the_short_way_to_the_bytes_of_a_conversation_is_the_long_one(talk):
    """Field by field as `asdict` and sorted JSON have it."""
    drafts = [{**asdict(draft), "sealed": draft.sealed.hex()} for draft in talk.drafts]
    plain = {"phase": talk.phase.value, "purpose": talk.purpose.value, "echo": talk.echo.hex()}
    fields = {**asdict(talk), **plain, "drafts": drafts}
    long = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert encode_conversation(talk)[1:] == long


@given(conversations)
def test_a_conversation_comes_back(talk):
    """All of it."""
    assert decode_conversation(encode_conversation(talk)) == talk


@given(
    st.builds(
        Outgoing, st.sampled_from(Kind), st.text(), st.text(), st.text(), times, st.none(), st.integers(0, 30)
    )
)
def test_an_outgoing_text_comes_back(outgoing):
    """All of it, and with the mark of its beginning."""
    assert decode_outgoing(encode_outgoing(outgoing)) == outgoing
    assert decode_outgoing(encode_outgoing(outgoing.beginning())).begun


@pytest.mark.parametrize(
    "data", [b"", b"\x02{}", b"\x01", b"\x01[]", b"\x01{}", b'\x01{"phase":"asked"}', b"\x01\xff"]
)
def test_a_conversation_of_another_shape_is_refused_without_a_word_of_it(data):
    """One error, without any of the stored bytes."""
    for decode in (decode_conversation, decode_outgoing):
        with pytest.raises(ConversationRecordError) as error:
            decode(data)
        assert "asked" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcxyz_", min_size=1), inner),
)


@given(st.dictionaries(st.text("abcxyz_", min_size=1), JSON))
@settings(max_examples=300)
def test_canonical_bytes_are_the_standard_librarys(fields):
    """What the log has committed to was written by one encoder and is compared with another's: not a byte may differ."""
    expected = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert canonical(fields) == expected.encode()
