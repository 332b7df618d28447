"""How a text is cut, against two cutters that others wrote: as many parts, and the same characters in each."""

import json
import subprocess
from contextlib import suppress

import pytest
import smsutil
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.smpp.text import Coding, coding_for, cut, decode_text

BASIC = "aZ09@£_ÑΩ\n"
EXTENSION = "^{}\\[~]|€"
BORDERS = [
    1,
    66,
    67,
    68,
    69,
    70,
    71,
    133,
    134,
    135,
    152,
    153,
    154,
    159,
    160,
    161,
    200,
    201,
    202,
    305,
    306,
    307,
]
gsm = st.builds(
    lambda head, length, tail: (head * length)[:length] + tail,
    st.text(st.sampled_from(BASIC + EXTENSION), min_size=1, max_size=30),
    st.sampled_from(BORDERS),
    st.text(st.sampled_from(BASIC + EXTENSION), max_size=3),
)
ucs2 = st.builds(
    lambda head, length, tail: "行" + (head * length)[: length - 1] + tail,
    st.text(st.sampled_from("行程a€😀𠀀"), min_size=1, max_size=30),
    st.sampled_from(BORDERS),
    st.text(st.sampled_from("查😀"), max_size=3),
)
# A bare escape is no character: smsutil counts it as one of the default alphabet, we don't.
anything = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"), min_size=1, max_size=320
)
any_text = st.one_of(gsm, ucs2, anything)
at_the_borders = [
    text
    for count in BORDERS
    for text in (
        "a" * count,
        "€" * count,
        "行" * count,
        "😀" * count,
        "a" * (count - 1) + "€b",
        "行" * (count - 1) + "😀b",
    )
]


def ours(text):
    """Our parts, each decoded alone."""
    coding = coding_for(text)
    return coding, [decode_text(part, coding) for part in cut(text, coding)]


def every_border(test):
    """Each text at the borders as an example of its own, before the random ones."""
    for text in at_the_borders:
        test = example(text)(test)
    return test


@settings(max_examples=1000)
@given(any_text)
@every_border
def test_smsutil_cuts_as_we_do(text):
    """Python's smsutil: the alphabet, the number of parts and the cut."""
    coding, parts = ours(text)
    theirs = smsutil.split(text)
    assert theirs.encoding == ("utf_16_be" if coding is Coding.UCS2 else "gsm0338")
    assert [part.content for part in theirs.parts] == parts


@pytest.fixture(scope="module")
def split_sms(node):
    """Texts through split-sms, one process for all."""
    child = subprocess.Popen(
        node("split.js", "split-sms"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )

    def split(text):
        child.stdin.write(json.dumps(text) + "\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    yield split
    with suppress(BrokenPipeError):
        child.stdin.close()
    assert child.wait(10) == 0
    child.stdout.close()


@pytest.mark.peer
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=any_text)
def test_split_sms_cuts_as_we_do(split_sms, text):
    """JavaScript's split-sms: the same."""
    coding, parts = ours(text)
    character_set, theirs = split_sms(text)
    assert character_set == ("Unicode" if coding is Coding.UCS2 else "GSM")
    assert theirs == parts


@pytest.mark.peer
def test_split_sms_cuts_as_we_do_at_every_border(split_sms):
    """Exactly 70, 71, 134, 160, 161 … characters of each alphabet."""
    for text in at_the_borders:
        assert split_sms(text)[1] == ours(text)[1], text


def test_a_wrong_cut_would_be_noticed():
    """The judge can fail: a cutter without room for the header, or one that parts a pair, disagrees with it."""
    text = "行" * 66 + "😀" + "行" * 10
    octets = text.encode("utf-16-be")
    for room in (140, 134):
        naive = [octets[at : at + room].decode("utf-16-be", "replace") for at in range(0, len(octets), room)]
        assert naive != [part.content for part in smsutil.split(text).parts]
