"""Octets that each parser understands, made by what writes them: where a fuzzer begins.

They are made anew each time, so a format that changes needs no new files; what fuzzers found lies in `corpus`.
"""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from service.audit.checkpoint import Checkpoint, Proof, signed
from service.audit.entries import Kind as EntryKind
from service.audit.entries import leaf, tag
from service.audit.note import COSIGNATURE, SIGNATURE, Signer
from service.audit.tiles import bundle
from service.audit.tree import EMPTY_ROOT
from service.auditor.history import History
from service.auditor.witness import Memory
from service.domain.access import Access
from service.domain.check_codes import CheckCode
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.conversation import Conversation, Phase
from service.domain.disputes import Status, Ticket
from service.domain.identity import DocumentType, LastFour
from service.domain.itinerary import Certainty, Coverage, Itinerary, Stay
from service.domain.notices import Address, Notice, NoticeKind
from service.domain.outgoing import Kind, Outgoing
from service.domain.questions import Document, Finding, Predicate, Question, Request, Show, Shown
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit
from service.domain.support import CaseView, Filed, Order, OrderKind
from service.domain.verifiers import Verifier
from service.ports.log import Draft
from service.records.access_record import KeptAccess, encode_access
from service.records.card_session_record import CardSession, encode_session
from service.records.challenge_record import encode_request, encode_shown
from service.records.check_record import Holder, encode_holder, encode_statement
from service.records.consent_record import encode_consent
from service.records.conversation_record import encode_conversation, encode_outgoing
from service.records.itinerary_record import encode_itinerary
from service.records.key_record import KeyRecord
from service.records.ledger import Ledger
from service.records.notice_record import encode_notice
from service.records.support_record import encode_filed, encode_order, encode_view
from service.records.ticket_record import Subject, encode_subject, encode_ticket
from service.records.verifier_record import encode_verifier
from service.smpp.codec import encode
from service.smpp.pdus import Bind, Body, Command, Empty, Message, MessageResp, Pdu
from service.smpp.text import Coding, Concat, cut, encode_text, with_udh

PHONE, NOW = "8613800138000", 1_795_000_000
CONFIG = Path(__file__).parents[2] / "config/packs"
REPLY = (
    "【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。有数据14/14天。11/23 09:12发,核验码{code}(24小时)"
)
_CODE = CheckCode.of(bytes(range(6))).written
_SIGNER = Signer("localhost/itinerary", SIGNATURE, bytes(32))
_WITNESS = Signer("localhost/witness", COSIGNATURE, bytes(range(32)))
_HEAD = signed(Checkpoint("localhost/itinerary", 7, EMPTY_ROOT), _SIGNER)


def frames() -> list[bytes]:
    """PDUs of each kind, alone and in a row."""
    text = Message(PHONE, "10086", "查询".encode("utf-16-be"), data_coding=8)
    long = Message(PHONE, "10086", b"", tlvs=((0x0424, b"CXMYD"), (0x1400, b"vendor")))
    bodies: list[tuple[Command, Body]] = [
        (Command.BIND_TRANSCEIVER, Bind("itinerary", "secret")),
        (Command.SUBMIT_SM, text),
        (Command.DELIVER_SM, long),
        (Command.SUBMIT_SM_RESP, MessageResp("4711")),
        (Command.ENQUIRE_LINK, Empty()),
        (Command.UNBIND, Empty()),
    ]
    found = [encode(Pdu(command, 0, place, body)) for place, (command, body) in enumerate(bodies, 1)]
    return [*found, b"".join(found)]


def sessions() -> list[bytes]:
    """The same for a session of either role."""
    return [role + frame for role in (b"\0", b"\xff") for frame in frames()]


