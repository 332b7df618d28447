"""A registered verifier as canonical versioned bytes.

Rule 1: a field is added here only together with a version.
Rule 2: nothing in it is about a subscriber; it lies in the open.
"""

import json
from dataclasses import asdict

from service.domain.verifiers import Verifier
from service.records.key_record import RecordError

__all__ = ["decode_verifier", "encode_verifier"]

_VERSION = b"\x01"


def encode_verifier(verifier: Verifier) -> bytes:
    """The bytes of a verifier."""
    return _VERSION + json.dumps(asdict(verifier), sort_keys=True).encode()


def decode_verifier(data: bytes) -> Verifier:
    """The verifier of such bytes. Raises RecordError."""
    if data[:1] != _VERSION:
        raise RecordError("a registered verifier has an unknown version; upgrade before reading it")
    try:
        return Verifier(**json.loads(data[1:]))
    except (TypeError, ValueError):
        raise RecordError("a registered verifier has an unknown shape") from None
