"""A session as a value: who may say what when, pairing, timers, lost links; both ends of it talk to each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.smpp.codec import decode, encode
from service.smpp.pdus import Bind, BindResp, Command, Empty, Message, MessageResp, Pdu, Raw, Status
from service.smpp.session import Answered, Closed, Mode, Received, Role, Session, Timers, Unanswered

TIMERS = Timers(bind=10, response=15, enquire=30, inactivity=90)
MESSAGE = Message("1", "2", b"x")


def bound(role=Role.SMSC, command=Command.BIND_TRANSCEIVER, sequence=0):
    """A session that is bound, at second 0."""
    session = Session(role, TIMERS, 0, sequence)
    if role is Role.SMSC:
        [event] = session.receive(encode(Pdu(command, 0, 1, Bind("id", "pw"))), 0)
        session.reply(event.pdu, Status.OK, BindResp("sim"))
    else:
        number = session.request(command, Bind("id", "pw"), 0)
        session.receive(encode(Pdu(command | 0x80000000, 0, number, BindResp("sim"))), 0)
    session.outgoing()
    return session


def said(session):
    """The PDUs that a session wants to write."""
    data, found = session.outgoing(), []
    while data:
        length = int.from_bytes(data[:4])
        found.append(decode(data[:length]))
        data = data[length:]
    return found


def test_a_bind_a_text_and_an_unbind_between_our_two_ends():
    """What one end writes, the other reads; both are closed at the end."""
    esme, smsc = Session(Role.ESME, TIMERS, 0), Session(Role.SMSC, TIMERS, 0)
    esme.request(Command.BIND_TRANSCEIVER, Bind("id", "pw"), 0)
    [asked] = smsc.receive(esme.outgoing(), 0)
    smsc.reply(asked.pdu, Status.OK, BindResp("sim"))
    esme.receive(smsc.outgoing(), 0)
    assert esme.mode is smsc.mode is Mode.TRANSCEIVER
    number = esme.request(Command.SUBMIT_SM, MESSAGE, 1)
    [asked] = smsc.receive(esme.outgoing(), 1)
    smsc.reply(asked.pdu, Status.OK, MessageResp("77"))
    assert esme.receive(smsc.outgoing(), 1) == [
        Answered(number, Pdu(Command.SUBMIT_SM_RESP, 0, number, MessageResp("77")))
    ]
    esme.request(Command.UNBIND, Empty(), 2)
    assert smsc.receive(esme.outgoing(), 2) == [Closed("unbound by the peer")]
    assert esme.receive(smsc.outgoing(), 2) == [Closed("unbound")]


@pytest.mark.parametrize(
    ("role", "bind", "command", "status"),
    [
        (Role.SMSC, None, Command.SUBMIT_SM, Status.INVALID_BIND_STATE),
        (Role.SMSC, None, Command.UNBIND, Status.INVALID_BIND_STATE),
        (Role.SMSC, Command.BIND_RECEIVER, Command.SUBMIT_SM, Status.INVALID_BIND_STATE),
        (Role.SMSC, Command.BIND_TRANSCEIVER, Command.DELIVER_SM, Status.INVALID_BIND_STATE),
        (Role.SMSC, Command.BIND_TRANSCEIVER, Command.BIND_RECEIVER, Status.ALREADY_BOUND),
        (Role.ESME, Command.BIND_TRANSMITTER, Command.DELIVER_SM, Status.INVALID_BIND_STATE),
        (Role.ESME, Command.BIND_TRANSCEIVER, Command.SUBMIT_SM, Status.INVALID_BIND_STATE),
        (Role.ESME, Command.BIND_TRANSCEIVER, Command.BIND_RECEIVER, Status.INVALID_BIND_STATE),
    ],
)
def test_what_is_not_welcome_is_answered_and_nothing_else_happens(role, bind, command, status):
    """Before the bind, in the wrong mode, from the wrong end: a status, no event, and the session lives."""
    session = bound(role, bind) if bind else Session(role, TIMERS, 0)
    body = {Command.SUBMIT_SM: MESSAGE, Command.DELIVER_SM: MESSAGE, Command.UNBIND: Empty()}.get(
        command, Bind("id", "pw")
    )
    assert session.receive(encode(Pdu(command, 0, 5, body)), 0) == []
    [answer] = said(session)
    assert (answer.command, answer.status, answer.sequence) == (command | 0x80000000, status, 5)
    assert not session.closed


def test_an_unknown_command_is_nacked():
    """generic_nack with ESME_RINVCMDID and the same sequence number; the session lives."""
    session = bound()
    assert session.receive(encode(Pdu(0x00000103, 0, 6, Raw(b"data_sm"))), 0) == []
    assert said(session) == [Pdu(Command.GENERIC_NACK, Status.INVALID_COMMAND, 6, Empty())]
    assert not session.closed


def test_an_unreadable_body_is_answered_with_its_status():
    """The frame was sound, so the stream is: the next PDU is read."""
    session = bound()
    whole = encode(Pdu(Command.SUBMIT_SM, 0, 8, MESSAGE))
    broken = (len(whole) - 3).to_bytes(4) + whole[4:-3]
    events = session.receive(broken + encode(Pdu(Command.SUBMIT_SM, 0, 9, MESSAGE)), 0)
    assert [event.pdu.sequence for event in events] == [9]
    assert said(session) == [Pdu(Command.SUBMIT_SM_RESP, Status.INVALID_LENGTH, 8, MessageResp())]


def test_an_unreadable_response_leaves_its_request_unknown():
    """The centre may have taken it: it is not 'failed'."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 0)
    broken = (19).to_bytes(4) + encode(Pdu(Command.SUBMIT_SM_RESP, 0, number, Empty()))[4:] + b"abc"
    assert session.receive(broken, 0) == [Unanswered(number)]


