"""The bytes of a web card's session."""

import pytest

from service.records.card_session_record import CardSession, CardSessionError, decode_session, encode_session

SHORT = CardSession(b"i" * 16, "8613800138000", "10086", "zh", "7391", 1_795_400_000, "H4TN8")
LONG = CardSession(b"i" * 16, "447400123456789", "1065008612345", "en", "", 1_795_400_000, "", "ab" * 16)


@pytest.mark.parametrize("session", [SHORT, LONG])
def test_what_is_kept_comes_back(session):
    """Every field; and nothing of a person in what it is shown as."""
    assert decode_session(encode_session(session)) == session
    assert session.msisdn not in repr(session)


def test_all_sessions_are_of_a_length():
    """A long number, a short one, before and after the card: the store cannot tell."""
    assert len(encode_session(SHORT)) == len(encode_session(LONG))


@pytest.mark.parametrize("data", [b"", b"\x02{}", b"\x01{", b"\x01[]", b"\x01{}", b'\x01{"index": 3}'])
def test_what_is_none_is_an_error_without_any_of_it(data):
    """Another version, another shape."""
    with pytest.raises(CardSessionError):
        decode_session(data)
