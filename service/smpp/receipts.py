"""What tells about a text of ours, and is none of a subscriber's.

Rule 1: this file alone decides whether a deliver_sm is a report, and reads it in every form that centres send.
Rule 2: it knows no text of ours; whose report it is is asked elsewhere.

    id:IIIIIIIIII sub:SSS dlvrd:DDD submit date:YYMMDDhhmm[ss] done date:... stat:DDDDDDD err:EEE text: ...    (Appendix B)

Centres write it with and without seconds, in other cases, with spaces or without the last fields, in UCS-2, in
message_payload, as optional parameters beside a text in their own words, or without any flag in esm_class. A report that
cannot be read is still a report.
"""

import re
from dataclasses import dataclass
from enum import Enum

from service.smpp.pdus import Message, Tag
from service.smpp.text import Coding

__all__ = ["ESM_RECEIPT", "Receipt", "State", "meanings", "receipt_of"]

ESM_RECEIPT = 0x04
_ESM_TYPE = 0x3C  # 5.2.12, bits 5-2: a receipt, a notification on the way, an acknowledgement; 0 is a text
_ID = re.compile(r"\bid\s*:\s*([^\s]*)", re.IGNORECASE)
_STATE = re.compile(r"\bstat\s*:\s*([a-z]{1,16})", re.IGNORECASE)
_UNFLAGGED = re.compile(r"\s*id\s*:\s*\S+.*\bstat\s*:\s*[a-z]+", re.IGNORECASE | re.DOTALL)
_LONGEST = 1024  # octets looked at; a receipt is one short message


class State(Enum):
    """What became of a text; the values are ours, for counters."""

    ENROUTE = "enroute"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIVERABLE = "undeliverable"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    UNREADABLE = "unreadable"


_BY_NUMBER = dict(enumerate(State, 1))  # 5.2.28
_BY_WORD = {
    "ENROUTE": State.ENROUTE,
    "DELIVRD": State.DELIVERED,
    "EXPIRED": State.EXPIRED,
    "DELETED": State.DELETED,
    "UNDELIV": State.UNDELIVERABLE,
    "ACCEPTD": State.ACCEPTED,
    "UNKNOWN": State.UNKNOWN,
    "REJECTD": State.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report, its centre's identifier as written. Centres write one in hex and the other in decimal."""

    message_id: str
    state: State


def receipt_of(message: Message) -> Receipt | None:
    """The report that a deliver_sm is, or None where it is a text."""
    named = message.tlv(Tag.RECEIPTED_MESSAGE_ID)
    text = _text(message)
    if not message.esm_class & _ESM_TYPE and named is None and not _UNFLAGGED.match(text):
        return None
    found = _ID.search(text)
    message_id = named.split(b"\x00")[0].decode("latin-1") if named else found[1] if found else ""
    return Receipt(message_id, _state(message, text))


def _state(message: Message, text: str) -> State:
    number = message.tlv(Tag.MESSAGE_STATE)
    if number and (state := _BY_NUMBER.get(int.from_bytes(number))) not in {None, State.UNREADABLE}:
        return state or State.UNREADABLE
    found = _STATE.search(text)
    return _BY_WORD.get(found[1].upper(), State.UNREADABLE) if found else State.UNREADABLE


def _text(message: Message) -> str:
    octets = (message.tlv(Tag.MESSAGE_PAYLOAD) or message.octets)[:_LONGEST]
    return octets.decode("utf-16-be" if message.data_coding == Coding.UCS2 else "latin-1", "replace")


def meanings(message_id: str) -> set[str | int]:
    """What an identifier may mean: itself in one case without leading zeros, and as a number of either base."""
    plain = message_id.strip().upper().lstrip("0") or "0"
    meant: set[str | int] = {plain}
    if re.fullmatch(r"[0-9]{1,32}", plain):  # 65 octets are allowed (5.2.23), and any number may lie there
        meant.add(int(plain))
    if re.fullmatch(r"[0-9A-F]{1,32}", plain):
        meant.add(int(plain, 16))
    return meant
