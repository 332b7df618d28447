"""Python's smpplib as an ESME of our simulator: what it binds, submits and is delivered, by its own reading."""

import re
import time

import pytest
import smpplib.client
import smpplib.consts as c
import smpplib.exceptions
from smpplib.gsm import gsm_encode, make_parts

PHONE = "8613800138123"
LONG_GSM = "€^{}[~]|" * 25
LONG_UCS2 = "𠀀😀行程" * 35


class Esme:
    """A client that keeps what it gets."""

    def __init__(self, centre):
        self.client = smpplib.client.Client(
            centre.host, centre.port, timeout=5, allow_unknown_opt_params=True, logger_name="smpplib"
        )
        self.delivered, self.answers = [], []
        self.client.set_message_received_handler(self._deliver)
        self.client.set_message_sent_handler(self._answer)
        self.client.set_error_pdu_handler(self.answers.append)
        self.client.connect()

    def _deliver(self, pdu):
        self.delivered.append(pdu)

    def _answer(self, pdu):
        self.answers.append(pdu)

    def submit(self, octets, **fields):
        """One short message; its response."""
        before = len(self.answers)
        usual = {
            "source_addr_ton": c.SMPP_TON_UNK,
            "source_addr": "10086",
            "dest_addr_ton": c.SMPP_TON_INTL,
            "dest_addr_npi": c.SMPP_NPI_ISDN,
            "destination_addr": PHONE,
            "short_message": octets,
        }
        self.client.send_message(**usual | fields)
        self.read(lambda: len(self.answers) > before)
        return self.answers[-1]

    def read(self, done):
        """Read until it is done."""
        deadline = time.monotonic() + 10
        while not done():
            assert time.monotonic() < deadline, "smpplib waited in vain"
            self.client.poll()
            time.sleep(0.002)

    def close(self):
        """Unbind as it should be."""
        if self.client.state != c.SMPP_CLIENT_STATE_OPEN:
            assert self.client.unbind().command == "unbind_resp"
            self.client.state = c.SMPP_CLIENT_STATE_OPEN
        self.client.disconnect()


@pytest.fixture
def connect(centre):
    """Connects clients; they unbind with the test."""
    clients = []

    def start(to=centre):
        clients.append(Esme(to))
        return clients[-1]

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def esme(connect):
    """Connected, not bound."""
    return connect()


@pytest.fixture
def bound(esme):
    """Bound as transceiver."""
    assert esme.client.bind_transceiver(system_id="one", password="secret").system_id == b"sms-gateway-sim"
    return esme


@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("one", "wrong", c.SMPP_ESME_RINVPASWD),
        ("one", "", c.SMPP_ESME_RINVPASWD),
        ("nobody", "secret", c.SMPP_ESME_RINVSYSID),
    ],
)
def test_who_may_not_bind_is_told_why(esme, system_id, password, status):
    """And may try again on the same connection."""
    with pytest.raises(smpplib.exceptions.PDUError) as refused:
        esme.client.bind_transceiver(system_id=system_id, password=password)
    assert refused.value.args[1] == status
    esme.client.bind_transmitter(system_id="one", password="secret")


def test_a_transmitter_submits_and_a_receiver_receives(centre, connect, esme):
    """Two binds of one account: texts go to the receiver, and a receiver's submit is refused."""
    esme.client.bind_transmitter(system_id="one", password="secret")
    receiver = connect()
    receiver.client.bind_receiver(system_id="one", password="secret")
    centre.send(PHONE, "to the receiver")
    receiver.read(lambda: receiver.delivered)
    assert esme.submit(b"x").status == c.SMPP_ESME_ROK
    assert receiver.delivered[0].short_message == b"to the receiver"


def test_a_receipt_comes_to_who_submitted(connect, bound):
    """Its id is the response's, in the text and as parameter; another account that is bound gets none of it."""
    other = connect()
    other.client.bind_transceiver(system_id="two", password="secret")
    answers = [bound.submit(b"receipt please", registered_delivery=1) for _ in range(4)]
    bound.read(lambda: len(bound.delivered) == len(answers))
    for answer, receipt in zip(answers, bound.delivered, strict=True):
        assert receipt.esm_class == 0x04
        assert receipt.receipted_message_id == answer.message_id
        said = receipt.short_message.decode()
        assert said.startswith(f"id:{answer.message_id.decode()} sub:001 dlvrd:001 submit date:")
        assert " stat:DELIVRD err:000" in said
        assert (receipt.source_addr, receipt.destination_addr) == (PHONE.encode(), b"10086")
    other.client.poll()
    assert other.delivered == []


