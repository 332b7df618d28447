"""Tshark reads what service and simulator say to each other: a lookup whose reply takes several parts, and receipts.

Nothing is captured: a relay between the two keeps the octets, and each PDU becomes a packet of a file.
"""

import asyncio
import shutil
import struct
import subprocess
import threading
from contextlib import contextmanager

import pytest

from service.smpp.codec import encode
from service.smpp.pdus import Command, Message, Pdu
from tests.peers.conftest import until

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark: apt-get install tshark"),
]

SERVICE, CENTRE = 40_000, 2775
WORDY = 2  # whose reply takes two short messages
COMPLAINTS = "_ws.malformed or _ws.expert"


class Relay:
    """Passes octets on, and keeps them: which end said them, and what."""

    def __init__(self, port):
        self.target, self.said, self.port = port, [], 0
        self._loop = asyncio.new_event_loop()
        self._tasks = set()

    async def _start(self):
        self.server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _accept(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self._pass(reader, back, SERVICE), self._pass(there, writer, CENTRE))

    async def _pass(self, reader, writer, end):
        while data := await reader.read(65_536):
            self.said.append((end, data))
            writer.write(data)
        writer.close()

    async def _stop(self):
        self.server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    def pdus(self):
        """PDUs of both ends, in the order in which their last octets came."""
        kept, found = {SERVICE: b"", CENTRE: b""}, []
        for end, data in self.said:
            kept[end] += data
            while len(kept[end]) >= 4 and len(kept[end]) >= (length := int.from_bytes(kept[end][:4])):
                found.append((end, kept[end][:length]))
                kept[end] = kept[end][length:]
        assert not any(kept.values()), "the relay stopped in the middle of a PDU"
        return found


@contextmanager
def relayed(port):
    """A relay to this port."""
    relay = Relay(port)
    loop = relay._loop
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(relay._start(), loop).result(10)
    try:
        yield relay
    finally:
        asyncio.run_coroutine_threadsafe(relay._stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def write_capture(path, pdus):
    """A pcap of raw IPv4: one TCP segment for each PDU, sequence numbers as they would be."""
    sent = {SERVICE: 1, CENTRE: 1}
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101))
        for second, (end, pdu) in enumerate(pdus):
            other = CENTRE if end == SERVICE else SERVICE
            tcp = (
                struct.pack(">HHIIBBHHH", end, other, sent[end], sent[other], 5 << 4, 0x18, 65_535, 0, 0)
                + pdu
            )
            ip = struct.pack(
                ">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), second, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\1"
            )
            sent[end] += len(pdu)
            file.write(struct.pack("<IIII", second, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp)


def tshark(path, shown, *fields):
    """What tshark prints of the packets that a filter shows."""
    columns = [part for field in fields for part in ("-e", field)]
    command = ["tshark", "-r", str(path), "-Y", shown, *(["-T", "fields", *columns] if fields else [])]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def pdus(service, centre):
    """Everything that is said in a bind, a lookup with receipts, a long question, an unbind."""
    person = service.people[WORDY]
    with relayed(centre.port) as relay, service.serving(relay.port, receipts=True):
        until(lambda: any(end == CENTRE for end, _ in relay.said), "the bind")
        asked = centre.lookup(person.msisdn, "CXMYD", person.last_four)
        assert asked["parts"] >= 2
        centre.lookup("8613800138990", "😀 or what is this? " * 12)
    return relay.pdus()


def test_tshark_finds_nothing_wrong(pdus, tmp_path):
    """No malformed PDU and no expert's remark; and it has read every one of them."""
    write_capture(tmp_path / "lookup.pcap", pdus)
    assert tshark(tmp_path / "lookup.pcap", COMPLAINTS) == ""
    commands = tshark(tmp_path / "lookup.pcap", "smpp", "smpp.command_id").split()
    assert [int(command, 16) for command in commands] == [int.from_bytes(pdu[4:8]) for _, pdu in pdus]
    expected = {0x9: 1, 0x80000009: 1, 0x4: 4, 0x80000004: 4, 0x5: 9, 0x80000005: 9, 0x6: 1, 0x80000006: 1}
    for command, least in expected.items():
        assert commands.count(f"0x{command:08x}") >= least, hex(command)


def test_tshark_reads_the_parts_and_the_receipts(pdus, tmp_path):
    """Two parts of one text by its reading of the header; receipts by its reading of esm_class."""
    write_capture(tmp_path / "lookup.pcap", pdus)
    parts = tshark(
        tmp_path / "lookup.pcap", "smpp.command_id == 4 and gsm_sms.udh.mm.msg_id", "gsm_sms.udh.mm.msg_part"
    )
    assert parts.split()[:2] == ["1", "2"]
    receipts = tshark(
        tmp_path / "lookup.pcap",
        "smpp.command_id == 5 and smpp.message_state == 2",
        "smpp.receipted_message_id",
    )
    assert len(set(receipts.split())) >= 4


@pytest.mark.parametrize("fault", ["cut short", "a TLV that lies", "sm_length that lies"])
def test_tshark_finds_what_is_wrong(tmp_path, fault):
    """The judge can fail: a PDU with this fault, behind a sound one, is complained of."""
    whole = encode(
        Pdu(Command.SUBMIT_SM, 0, 7, Message("10086", "8613800138000", b"hello", tlvs=((0x1E, b"1\0"),)))
    )
    bad = {
        "cut short": (len(whole) - 9).to_bytes(4) + whole[4:-9],
        "a TLV that lies": whole[:-3] + b"\xff" + whole[-2:],
        "sm_length that lies": whole[:-12] + b"\xc8" + whole[-11:],
    }[fault]
    write_capture(tmp_path / "bad.pcap", [(SERVICE, whole), (SERVICE, bad)])
    assert tshark(tmp_path / "bad.pcap", COMPLAINTS) != ""
    write_capture(tmp_path / "good.pcap", [(SERVICE, whole), (SERVICE, whole)])
    assert tshark(tmp_path / "good.pcap", COMPLAINTS) == ""
