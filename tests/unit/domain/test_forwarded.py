"""Forwarded replies: what phones do to a text does not matter, anything else does."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.pack_files import load_packs
from service.adapters.region_tables import load_regions
from service.domain.check_codes import CheckCode, PhoneLastFour
from service.domain.forwarded import PLACEHOLDER, digest_of, read_forwarded
from service.domain.itinerary import Certainty
from service.domain.replies import reply
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit

PACKS = load_packs(Path(__file__).parents[3] / "config" / "packs")
LANGUAGES = {language.code: language for pack in PACKS.values() for language in pack.languages}
SIGNATURES = tuple(language.texts["signature"] for language in LANGUAGES.values())
CODE = CheckCode.parse("7KQ2M-9XW4B")
TODAY = 20_780
VISITS = (
    Visit(420100, Certainty.CERTAIN),
    Visit(440300, Certainty.CERTAIN),
    Visit(320500, Certainty.POSSIBLE),
)
MISSING = tuple((TODAY - day, Gap.NOT_SEEN) for day in (14, 13, 12, 11, 3, 2))


def said(language, code=CODE, visits=VISITS, missing=MISSING, masked="138****5678"):
    """A reply as it is sent."""
    answer = Answer("dwell-4h/1", TODAY - 14, TODAY, 14, visits, missing)
    statement = Statement(masked, answer, TODAY - 400, 0, TODAY * 86_400 + 4000)
    return reply(statement, LANGUAGES[language], load_regions().name, code)


def expected(language):
    """The digest that was taken before there was a code."""
    return digest_of(said(language, PLACEHOLDER), LANGUAGES[language].texts["signature"])


MANGLED = {
    "as it is": lambda text: text,
    "a prefix": lambda text: "转发:" + text,
    "the sender's number before it": lambda text: "From 10086 11/23 09:12: " + text,
    "quotation marks": lambda text: f"“{text}”",
    "other quotation marks": lambda text: f"「{text}」",
    "line breaks anywhere": lambda text: "\r\n".join(text[at : at + 7] for at in range(0, len(text), 7)),
    "part counters": lambda text: f"(1/2){text[:40]}(2/2){text[40:]}",
    "full width": lambda text: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text),
    "lower case": str.lower,
    "another dash": lambda text: text.replace("-", "–"),
    "another star": lambda text: text.replace("*", "∗"),
    "spaces at the ends": lambda text: f" \n{text}\u3000",
    "no spaces": lambda text: text.replace(" ", ""),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", MANGLED)
def test_what_a_phone_does_to_a_text_does_not_matter(language, how):
    """Prefix, line breaks, quotation marks, parts, width, case: the same digest, code and digits."""
    found = read_forwarded(MANGLED[how](said(language)), SIGNATURES)
    assert found is not None
    assert (found.code, found.last_four) == (CODE, PhoneLastFour("5678"))
    assert found.digest == expected(language)


OTHERWISE = {
    "a region less": {"visits": VISITS[1:]},
    "a region more": {"visits": (Visit(310000, Certainty.CERTAIN), *VISITS)},
    "another region": {"visits": (Visit(310000, Certainty.CERTAIN), *VISITS[1:])},
    "another order": {"visits": (VISITS[1], VISITS[0], VISITS[2])},
    "certain instead of possible": {"visits": (*VISITS[:2], Visit(320500, Certainty.CERTAIN))},
    "a day more": {"missing": MISSING[1:]},
    "another number": {"masked": "139****5678"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("how", OTHERWISE)
def test_any_other_content_has_another_digest(language, how):
    """Whatever a forger would want to change."""
    found = read_forwarded(said(language, **OTHERWISE[how]), SIGNATURES)
    assert found is not None
    assert found.digest != expected(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_may_be_added_behind_it(language):
    """A genuine reply with a sentence more is not what we sent."""
    found = read_forwarded(said(language) + "另:核酸阴性", SIGNATURES)
    assert found is None or found.digest != expected(language)


@given(
    st.sampled_from(sorted(LANGUAGES)),
    st.integers(0, 10_000),
    st.characters(min_codepoint=33, max_codepoint=126),
)
def test_no_character_can_be_exchanged(language, place, character):
    """Any one character of a reply for another one: refused, or another code, or another digest, or read as the same."""
    text = said(language)
    at = place % len(text)
    found = read_forwarded(text[:at] + character + text[at + 1 :], SIGNATURES)
    same = found is not None and (found.code, found.last_four.digits, found.digest) == (
        CODE,
        "5678",
        expected(language),
    )
    ignored = {text[at].upper(), character.upper()} <= set("\"'`| ") or text[at].upper() == character.upper()
    read_alike = text[at : at + 1] in "01OIL" and character.upper() in "01OIL"
    assert not same or ignored or read_alike


@pytest.mark.parametrize(
    "text", ["", "HY", "核验码7KQ2M-9XW4B", "【行程查询】", "【行程查询】138****5678核验码7KQ2M-9XW4C"]
)
def test_what_holds_no_reply_is_none(text):
    """No signature, no number, no code that agrees with itself."""
    assert read_forwarded(text, SIGNATURES) is None


def test_two_replies_in_one_text_are_none():
    """Nobody could say which of them was confirmed."""
    assert read_forwarded(said("zh") + said("zh"), SIGNATURES) is None
    assert read_forwarded("x" * 41 + said("zh"), SIGNATURES) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    """And with a signature before it too."""
    read_forwarded(text, SIGNATURES)
    read_forwarded(SIGNATURES[0] + text, SIGNATURES)


def test_random_noise_is_never_a_reply():
    """Ten thousand texts of a reply's alphabet."""
    chance = random.Random(3)
    alphabet = said("zh") + said("en")
    for _ in range(2000):
        found = read_forwarded("【行程查询】" + "".join(chance.choices(alphabet, k=100)), SIGNATURES)
        assert found is None or found.digest not in {expected("zh"), expected("en")}
