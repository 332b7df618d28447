"""Whose receipt it is, in the forms in which centres write one identifier."""

import pytest

from service.smpp.receipts import meanings


@pytest.mark.parametrize("written", ["A1B", "a1b", "0000000A1B", "00a1b", "2587", "0002587"])
def test_an_identifier_is_the_same_in_every_form(written):
    """Hex in the response and decimal in the receipt, another case, leading zeros; and the other way round."""
    assert meanings(written) & meanings("A1B")


@pytest.mark.parametrize("other", ["A1C", "2588", "", "zzz", "A1B-1", "²5"])
def test_another_identifier_is_another(other):
    """Nothing near is taken for it."""
    assert not meanings(other) & meanings("A1B")


def test_identifiers_that_are_no_numbers_are_compared_as_words():
    """UUIDs and what vendors think of."""
    assert meanings("123e4567-E89B") & meanings("123E4567-e89b")
    assert meanings("x") & meanings("X")
