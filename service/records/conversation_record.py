"""Conversations and outgoing texts as canonical versioned bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from typing import Any

from service.domain.challenge import Pending
from service.domain.conversation import Conversation, Last, Phase
from service.domain.disputes import Draft
from service.domain.held_codes import CheckNotices, HeldCodes, LiveCode
from service.domain.intents import Purpose
from service.domain.lapses import Lapsed
from service.domain.limits import Answers, Guesses
from service.domain.outgoing import Kind, Outgoing
from service.records.fields import canonical, fields_of

__all__ = [
    "ConversationRecordError",
    "decode_conversation",
    "decode_outgoing",
    "encode_conversation",
    "encode_outgoing",
]

_VERSIONS = (b"\x01", b"\x02", b"\x03", b"\x04", b"\x05", b"\x06")
"""Version 1 knew no purposes, no last answer and no disputes, version 2 no check codes, version 3 no verifiers' questions,
version 4 no running numbers of notices, no locks and no digest of a verifier's question, version 5 no request
that came to nothing and not until when it is locked: what it lacks is as in a conversation without them."""


class ConversationRecordError(ValueError):
    """Bytes of another version or another shape. The text never holds any of them."""


def encode_conversation(talk: Conversation) -> bytes:
    """The bytes of a conversation."""
    drafts = [{**fields_of(draft), "sealed": draft.sealed.hex()} for draft in talk.drafts]
    plain = {"phase": talk.phase.value, "purpose": talk.purpose.value, "echo": talk.echo.hex()}
    return _encode({**fields_of(talk), **plain, "drafts": drafts})


def decode_conversation(data: bytes) -> Conversation:
    """The conversation of such bytes. Raises ConversationRecordError."""
    fields = _decode(data)
    try:
        return Conversation(
            **{
                **fields,
                "phase": Phase(fields["phase"]),
                "purpose": Purpose(fields.get("purpose", "places")),
                "last": Last(**fields["last"]) if fields.get("last") else None,
                "drafts": tuple(
                    Draft(**{**draft, "sealed": bytes.fromhex(draft["sealed"])})
                    for draft in fields.get("drafts", ())
                ),
                "echo": bytes.fromhex(fields["echo"]),
                "answers": Answers(**fields["answers"]),
                "guesses": Guesses(**fields.get("guesses", {})),
                "held": _held(fields.get("held")),
                "lapsed": Lapsed(**fields["lapsed"]) if fields.get("lapsed") else None,
                "pending": Pending(**fields["pending"]) if fields.get("pending") else None,
            }
        )
    except (KeyError, TypeError, ValueError):
        raise ConversationRecordError("a stored conversation has an unknown shape") from None


def encode_outgoing(outgoing: Outgoing) -> bytes:
    """The bytes of an outgoing text."""
    return _encode({**fields_of(outgoing), "kind": outgoing.kind.value, "purpose": outgoing.purpose.value})


def decode_outgoing(data: bytes) -> Outgoing:
    """The outgoing text of such bytes. Raises ConversationRecordError."""
    fields = _decode(data)
    try:
        return Outgoing(
            **{**fields, "kind": Kind(fields["kind"]), "purpose": Purpose(fields.get("purpose", "places"))}
        )
    except (KeyError, TypeError, ValueError):
        raise ConversationRecordError("a stored outgoing text has an unknown shape") from None


def _held(fields: dict[str, Any] | None) -> HeldCodes:
    """Codes and notices; none in a conversation from before there were any."""
    if fields is None:
        return HeldCodes()
    codes = tuple(LiveCode(**code) for code in fields["codes"])
    return HeldCodes(codes, CheckNotices(**fields["notices"]))


def _encode(fields: dict[str, Any]) -> bytes:
    return _VERSIONS[-1] + canonical(fields)


def _decode(data: bytes) -> dict[str, Any]:
    if data[:1] not in _VERSIONS:
        raise ConversationRecordError(
            "a stored conversation has an unknown version; upgrade before reading it"
        )
    try:
        fields = json.loads(data[1:])
    except (ValueError, RecursionError):
        raise ConversationRecordError("a stored conversation is not readable") from None
    if not isinstance(fields, dict):
        raise ConversationRecordError("a stored conversation has an unknown shape")
    return fields