def parts() -> list[bytes]:
    """A plain text, a part by its header, one by parameters, a payload, a receipt."""
    part = with_udh("查询".encode("utf-16-be"), Concat(7, 2, 1, wide=False))
    receipt = (
        b"id:4711 sub:001 dlvrd:001 submit date:2611230912 done date:2611230913 stat:DELIVRD err:000 text:x"
    )
    return [b"\0\0\0CXMYD", b"\x40\x08\0" + part, b"\0\0\x0e?\7\2\1", b"\0\0\x01CXMYD", b"\x04\0\0" + receipt]


def coded() -> list[bytes]:
    """Texts, each behind its data_coding."""
    texts = [(0, Coding.DEFAULT, "CXMYD €{}"), (8, Coding.UCS2, "行程😀"), (3, Coding.LATIN1, "été")]
    return [bytes([octet]) + encode_text(text, coding) for octet, coding, text in texts] + [
        b"\x08" + cut("长" * 80, Coding.UCS2)[0]
    ]


def said() -> list[bytes]:
    """What people text."""
    texts = [
        "CXMYD",
        " cxmyd15",
        "ＣＸＭＹＤ#123X",
        "TRIP",
        "123X",
        "１２３ｘ",
        "YY1",
        "TH0",
        "退订 谢谢",
        "HELP",
        "?",
    ]
    return [text.encode() for text in (*texts, "HY" + REPLY.format(code=_CODE), "712044", "N", "stop it")]


def forwarded() -> list[bytes]:
    """A reply, as phones forward it."""
    reply = REPLY.format(code=_CODE)
    return [text.encode() for text in (reply, f'"{reply}"', f"转发:{reply[:40]}\n{reply[40:]}")]


def codes() -> list[bytes]:
    """A code, as people type it."""
    return [_CODE.encode(), _CODE.lower().replace("-", " ").encode()]


def notes() -> list[bytes]:
    """A checkpoint."""
    return [_HEAD.encode()]


def proofs() -> list[bytes]:
    """Files of proofs."""
    return [Proof(3, (bytes(32), bytes(range(32))), _HEAD, extra).encode() for extra in (None, b"salt")]


def verifier_keys() -> list[bytes]:
    """Of a log and of a witness."""
    return [str(_SIGNER.verifier).encode(), str(_WITNESS.verifier).encode()]


def private_keys() -> list[bytes]:
    """Of both."""
    return [_SIGNER.secret().encode(), _WITNESS.secret().encode()]


def entries() -> list[bytes]:
    """Two kinds."""
    name = tag(bytes(16), 1)
    return [leaf(kind, NOW, name, bytes(16), b"details") for kind in (EntryKind.DISCLOSE, EntryKind.CHECK)]


def histories() -> list[bytes]:
    """Empty, and with one checkpoint seen."""
    return [History().encode(), History().with_seen(_HEAD, (_SIGNER.verifier,)).encode()]


def memories() -> list[bytes]:
    """The same of a witness."""
    return [Memory().encode(), Memory(_HEAD).encode()]


def ahead(digest: Callable[[bytes, bytes], bytes]) -> list[bytes]:
    """Two records."""
    records = b""
    for position, some in ((0, [b"one", b"two"]), (2, [b"three"])):
        content = bundle(some)
        fields = position.to_bytes(8) + len(some).to_bytes(4) + len(content).to_bytes(4)
        records += fields + digest(fields, content) + content
    return [records]


def drafts(encoded: Callable[[Any], bytes]) -> list[bytes]:
    """One and several."""
    draft = Draft(b"entry", bytes(16), 1)
    return [encoded([draft]), encoded([draft, Draft(b"", bytes(range(16)), 2)])]


def _events() -> pa.Table:
    return pa.table({"msisdn": [PHONE, PHONE], "cell": ["460-00-1-1", "460-00-1-2"], "time": [NOW, NOW + 60]})


def events_csv() -> list[bytes]:
    """Plain, quoted, with another order of columns."""
    return [
        f"msisdn,cell,time\n{PHONE},460-00-1-1,{NOW}\n".encode(),
        f'time,msisdn,cell\r\n{NOW},"{PHONE}","460-00-1-2"\r\nx,y,z\r\n'.encode(),
    ]


