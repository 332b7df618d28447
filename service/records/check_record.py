"""A statement and its holder as canonical versioned bytes, all of a length: a sealed record must not tell how many regions.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from service.domain.itinerary import Certainty
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit
from service.records.fields import canonical, fields_of

__all__ = [
    "BLOCK",
    "CheckRecordError",
    "Holder",
    "decode_holder",
    "decode_statement",
    "encode_holder",
    "encode_statement",
]

BLOCK = 1024
"""Records are filled up to a multiple of this; a reply of twenty regions and fourteen single missing days fits one."""

_VERSION = b"\x01"


class CheckRecordError(ValueError):
    """Bytes of another version or another shape. The text never holds any of them."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is to be told of a check, and where: for the link role alone."""

    index: bytes = field(repr=False)
    generation: int  # of the subscription: the number's next owner is told nothing
    msisdn: str = field(repr=False)  # E.164 digits
    sender: str  # the short code
    language: str | None
    made_at: int


def encode_statement(statement: Statement) -> bytes:
    """The bytes of a statement."""
    told = statement.answer
    answer = {
        **fields_of(told),
        "visits": [[visit.region, int(visit.certainty), int(visit.disputed)] for visit in told.visits],
        "missing": [[day, gap.value] for day, gap in told.missing],
    }
    return _encode({**fields_of(statement), "answer": answer})


def decode_statement(data: bytes) -> Statement:
    """The statement of such bytes. Raises CheckRecordError."""
    fields = _decode(data)
    try:
        answer = dict(fields["answer"])
        answer["visits"] = tuple(
            Visit(region, Certainty(certain), bool(disputed))
            for region, certain, disputed in answer["visits"]
        )
        answer["missing"] = tuple((day, Gap(gap)) for day, gap in answer["missing"])
        return Statement(**{**fields, "answer": Answer(**answer)})
    except (KeyError, TypeError, ValueError):
        raise CheckRecordError("a check record has an unknown shape") from None


def encode_holder(holder: Holder) -> bytes:
    """The bytes of a holder."""
    return _encode({**fields_of(holder), "index": holder.index.hex()})


def decode_holder(data: bytes) -> Holder:
    """The holder of such bytes. Raises CheckRecordError."""
    fields = _decode(data)
    try:
        return Holder(**{**fields, "index": bytes.fromhex(fields["index"])})
    except (KeyError, TypeError, ValueError):
        raise CheckRecordError("a check record's holder has an unknown shape") from None


def _encode(fields: dict[str, Any]) -> bytes:
    """JSON, spaces behind it."""
    bare = _VERSION + canonical(fields)
    return bare.ljust(-(-len(bare) // BLOCK) * BLOCK)


def _decode(data: bytes) -> dict[str, Any]:
    if data[:1] != _VERSION:
        raise CheckRecordError("a check record has an unknown version; it is void in a day")
    try:
        fields = json.loads(data[1:])
    except (ValueError, RecursionError):
        raise CheckRecordError("a check record is not readable") from None
    if not isinstance(fields, dict):
        raise CheckRecordError("a check record has an unknown shape")
    return fields
