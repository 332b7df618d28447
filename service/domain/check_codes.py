"""The check code of a reply: how it is made, written and read.

Rule 1: this file alone decides what a check code looks like and which typing errors are understood or caught.
Rule 2: it draws no chance and knows no reply; whether a code is anybody's is found out elsewhere.

    7KQ2M-9XW4B     nine symbols of Crockford's base32 (45 bits), then a check symbol
    i' = 2 * (i xor d) over GF(2^5), x^5 + x^2 + 1; the check symbol brings i to zero      (Damm, 2004)

The scheme finds every single substitution, adjacent swap, jump swap, twin and jump twin: proved exhaustively in
tests/unit/domain/test_check_codes.py. `static/check-code.js` of the page says the same; a test holds it to this file.
"""

import unicodedata
from dataclasses import dataclass, field

__all__ = [
    "ALPHABET",
    "CHECK_SECONDS",
    "CODE_ENTROPY",
    "CheckCode",
    "CheckCodeError",
    "PhoneLastFour",
    "after",
]

CHECK_SECONDS = 86_400
"""Life of a code: long enough for a day's gates, short enough that a found phone proves nothing tomorrow."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_ENTROPY = 6  # bytes of chance for 45 bits; three bits are left over
_SYMBOLS = 9
_HALF = 5
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_POLYNOMIAL = 0b100101
_FOUR = 4


class CheckCodeError(ValueError):
    """A text that can't be a check code, or four digits that can't be. Its text never holds any of it."""


def after(interim: int, value: int) -> int:
    """Damm's interim value after one more symbol."""
    doubled = (interim ^ value) << 1
    return doubled ^ _POLYNOMIAL if doubled & 0b100000 else doubled


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Ten symbols that agree with each other."""

    symbols: str = field(repr=False)

    @classmethod
    def of(cls, entropy: bytes) -> "CheckCode":
        """The code of `CODE_ENTROPY` random bytes; every code is equally likely."""
        number = int.from_bytes(entropy) >> 3
        values = [number >> 5 * place & 31 for place in range(_SYMBOLS)]
        return cls("".join(ALPHABET[value] for value in (*values, _interim(values))))

    @classmethod
    def parse(cls, text: str) -> "CheckCode":
        """Read what somebody typed: any case and width, with spaces and hyphens, O for 0, I or L for 1.

        Raises CheckCodeError where it can't be a code.
        """
        plain = unicodedata.normalize("NFKC", text).upper()
        kept = [symbol for symbol in plain if symbol.isalnum()]
        if len(kept) != _SYMBOLS + 1 or any(symbol not in _VALUES for symbol in kept):
            raise CheckCodeError("a check code is ten letters and digits, without U")
        values = [_VALUES[symbol] for symbol in kept]
        if _interim(values):
            raise CheckCodeError("a check code's last symbol agrees with the others; this one was mistyped")
        return cls("".join(ALPHABET[value] for value in values))

    @property
    def written(self) -> str:
        """As it stands in a reply."""
        return f"{self.symbols[:_HALF]}-{self.symbols[_HALF:]}"


@dataclass(frozen=True, slots=True)
class PhoneLastFour:
    """The last four digits of a phone number, which a reply shows beside its code."""

    digits: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "PhoneLastFour":
        """Read four digits, full-width understood. Raises CheckCodeError."""
        plain = "".join(unicodedata.normalize("NFKC", text).split())
        if len(plain) != _FOUR or not (plain.isascii() and plain.isdigit()):
            raise CheckCodeError("the last four of a phone number are four digits")
        return cls(plain)


def _interim(values: list[int]) -> int:
    interim = 0
    for value in values:
        interim = after(interim, value)
    return interim
