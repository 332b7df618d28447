"""Conversations and outgoing texts as canonical versioned bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from dataclasses import asdict
from typing import Any

from service.domain.dialogue import Conversation, Phase
from service.domain.limits import Answers
from service.domain.outgoing import Kind, Outgoing

__all__ = [
    "ConversationRecordError",
    "decode_conversation",
    "decode_outgoing",
    "encode_conversation",
    "encode_outgoing",
]

_VERSION = b"\x01"


class ConversationRecordError(ValueError):
    """Bytes of another version or another shape. The text never holds any of them."""


def encode_conversation(talk: Conversation) -> bytes:
    """The bytes of a conversation."""
    return _encode({**asdict(talk), "phase": talk.phase.value, "echo": talk.echo.hex()})


def decode_conversation(data: bytes) -> Conversation:
    """The conversation of such bytes. Raises ConversationRecordError."""
    fields = _decode(data)
    try:
        return Conversation(
            **{
                **fields,
                "phase": Phase(fields["phase"]),
                "echo": bytes.fromhex(fields["echo"]),
                "answers": Answers(**fields["answers"]),
            }
        )
    except (KeyError, TypeError, ValueError):
        raise ConversationRecordError("a stored conversation has an unknown shape") from None


def encode_outgoing(outgoing: Outgoing) -> bytes:
    """The bytes of an outgoing text."""
    return _encode({**asdict(outgoing), "kind": outgoing.kind.value})


def decode_outgoing(data: bytes) -> Outgoing:
    """The outgoing text of such bytes. Raises ConversationRecordError."""
    fields = _decode(data)
    try:
        return Outgoing(**{**fields, "kind": Kind(fields["kind"])})
    except (KeyError, TypeError, ValueError):
        raise ConversationRecordError("a stored outgoing text has an unknown shape") from None


def _encode(fields: dict[str, Any]) -> bytes:
    return _VERSION + json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _decode(data: bytes) -> dict[str, Any]:
    if data[:1] != _VERSION:
        raise ConversationRecordError(
            "a stored conversation has an unknown version; upgrade before reading it"
        )
    try:
        fields = json.loads(data[1:])
    except ValueError:
        raise ConversationRecordError("a stored conversation is not readable") from None
    if not isinstance(fields, dict):
        raise ConversationRecordError("a stored conversation has an unknown shape")
    return fields
