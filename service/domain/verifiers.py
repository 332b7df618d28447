"""Organisations that are registered to ask: what is known of one, and how it proves itself.

Rule 1: who is registered, under which name, and until when, is decided here.
Rule 2: a secret is never kept: only a keyed hash of it, made outside.
"""

import unicodedata
from dataclasses import dataclass, field, replace

from service.domain.asker_names import AskerNameError, asker_name
from service.domain.check_codes import ALPHABET
from service.domain.credit_codes import CreditCodeError, credit_code

__all__ = [
    "MOST_NAME",
    "SECRET_ENTROPY",
    "Verifier",
    "VerifierError",
    "read_secret",
    "registered",
    "written_secret",
]

MOST_NAME = 24
"""Letters of a registered name: it stands in the text that asks a citizen."""

SECRET_ENTROPY = 13  # bytes of chance for 100 bits, which nobody guesses at twenty a minute
_SYMBOLS, _GROUP = 20, 5
_LOOKS_LIKE = str.maketrans("OIL", "011")


class VerifierError(Exception):
    """What cannot be registered or ended; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """One organisation. `ended_at`: 0 while it may ask. `tag`: the keyed hash of its secret, in hex."""

    code: str
    name: str
    added_at: int
    ended_at: int = 0
    tag: str = field(default="", repr=False)

    def ended(self, now: int) -> "Verifier":
        """The same once it may ask no more, its secret forgotten. Raises VerifierError."""
        if self.ended_at:
            raise VerifierError(f"{self.code} has been ended already")
        return replace(self, ended_at=now, tag="")


def registered(code: str, name: str, now: int) -> Verifier:
    """A new one, without its secret. Raises VerifierError."""
    try:
        return Verifier(credit_code(code), asker_name(name, MOST_NAME), now)
    except (CreditCodeError, AskerNameError) as error:
        raise VerifierError(str(error)) from None


def written_secret(entropy: bytes) -> str:
    """A new secret as it is handed over: four groups of five symbols."""
    number = int.from_bytes(entropy)
    symbols = "".join(ALPHABET[number >> 5 * place & 31] for place in range(_SYMBOLS))
    return "-".join(symbols[begin : begin + _GROUP] for begin in range(0, _SYMBOLS, _GROUP))


def read_secret(text: str) -> str:
    """What somebody typed, in the form that is hashed: case, width, spaces and hyphens don't matter."""
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOKS_LIKE)
    return "".join(sign for sign in plain if sign.isalnum())
