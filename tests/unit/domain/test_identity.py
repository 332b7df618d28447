"""Numbers as the library for them reads them, with fewer questions to it."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.identity import IdentityError, Msisdn

HANDSETS = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def of_the_library(digits, country_code):
    """What the library says in as many calls as it takes: the national number of a handset, or None."""
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != country_code or not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in HANDSETS:
        return None
    return phonenumbers.national_significant_number(number)


def ours(digits, country_code):
    """The same as this service says it."""
    try:
        return Msisdn.parse(digits, country_code=country_code).national
    except IdentityError:
        return None


@given(st.from_regex(r"861[0-9]{10}", fullmatch=True) | st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
@settings(max_examples=1000, deadline=None)
def test_a_number_is_a_handsets_exactly_where_the_library_says_so(digits):
    """Valid, of the country, and mobile."""
    assert ours(digits, 86) == of_the_library(digits, 86)


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_countrys_handsets_are_read(region):
    """Leading zeros and prefixes of other countries included; a number that was not parsed here has the same national one."""
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        pytest.skip(f"the library has no mobile number of {region}")
    digits = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:]
    assert ours(digits, example.country_code) == of_the_library(digits, example.country_code)
    assert Msisdn(digits).national == phonenumbers.national_significant_number(example)