def events_ndjson() -> list[bytes]:
    """A good row and a bad one."""
    return [json.dumps({"msisdn": PHONE, "cell": "460-00-1-1", "time": NOW}).encode() + b'\n{"msisdn": 1}\n']


def events_parquet() -> list[bytes]:
    """A small file."""
    out = io.BytesIO()
    parquet.write_table(_events(), out)
    return [out.getvalue()]


def events_arrow() -> list[bytes]:
    """File and stream."""
    file, stream = io.BytesIO(), io.BytesIO()
    with pa.ipc.new_file(file, _events().schema) as writer:
        writer.write_table(_events())
    with pa.ipc.new_stream(stream, _events().schema) as writer:
        writer.write_table(_events())
    return [file.getvalue(), stream.getvalue()]


def cells() -> list[bytes]:
    """With and without places."""
    return [b"cell,region\n460-00-1-1,420100\n", b"cell,region,lat,lon\n460-00-1-1,420100,30.59,114.3\n"]


def subscribers() -> list[bytes]:
    """A good row and a bad one."""
    head = "msisdn,document_type,document_last_four,activated_on\n"
    return [f"{head}{PHONE},resident_id,123X,2020-01-31\n{PHONE},x,y,z\n".encode()]


def packs() -> list[bytes]:
    """One of ours, with its language."""
    pack = (CONFIG / "china-mobile.toml").read_text("utf-8").replace('"en"', '"zh"')
    once = pack.replace('["zh", "zh"]', '["zh"]')
    return [once.encode() + b"\n####\n" + (CONFIG / "languages/zh.toml").read_bytes()]


def proposals() -> list[bytes]:
    """As it is written."""
    fields = {
        "before": "/a",
        "after": "/b",
        "files": ["/c"],
        "reason": "moved",
        "ticket": "NET-1",
        "digest": "00",
    }
    return [json.dumps(fields).encode()]


def settings() -> list[bytes]:
    """The least that is needed."""
    top = 'key_file = "k"\nlog_directory = "l"\n[store]\ndirectory = "s"\n[smpp]\nsystem_id = "x"\n'
    return [f'{top}password_file = "p"\n[ingest]\ndirectory = "i"\n[packs]\ndirectory = "p"\n'.encode()]


def conversations() -> list[bytes]:
    """Fresh, and in the middle of one."""
    asked = Conversation(
        phase=Phase.ASKED, language="zh", days=14, case="H4TN8", expires_at=NOW + 600, tries=1
    )
    return [encode_conversation(Conversation()), encode_conversation(asked)]


def outgoing() -> list[bytes]:
    """A prompt and data."""
    return [encode_outgoing(Outgoing(kind, "10086", PHONE, "text", NOW, "zh", 14)) for kind in Kind]


def itineraries() -> list[bytes]:
    """Nothing, and two stays of which one is open."""
    stays = (
        Stay(420100, NOW - 400_000, NOW - 300_000, Certainty.CERTAIN),
        Stay(320500, NOW - 200_000, NOW, Certainty.POSSIBLE, open=True),
    )
    return [encode_itinerary(Itinerary(some, Coverage(20_775, 2**14 - 1))) for some in ((), stays)]


def key_records() -> list[bytes]:
    """Both versions."""
    plain = KeyRecord(DocumentType.RESIDENT_ID, 20_775, 20_000, 1, 300, bytes(24), bytes(16))
    asked = KeyRecord(DocumentType.PASSPORT, 20_775, 20_000, 1, 0, bytes(24), bytes(16), bytes(16), NOW, True)
    return [plain.encode(), asked.encode()]


def challenge_requests() -> list[bytes]:
    """Each question."""
    questions: list[Question] = [Show(), Predicate(True, (420000,)), Document(LastFour.parse("123X"))]
    return [
        encode_request(Request(one, "8000", "前台", "91350100M000100Y43", b"r" * 16, "47", b"k" * 32))
        for one in questions
    ]


