"""Who asks: a subscription's number and the last four characters of an identity document.

Rule 1: this file alone decides what a valid number, a valid short form and a valid proof look like.
Rule 2: it knows nothing of storage or keys; a value of it never shows what it holds.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

import phonenumbers

__all__ = ["DocumentType", "IdentityError", "LastFour", "Msisdn"]

_LAST_FOUR = re.compile(r"[0-9]{3}[0-9X]")
_E164 = re.compile(r"[1-9][0-9]{6,14}")


class IdentityError(ValueError):
    """A number or a proof that cannot be one. Its text names the expectation, never the value."""


class DocumentType(StrEnum):
    """The identity document that a subscription was registered with."""

    RESIDENT_ID = "resident_id"
    PASSPORT = "passport"
    HK_MACAU_PERMIT = "hk_macau_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT = "foreign_resident"


@dataclass(frozen=True, slots=True)
class Msisdn:
    """A subscriber's number: E.164 digits without the plus sign (ITU-T E.164, at most 15 digits)."""

    digits: str = field(repr=False)
    _national: str = field(default="", repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, *, country_code: int = 86) -> "Msisdn":
        """Read a mobile number of the operator's country in E.164, with or without `+`.

        Raises IdentityError for anything that is not a valid number of `country_code`.
        """
        digits = text.strip().removeprefix("+")
        if not _E164.fullmatch(digits):
            raise IdentityError("a number is 7 to 15 digits in E.164, country code first")
        try:
            number = phonenumbers.parse("+" + digits)
        except phonenumbers.NumberParseException:
            raise IdentityError("a number starts with a country code that exists") from None
        kind = phonenumbers.number_type(number)  # that it has one says that it is valid
        if number.country_code != country_code or kind == phonenumbers.PhoneNumberType.UNKNOWN:
            raise IdentityError(f"a number is a valid subscriber number of country code {country_code}")
        if kind not in _HANDSET_TYPES:
            raise IdentityError("a number is a mobile number")
        return cls(digits, phonenumbers.national_significant_number(number))

    @property
    def national(self) -> str:
        """The digits as written inside the country, e.g. 13800005678."""
        return self._national or phonenumbers.national_significant_number(
            phonenumbers.parse("+" + self.digits)
        )

    @property
    def masked(self) -> str:
        """First three and last four national digits around four stars: 138****5678."""
        national = self.national
        return f"{national[:3]}****{national[-4:]}"


_HANDSET_TYPES = frozenset(
    {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
)


@dataclass(frozen=True, slots=True)
class LastFour:
    """The last four characters of an identity document: three digits, then a digit or X (GB 11643)."""

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "LastFour":
        """Read four characters, full-width and lower-case understood. Raises IdentityError otherwise."""
        plain = unicodedata.normalize("NFKC", text).strip().upper()
        if not _LAST_FOUR.fullmatch(plain):
            raise IdentityError("the last four characters are three digits, then a digit or X")
        return cls(plain)
