"""The service's link against centres that behave as real ones do: each trap that DESIGN, section 2, names has its test."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest

from service.adapters.smpp_link import SmppLink, SmppSettings
from service.adapters.smpp_pace import Pace
from service.ports.sms import Fate, OutboundSms
from service.smpp.codec import encode
from service.smpp.pdus import BindResp, Command, Message, MessageResp, Pdu, Raw, Status, Tag
from service.smpp.session import Timers
from service.smpp.text import Coding, Concat, with_udh
from tests.fault.wire import Counters, Segments, Wire

TIMERS = Timers(bind=2, response=2, enquire=10, inactivity=30)
PHONE = "8613800138000"
LONG = "长" * 200  # three parts


class Centre:
    """A centre that says what the test tells it; one connection at a time."""

    def __init__(self, **settings):
        self.settings = {"timers": TIMERS} | settings
        self.texts, self.tally = [], Counters()
        self.safe = None  # what the handler does with a text
        self.with_bind = b""  # octets that come with the response to the bind
        self._connections = asyncio.Queue()
        self.wire = None
        self.wires = []

    async def accept(self, reader, writer):
        """Let it bind."""
        wire = Wire(reader, writer)
        self.wires.append(wire)
        request = await wire.pdu()
        answer = Pdu(Command.BIND_TRANSCEIVER_RESP, 0, request.sequence, BindResp("centre"))
        await wire.say(encode(answer) + self.with_bind)
        await self._connections.put(wire)

    async def inbound(self, sms):
        """The service's handler."""
        if self.safe is not None:
            await self.safe()
        self.texts.append((sms.sender, sms.text))

    async def bound(self):
        """The next connection."""
        self.wire = await asyncio.wait_for(self._connections.get(), 5)
        return self.wire

    def send(self, text="hello", patience=60.0):
        """The service sends a text: a task with its fate."""
        return asyncio.create_task(self.link.send(OutboundSms("10086", PHONE, text, patience)))

    async def submitted(self, seconds=2.0):
        """The next submit_sm, None where none comes."""
        try:
            return await asyncio.wait_for(self.wire.pdu(), seconds)
        except TimeoutError:
            return None

    async def answer(self, request, status=Status.OK, message_id="1"):
        """The response to a submit."""
        body = MessageResp(message_id) if status == Status.OK else Raw(b"")
        await self.wire.say(encode(Pdu(Command.SUBMIT_SM_RESP, status, request.sequence, body)))

    async def deliver(self, octets=b"CXMYD", source=PHONE, sequence=3, **fields):
        """A deliver_sm."""
        body = Message(source, "10086", octets, **fields)
        await self.wire.say(encode(Pdu(Command.DELIVER_SM, 0, sequence, body)))


