"""How a text is read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.pack_files import load_packs
from service.domain.identity import LastFour
from service.domain.intents import Digits, Help, Query, Stop, Unknown
from service.domain.messages import read

PACK = load_packs(Path(__file__).parents[3] / "config" / "packs")["10086"]


@pytest.mark.parametrize(
    "text",
    [
        "CXMYD",
        "cxmyd",
        " CxMyD ",
        "\uff23\uff38\uff2d\uff39\uff24",
        "\uff43\uff58\uff4d\uff59\uff44",
        "C X M Y D",
        "CXMYD\r\n",
        "\u3000CXMYD\u3000",
    ],
)
def test_a_query_is_understood_however_it_is_typed(text):
    """Full-width, lower-case and spaces change nothing in a keyword."""
    assert read(text, PACK.keywords) == Query(14, "zh")


@pytest.mark.parametrize(
    ("text", "days"), [("CXMYD15", 15), ("cxmyd30", 30), ("TRIP15", 15), ("trip 30", 30)]
)
def test_other_windows_have_their_own_words(text, days):
    """CXMYD15 and CXMYD30 ask for other windows, in the language of the keyword."""
    intent = read(text, PACK.keywords)
    assert isinstance(intent, Query)
    assert (intent.days, intent.language) == (days, "en" if text.upper().startswith("TRIP") else "zh")


@pytest.mark.parametrize(
    "text", ["CXMYD7", "CXMYDX", "CXMYD CXMYD", "please CXMYD", "CXMYD!", "#1234", "X#1234"]
)
def test_keywords_match_exactly(text):
    """What only looks like a keyword is unknown, not guessed at."""
    assert read(text, PACK.keywords) == Unknown()


@pytest.mark.parametrize(
    "text", ["TD", "t d", "T", "stop", "STOP please", "退订", "退订谢谢", "T, thanks", "TD。谢谢", "T D"]
)
def test_stop_is_a_word_or_the_first_word(text):
    """TD, T, STOP and their like end everything, alone or at the beginning of a text."""
    assert isinstance(read(text, PACK.keywords), Stop)


@pytest.mark.parametrize("text", ["TDX", "don't stop", "不要退订", "TODAY", "STOPPING"])
def test_stop_inside_a_text_is_not_stop(text):
    """A text that only contains the word does not end anything."""
    assert read(text, PACK.keywords) == Unknown()


@pytest.mark.parametrize(
    ("text", "plain"), [("1234", "1234"), ("123x", "123X"), ("12\uff13\uff38", "123X"), (" 12 34 ", "1234")]
)
def test_four_characters_can_be_a_proof(text, plain):
    """Three digits and a digit or X, in any width and case, with spaces between."""
    assert read(text, PACK.keywords) == Digits(LastFour.parse(plain))


@pytest.mark.parametrize("text", ["12345", "123", "12X4", "X123", "abcd", "", "  ", "一二三四", "1234."])
def test_anything_else_is_no_proof(text):
    """Neither longer nor shorter nor elsewhere an X."""
    assert read(text, PACK.keywords) == Unknown()


def test_the_one_message_variant_carries_its_proof():
    """CXMYD#1234 is a query with a proof; whether it counts is for the pack to say."""
    assert read("cxmyd#123x", PACK.keywords) == Query(14, "zh", LastFour.parse("123X"))


def test_help_has_words_and_a_question_mark():
    """BZ and HELP speak a language, `?` speaks none."""
    assert read("bz", PACK.keywords) == Help("zh")
    assert read("help", PACK.keywords) == Help("en")
    assert read("?", PACK.keywords) == Help(None)


@given(st.text(max_size=200))
def test_every_text_means_something(text):
    """Reading never fails, whatever a handset sends."""
    assert read(text, PACK.keywords) is not None
