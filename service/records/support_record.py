"""Orders of support, cases and answers as canonical versioned bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; orders and cases are sealed by whoever stores them, answers hold nothing that needs it.
"""

import json
from dataclasses import asdict
from typing import Any

from service.domain.support import CaseView, Delivery, Filed, Order, OrderKind
from service.records.key_record import RecordError

__all__ = ["decode_filed", "decode_order", "decode_view", "encode_filed", "encode_order", "encode_view"]

_VERSION = b"\x01"


def encode_order(order: Order) -> bytes:
    """The bytes of an order."""
    return _encoded({**asdict(order), "kind": order.kind.value})


def decode_order(data: bytes) -> Order:
    """The order of such bytes. Raises RecordError."""
    fields = _decoded(data)
    try:
        return Order(**{**fields, "kind": OrderKind(fields["kind"])})
    except (KeyError, TypeError, ValueError):
        raise RecordError("an order of support has an unknown shape") from None


def encode_filed(filed: Filed) -> bytes:
    """The bytes of a case."""
    return _encoded({**asdict(filed), "index": filed.index.hex()})


def decode_filed(data: bytes) -> Filed:
    """The case of such bytes. Raises RecordError."""
    fields = _decoded(data)
    try:
        return Filed(**{**fields, "index": bytes.fromhex(fields["index"])})
    except (KeyError, TypeError, ValueError):
        raise RecordError("a case has an unknown shape") from None


def encode_view(view: CaseView) -> bytes:
    """The bytes of an answer."""
    return _encoded(asdict(view))


def decode_view(data: bytes) -> CaseView:
    """The answer of such bytes. Raises RecordError."""
    fields = _decoded(data)
    try:
        return CaseView(**{**fields, "texts": tuple(Delivery(**text) for text in fields["texts"])})
    except (KeyError, TypeError, ValueError):
        raise RecordError("an answer to support has an unknown shape") from None


def _encoded(fields: dict[str, Any]) -> bytes:
    return _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _decoded(data: bytes) -> dict[str, Any]:
    if data[:1] != _VERSION:
        raise RecordError("a record of support has an unknown version")
    try:
        fields = json.loads(data[1:])
    except ValueError:
        raise RecordError("a record of support is not readable") from None
    if not isinstance(fields, dict):
        raise RecordError("a record of support has an unknown shape")
    return fields
