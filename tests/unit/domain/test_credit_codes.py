"""The unified social credit code: published ones, and every single typing error of them."""

import pytest

from service.domain.credit_codes import CreditCodeError, credit_code

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PUBLISHED = [
    "91350100M000100Y43",  # the example of GB 32100-2015
    "91110000600037341L",  # python-stdnum's
    "914403001922038216",  # as their companies print them
    "9144030071526726XG",
    "91330100799655058B",
    "91110108551385082Q",
    "91110000802100433B",
    "91310000775785552L",
]


@pytest.mark.parametrize("code", PUBLISHED)
def test_a_published_code_is_one(code):
    """As it is printed, in lower case, in full width, with spaces and hyphens."""
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)
    for text in (code, code.lower(), wide, f" {code[:2]} {code[2:8]}-{code[8:]} "):
        assert credit_code(text) == code


@pytest.mark.parametrize("code", PUBLISHED)
def test_one_wrong_sign_is_found(code):
    """Each of the eighteen places, each other sign."""
    for place in range(18):
        for sign in set(SIGNS) - {code[place]}:
            with pytest.raises(CreditCodeError):
                credit_code(code[:place] + sign + code[place + 1 :])


@pytest.mark.parametrize("code", PUBLISHED)
def test_two_swapped_signs_are_found(code):
    """Neighbours, where they differ."""
    for place in range(17):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code:
            with pytest.raises(CreditCodeError):
                credit_code(swapped)


@pytest.mark.parametrize(
    "text", ["", "9135", "91350100M000100Y4", "91350100M000100Y433", "9I350100M000100Y43", "某" * 18]
)
def test_what_has_another_shape_is_none(text):
    """Too short, too long, a letter that no code has; and the error does not repeat it."""
    with pytest.raises(CreditCodeError) as error:
        credit_code(text)
    assert not text or text not in str(error.value)
