"""What a stranger may have put into a text to a citizen, and what not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.asker_names import MOST_LETTERS, AskerNameError, asker_name, typed_name


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("前台小王", "前台小王"),
        ("  Hotel Adler ", "Hotel Adler"),
        ("Ｇａｔｅ－Ｅａｓｔ", "Gate-East"),
        ("三里屯 门卫", "三里屯 门卫"),
    ],
)
def test_a_name_of_letters_is_a_name(typed, read):
    """Chinese and Latin, full width too; single spaces and hyphens inside."""
    assert asker_name(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "王",
        "某" * (MOST_LETTERS + 1),
        "请拨 10086",
        "致电幺三八零零幺",
        "bank.cn",
        "www bank",
        "bank com",
        "点击 cn",
        "http",
        "公安”已登记“",
        'bank" (registered)',
        "a\nb",
        "a  b",
        "-ab",
        "ab-",
        "前台\u200b小王",
        "\u202egnab",
        "аpple",  # Cyrillic
        "前台①",
        "٣٤٥٦",
        "ab\x00",
        "😀😀",
        "{name}",
    ],
)
def test_what_could_lead_a_citizen_astray_is_no_name(typed):
    """Digits, links, quotation marks, what is not seen, what looks like another letter; and the error does not repeat it."""
    with pytest.raises(AskerNameError) as error:
        asker_name(typed)
    assert len(typed) < 3 or typed not in str(error.value)


@given(st.text(max_size=40))
def test_whatever_is_typed_only_letters_spaces_and_hyphens_come_out(text):
    """Any text at all."""
    try:
        name = asker_name(text)
    except AskerNameError:
        return
    assert 2 <= len(name) <= MOST_LETTERS
    assert all(unicodedata.category(sign) in {"Lu", "Ll", "Lo"} or sign in " -" for sign in name)


@pytest.mark.parametrize(
    "typed", ["公安局已登记", "Bank registered", "同意请回复", "Reply now", "配对号四七", "REGISTERED"]
)
def test_who_is_not_registered_does_not_speak_as_our_text_does(typed):
    """It could pass for the marks that tell who is; a registered name may hold such a word."""
    with pytest.raises(AskerNameError):
        typed_name(typed)
    assert asker_name(typed) == typed
    assert (typed_name("前台小王"), typed_name("Repair shop")) == ("前台小王", "Repair shop")
