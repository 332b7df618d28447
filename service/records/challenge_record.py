"""A challenge's request and its answer as canonical versioned bytes, filled up: their length must not tell what they say.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from typing import Any

from service.domain.identity import IdentityError, LastFour
from service.domain.questions import Document, Finding, Predicate, Question, Request, Show, Shown, Standing
from service.records.check_record import BLOCK, CheckRecordError, decode_statement, encode_statement
from service.records.fields import fields_of

__all__ = ["ChallengeRecordError", "decode_request", "decode_shown", "encode_request", "encode_shown"]

_VERSION = b"\x02"
"""Version 1 knew no standing questions; a challenge of it is void within minutes."""


class ChallengeRecordError(ValueError):
    """Bytes of another version or another shape. The text never holds any of them."""


def encode_request(request: Request) -> bytes:
    """The bytes of a request."""
    fields = {
        "question": _plain(request.question),
        "phone": request.phone_last_four,
        "name": request.name,
        "asker": request.asker,
        "requester": request.requester.hex(),
        "pair": request.pair,
        "key": request.answer_key.hex(),
        "standing": request.standing,
    }
    return _encode(fields)


def decode_request(data: bytes) -> Request:
    """The request of such bytes. Raises ChallengeRecordError."""
    fields = _decode(data)
    try:
        return Request(
            _question(fields["question"]),
            fields["phone"],
            fields["name"],
            fields["asker"],
            bytes.fromhex(fields["requester"]),
            fields["pair"],
            bytes.fromhex(fields["key"]),
            bool(fields["standing"]),
        )
    except (KeyError, TypeError, ValueError, IdentityError):
        raise ChallengeRecordError("a challenge's request has an unknown shape") from None


def encode_shown(shown: Shown) -> bytes:
    """The bytes of an answer."""
    statement = shown.statement
    fields = {
        "masked": shown.masked,
        "at": shown.at,
        "entry": shown.entry,
        "finding": shown.finding.value if shown.finding is not None else None,
        "covered": shown.covered,
        "whole": shown.whole,
        "statement": encode_statement(statement).hex() if statement is not None else None,
        "standing": fields_of(shown.standing) if shown.standing is not None else None,
    }
    return _encode(fields, 4 * BLOCK)


def decode_shown(data: bytes) -> Shown:
    """The answer of such bytes. Raises ChallengeRecordError."""
    fields = _decode(data)
    try:
        finding, statement, standing = fields["finding"], fields["statement"], fields["standing"]
        return Shown(
            fields["masked"],
            fields["at"],
            fields["entry"],
            Finding(finding) if finding is not None else None,
            fields["covered"],
            fields["whole"],
            decode_statement(bytes.fromhex(statement)) if statement is not None else None,
            Standing(**standing) if standing is not None else None,
        )
    except (KeyError, TypeError, ValueError, CheckRecordError):
        raise ChallengeRecordError("a challenge's answer has an unknown shape") from None


def _plain(question: Question) -> dict[str, Any]:
    match question:
        case Predicate(inside=inside, provinces=provinces):
            return {"kind": "predicate", "inside": inside, "provinces": list(provinces)}
        case Document(last_four=last_four):
            return {"kind": "id4", "last_four": last_four.text}
    return {"kind": "show"}


def _question(fields: dict[str, Any]) -> Question:
    match fields["kind"]:
        case "predicate":
            return Predicate(bool(fields["inside"]), tuple(fields["provinces"]))
        case "id4":
            return Document(LastFour.parse(fields["last_four"]))
        case "show":
            return Show()
    raise ChallengeRecordError("a challenge asks what is not known here")


def _encode(fields: dict[str, Any], block: int = BLOCK) -> bytes:
    """JSON, spaces behind it."""
    bare = _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    return bare.ljust(-(-len(bare) // block) * block)


def _decode(data: bytes) -> dict[str, Any]:
    if data[:1] != _VERSION:
        raise ChallengeRecordError("a challenge has an unknown version; it is void in minutes")
    try:
        fields = json.loads(data[1:])
    except ValueError:
        raise ChallengeRecordError("a challenge is not readable") from None
    if not isinstance(fields, dict):
        raise ChallengeRecordError("a challenge has an unknown shape")
    return fields
