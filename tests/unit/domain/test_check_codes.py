"""Check codes: how they are read, and the exhaustive proof that typing errors are caught."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.check_codes import ALPHABET, CODE_ENTROPY, CheckCode, CheckCodeError, PhoneLastFour, after

TABLE = np.array([[after(interim, value) for value in range(32)] for interim in range(32)])
codes = st.binary(min_size=CODE_ENTROPY, max_size=CODE_ENTROPY).map(CheckCode.of)


def folded(*symbols):
    """The interim value after these symbols, from every interim value before them: arrays of all combinations."""
    interim = np.arange(32).reshape(32, *[1] * max(symbol.ndim - 1 for symbol in symbols))
    for symbol in symbols:
        interim = TABLE[interim, symbol]
    return interim


def every(count):
    """Arrays of every combination of so many symbols, beside the interim value in the first axis."""
    return [
        np.arange(32).reshape([1] * (place + 1) + [32] + [1] * (count - place - 1)) for place in range(count)
    ]


def test_the_table_is_the_field():
    """Each row and column a permutation: one changed symbol, at any place, always comes out differently at the end."""
    for row in (*TABLE, *TABLE.T):
        assert sorted(row) == list(range(32))
    assert all(
        TABLE[value, value] == 0 for value in range(32)
    )  # the check symbol is the interim value itself


def test_every_adjacent_swap_is_caught():
    """From all 32 interim values, all pairs: no two orders come to the same."""
    x, y = every(2)
    same = folded(x, y) == folded(y, x)
    assert same.sum() == 32 * 32  # those of equal symbols alone


def test_every_jump_swap_is_caught():
    """All triples: swapping the outer two."""
    x, y, z = every(3)
    same = folded(x, y, z) == folded(z, y, x)
    assert same.sum() == 32 * 32 * 32


def test_every_twin_error_is_caught():
    """The same symbol twice, written as another one twice: aa as bb, aca as bcb."""
    x, y = every(2)
    assert (folded(x, x) == folded(y, y)).sum() == 32 * 32
    x, y, z = every(3)
    assert (folded(x, z, x) == folded(y, z, y)).sum() == 32 * 32 * 32


@given(codes, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_never_a_code(code, place, symbol):
    """At any of the ten places, the check symbol's included."""
    typed = code.symbols[:place] + symbol + code.symbols[place + 1 :]
    if typed == code.symbols:
        assert CheckCode.parse(typed) == code
    else:
        with pytest.raises(CheckCodeError):
            CheckCode.parse(typed)


@given(codes)
def test_a_code_is_read_as_people_write_it(code):
    """Lower case, full width, spaces, hyphens, O for 0, I and L for 1."""
    wide = "".join(chr(ord(symbol) + 0xFEE0) for symbol in code.symbols)
    for typed in (
        code.written,
        code.written.lower(),
        wide,
        " ".join(code.symbols),
        code.written.replace("-", "\u2014"),
        code.symbols.replace("0", "o").replace("1", "l"),
        code.symbols.replace("0", "O").replace("1", "I"),
    ):
        assert CheckCode.parse(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "7KQ2M-9XW4", "7KQ2M-9XW4BB", "7KQ2M-9XW4U", "核验码7KQ2M9XW4", "½KQ2M9XW4B"]
)
def test_what_cannot_be_a_code_is_refused_without_a_word_of_it(typed):
    """U, another length, other letters."""
    with pytest.raises(CheckCodeError) as error:
        CheckCode.parse(typed)
    assert not typed or typed not in str(error.value)


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_refused(text):
    """And what is a code is written in one way."""
    try:
        code = CheckCode.parse(text)
    except CheckCodeError:
        return
    assert CheckCode.parse(code.written) == code


def test_codes_are_uniform_and_show_nothing():
    """Each symbol appears at each of the nine places about equally often; no repr of a code holds it."""
    chance = random.Random(5)
    drawn = [CheckCode.of(chance.randbytes(CODE_ENTROPY)) for _ in range(32_000)]
    for place in range(9):
        counts = [sum(code.symbols[place] == symbol for code in drawn) for symbol in ALPHABET]
        assert 850 < min(counts) <= max(counts) < 1150
    assert all(code.symbols[:4] not in repr(code) for code in drawn[:100])
    assert len(set(drawn)) == len(drawn)


def test_the_published_example():
    """The code of every text in PRODUCT, by its own last symbol; and that symbol is the only one."""
    assert CheckCode.parse("7KQ2M-9XW4B").written == "7KQ2M-9XW4B"
    fitting = [symbol for symbol in ALPHABET if isinstance(parsed("7KQ2M-9XW4" + symbol), CheckCode)]
    assert fitting == ["B"]


def parsed(text):
    """The code, or the error."""
    try:
        return CheckCode.parse(text)
    except CheckCodeError as error:
        return error


def test_every_nine_symbols_have_exactly_one_check_symbol():
    """For some hundred of them, all 32 tried."""
    chance = random.Random(6)
    for nine in ("".join(chance.choices(ALPHABET, k=9)) for _ in range(200)):
        assert sum(isinstance(parsed(nine + symbol), CheckCode) for symbol in ALPHABET) == 1


def test_four_digits_and_nothing_else():
    """Of a phone, not of a document: no X."""
    assert PhoneLastFour.parse("５６ 78") == PhoneLastFour("5678")
    for wrong in ("", "567", "56789", "567X", "五六七八", "٥٦٧٨"):
        with pytest.raises(CheckCodeError):
            PhoneLastFour.parse(wrong)


def test_single_swaps_in_whole_codes():
    """What is proved of the table holds of whole codes: every adjacent and every jump swap of two thousand."""
    chance = random.Random(7)
    for _ in range(2000):
        code = CheckCode.of(chance.randbytes(CODE_ENTROPY)).symbols
        for one, step in itertools.product(range(10), (1, 2)):
            other = one + step
            if other > 9 or code[one] == code[other]:
                continue
            swapped = list(code)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert isinstance(parsed("".join(swapped)), CheckCodeError)
