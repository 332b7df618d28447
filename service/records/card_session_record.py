"""A web card's session as canonical versioned bytes, all of a length: an unknown number's looks like any other.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from dataclasses import asdict, dataclass, field

__all__ = ["CardSession", "CardSessionError", "decode_session", "encode_session"]

_BLOCK = 512
_VERSION = b"\x01"


class CardSessionError(ValueError):
    """Bytes of another version or another shape. The text never holds any of them."""


@dataclass(frozen=True, slots=True)
class CardSession:
    """Who asks for a card in a page, what has to come back from the SIM, and what was shown at last."""

    index: bytes = field(repr=False)
    msisdn: str = field(repr=False)  # E.164 digits
    sender: str  # the short code
    language: str
    code: str = field(repr=False)  # four digits, texted to the SIM
    until: int
    case: str  # the reference in that text
    place: str = field(default="", repr=False)  # of the card's check record, in hex, once there is one


def encode_session(session: CardSession) -> bytes:
    """The bytes of a session."""
    fields = {**asdict(session), "index": session.index.hex()}
    bare = _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    return bare.ljust(_BLOCK)


def decode_session(data: bytes) -> CardSession:
    """The session of such bytes. Raises CardSessionError."""
    if data[:1] != _VERSION:
        raise CardSessionError("a card's session has an unknown version; it is over in minutes")
    try:
        fields = json.loads(data[1:])
        return CardSession(**{**fields, "index": bytes.fromhex(fields["index"])})
    except (KeyError, TypeError, ValueError):
        raise CardSessionError("a card's session has an unknown shape") from None