def test_a_framing_error_closes_and_says_nothing_more():
    """A stream of garbage gets no nack for every four octets."""
    session = bound()
    events = session.receive(b"GET / HTTP/1.1\r\n\r\n" * 10, 0)
    assert [type(event) for event in events] == [Closed]
    assert session.outgoing() == b""
    assert session.receive(b"more", 0) == []


def test_a_vendors_status_is_passed_on():
    """0x0400 and above are answers like others."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 0)
    [event] = session.receive(encode(Pdu(Command.SUBMIT_SM_RESP, 0x0455, number, Empty())), 0)
    assert event.pdu.status == 0x0455


@pytest.mark.parametrize("wrong", [Command.DELIVER_SM_RESP, Command.ENQUIRE_LINK_RESP])
def test_a_response_that_nobody_awaits_is_passed_over(wrong):
    """Late, doubled, invented, or of another command: the request still awaits its own."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 0)
    assert session.receive(encode(Pdu(wrong, 0, number, Empty())), 0) == []
    assert session.receive(encode(Pdu(Command.SUBMIT_SM_RESP, 0, number + 50, Empty())), 0) == []
    assert session.pending == 1


def test_a_generic_nack_answers_a_request():
    """A peer that does not know the command says so with the same sequence number."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 0)
    [event] = session.receive(encode(Pdu(Command.GENERIC_NACK, Status.INVALID_COMMAND, number, Empty())), 0)
    assert isinstance(event, Answered)


def test_sequence_numbers_wrap_at_the_specifications_end():
    """After 0x7FFFFFFF comes 1, and never a number that still awaits its response."""
    session = bound(Role.ESME, sequence=0x7FFFFFFD)
    assert session.request(Command.SUBMIT_SM, MESSAGE, 0) == 0x7FFFFFFF
    assert session.request(Command.SUBMIT_SM, MESSAGE, 0) == 1
    session._sequence = 0x7FFFFFFE
    assert session.request(Command.SUBMIT_SM, MESSAGE, 0) == 2


def test_a_request_is_awaited_before_its_octets_are_out():
    """The fastest peer's answer finds it."""
    session = bound(Role.ESME)
    session.request(Command.SUBMIT_SM, MESSAGE, 0)
    assert session.pending == 1
    assert session.outgoing()


def test_no_bind_in_time_closes():
    """Ten seconds."""
    session = Session(Role.SMSC, TIMERS, 0)
    assert session.deadline() == 10
    assert session.on_time(9.9) == []
    assert session.on_time(10) == [Closed("not bound in time")]