@pytest.mark.parametrize("text", [LONG_GSM, LONG_UCS2, "short", "短"])
def test_a_text_in_headed_parts_arrives_whole(centre, bound, text):
    """It cuts through escapes and surrogate pairs; the handset shows the text all the same, its parts counted."""
    phone = f"86138001390{len(text) % 100:02}"
    parts, coding, esm_class = make_parts(text)
    if len(parts) > 1:
        assert parts[0][-1] == 0x1B or 0xD8 <= parts[0][-2] <= 0xDB, "a judge that cuts well judges nothing"
    for part in parts:
        answer = bound.submit(part, data_coding=coding, esm_class=esm_class, destination_addr=phone)
        assert answer.status == c.SMPP_ESME_ROK
    shown = centre.wait(phone)[-1]
    assert (shown["text"], shown["parts"]) == (text, len(parts))


@pytest.mark.parametrize("text", [LONG_GSM, LONG_UCS2])
def test_a_text_in_sar_parts_or_as_payload_arrives_whole(centre, bound, text):
    """The other two ways."""
    phone = f"86138001391{len(text) % 100:02}"
    parts, coding, _ = make_parts(text, use_udhi=False)
    for number, part in enumerate(parts, 1):
        sar = {"sar_msg_ref_num": 77, "sar_total_segments": len(parts), "sar_segment_seqnum": number}
        bound.submit(part, data_coding=coding, destination_addr=phone, **sar)
    payload = b"".join(parts)
    bound.submit(b"", data_coding=coding, destination_addr=phone, message_payload=payload)
    assert [one["text"] for one in centre.wait(phone, 2)] == [text, text]


def announced(first):
    """How many parts a text says that it has, by smpplib's reading of one of them."""
    if first.esm_class & c.SMPP_GSMFEAT_UDHI:
        assert first.short_message[:3] == b"\x05\x00\x03"
        return first.short_message[4]
    return first.sar_total_segments or 1


def octets_of(delivered):
    """All octets of a text, its parts put in order."""
    if delivered[0].message_payload:
        return delivered[0].message_payload
    if delivered[0].esm_class & c.SMPP_GSMFEAT_UDHI:
        parts = {pdu.short_message[5]: pdu.short_message[6:] for pdu in delivered}
    else:
        parts = {pdu.sar_segment_seqnum: pdu.short_message for pdu in delivered}
    return b"".join(parts[number] for number in sorted(parts))


@pytest.mark.parametrize("text", [LONG_GSM, LONG_UCS2, "€", "CXMYD", "查😀"])
@pytest.mark.parametrize("way", ["udh", "sar", "payload"])
def test_a_handsets_text_is_delivered(centres, connect, way, text):
    """By UDH, by SAR and as payload: the octets are those that smpplib itself would write."""
    esme = connect(centres[way])
    esme.client.bind_transceiver(system_id="two", password="secret")
    ucs2 = not re.fullmatch(r"[\x20-\x7e€]*", text)
    expected = text.encode("utf-16-be") if ucs2 else gsm_encode(text)
    long = len(expected) > (140 if ucs2 else 160)
    centres[way].send("8613800138124", text)
    esme.read(lambda: esme.delivered and len(esme.delivered) >= announced(esme.delivered[0]))
    assert octets_of(esme.delivered) == expected
    assert (len(esme.delivered) > 1) == (long and way != "payload")
    assert {pdu.data_coding for pdu in esme.delivered} == {8 if ucs2 else 0}
    assert {pdu.source_addr for pdu in esme.delivered} == {b"8613800138124"}
    assert {pdu.destination_addr for pdu in esme.delivered} == {b"10086"}


def test_an_unknown_destination_and_a_full_bind_are_refused(centre, bound):
    """ESME_RINVDSTADR for what is no number."""
    assert bound.submit(b"x", destination_addr="12").status == c.SMPP_ESME_RINVDSTADR
    centre.faults("submit", throttle=1)
    assert bound.submit(b"x").status == c.SMPP_ESME_RTHROTTLED
    centre.faults("submit", vendor_count=1, vendor_status=0x455)
    assert bound.submit(b"x").status == 0x455
    assert bound.submit(b"x").status == c.SMPP_ESME_ROK


def test_it_stays_bound_by_asking(bound):
    """enquire_link is answered."""
    pdu = smpplib.smpp.make_pdu("enquire_link", client=bound.client)
    bound.client.send_pdu(pdu)
    assert bound.client.read_pdu().command == "enquire_link_resp"
