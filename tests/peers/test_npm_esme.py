"""JavaScript's smpp as an ESME of our simulator: what it binds, submits and is delivered, by its own reading."""

import pytest

pytestmark = pytest.mark.peer

GSM, SPECIAL, UCS2 = "with room for everybody, " * 12, "^{}\\[~]|€ ÆΔñ@_", "行程查询😀𠀀" * 25
ROOM = {0: 153, 8: 67}


@pytest.fixture
def esme(script, centre):
    """Connected, not bound."""
    return script("esme.js", centre.host, centre.port)


def bind(esme, system_id="one"):
    """Bind as transceiver."""
    esme.do("bind", **{"as": "transceiver", "system_id": system_id, "password": "secret"})
    assert esme.next("bound") == {"event": "bound", "status": 0, "id": "sms-gateway-sim"}
    return esme


@pytest.fixture
def bound(esme):
    """Bound as transceiver."""
    yield bind(esme)
    esme.do("unbind")
    assert esme.next("unbound")["status"] == 0
    assert esme.next("close")


def submit(esme, phone, text, **fields):
    """One submit_sm's response."""
    esme.do("submit", source_addr="10086", destination_addr=phone, short_message=text, **fields)
    return esme.next("submitted")


@pytest.mark.parametrize("mode", ["transceiver", "transmitter", "receiver"])
def test_binds_and_wrong_passwords(esme, mode):
    """A wrong password and an unknown name are told apart; then the right one is let in."""
    for system_id, password, status in (
        ("one", "wrong", 0x0E),
        ("nobody", "secret", 0x0F),
        ("one", "secret", 0),
    ):
        esme.do("bind", **{"as": mode, "system_id": system_id, "password": password})
        assert esme.next("bound")["status"] == status
    esme.do("bind", **{"as": mode, "system_id": "one", "password": "secret"})
    assert esme.next("bound")["status"] == 0x05  # ESME_RALYBND
    esme.do("ask")
    assert esme.next("asked")["status"] == 0


def test_a_receipt_belongs_to_its_text(bound):
    """The response's id, in the receipt's parameter and in its text; state delivered."""
    answer = submit(bound, "8613800138201", "receipt please", registered_delivery=1)
    receipt = bound.next("deliver_sm")
    assert receipt["receipted"] == answer["id"]
    assert receipt["text"].startswith(f"id:{answer['id']} ")
    assert (receipt["state"], receipt["esm_class"], receipt["from"]) == (2, 4, "8613800138201")
    assert submit(bound, "8613800138201", "none", registered_delivery=2)["status"] == 0
    assert bound.quiet("deliver_sm")


@pytest.mark.parametrize("fields", [{}, {"data_coding": 0}, {"data_coding": 8}])
def test_a_short_text_arrives(centre, bound, fields):
    """In the alphabet that npm's smpp chooses, and in those that it is told.

    What it chooses for GSM characters it calls 1, IA5 in the specification (5.2.19): only what both share is sent so.
    """
    phone = f"86138001382{len(fields)}{fields.get('data_coding', 5)}"
    texts = ["CXMYD15 (Yes?)", "短信😀"] if not fields else [SPECIAL]
    for text in texts:
        assert submit(bound, phone, text, **fields)["status"] == 0
    assert [one["text"] for one in centre.wait(phone, len(texts))] == texts


@pytest.mark.parametrize(("text", "coding"), [(GSM, 0), (UCS2, 8)])
def test_a_long_text_arrives(centre, bound, text, coding):
    """In headed parts that come in reverse, in SAR parts, and as payload."""
    phone = f"861380013830{coding}"
    units = text.encode("utf-16-be") if coding else text.encode()
    room = ROOM[coding] * (2 if coding else 1)
    cut = [
        units[at : at + room].decode("utf-16-be" if coding else "ascii") for at in range(0, len(units), room)
    ]
    parts = list(enumerate(cut, 1))
    for number, part in reversed(parts):
        header = bytes([5, 0, 3, 9, len(parts), number]).hex()
        assert submit(bound, phone, part, data_coding=coding, udh=header, esm_class=0x40)["status"] == 0
    for number, part in parts:
        sar = {"sar_msg_ref_num": 9, "sar_total_segments": len(parts), "sar_segment_seqnum": number}
        assert submit(bound, phone, part, data_coding=coding, **sar)["status"] == 0
    assert submit(bound, phone, "", data_coding=coding, payload=text)["status"] == 0
    assert [one["text"] for one in centre.wait(phone, 3)] == [text] * 3


@pytest.mark.parametrize("way", ["udh", "sar", "payload"])
def test_handsets_texts_are_delivered(centres, script, way):
    """Each part alone is text to npm's smpp, since no character is parted; joined they are what was sent."""
    centre = centres[way]
    esme = bind(script("esme.js", centre.host, centre.port), "two")
    for text, coding in ((GSM, 0), (SPECIAL, 0), (UCS2, 8), ("短😀", 8), ("CXMYD", 0)):
        centre.send("8613800138333", text)
        parts = [esme.next("deliver_sm")]
        total = int(parts[0]["udh"][0][6:8], 16) if parts[0].get("udh") else parts[0]["sar"][1] or 1
        parts += [esme.next("deliver_sm") for _ in range(total - 1)]
        assert "".join(part.get("payload") or part["text"] for part in parts) == text
        assert {part["data_coding"] for part in parts} == {coding}
        assert (total > 1) == (text in {GSM, UCS2} and way != "payload")
        assert {(part["from"], part["to"]) for part in parts} == {("8613800138333", "10086")}


def test_throttling_and_a_vendors_status_are_passed_on(centre, bound):
    """They reach npm's smpp as they are, and the link lives on."""
    centre.faults("submit", throttle=1)
    assert submit(bound, "8613800138202", "x")["status"] == 0x58
    centre.faults("submit", vendor_count=1, vendor_status=0x4FF)
    assert submit(bound, "8613800138202", "x")["status"] == 0x4FF
    assert submit(bound, "8613800138202", "x")["status"] == 0
