"""The guard over what operators see: it finds whatever tells of a person."""

import pytest

from tests.fault.operators_view import personal


class Somebody:
    """One whose number is looked for."""

    number = "8613900000007"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("8613900000007 asked", "a number"),
        ("13900000007", "a number"),
        ("8613900000007".encode("utf-16-le"), "a number"),
        ("proof 123X", "digits"),
        ("region 420100", "a region"),
        ("in Wuhan", "a region"),
        ("code 7KQ2M-9XW4B", "a check code"),
    ],
)
def test_whatever_tells_of_a_person_is_found(said, kind):
    """A number in any encoding, digits, a region, a code."""
    octets = said if isinstance(said, bytes) else said.encode()
    assert personal({"link": octets}, [Somebody]) == [("link", kind)]


def test_what_tells_of_nobody_is_not_found():
    """Times, ports, counts."""
    said = b'{"event": "role started", "timestamp": "2026-12-01T03:57:14.420100Z", "port": 9104}'
    assert personal({"link": said}, [Somebody]) == []
