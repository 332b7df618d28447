"""Texts as octets and parts: alphabets, borders, surrogate pairs, headers that lie."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.smpp.parts import Fragment, fragment, join, messages
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
    units,
    with_udh,
)

GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà"
EXTENSION = "\f^{}\\[~]|€"
texts = st.one_of(
    st.text(st.sampled_from(GSM + EXTENSION), max_size=400),
    st.text(st.sampled_from("行程查询武汉ab1😀𠀀"), max_size=250),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
)
TEMPLATE = Message("10086", "8613800138000", b"", data_coding=0)


@settings(max_examples=1000)
@given(texts, st.sampled_from(["udh", "sar", "payload"]), st.booleans(), st.randoms(use_true_random=False))
def test_every_text_comes_back_in_every_way(text, way, wide, chance):
    """Cut, sent in any order, read and joined: the same text; no part is longer than the air takes."""
    parts = messages(TEMPLATE, text, 77, way, wide=wide)
    chance.shuffle(parts)
    found = sorted(
        (fragment(part) for part in parts), key=lambda part: part.concat.number if part.concat else 0
    )
    assert join(tuple(part.octets for part in found), parts[0].data_coding) == text
    assert len({part.reference("a", "b") for part in found if part.concat}) <= 1
    for part in parts:
        assert len(part.octets) <= (140 if part.data_coding == Coding.UCS2 else 160)


@settings(max_examples=1000)
@given(texts)
def test_no_part_ends_inside_a_character(text):
    """Each part alone is text: no half surrogate pair, no escape without its character."""
    coding = coding_for(text)
    for part in cut(text, coding):
        alone = decode_text(part, coding)
        assert "\ufffd" not in alone or "\ufffd" in text
        assert encode_text(alone, coding) == part


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" * 5, 2),
        ("行" * 70, 1),
        ("行" * 71, 2),
        ("行" * 134, 2),
        ("行" * 135, 3),
        ("行" * 66 + "😀" + "行" * 65, 2),
        ("行" * 66 + "😀" + "行" * 66, 3),  # the pair would be parted: the first part ends one unit early
        ("", 1),
    ],
)
def test_the_borders_of_parts(text, parts):
    """160 and 153 septets, 70 and 67 units; a pair or an escape that does not fit goes to the next part."""
    assert len(cut(text, coding_for(text))) == parts


def test_a_wide_reference_leaves_one_unit_less():
    """132 octets of UCS-2 instead of 134, 152 septets instead of 153."""
    assert [len(part) for part in cut("行" * 100, Coding.UCS2, wide=True)] == [132, 68]
    assert [len(part) for part in cut("a" * 200, Coding.DEFAULT, wide=True)] == [152, 48]


def test_the_extension_table_costs_two_septets():
    """3GPP TS 23.038, 6.2.1.1."""
    assert (
        encode_text(EXTENSION, Coding.DEFAULT).hex(" ", 2)
        == "1b0a 1b14 1b28 1b29 1b2f 1b3c 1b3d 1b3e 1b40 1b65"
    )
    assert units("€1", Coding.DEFAULT) == 3
    assert units("😀", Coding.UCS2) == 2


def test_an_unknown_extension_shows_as_its_basic_character():
    """3GPP TS 23.038, 6.2.1.1, note 1; an escape at the end is nothing."""
    assert decode_text(b"\x1ba\x1b", Coding.DEFAULT) == "a"


def test_data_coding_0_is_the_centres_setting():
    """The same octets are another text where the centre speaks Latin-1."""
    assert decode_text(b"\x00@", Coding.DEFAULT) == "@¡"
    assert decode_text(b"\xe9@", Coding.DEFAULT, default="latin1") == "é@"
    [part] = messages(TEMPLATE, "é@", 1, "udh", default="latin1")
    assert (part.octets, part.data_coding) == (b"\xe9@", 0)
    assert messages(TEMPLATE, "€", 1, "udh", default="latin1")[0].data_coding == Coding.UCS2


@pytest.mark.parametrize("coding", [0xF0, 0xF1, 0xF2, 0xF3])
def test_a_message_class_does_not_hide_the_text(coding):
    """Some centres pass on the class: the alphabet is the default one."""
    assert decode_text(b"CXMYD", coding) == "CXMYD"


@pytest.mark.parametrize(
    ("octets", "coding"), [(b"abc", 0x08), (b"\x80", 0), (b"x", 0x04), (b"x", 0xF5), (b"x", 0x99)]
)
def test_octets_that_are_no_text_are_refused(octets, coding):
    """Odd UCS-2, an eighth bit in the default alphabet, binary, an unknown coding."""
    with pytest.raises(TextError):
        decode_text(octets, coding)


def test_a_pair_that_a_centre_has_parted_is_joined_before_it_is_read():
    """Kannel cuts surrogate pairs in two; octets first, text once."""
    octets = "a😀b".encode("utf-16-be")
    assert join((octets[:4], octets[4:]), Coding.UCS2) == "a😀b"


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x05",
        b"\x06\x00\x03\x01\x02\x01",
        b"\x05\x00\x09\x01\x02\x01x",
        b"\x01\x00x",
        b"\x05\x00\x03\x01\x02\x03x",
        b"\x05\x00\x03\x01\x00\x00x",
        b"\x05\x00\x03\x01\x02\x00x",
    ],
)
def test_a_header_that_lies_is_refused(octets):
    """Longer than its message, elements longer than the header, part 3 of 2, part 0."""
    with pytest.raises(TextError):
        parse_udh(octets)


@given(st.binary(max_size=40))
def test_any_octets_are_a_header_or_refused(octets):
    """Nothing else ever leaves `parse_udh`, and the rest is what stands behind the header."""
    try:
        _, rest = parse_udh(octets)
    except TextError:
        return
    assert octets.endswith(rest)


def test_other_elements_of_a_header_are_passed_over():
    """A port or a national language beside the concatenation does not hide it."""
    header = bytes([0x05, 4, 1, 2, 3, 4, 0x00, 3, 9, 2, 1])
    assert parse_udh(bytes([len(header)]) + header + b"x") == (Concat(9, 2, 1), b"x")


@pytest.mark.parametrize(
    ("total", "number"), [(b"\x02", b"\x03"), (b"\x02", b"\x00"), (b"", b""), (b"\xff\xff", b"\x01")]
)
def test_sar_parameters_that_lie_are_refused(total, number):
    """As a header that lies."""
    tlvs = ((Tag.SAR_REFERENCE, b"\x00\x01"), (Tag.SAR_TOTAL, total), (Tag.SAR_NUMBER, number))
    with pytest.raises(TextError):
        fragment(Message("1", "2", b"x", tlvs=tlvs))


def test_a_part_is_never_longer_than_a_short_message():
    """A payload of 64 KiB that says it is part 1 of 255 is refused, or 255 of them would have to be kept."""
    sar = ((Tag.SAR_REFERENCE, b"\x00\x01"), (Tag.SAR_TOTAL, b"\xff"), (Tag.SAR_NUMBER, b"\x01"))
    fits = Message("1", "2", b"", tlvs=(*sar, (Tag.MESSAGE_PAYLOAD, b"x" * 254)))
    assert len(fragment(fits).octets) == 254
    with pytest.raises(TextError):
        fragment(Message("1", "2", b"", tlvs=(*sar, (Tag.MESSAGE_PAYLOAD, b"x" * 255))))


def test_two_texts_never_share_a_reference():
    """Source, destination, reference, total, width and coding all count."""
    base = {"source": "1", "destination": "2"}
    one = Fragment(Concat(1, 2, 1), b"", 8)
    others = [
        Fragment(Concat(2, 2, 1), b"", 8),
        Fragment(Concat(1, 3, 1), b"", 8),
        Fragment(Concat(1, 2, 1, wide=True), b"", 8),
        Fragment(Concat(1, 2, 1), b"", 0),
    ]
    references = {one.reference(**base), one.reference("1", "3"), one.reference("11", "2")}
    references |= {other.reference(**base) for other in others}
    assert len(references) == 7
    assert with_udh(b"x", Concat(1, 2, 1, wide=True))[:1] == b"\x06"
