"""Every parser that reads what others wrote, each as a function of bytes that may refuse in its own way only.

A target takes octets and says whether they were understood. It raises for whatever must not happen: an exception
that is no refusal, a value that does not come back as it was written. `seeds()` are octets that it understands.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, cast

from service.adapters.cell_file import as_given, read_cells
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, EventFormat, read_events
from service.adapters.log_socket import _drafts, _encoded
from service.adapters.pack_files import load_packs
from service.adapters.proposal_file import read_proposal
from service.adapters.subscriber_file import SUBSCRIBER_COLUMNS, read_subscribers
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
from service.domain.forwarded import read_forwarded
from service.domain.identity import IdentityError, LastFour, Msisdn
from service.domain.messages import fold, read
from service.domain.packs import PackError
from service.ports.feed import FeedError
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
from service.records.ticket_record import decode_subject, decode_ticket, encode_subject, encode_ticket
from service.records.verifier_record import decode_verifier, encode_verifier
from service.settings import Settings, SettingsError
from service.smpp.codec import BodyError, Framer, FramingError, decode, encode
from service.smpp.parts import fragment, join
from service.smpp.pdus import Command, Message, Tag
from service.smpp.receipts import receipt_of
from service.smpp.session import Role, Session, Timers
from service.smpp.text import TextError, decode_text, encode_text
from tests.fuzz import seeds

__all__ = ["TARGETS", "Target"]

_PACKS = load_packs(Path(__file__).parents[2] / "config/packs")
_WORDS = [pack.keywords for pack in _PACKS.values()]
_SIGNATURES = tuple({signature for pack in _PACKS.values() for signature in pack.signatures})
_TAGS = (Tag.MESSAGE_PAYLOAD, Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER, Tag.RECEIPTED_MESSAGE_ID)


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


def _frames(data: bytes) -> bool:
    framer = Framer()
    frames: list[bytes] = []
    try:
        for at in range(0, len(data), 7):
            frames += framer.feed(data[at : at + 7])
    except FramingError:
        return False
    understood = bool(frames)
    for frame in frames:
        try:
            pdu = decode(frame)
        except BodyError:
            understood = False
            continue
        try:
            again = encode(pdu)
        except ValueError:
            continue  # what another wrote need not fit into what we write
        assert decode(again) == pdu
    return understood


def _session(data: bytes) -> bool:
    role = Role.SMSC if data[:1] < b"\x80" else Role.ESME
    session = Session(role, Timers(), 0.0)
    if role is Role.ESME:
        session.request(Command.SUBMIT_SM, Message("10086", "8613800138000", b""), 0.0)
    for at in range(1, len(data), 11):
        session.receive(data[at : at + 11], float(at))
        session.outgoing()
    session.on_time(1e6)
    assert session.deadline() >= 0
    return not session.closed or len(data) > 1


def _message(data: bytes) -> bool:
    """(esm_class, data_coding, TLVs by a bit each) and octets: as part, as text, as receipt."""
    esm, coding, bits, octets = data[0:1], data[1:2], data[2:3], data[3:]
    tlvs = tuple(
        (int(tag), octets[at : at + 1] if "SAR" in tag.name else octets)
        for at, tag in enumerate(_TAGS)
        if int.from_bytes(bits) >> at & 1
    )
    message = Message(
        "8613800138000",
        "10086",
        octets[:254],
        esm_class=int.from_bytes(esm),
        data_coding=int.from_bytes(coding),
        tlvs=tlvs,
    )
    if receipt := receipt_of(message):
        assert receipt.belongs_to(receipt.message_id)
    try:
        part = fragment(message)
        if part.concat is not None:
            part.reference(message.source, message.destination)
        join((part.octets, part.octets), part.data_coding)
    except TextError:
        return False
    return True


def _text(data: bytes) -> bool:
    try:
        text = decode_text(data[1:], data[0] if data else 0)
    except TextError:
        return False
    coding = 0 if data[:1] in {b"\0", b"\1"} else 8
    try:
        octets = encode_text(text, coding)
    except (TextError, UnicodeEncodeError, KeyError):
        return True  # a lone surrogate, or outside that alphabet
    assert decode_text(octets, coding) == text
    return True


def _read(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    assert not any(letter.isspace() for letter in fold(text))
    for words in _WORDS:
        read(text, words)
    return True


def _forwarded(data: bytes) -> bool:
    return read_forwarded(data.decode("utf-8", "replace"), _SIGNATURES) is not None


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


def _events(form: EventFormat) -> Callable[[bytes], bool]:
    class Cells:
        names = ("460-00-1-1", "460-00-1-2")

    def parse(data: bytes) -> bool:
        with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
            dead = DeadLetters(Path(folder) / "dead.csv", EVENT_COLUMNS)
            with dead:
                source = BufferedReader(cast("Any", BytesIO(data)))
                events = read_events(source, cast("Any", Cells()), dead, form)
                try:
                    rows = sum(len(batch) for batch in events)
                except FeedError:
                    return False
            assert events.rows == rows
            return rows > 0

    return parse


def _cells(data: bytes) -> bool:
    try:
        read_cells(BufferedReader(cast("Any", BytesIO(data))), as_given)
    except FeedError:
        return False
    return True


def _subscribers(data: bytes) -> bool:
    source = BufferedReader(cast("Any", BytesIO(data)))
    with (
        tempfile.TemporaryDirectory(prefix="fuzz") as folder,
        DeadLetters(Path(folder) / "dead.csv", SUBSCRIBER_COLUMNS) as dead,
    ):
        try:
            return bool(list(read_subscribers(source, dead)))
        except FeedError:
            return False


def _pack(data: bytes) -> bool:
    pack, _, language = data.partition(b"\n####\n")
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name)
        (folder / "languages").mkdir()
        (folder / "pack.toml").write_bytes(pack)
        (folder / "languages/zh.toml").write_bytes(language)
        try:
            load_packs(folder)
        except PackError:
            return False
        return True


def _file(parse: Callable[[Path], Any], *errors: type[Exception]) -> Callable[[bytes], bool]:
    def read_file(data: bytes) -> bool:
        with tempfile.NamedTemporaryFile(prefix="fuzz") as file:
            file.write(data)
            file.flush()
            try:
                parse(Path(file.name))
            except errors:
                return False
            return True

    return read_file


TARGETS = {
    "smpp_frames": Target(_frames, seeds.frames),
    "smpp_session": Target(_session, seeds.sessions),
    "smpp_message": Target(_message, seeds.parts),
    "smpp_text": Target(_text, seeds.coded),
    "messages": Target(_read, seeds.said),
    "forwarded": Target(_forwarded, seeds.forwarded),
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
    "events_csv": Target(_events(EventFormat.CSV), seeds.events_csv),
    "events_ndjson": Target(_events(EventFormat.NDJSON), seeds.events_ndjson),
    "events_parquet": Target(_events(EventFormat.PARQUET), seeds.events_parquet),
    "events_arrow": Target(_events(EventFormat.ARROW), seeds.events_arrow),
    "cells": Target(_cells, seeds.cells),
    "subscribers": Target(_subscribers, seeds.subscribers),
    "packs": Target(_pack, seeds.packs),
    "proposal": Target(_file(read_proposal, FeedError), seeds.proposals),
    "settings": Target(_file(Settings.load, SettingsError), seeds.settings),
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
    "ledger": Target(comes_back(Ledger.decode, Ledger.encode, ValueError), seeds.ledgers),
}
"""By name; a folder of `corpus` has the same."""
