"""Every parser that reads what others wrote, each as a function of bytes that may refuse in its own way only.

A target takes octets and says whether they were understood. It raises for whatever must not happen: an exception
that is no refusal, a value that does not come back as it was written. `seeds()` are octets that it understands.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from service.adapters import key_wire, link_wire
from service.adapters.event_feed import EventFormat
from service.adapters.log_socket import _drafts, _encoded
from service.adapters.proposal_file import read_proposal
from service.adapters.write_ahead import _digest, _goes_on, _records
from service.audit.checkpoint import Checkpoint, Proof
from service.audit.entries import Entry, EntryError
from service.audit.note import Note, NoteError, Signer, VerifierKey
from service.audit.tiles import TileError, TileName, bundle, unbundle
from service.auditor.history import History, HistoryError
from service.auditor.witness import Memory, WitnessError
from service.domain.asker_names import AskerNameError, asker_name
from service.domain.check_codes import CheckCode, CheckCodeError
from service.domain.credit_codes import CreditCodeError, credit_code
from service.domain.identity import IdentityError, LastFour, Msisdn
from service.ports.feed import FeedError
from service.records.access_record import decode_access, encode_access
from service.records.card_session_record import CardSessionError, decode_session, encode_session
from service.records.challenge_record import (
    ChallengeRecordError,
    decode_request,
    decode_shown,
    encode_request,
    encode_shown,
)
from service.records.check_record import (
    CheckRecordError,
    decode_holder,
    decode_statement,
    encode_holder,
    encode_statement,
)
from service.records.consent_record import decode_consent, encode_consent
from service.records.conversation_record import (
    ConversationRecordError,
    decode_conversation,
    decode_outgoing,
    encode_conversation,
    encode_outgoing,
)
from service.records.itinerary_record import decode_itinerary, encode_itinerary
from service.records.key_record import KeyRecord, RecordError
from service.records.ledger import Ledger
from service.records.notice_record import decode_notice, encode_notice
from service.records.support_record import (
    decode_filed,
    decode_order,
    decode_view,
    encode_filed,
    encode_order,
    encode_view,
)
from service.records.ticket_record import decode_subject, decode_ticket, encode_subject, encode_ticket
from service.records.verifier_record import decode_verifier, encode_verifier
from service.settings import Settings, SettingsError
from tests.fuzz import seeds
from tests.fuzz.file_targets import cells, events, file, pack, subscribers
from tests.fuzz.socket_targets import asked, calls, frame_seeds, framed
from tests.fuzz.wire_targets import forwarded, frames, message, said, session, text

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True, slots=True)
class Target:
    """`parse` answers whether the octets were understood; `seeds` makes octets that are."""

    parse: Callable[[bytes], bool]
    seeds: Callable[[], Iterable[bytes]]


def comes_back(
    decoded: Callable[[bytes], Any], encoded: Callable[[Any], bytes], *errors: type[Exception]
) -> Callable[[bytes], bool]:
    """A parser whose values are written as they are read: once more through both they are the same."""

    def parse(data: bytes) -> bool:
        try:
            value = decoded(data)
        except errors:
            return False
        assert decoded(encoded(value)) == value
        return True

    return parse


def text_of(parse: Callable[[str], Any], *errors: type[Exception]) -> Callable[[bytes], bool]:
    """A parser of text; what is no UTF-8 is read as some door reads it."""

    def read_text(data: bytes) -> bool:
        try:
            parse(data.decode("utf-8", "replace"))
        except errors:
            return False
        return True

    return read_text


def _check_code(text: str) -> None:
    code = CheckCode.parse(text)
    assert CheckCode.parse(code.written) == code


def _asker(text: str) -> None:
    name = asker_name(text)
    assert asker_name(name) == name
    assert not any(sign.isdigit() or not sign.isprintable() for sign in name)


def _credit_code(text: str) -> None:
    code = credit_code(text)
    assert credit_code(code) == code


def _msisdn(text: str) -> None:
    number = Msisdn.parse(text)
    assert Msisdn.parse(number.digits) == number
    assert number.national not in number.masked


def _last_four(text: str) -> None:
    four = LastFour.parse(text)
    assert LastFour.parse(four.text) == four


def _note(data: bytes) -> bool:
    try:
        note = Note.parse(data)
    except NoteError:
        return False
    assert note.encode() == data
    try:
        Checkpoint.parse(note.text)
    except NoteError:
        return False
    return True


def _entry(data: bytes) -> bool:
    try:
        entry = Entry.parse(data)
    except EntryError:
        return False
    assert entry.kind.encode() in data
    assert b"%d" % entry.hour in data
    return True


def _tile(text: str) -> None:
    name = TileName.parse(text)
    assert name.path == text
    assert name.size_limit > 0


def _bundle(data: bytes) -> bool:
    try:
        entries = unbundle(data[1:], data[0] if data else 1)
    except TileError:
        return False
    assert data[1:].startswith(bundle(entries))
    return True


def _ahead(data: bytes) -> bool:
    found = list(_records(data))
    _goes_on(data[:400], 0)
    for end, position, entries in found:
        assert 0 < end <= len(data)
        assert position >= 0
        assert entries is not None
    return bool(found)


TARGETS = {
    "smpp_frames": Target(frames, seeds.frames),
    "smpp_session": Target(session, seeds.sessions),
    "smpp_message": Target(message, seeds.parts),
    "smpp_text": Target(text, seeds.coded),
    "messages": Target(said, seeds.said),
    "forwarded": Target(forwarded, seeds.forwarded),
    "check_code": Target(text_of(_check_code, CheckCodeError), seeds.codes),
    "msisdn": Target(text_of(_msisdn, IdentityError), lambda: [b"+8613800138000", b"8613912345678"]),
    "last_four": Target(text_of(_last_four, IdentityError), lambda: [b"123X", "１２３ｘ".encode()]),
    "asker_name": Target(text_of(_asker, AskerNameError), lambda: ["前台小王".encode(), b"Hotel Adler"]),
    "credit_code": Target(text_of(_credit_code, CreditCodeError), lambda: [b"91350100M000100Y43"]),
    "note": Target(_note, seeds.notes),
    "proof": Target(comes_back(Proof.parse, Proof.encode, NoteError), seeds.proofs),
    "verifier_key": Target(text_of(VerifierKey.parse, NoteError), seeds.verifier_keys),
    "private_key": Target(text_of(Signer.parse, NoteError), seeds.private_keys),
    "tile_name": Target(text_of(_tile, TileError), lambda: [b"tile/0/x001/234.p/5", b"tile/entries/000"]),
    "bundle": Target(_bundle, lambda: [b"\x02" + bundle([b"one", b"two"])]),
    "entry": Target(_entry, seeds.entries),
    "history": Target(comes_back(History.parse, History.encode, HistoryError), seeds.histories),
    "witness_memory": Target(comes_back(Memory.parse, Memory.encode, WitnessError), seeds.memories),
    "write_ahead": Target(_ahead, lambda: seeds.ahead(_digest)),
    "log_socket": Target(
        comes_back(_drafts, _encoded, ValueError, IndexError), lambda: seeds.drafts(_encoded)
    ),
    "socket_frames": Target(framed, frame_seeds),
    "key_calls": Target(calls(key_wire.CALLS), lambda: asked()["keys"]),
    "link_calls": Target(calls(link_wire.CALLS), lambda: asked()["link"]),
    "events_csv": Target(events(EventFormat.CSV), seeds.events_csv),
    "events_ndjson": Target(events(EventFormat.NDJSON), seeds.events_ndjson),
    "events_parquet": Target(events(EventFormat.PARQUET), seeds.events_parquet),
    "events_arrow": Target(events(EventFormat.ARROW), seeds.events_arrow),
    "cells": Target(cells, seeds.cells),
    "subscribers": Target(subscribers, seeds.subscribers),
    "packs": Target(pack, seeds.packs),
    "proposal": Target(file(read_proposal, FeedError), seeds.proposals),
    "settings": Target(file(Settings.load, SettingsError), seeds.settings),
    "conversation": Target(
        comes_back(decode_conversation, encode_conversation, ConversationRecordError), seeds.conversations
    ),
    "outgoing": Target(comes_back(decode_outgoing, encode_outgoing, ConversationRecordError), seeds.outgoing),
    "itinerary": Target(comes_back(decode_itinerary, encode_itinerary, ValueError), seeds.itineraries),
    "key_record": Target(comes_back(KeyRecord.decode, KeyRecord.encode, RecordError), seeds.key_records),
    "statement": Target(comes_back(decode_statement, encode_statement, CheckRecordError), seeds.statements),
    "holder": Target(comes_back(decode_holder, encode_holder, CheckRecordError), seeds.holders),
    "notice": Target(comes_back(decode_notice, encode_notice, RecordError), seeds.notices),
    "ticket": Target(comes_back(decode_ticket, encode_ticket, RecordError), seeds.tickets),
    "ticket_subject": Target(comes_back(decode_subject, encode_subject, RecordError), seeds.subjects),
    "challenge_request": Target(
        comes_back(decode_request, encode_request, ChallengeRecordError), seeds.challenge_requests
    ),
    "challenge_answer": Target(
        comes_back(decode_shown, encode_shown, ChallengeRecordError), seeds.challenge_answers
    ),
    "verifier": Target(comes_back(decode_verifier, encode_verifier, RecordError), seeds.verifiers),
    "access": Target(comes_back(decode_access, encode_access, RecordError), seeds.accesses),
    "card_session": Target(comes_back(decode_session, encode_session, CardSessionError), seeds.card_sessions),
    "consent": Target(comes_back(decode_consent, encode_consent, RecordError), seeds.consents),
    "order": Target(comes_back(decode_order, encode_order, RecordError), seeds.orders),
    "case": Target(comes_back(decode_filed, encode_filed, RecordError), seeds.cases),
    "case_view": Target(comes_back(decode_view, encode_view, RecordError), seeds.case_views),
    "ledger": Target(comes_back(Ledger.decode, Ledger.encode, ValueError), seeds.ledgers),
}
"""By name; a folder of `corpus` has the same."""
