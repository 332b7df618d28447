"""Dispute tickets as canonical versioned bytes.

    ticket  = version (1) | index (16) | length (2) | clear part, sorted JSON | what it is about, sealed
    subject = version (1) | sorted JSON

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here. What a ticket is about (`Subject`) is bytes of their own, sealed by whoever makes them.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from service.domain.disputes import Decision, Event, Status, Ticket, Verdict
from service.domain.notices import Address
from service.records.key_record import RecordError

__all__ = ["Subject", "decode_subject", "decode_ticket", "encode_subject", "encode_ticket"]

_VERSION, _INDEX = b"\x01", 16


@dataclass(frozen=True, slots=True, repr=False)
class Subject:
    """What a ticket is about: a region, the span of its stays (unix seconds), and where to tell how it ended."""

    region: int
    start: int
    end: int
    address: Address


def encode_ticket(ticket: Ticket) -> bytes:
    """The bytes of a ticket."""
    plain = {
        "status": ticket.status.value,
        "verdict": ticket.verdict.value if ticket.verdict is not None else None,
    }
    fields = {name: value for name, value in asdict(ticket).items() if name not in {"index", "sealed"}}
    clear = _json({**fields, **plain})
    return _VERSION + ticket.index + len(clear).to_bytes(2) + clear + ticket.sealed


def decode_ticket(data: bytes) -> Ticket:
    """The ticket of such bytes. Raises RecordError."""
    begin = 1 + _INDEX + 2
    end = begin + int.from_bytes(data[begin - 2 : begin])
    fields = _fields(data[:1], data[begin:end])
    try:
        return Ticket(
            **{
                **fields,
                "index": data[1 : 1 + _INDEX],
                "sealed": data[end:],
                "status": Status(fields["status"]),
                "verdict": Verdict(fields["verdict"]) if fields["verdict"] else None,
                "decision": Decision(**fields["decision"]) if fields["decision"] else None,
                "events": tuple(Event(**event) for event in fields["events"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        raise RecordError("a ticket has an unknown shape") from None


def encode_subject(subject: Subject) -> bytes:
    """The bytes of what a ticket is about."""
    return _VERSION + _json(asdict(subject))


def decode_subject(data: bytes) -> Subject:
    """What a ticket is about. Raises RecordError."""
    fields = _fields(data[:1], data[1:])
    try:
        return Subject(**{**fields, "address": Address(**fields["address"])})
    except (KeyError, TypeError):
        raise RecordError("a ticket is about something of an unknown shape") from None


def _json(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _fields(version: bytes, content: bytes) -> dict[str, Any]:
    if version != _VERSION:
        raise RecordError("a ticket has an unknown version; upgrade before reading it")
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        raise RecordError("a ticket is not readable") from None
    if not isinstance(fields, dict):
        raise RecordError("a ticket has an unknown shape")
    return fields
