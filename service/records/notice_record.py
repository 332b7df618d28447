"""Notices as canonical versioned bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from dataclasses import asdict

from service.domain.notices import Address, Notice, NoticeKind
from service.records.key_record import RecordError

__all__ = ["decode_notice", "encode_notice"]

_VERSION = b"\x01"


def encode_notice(notice: Notice) -> bytes:
    """The bytes of a notice."""
    fields = {**asdict(notice), "kind": notice.kind.value, "index": notice.index.hex()}
    return _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def decode_notice(data: bytes) -> Notice:
    """The notice of such bytes. Raises RecordError."""
    if data[:1] != _VERSION:
        raise RecordError("a notice has an unknown version")
    try:
        fields = json.loads(data[1:])
        index, address = bytes.fromhex(fields["index"]), Address(**fields["address"])
        return Notice(**{**fields, "kind": NoticeKind(fields["kind"]), "index": index, "address": address})
    except (KeyError, TypeError, ValueError, RecursionError):
        raise RecordError("a notice has an unknown shape") from None
