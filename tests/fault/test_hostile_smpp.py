"""Hostile octets against either end of SMPP: each is answered or closed, and the next client is served.

The table is one for both ends. What is welcome in neither mode is answered with a status; what cannot be framed
closes the connection; nothing of it is ever a text, and nothing of it stays in memory.
"""

import asyncio
import struct
from contextlib import asynccontextmanager

import pytest

from service.adapters.smpp_link import SmppLink, SmppSettings
from service.smpp.codec import encode
from service.smpp.pdus import Bind, BindResp, Command, Empty, Message, MessageResp, Pdu, Status, Tag
from service.smpp.session import Timers
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.fault.wire import Counters, Segments, Wire

TIMERS = Timers(bind=0.4, response=0.4, enquire=0.3, inactivity=0.8)
CLOSED = "closed"  # the connection ends, whatever was said before
SILENT = "silent"  # nothing is said, the connection lives
GARBAGE = bytes(range(256)) * 16


def header(length, command=Command.ENQUIRE_LINK, status=0, sequence=7):
    """Sixteen octets, true or not."""
    return struct.pack(">IIII", length, command, status, sequence)


def message(end, octets=b"x", esm_class=0, coding=0, tlvs=()):
    """The message that this end may receive."""
    command = Command.SUBMIT_SM if end == "smsc" else Command.DELIVER_SM
    body = Message("8613800138000", "8613800138001", octets, coding, esm_class, tlvs=tlvs)
    return encode(Pdu(command, 0, 7, body))


def cut_short(end, count):
    """A message in a sound frame whose body lacks its last octets."""
    whole = message(end)
    return (len(whole) - count).to_bytes(4) + whole[4:-count]


def with_length(end, claimed):
    """A message whose sm_length is a lie."""
    whole = bytearray(message(end))
    whole[-2] = claimed
    return bytes(whole)


