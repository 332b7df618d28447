"""What a card, a revocation list and a receipt claim."""

import json

from service.domain.cards import (
    Check,
    card_claims,
    card_id,
    receipt_claims,
    revocation_claims,
    revocation_mark,
)
from service.domain.itinerary import Certainty
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit

NOW, TODAY = 1_795_400_000, 20_780
VISITS = (Visit(420100, Certainty.CERTAIN), Visit(320500, Certainty.POSSIBLE), Visit(440, Certainty.CERTAIN))
ANSWER = Answer("dwell-4h/1", TODAY - 14, TODAY, 14, VISITS, ((TODAY - 3, Gap.NOT_SEEN),))
SAID = Statement("138****8000", ANSWER, TODAY - 400, 0, NOW, "digest")
PLACE = bytes(range(16))


def test_a_card_says_what_the_reply_says():
    """Possible regions apart, coverage by days, 24 hours; no number but the masked one, no activation day."""
    assert card_claims(SAID, PLACE, "service") == {
        "iss": "service",
        "iat": NOW,
        "exp": NOW + 86_400,
        "jti": card_id(PLACE),
        "window": ["2026-11-09", "2026-11-23"],
        "rule": "dwell-4h/1",
        "regions": [420100, 440],
        "possible": [320500],
        "coverage": [13, 14],
        "masked": "138****8000",
    }


def test_the_card_fits_a_code_that_cheap_phones_read():
    """With five regions fewer than 300 bytes of claims: the whole address stays below 600 characters."""
    visits = tuple(Visit(420100 + 100 * n, Certainty.CERTAIN) for n in range(5))
    said = Statement("138****8000", Answer("dwell-4h/1", TODAY - 14, TODAY, 14, visits, ()), 0, 0, NOW)
    assert len(json.dumps(card_claims(said, PLACE, "localhost/itinerary"), separators=(",", ":"))) < 300


def test_neither_the_card_nor_the_list_tells_where_a_record_lies():
    """Place, `jti` and mark share no bytes; the same place gives the same ones, another others."""
    assert card_id(PLACE) == card_id(bytes(PLACE))
    assert len({PLACE.hex(), card_id(PLACE), card_id(bytes(16)), revocation_mark(PLACE).hex()}) == 4
    listed = revocation_claims([revocation_mark(bytes([n]) * 16) for n in range(3)], "service", NOW)
    assert listed["revoked"] == sorted(listed["revoked"])
    assert (listed["exp"], listed["iat"]) == (NOW + 900, NOW)


def test_a_receipt_names_no_region_and_no_number():
    """Who asked what and when, the entry's place, a hash."""
    check = Check("Gate 3", False, "show", NOW, 17)
    assert receipt_claims(check, b"h" * 32, "service") == {
        "iss": "service",
        "iat": NOW,
        "verifier": "Gate 3",
        "registered": False,
        "question": "show",
        "log_index": 17,
        "answer": "aGhoaGhoaGhoaGhoaGhoaA",
    }