def test_no_answer_in_time_is_unknown_and_the_session_lives():
    """Fifteen seconds after the request."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 5)
    assert session.on_time(19.9) == []
    assert session.on_time(20) == [Unanswered(number)]
    assert not session.closed


def test_a_silent_peer_is_asked_and_then_left():
    """enquire_link after thirty seconds; no answer for fifteen more ends the session."""
    session = bound()
    assert session.on_time(30) == []
    assert [pdu.command for pdu in said(session)] == [Command.ENQUIRE_LINK]
    assert session.on_time(44) == []
    assert session.on_time(45) == [Closed("the peer does not answer")]


def test_a_pdu_has_its_time_from_the_first_octet_to_the_last():
    """Ten seconds, however busily single octets come; whole PDUs before it do not count."""
    session = bound()
    whole = encode(Pdu(Command.SUBMIT_SM, 0, 8, MESSAGE))
    session.receive(whole + whole[:5], 100)
    for second in range(1, 10):
        assert session.receive(whole[4 + second : 5 + second], 100 + second) == []
        assert session.on_time(100 + second) == []
    assert session.deadline() == 110
    assert session.on_time(110) == [Closed("a PDU was not finished in time")]


def test_a_pdu_that_was_finished_in_time_is_forgotten():
    """Its last octet stops the clock; the next one's first octet starts another."""
    session = bound()
    whole = encode(Pdu(Command.SUBMIT_SM, 0, 8, MESSAGE))
    session.receive(whole[:5], 0)
    assert len(session.receive(whole[5:] + whole[:3], 9)) == 1
    assert session.on_time(18) == []
    session.receive(whole[3:], 18)
    assert session.on_time(29) == []


def test_while_we_do_not_read_nobody_is_late():
    """Silence, answers and half a PDU: all timers stand still, and begin anew when we read again."""
    session = bound(Role.ESME)
    number = session.request(Command.SUBMIT_SM, MESSAGE, 0)
    session.receive(b"\x00\x00", 0)
    session.pause()
    assert session.on_time(1000) == []
    session.resume(1000)
    assert session.deadline() == 1010
    assert session.on_time(1009) == []
    assert session.on_time(1010) == [Unanswered(number), Closed("a PDU was not finished in time")]


def test_a_live_peer_is_not_left():
    """Its enquire_link_resp is enough, again and again; the window does not count it."""
    session = bound()
    for now in range(30, 3000, 30):
        session.on_time(now)
        [asked] = said(session)
        assert session.pending == 0
        assert session.receive(encode(Pdu(Command.ENQUIRE_LINK_RESP, 0, asked.sequence, Empty())), now) == []
    assert not session.closed


def test_a_lost_link_leaves_every_request_unknown():
    """Not failed: each may have arrived."""
    session = bound(Role.ESME)
    numbers = [session.request(Command.SUBMIT_SM, MESSAGE, 0) for _ in range(3)]
    assert session.close("lost") == [*(Unanswered(number) for number in numbers), Closed("lost")]
    assert session.close("again") == []


def test_a_refused_bind_leaves_the_session_open():
    """The ESME may try again until the bind timer ends it."""
    session = Session(Role.SMSC, TIMERS, 0)
    [event] = session.receive(encode(Pdu(Command.BIND_TRANSCEIVER, 0, 1, Bind("id", "no"))), 0)
    session.reply(event.pdu, Status.INVALID_PASSWORD)
    assert session.mode is Mode.OPEN
    assert said(session) == [Pdu(Command.BIND_TRANSCEIVER_RESP, Status.INVALID_PASSWORD, 1, BindResp())]


@settings(max_examples=500)
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(list(Command))), max_size=20),
    st.sampled_from(Role),
)
def test_no_octets_bring_a_session_down(chunks, role):
    """Garbage and any command with any end: events come out, never an exception, and memory stays small."""
    session = bound(role)
    for number, chunk in enumerate(chunks):
        data = chunk if isinstance(chunk, bytes) else encode(Pdu(chunk, 0, number + 1, Raw(b"")))
        for event in session.receive(data, number):
            assert isinstance(event, Received | Answered | Unanswered | Closed)
        assert len(session.outgoing()) <= 100 * len(chunks)
    assert len(session._framer._buffer) <= 65_536


def test_the_next_moment_to_look_is_the_first_requests_also_after_a_pause():
    """Asked at 0, 1 and 2, the first is due first; after a pause all have their time again, and none is overlooked."""
    session = bound()
    first, second, third = (session.request(Command.DELIVER_SM, MESSAGE, now) for now in (0, 1, 2))
    assert session.deadline() == 15
    session.receive(encode(Pdu(Command.DELIVER_SM_RESP, 0, first, MessageResp())), 2)
    assert session.deadline() == 16
    session.pause()
    session.resume(10)
    assert session.deadline() == 25
    assert session.on_time(25) == [Unanswered(second), Unanswered(third)]
