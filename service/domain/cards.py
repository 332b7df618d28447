"""The signed card: what it says, what it is named by, and by what its withdrawal is recognised.

Rule 1: this file alone decides what a card's claims are, and so what a verifier without a network may learn.
Rule 2: it signs nothing and knows no key; a card says what a reply says, of the same statement.

    place of the check record --hash--> jti, in the card --hash--> mark, in the revocation list
    Neither leads back: a list tells nobody which cards there are, a card not where its record lies.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from service.domain.statement import Statement

__all__ = [
    "REVOCATIONS_SECONDS",
    "Check",
    "card_claims",
    "card_id",
    "card_name",
    "read_card_id",
    "receipt_claims",
    "revocation_claims",
    "revocation_mark",
]

REVOCATIONS_SECONDS = 900
"""Life of a revocation list: for so long a verifier need not ask again; an older one is shown with its age."""

_EPOCH = date(1970, 1, 1)
_BYTES = 16
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def card_name(place: bytes) -> bytes:
    """What a check record's card is named by, 16 bytes; written out it is the card's `jti`."""
    return sha256(b"jti/v1|" + place).digest()[:_BYTES]


def card_id(place: bytes) -> str:
    """`jti` of the card that belongs to a check record."""
    return _written(card_name(place))


def read_card_id(jti: str) -> bytes | None:
    """The name that a `jti` writes out; None for what no card is named by."""
    if not _ID.fullmatch(jti):
        return None
    name = base64.urlsafe_b64decode(jti + "==")
    return name if _written(name) == jti else None


def revocation_mark(place: bytes) -> bytes:
    """What the revocation list names a withdrawn card by: a hash of its `jti`."""
    return sha256(b"revoked/v1|" + card_id(place).encode()).digest()[:_BYTES]


def card_claims(said: Statement, place: bytes, issuer: str) -> dict[str, object]:
    """Claims (TRUST 3). Days are dates of Shanghai; coverage counts whole days; `possible` stands apart."""
    answer = said.answer
    return {
        "iss": issuer,
        "iat": said.made_at,
        "exp": said.valid_until,
        "jti": card_id(place),
        "window": [_day(answer.first_day), _day(answer.last_day)],
        "rule": answer.rule,
        "regions": list(answer.certain),
        "possible": list(answer.possible),
        "coverage": [answer.covered, answer.whole_days],
        "masked": said.masked,
    }


def revocation_claims(marks: Iterable[bytes], issuer: str, now: int) -> dict[str, object]:
    """The list: marks in no order that tells when they came."""
    revoked = sorted(map(_written, marks))
    return {"iss": issuer, "iat": now, "exp": now + REVOCATIONS_SECONDS, "revoked": revoked}


@dataclass(frozen=True, slots=True)
class Check:
    """What a receipt is about: who asked what and when, and where in the log it stands. No region, no number."""

    verifier: str = field(repr=False)
    registered: bool
    question: str
    at: int
    log_index: int


def receipt_claims(check: Check, answer: bytes, issuer: str) -> dict[str, object]:
    """Claims of a receipt; `answer` is a hash that the keys role made, with a salt of its own."""
    return {
        "iss": issuer,
        "iat": check.at,
        "verifier": check.verifier,
        "registered": check.registered,
        "question": check.question,
        "log_index": check.log_index,
        "answer": _written(answer),
    }


def _day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def _written(digest: bytes) -> str:
    """Sixteen bytes as base64url."""
    return base64.urlsafe_b64encode(digest[:_BYTES]).rstrip(b"=").decode()