HOSTILE = {
    "length 0": (lambda _: header(0), CLOSED),
    "length 4": (lambda _: header(4), CLOSED),
    "length 15": (lambda _: header(15), CLOSED),
    "length 65,537": (lambda _: header(65_537), CLOSED),
    "length 2^31": (lambda _: header(2**31), CLOSED),
    "length 2^32-1": (lambda _: header(2**32 - 1), CLOSED),
    "a truncated header": (lambda _: header(16)[:9], CLOSED),  # by the inactivity timer
    "a truncated body": (lambda end: message(end)[:-5], CLOSED),  # by the inactivity timer
    "garbage": (lambda _: GARBAGE, CLOSED),
    "an HTTP request": (lambda _: b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", CLOSED),
    "a TLS hello": (lambda _: bytes.fromhex("16030100f8010000f40303") + bytes(238), CLOSED),
    "zeros": (lambda _: bytes(4096), CLOSED),
    "a lost link in mid-PDU": (lambda end: message(end)[:20] + b"<eof>", CLOSED),
    "an unknown command": (lambda _: header(16, 0x00000103), Status.INVALID_COMMAND),
    "a vendor's command": (lambda _: header(20, 0x00010200) + b"abcd", Status.INVALID_COMMAND),
    "an unknown response": (lambda _: header(16, 0x80000103), SILENT),
    "a response that nobody awaits": (lambda _: header(16, Command.SUBMIT_SM_RESP), SILENT),
    "a vendor's status": (lambda _: header(16, Command.SUBMIT_SM_RESP, 0x0455), SILENT),
    "a nack for nothing": (lambda _: header(16, Command.GENERIC_NACK, 3), SILENT),
    "an empty message": (
        lambda end: header(16, Command.SUBMIT_SM if end == "smsc" else Command.DELIVER_SM),
        Status.INVALID_LENGTH,
    ),
    "a body cut short": (lambda end: cut_short(end, 1), Status.INVALID_LENGTH),
    "a missing terminator": (
        lambda end: header(76, Command.SUBMIT_SM if end == "smsc" else Command.DELIVER_SM) + b"a" * 60,
        Status.INVALID_LENGTH,
    ),
    "sm_length that lies high": (lambda end: with_length(end, 200), Status.INVALID_LENGTH),
    "a TLV that lies": (
        lambda end: message(end, tlvs=((Tag.MESSAGE_PAYLOAD, b""),))[:-2] + b"\xff\xff",
        Status.INVALID_OPTIONAL,
    ),
    "a UDH that lies": (
        lambda end: message(end, b"\xff\x00", 0x40),
        {"smsc": Status.INVALID_LENGTH, "esme": Status.OK},
    ),
    "part 3 of 2": (
        lambda end: message(end, b"\x05\x00\x03\x01\x02\x03x", 0x40),
        {"smsc": Status.INVALID_LENGTH, "esme": Status.OK},
    ),
    "UCS-2 of an odd length": (
        lambda end: message(end, b"abc", coding=8),
        {"smsc": Status.INVALID_LENGTH, "esme": Status.OK},
    ),
    "SAR of nothing": (
        lambda end: message(
            end, tlvs=((Tag.SAR_REFERENCE, b""), (Tag.SAR_TOTAL, b""), (Tag.SAR_NUMBER, b""))
        ),
        {"smsc": Status.INVALID_LENGTH, "esme": Status.OK},
    ),
    "the other end's request": (
        lambda end: encode(
            Pdu(Command.DELIVER_SM if end == "smsc" else Command.SUBMIT_SM, 0, 7, Message("1", "2", b"x"))
        ),
        Status.INVALID_BIND_STATE,
    ),
}


@asynccontextmanager
async def centre_end():
    """The simulator, and how to bind to it."""
    centre = Centre(lambda: 0.0, lambda _: 1)
    smsc = SmscServer(centre, [Account("peer", "secret")], FaultBox(), timers=TIMERS, clock=lambda: 0.0)
    await smsc.start("127.0.0.1", 0)

    async def bound():
        wire = Wire(*await asyncio.open_connection("127.0.0.1", smsc.port))
        await wire.say(encode(Pdu(Command.BIND_TRANSCEIVER, 0, 1, Bind("peer", "secret"))))
        answer = await wire.pdu()
        assert answer is not None
        assert answer.status == Status.OK
        return wire

    async def served(number):
        wire = await bound()
        await wire.say(
            encode(Pdu(Command.SUBMIT_SM, 0, 2, Message("10086", f"86138001380{number:02}", b"hello")))
        )
        assert (await wire.pdu()).status == Status.OK
        assert [text.text for text in centre.thread(f"86138001380{number:02}")] == ["hello"]
        await wire.close()

    try:
        yield bound, served
        assert not centre.thread("8613800138001"), "something of the hostile octets became a text"
    finally:
        await smsc.stop()


@asynccontextmanager
async def service_end():
    """The service's link, bound to a centre of ours."""
    connections = asyncio.Queue()
    texts = []

    async def accept(reader, writer):
        wire = Wire(reader, writer)
        request = await wire.pdu()
        if request is not None:
            await wire.say(encode(Pdu(Command.BIND_TRANSCEIVER_RESP, 0, request.sequence, BindResp("peer"))))
            await connections.put(wire)

    async def inbound(sms):
        texts.append(sms.text)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link = SmppLink(
        SmppSettings("127.0.0.1", port, "id", "pw", timers=TIMERS), Segments(), Counters(), lambda: 0.0
    )
    running = asyncio.create_task(link.run(inbound))
    last = []

    async def bound():
        last[:] = [await asyncio.wait_for(connections.get(), 5)]
        return last[0]

    async def served(number):
        wire = last[0] if await last[0].lives() else await bound()
        body = Message("8613800138000", "10086", f"hello {number}".encode())
        await wire.say(encode(Pdu(Command.DELIVER_SM, 0, 3, body)))
        answer = await wire.pdu()
        assert (answer.command, answer.status, answer.body) == (
            Command.DELIVER_SM_RESP,
            Status.OK,
            MessageResp(),
        )
        assert texts == [f"hello {number}"]
        texts.clear()
        await wire.close()

    try:
        yield bound, served
        assert not texts, "something of the hostile octets became a text"
    finally:
        await link.stop()
        server.close()
        for wire in last:
            await wire.close()
        running.cancel()
        await asyncio.wait([running])


ENDS = {"smsc": centre_end, "esme": service_end}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("end", ENDS)
async def test_hostile_octets_are_answered_or_closed(end, name):
    """And whoever comes next is served as if nothing had been."""
    make, expected = HOSTILE[name]
    expected = expected[end] if isinstance(expected, dict) else expected
    async with ENDS[end]() as (bound, served), asyncio.timeout(10):
        wire = await bound()
        await wire.say(make(end))
        if expected is CLOSED:
            assert await wire.pdu() is None
        elif expected is SILENT:
            assert await wire.lives()
        else:
            answer = await wire.pdu()
            assert (answer.sequence, answer.status) == (7, expected)
            assert await wire.lives()
        await served(11)
        await wire.close()


def test_the_table_is_long_enough():
    """Twenty-eight inputs against either end, as promised."""
    assert len(HOSTILE) >= 28


@pytest.mark.parametrize("end", ENDS)
async def test_a_slow_sender_is_read_to_its_end(end):
    """One octet at a time, faster than the timers: its message is taken like any other."""
    async with ENDS[end]() as (bound, served), asyncio.timeout(10):
        wire = await bound()
        for octet in encode(Pdu(Command.ENQUIRE_LINK, 0, 7, Empty())):
            await wire.say(bytes([octet]))
            await asyncio.sleep(0.01)
        assert (await wire.pdu()).command == Command.ENQUIRE_LINK_RESP
        await served(12)
        await wire.close()


async def test_who_never_binds_is_sent_away():
    """The bind timer: a connection without a word, or with half a bind, is closed."""
    async with centre_end() as (bound, served), asyncio.timeout(10):
        wire = await bound()
        host, port = wire.writer.get_extra_info("peername")
        for data in (b"", header(47, Command.BIND_TRANSCEIVER)[:10]):
            silent = Wire(*await asyncio.open_connection(host, port))
            await silent.say(data)
            assert await silent.pdu() is None
            await silent.close()
        await served(13)
        await wire.close()


async def test_a_peer_that_never_reads_is_read_no_more():
    """Keep-alives whose answers nobody fetches: once a MiB of answers waits, we stop reading, and the peer is stuck."""
    async with centre_end() as (bound, served), asyncio.timeout(60):
        wire = await bound()
        wire.writer.transport.pause_reading()
        flood = encode(Pdu(Command.ENQUIRE_LINK, 0, 5, Empty())) * 20_000
        stuck = False
        for _ in range(100):
            wire.writer.write(flood)
            try:
                await asyncio.wait_for(wire.writer.drain(), 1)
            except (TimeoutError, ConnectionError):
                stuck = True
                break
        assert stuck
        await served(14)
        wire.writer.transport.abort()
        await wire.close()


async def test_garbage_for_ever_costs_no_memory():
    """Five hundred connections, one after another, each with garbage: nothing of them stays."""
    async with centre_end() as (bound, served), asyncio.timeout(30):
        wire = await bound()
        host, port = wire.writer.get_extra_info("peername")
        for _ in range(500):
            peer = Wire(*await asyncio.open_connection(host, port))
            await peer.say(GARBAGE)
            assert await peer.pdu() is None
            await peer.close()
        tasks = len(asyncio.all_tasks())
        assert tasks < 20, f"{tasks} tasks are left"
        await served(15)
        await wire.close()