@asynccontextmanager
async def centre(**settings):
    """A centre with the service's link bound to it."""
    one = Centre(**settings)
    server = await asyncio.start_server(one.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    one.link = SmppLink(
        SmppSettings("127.0.0.1", port, "id", "pw", **one.settings), Segments(), one.tally, lambda: 0.0
    )
    running = asyncio.create_task(one.link.run(one.inbound))
    try:
        async with asyncio.timeout(30):
            await one.bound()
            await one.link.wait_bound()
            yield one
    finally:
        running.cancel()
        await asyncio.wait([running])
        server.close()
        for wire in one.wires:
            await wire.close()


async def test_the_window_bounds_what_is_unanswered_and_leaves_the_keep_alive_out():
    """Three of ten are written; an answer lets the next one go; the peer is asked meanwhile whether it lives."""
    timers = Timers(bind=2, response=20, enquire=0.2, inactivity=30)
    async with centre(window=3, timers=timers) as one:
        sending = [one.send() for _ in range(10)]
        first = [await one.submitted() for _ in range(3)]
        asked = await asyncio.wait_for(one.wire.reader.readexactly(16), 5)
        assert int.from_bytes(asked[4:8]) == Command.ENQUIRE_LINK
        await one.wire.say(encode(Pdu(Command.ENQUIRE_LINK_RESP, 0, int.from_bytes(asked[12:16]), Raw(b""))))
        assert await one.submitted(0.15) is None
        await one.answer(first[0])
        assert (await one.submitted()).command == Command.SUBMIT_SM
        for task in sending:
            task.cancel()


async def test_a_challenge_goes_before_the_notices_that_wait():
    """Five notices wait for the window when it comes, one of them is given up: the challenge is the next, then the notices in their order."""
    async with centre(window=1) as one:
        first = one.send("under way", 86_400.0)
        request = await one.submitted()
        notices = [one.send(f"notice {place}", 86_400.0) for place in range(5)]
        await asyncio.sleep(0)
        notices[0].cancel()
        challenge = one.send("challenge", 600.0)
        await asyncio.sleep(0)
        said = []
        for _ in range(5):
            await one.answer(request)
            request = await one.submitted()
            said.append(request.body.octets.decode())
        await one.answer(request)
        assert said == ["challenge", *(f"notice {place}" for place in range(1, 5))]
        await asyncio.wait_for(asyncio.gather(first, challenge, *notices[1:]), 5)


async def test_who_gives_up_the_place_it_has_just_got_passes_it_on():
    """In the same moment: the next one goes, and the window is as wide as before."""
    pace = Pace(1, 1000)
    await pace.take()
    given_up, next_one = asyncio.create_task(pace.take()), asyncio.create_task(pace.take(urgent=False))
    await asyncio.sleep(0)
    pace.give_back()
    given_up.cancel()
    await asyncio.wait_for(next_one, 5)
    pace.give_back()
    await asyncio.wait_for(pace.take(), 5)


async def test_a_lost_link_leaves_unknown_what_was_written_and_keeps_the_rest():
    """Two of three were written: their fate is unknown. The third goes out at the next bind."""
    async with centre(window=2) as one:
        sending = [one.send(f"text {number}") for number in range(3)]
        written = [await one.submitted() for _ in range(2)]
        one.wire.writer.transport.abort()
        await one.bound()
        last = await one.submitted()
        await one.answer(last)
        fates = [(await task).fate for task in sending]
        assert fates == [Fate.UNKNOWN, Fate.UNKNOWN, Fate.ACCEPTED]
        assert last.body.octets == b"text 2"
        assert {pdu.body.octets for pdu in written} == {b"text 0", b"text 1"}


async def test_no_answer_in_time_is_unknown_and_the_link_lives():
    """The response timer; a late answer is passed over, the next text is answered."""
    async with centre(timers=Timers(bind=2, response=0.3, enquire=10, inactivity=30)) as one:
        first = one.send()
        late = await one.submitted()
        assert (await first).fate is Fate.UNKNOWN
        await one.answer(late)
        second = one.send()
        await one.answer(await one.submitted(), message_id="2")
        assert await second == await second
        assert (second.result().fate, second.result().message_ids) == (Fate.ACCEPTED, ("2",))


@pytest.mark.parametrize("status", [Status.THROTTLED, Status.QUEUE_FULL])
async def test_when_the_centre_has_had_enough_the_whole_bind_pauses(status):
    """One throttled text of many that wait, for the window too: nothing goes out for half a second, then all of it."""
    async with centre(window=2) as one:
        sending = [one.send(f"text {number}") for number in range(6)]
        first, second = await one.submitted(), await one.submitted()
        begun = time.monotonic()
        await one.answer(first, status)
        await one.answer(second)
        assert await one.submitted(0.4) is None
        seen = []
        while len(seen) < 5:
            seen.append(await one.submitted())
            await one.answer(seen[-1])
        assert time.monotonic() - begun > 0.45
        assert {(await task).fate for task in sending} == {Fate.ACCEPTED}
        assert sorted(pdu.body.octets for pdu in seen) == [
            f"text {number}".encode()
            for number in range(6)
            if f"text {number}".encode() != second.body.octets
        ]
        assert one.tally.counts["link", "throttled"] == 1


async def test_pauses_grow_in_a_row_and_a_sender_that_gives_up_ends_none():
    """Half a second, then a whole one; whoever was throttled may go away meanwhile, the bind opens all the same."""
    async with centre() as one:
        gone = one.send()
        await one.answer(await one.submitted(), Status.THROTTLED)
        await asyncio.sleep(0.1)
        gone.cancel()
        patient = one.send()
        await one.answer(await one.submitted(), Status.THROTTLED)
        begun = time.monotonic()
        await one.answer(await one.submitted())
        assert time.monotonic() - begun > 0.9
        assert (await patient).fate is Fate.ACCEPTED


async def test_rate_is_counted_in_short_messages():
    """Fifty a second: six texts of three parts take a third of a second, not the tenth that six texts may."""
    async with centre(segments_per_second=50, window=100) as one:
        begun = time.monotonic()
        sending = [one.send(LONG) for _ in range(6)]
        for _ in range(18):
            await one.answer(await one.submitted())
        assert time.monotonic() - begun > 16 / 50
        assert {(await task).fate for task in sending} == {Fate.ACCEPTED}


async def test_a_throttled_part_is_sent_again_and_its_text_stays_in_order():
    """Part two is refused for the moment: one, two, two, three."""
    async with centre() as one:
        sending = one.send(LONG)
        numbers = []
        for status in (Status.OK, Status.THROTTLED, Status.OK, Status.OK):
            part = await one.submitted()
            numbers.append(part.body.octets[5])
            await one.answer(part, status, str(len(numbers)))
        assert numbers == [1, 2, 2, 3]
        assert (await sending).message_ids == ("1", "3", "4")


@pytest.mark.parametrize("status", [0x400, 0x4FF, Status.INVALID_DESTINATION, 0xFFFFFFFF])
async def test_a_vendors_status_refuses_one_text_and_nothing_else(status):
    """It is handed on as it is; the next text goes out."""
    async with centre() as one:
        refused = one.send()
        await one.answer(await one.submitted(), status)
        assert ((await refused).fate, (await refused).status) == (Fate.REFUSED, status)
        taken = one.send()
        await one.answer(await one.submitted())
        assert (await taken).fate is Fate.ACCEPTED


@pytest.mark.parametrize(("status", "extra"), [(Status.INVALID_COMMAND, b""), (0x0B, b"\0"), (0, b"")])
async def test_a_nack_refuses_whatever_it_says(status, extra):
    """Also one that is an octet too long, and one with the status of success."""
    async with centre() as one:
        refused = one.send()
        request = await one.submitted()
        nack = encode(Pdu(Command.GENERIC_NACK, status, request.sequence, Raw(extra)))
        await one.wire.say(nack)
        assert (await refused).fate is Fate.REFUSED
        assert await one.wire.lives()


async def test_a_text_is_acknowledged_only_after_it_is_safe():
    """While the handler works there is no answer; then there is."""
    async with centre() as one:
        gate = asyncio.Event()
        one.safe = gate.wait
        await one.deliver()
        assert await one.submitted(0.3) is None
        gate.set()
        assert (await one.submitted()).status == Status.OK
        assert one.texts == [(PHONE, "CXMYD")]


async def test_a_text_that_is_not_safe_is_asked_for_again():
    """The handler fails: "temporary error", so that the centre keeps it; its second coming is a text like any other."""
    async with centre() as one:

        async def fail():
            one.safe = None
            raise OSError("disk full")

        one.safe = fail
        await one.deliver()
        assert (await one.submitted()).status == Status.TEMPORARY_ERROR
        await one.deliver(sequence=4)
        answer = await one.submitted()
        assert (answer.status, answer.sequence) == (Status.OK, 4)
        assert one.texts == [(PHONE, "CXMYD")]


async def test_a_text_that_comes_with_the_binds_answer_is_answered():
    """In the very same octets: a centre that has waited for us loses no time."""
    body = Message(PHONE, "10086", b"CXMYD")
    async with centre() as one:
        one.with_bind = encode(Pdu(Command.DELIVER_SM, 0, 9, body))
        one.wire.writer.transport.abort()
        await one.bound()
        answer = await one.submitted()
        assert (answer.command, answer.status, answer.sequence) == (Command.DELIVER_SM_RESP, Status.OK, 9)


async def test_eleven_parts_of_two_handsets_in_any_order():
    """One, ten, eleven, two …, with the same reference from both: each text comes whole, once, from its own sender."""
    async with centre() as one:
        words = [f"word {number:02} " for number in range(1, 12)]
        for number in sorted(range(1, 12), key=str):
            for phone in (PHONE, "8613800138001"):
                part = with_udh((phone[-1] + words[number - 1]).encode(), Concat(7, 11, number))
                await one.deliver(part, source=phone, sequence=number, esm_class=0x40)
                assert (await one.submitted()).status == Status.OK
        assert one.texts == [
            (phone, "".join(phone[-1] + word for word in words)) for phone in (PHONE, "8613800138001")
        ]


async def test_a_pair_that_the_centre_has_parted_is_one_character():
    """Parts of 3 and 3 octets: joined first, decoded once."""
    async with centre() as one:
        octets = "查😀".encode("utf-16-be")
        for number, part in ((2, octets[3:]), (1, octets[:3])):
            await one.deliver(with_udh(part, Concat(1, 2, number)), esm_class=0x40, data_coding=Coding.UCS2)
            assert (await one.submitted()).status == Status.OK
        assert one.texts == [(PHONE, "查😀")]


@pytest.mark.parametrize(("alphabet", "text"), [("gsm", "¡ä"), ("latin1", "@{")])
async def test_data_coding_0_is_what_the_centre_means_by_it(alphabet, text):
    """A setting: the same octets are another text; and what we send follows it."""
    async with centre(default_alphabet=alphabet) as one:
        await one.deliver(b"@{")
        await one.submitted()
        assert one.texts == [(PHONE, text)]
        sending = one.send(text)
        request = await one.submitted()
        assert (request.body.octets, request.body.data_coding) == (b"@{", 0)
        await one.answer(request)
        await sending


def report(text, coding=0, esm_class=4, tlvs=()):
    """A receipt's fields."""
    octets = text.encode("utf-16-be" if coding == Coding.UCS2 else "latin-1")
    return {"octets": octets, "esm_class": esm_class, "data_coding": coding, "tlvs": tlvs}


FIELDS = "sub:001 dlvrd:001 submit date:2611251015 done date:2611251016 stat:DELIVRD err:000 text:"
PARAMETERS = ((Tag.RECEIPTED_MESSAGE_ID, b"0A1B\0"), (Tag.MESSAGE_STATE, b"\x02"))
RECEIPTS = {
    "decimal": (report(f"id:2587 {FIELDS}"), "delivered"),
    "hex": (report(f"id:A1B {FIELDS}"), "delivered"),
    "another case": (report(f"id:a1b {FIELDS}".replace("stat", "Stat")), "delivered"),
    "leading zeros": (report(f"id:0000000A1B {FIELDS}"), "delivered"),
    "a date with seconds": (
        report(f"id:1 {FIELDS}".replace("1015", "101559").replace("1016", "101601")),
        "delivered",
    ),
    "a UUID": (report(f"id:123e4567-e89b-12d3-a456-426614174000 {FIELDS}"), "delivered"),
    "no text, parameters": (report("", tlvs=PARAMETERS), "delivered"),
    "own words, parameters": (report("Delivered, thank you!", tlvs=PARAMETERS), "delivered"),
    "parameters without a flag": (report("", esm_class=0, tlvs=PARAMETERS), "delivered"),
    "no flag at all": (report(f"id:1 {FIELDS}", esm_class=0), "delivered"),
    "UCS-2": (report(f"id:1 {FIELDS}", Coding.UCS2), "delivered"),
    "payload": (report("", tlvs=((Tag.MESSAGE_PAYLOAD, f"id:1 {FIELDS}".encode()),)), "delivered"),
    "failed": (report(f"id:1 {FIELDS}".replace("DELIVRD", "UNDELIV")), "undeliverable"),
    "a state of the vendor's": (report(f"id:1 {FIELDS}".replace("DELIVRD", "BARRED")), "unreadable"),
    "a state that none knows": (report("", tlvs=((Tag.MESSAGE_STATE, b"\xff"),)), "unreadable"),
    "an empty state": (report("", tlvs=((Tag.MESSAGE_STATE, b""),)), "unreadable"),
    "broken off": (report("id:1 sub:001 dlv"), "unreadable"),
    "empty": (report(""), "unreadable"),
    "odd UCS-2": ({"octets": b"\0i\0d\0", "esm_class": 4, "data_coding": 8}, "unreadable"),
    "eighth bits": ({"octets": b"\xff" * 140, "esm_class": 4}, "unreadable"),
    "a header that lies": ({"octets": b"\xff\x00", "esm_class": 0x44}, "unreadable"),
    "on the way": (report(f"id:1 {FIELDS}".replace("DELIVRD", "ENROUTE"), esm_class=0x20), "enroute"),
    "an acknowledgement of the handset": (report("ok", esm_class=0x08), "unreadable"),
}


@pytest.mark.parametrize("name", RECEIPTS)
async def test_a_receipt_in_any_form_is_counted_and_is_no_text(name):
    """It is acknowledged, counted by what became of the text, and nobody is answered."""
    fields, state = RECEIPTS[name]
    async with centre() as one:
        await one.deliver(**fields)
        assert (await one.submitted()).status == Status.OK
        assert await one.wire.lives()
        assert one.texts == []
        assert one.tally.counts["receipt", state] == 1


async def test_a_receipt_may_come_before_the_response():
    """For the last part alone, in decimal, before the response: the text's fate is its response's."""
    async with centre(receipts=True) as one:
        sending = one.send(LONG)
        for number in range(3):
            part = await one.submitted()
            assert part.body.registered_delivery == 1
            if number == 2:
                await one.deliver(**report(f"id:2587 {FIELDS}"))
            await one.answer(part, message_id=f"00000A1{number + 9:X}")
            if number == 2:
                assert (await one.submitted()).command == Command.DELIVER_SM_RESP
        assert (await sending).message_ids == ("00000A19", "00000A1A", "00000A1B")
        assert one.tally.counts["receipt", "delivered"] == 1
        assert one.texts == []


async def test_nobody_asks_for_receipts_unless_told():
    """registered_delivery is 0."""
    async with centre() as one:
        sending = one.send()
        request = await one.submitted()
        assert request.body.registered_delivery == 0
        await one.answer(request)
        await sending


@pytest.mark.parametrize("text", ["id: 1234", "my id:77 stat", "stat:DELIVRD id:1", "CXMYD"])
async def test_a_subscribers_words_are_no_receipt(text):
    """Only a whole one without a flag is taken for one."""
    async with centre() as one:
        await one.deliver(text.encode())
        await one.submitted()
        assert one.texts == [(PHONE, text)]


async def test_a_text_whose_time_is_over_is_not_sent():
    """Nobody is bound to: after its patience it is late, and nothing of it is written at the next bind."""
    async with centre() as one:
        one.with_bind = b""
        one.wire.writer.transport.abort()
        await asyncio.sleep(0.01)
        assert (await one.send(patience=0.05)).fate is Fate.LATE
        await one.bound()
        assert await one.submitted(0.3) is None


async def test_a_text_that_was_begun_is_unknown_when_its_time_is_over():
    """Part one went out, part two is throttled for ever."""
    async with centre() as one:
        sending = one.send(LONG, patience=0.4)
        await one.answer(await one.submitted())
        await one.answer(await one.submitted(), Status.THROTTLED)
        assert (await sending).fate is Fate.UNKNOWN
        assert await one.submitted(0.8) is None


async def test_who_stops_waits_for_answers_first():
    """The centre answers slowly: it gets its time, then the unbind; nothing new goes out."""
    async with centre() as one:
        sending = one.send()
        request = await one.submitted()
        stopping = asyncio.create_task(one.link.stop())
        assert await one.submitted(0.3) is None
        await one.answer(request)
        assert (await one.submitted()).command == Command.UNBIND
        await stopping
        assert (await sending).fate is Fate.ACCEPTED
        assert (await one.send()).fate is Fate.UNSENT


async def test_who_refuses_finishes_what_is_in_hand_and_leaves_the_rest_with_the_centre():
    """One text is being handled: it is acknowledged once it is safe; the next one is "temporary error", and not handled."""
    async with centre() as one:
        going = asyncio.Event()
        begun = asyncio.Event()

        async def safe():
            begun.set()
            await going.wait()

        one.safe = safe
        await one.deliver(b"first", sequence=3)
        await begun.wait()
        refusing = asyncio.create_task(one.link.refuse())
        await asyncio.sleep(0)
        await one.deliver(b"second", sequence=4)
        answer = await one.submitted()
        assert (answer.sequence, answer.status) == (4, Status.TEMPORARY_ERROR)
        assert not refusing.done()
        going.set()
        answer = await one.submitted()
        assert (answer.sequence, answer.status) == (3, Status.OK)
        await refusing
        assert one.texts == [(PHONE, "first")]


async def test_two_processes_do_not_name_parts_alike():
    """The references of their long texts begin where chance says."""
    chances = iter([0.0, 0.5])
    settings = SmppSettings("127.0.0.1", 1, "id", "pw")
    links = [SmppLink(settings, Segments(), Counters(), lambda: next(chances)) for _ in range(2)]
    assert [next(link._references) for link in links] == [0, 128]


async def test_a_centre_that_drops_every_bind_is_not_hammered():
    """Bound and cut at once: each pause is longer than the last, so that a second sees four binds and not a hundred."""
    async with centre() as one:
        begun, binds = time.monotonic(), 0
        while time.monotonic() - begun < 1.2:
            one.wire.writer.transport.abort()
            await one.bound()
            binds += 1
        assert binds <= 5


async def test_an_unbind_of_the_centre_is_answered_and_followed_by_a_bind():
    """A centre that is maintained comes back."""
    async with centre() as one:
        await one.wire.say(encode(Pdu(Command.UNBIND, 0, 5, Raw(b""))))
        assert (await one.submitted()).command == Command.UNBIND_RESP
        await one.bound()
        assert await one.wire.lives()


async def test_a_flood_while_the_store_stands_still_waits_outside():
    """Five thousand texts: about a thousand are in hand, the rest stays with the centre; nobody is blamed for silence."""
    timers = Timers(bind=5, response=1, enquire=0.5, inactivity=1.5, read=1.5)
    async with centre(timers=timers) as one:
        gate = asyncio.Event()
        one.safe = gate.wait
        whole = b"".join(
            encode(Pdu(Command.DELIVER_SM, 0, number, Message(PHONE, "10086", b"x" * 100)))
            for number in range(1, 5001)
        )
        one.wire.writer.write(whole)
        while len(one.link._connection._tasks) < 1000:  # noqa: ASYNC110 - nobody tells a test of it
            await asyncio.sleep(0.01)
        await asyncio.sleep(2.5)
        in_hand = len(one.link._connection._tasks)
        gate.set()
        answered = {(await one.submitted(5)).sequence for _ in range(5000)}
        assert answered == set(range(1, 5001))
        assert 1000 <= in_hand <= 1000 + 65_536 // 100
        assert len(one.texts) == 5000