def challenge_answers() -> list[bytes]:
    """A yes, and a reply."""
    said = Statement("138****8000", Answer("dwell-4h/1", 1, 15, 14, (), ()), 1, 0, NOW)
    shown = [Shown("138****8000", NOW, 7, Finding.YES, 12, 14), Shown("138****8000", NOW, 7, statement=said)]
    return [encode_shown(one) for one in shown]


def verifiers() -> list[bytes]:
    """One that is registered, and one that was."""
    one = Verifier("91350100M000100Y43", "某某公司", NOW, 0, "ab" * 32)
    return [encode_verifier(one), encode_verifier(one.ended(NOW + 1))]


def statements() -> list[bytes]:
    """A reply's content."""
    visits = (Visit(420100, Certainty.CERTAIN), Visit(320500, Certainty.POSSIBLE))
    answer = Answer("dwell-4h/1", 20_761, 20_775, 14, visits, ((20_770, next(iter(Gap))),))
    return [encode_statement(Statement("138****8000", answer, 20_000, 0, NOW, "digest"))]


def holders() -> list[bytes]:
    """Of a code."""
    return [encode_holder(Holder(bytes(16), 1, PHONE, "10086", "zh", NOW))]


def notices() -> list[bytes]:
    """One of each kind."""
    address = Address(PHONE, "10086", "zh")
    return [encode_notice(Notice(kind, bytes(16), 1, address, "H4TN8", NOW)) for kind in NoticeKind]


def tickets() -> list[bytes]:
    """An open one."""
    return [encode_ticket(Ticket("H4TN8", bytes(16), 1, NOW, True, 14, Status.OPEN, (), b"sealed"))]


def subjects() -> list[bytes]:
    """What it is about."""
    return [encode_subject(Subject(420100, NOW - 90_000, NOW, Address(PHONE, "10086", "zh")))]


def accesses() -> list[bytes]:
    """Details of an entry, without and with its place in the log."""
    kept = KeptAccess(Access(7, "disclose", NOW, "places", "", None), b"s" * 16)
    return [encode_access(kept), encode_access(kept.placed(4711))]


def card_sessions() -> list[bytes]:
    """Before the card."""
    return [encode_session(CardSession(b"i" * 16, PHONE, "10086", "zh", "7391", NOW, "H4TN8"))]


def consents() -> list[bytes]:
    """For oneself, once; for a verifier, used."""
    notice = NoticeShown("challenge", "2026-11", "ab" * 32, "zh")
    given = ConsentEvent(EventKind.GIVEN, NOW)
    own = Consent(
        "0190a1c2-0000-7000-8000-000000000000",
        ConsentPurpose.PLACES,
        Mode.ONE_TIME,
        notice,
        14,
        "dwell-4h/1",
        1,
        NOW + 600,
        "H4TN8",
        (given,),
    )
    used = replace(
        own, events=(given, ConsentEvent(EventKind.USED, NOW + 1)), recipient="前台", question="show"
    )
    return [encode_consent(own), encode_consent(used)]


def orders() -> list[bytes]:
    """Of support."""
    return [encode_order(Order(kind, "H4TN8", "ann", "asked to", "OPS-1", True, NOW)) for kind in OrderKind]


def cases() -> list[bytes]:
    """Whose it is."""
    return [encode_filed(Filed(b"i" * 16, PHONE, "10086"))]


def case_views() -> list[bytes]:
    """Of a case that is not known, and of one in the middle."""
    return [
        encode_view(CaseView("H4TN8", "unknown")),
        encode_view(CaseView("H4TN8", "", "asked", "places", "zh")),
    ]


def ledgers() -> list[bytes]:
    """Fresh, and with places in feeds."""
    used = Ledger()
    used.newest = NOW
    used.advance("feed", "mark", 7)
    used.finish("file")
    used.count({"events": 3})
    return [Ledger().encode(), used.encode()]
