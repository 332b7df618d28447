"""Dispute tickets as canonical versioned bytes: sorted JSON behind one version byte.

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

_VERSION = b"\x01"


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
        "index": ticket.index.hex(),
        "sealed": ticket.sealed.hex(),
        "status": ticket.status.value,
        "verdict": ticket.verdict.value if ticket.verdict is not None else None,
    }
    return _encode({**asdict(ticket), **plain})


def decode_ticket(data: bytes) -> Ticket:
    """The ticket of such bytes. Raises RecordError."""
    fields = _decode(data)
    try:
        return Ticket(
            **{
                **fields,
                "index": bytes.fromhex(fields["index"]),
                "sealed": bytes.fromhex(fields["sealed"]),
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
    return _encode(asdict(subject))


def decode_subject(data: bytes) -> Subject:
    """What a ticket is about. Raises RecordError."""
    fields = _decode(data)
    try:
        return Subject(**{**fields, "address": Address(**fields["address"])})
    except (KeyError, TypeError):
        raise RecordError("a ticket is about something of an unknown shape") from None


def _encode(fields: dict[str, Any]) -> bytes:
    return _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _decode(data: bytes) -> dict[str, Any]:
    if data[:1] != _VERSION:
        raise RecordError("a ticket has an unknown version; upgrade before reading it")
    try:
        fields = json.loads(data[1:])
    except ValueError:
        raise RecordError("a ticket is not readable") from None
    if not isinstance(fields, dict):
        raise RecordError("a ticket has an unknown shape")
    return fields
