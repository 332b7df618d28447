"""An SMPP session as a value, for both ends, without sockets.

Rule 1: what may be said when, what is awaited, and when it is too late, is decided here.
Rule 2: no sockets, no clock, no tasks: bytes and times come in, bytes and events come out.

            ESME says BIND_*                        UNBIND, either side
    OPEN ----------------------> BINDING -> BOUND ---------------------> CLOSED
                                   |  refused                              ^
                                   +-> OPEN        a framing error, a timer, the lost link

    session.receive(data, now) -> events        session.request(command, body, now) -> sequence
    session.outgoing() -> bytes to write        session.on_time(now) -> events
"""

import math
from dataclasses import dataclass
from enum import Enum

from service.smpp.codec import BodyError, Framer, FramingError, decode, encode
from service.smpp.pdus import RESPONSE, Body, Command, Empty, MessageResp, Pdu, Status

__all__ = ["Answered", "Closed", "Event", "Mode", "Received", "Role", "Session", "Timers", "Unanswered"]

_MAX_SEQUENCE = 0x7FFFFFFF  # 3.2: the highest sequence number; then 1 again
_BINDS = {
    Command.BIND_RECEIVER: "receiver",
    Command.BIND_TRANSMITTER: "transmitter",
    Command.BIND_TRANSCEIVER: "transceiver",
}


class Role(Enum):
    """Which end this is."""

    ESME = "esme"
    SMSC = "smsc"


class Mode(Enum):
    """What a session is bound as."""

    OPEN = "open"
    TRANSMITTER = "transmitter"
    RECEIVER = "receiver"
    TRANSCEIVER = "transceiver"
    CLOSED = "closed"


# Requests that an end may receive in each mode (2.3). enquire_link and unbind are welcome in every bound mode.
_WELCOME: dict[tuple[Role, Mode], set[int]] = {
    (Role.SMSC, Mode.OPEN): set(_BINDS),
    (Role.SMSC, Mode.TRANSMITTER): {Command.SUBMIT_SM},
    (Role.SMSC, Mode.RECEIVER): set(),
    (Role.SMSC, Mode.TRANSCEIVER): {Command.SUBMIT_SM},
    (Role.ESME, Mode.OPEN): set(),
    (Role.ESME, Mode.TRANSMITTER): set(),
    (Role.ESME, Mode.RECEIVER): {Command.DELIVER_SM},
    (Role.ESME, Mode.TRANSCEIVER): {Command.DELIVER_SM},
}
_KNOWN = {*_BINDS, Command.SUBMIT_SM, Command.DELIVER_SM, Command.ENQUIRE_LINK, Command.UNBIND}


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds (7.2).

    `bind`: until bound; `response`: until an answer; `read`: from a PDU's first octet to its last; `inactivity`:
    without any octet from the peer; `enquire`: of silence before we ask whether the peer lives.
    """

    bind: float = 10.0
    response: float = 15.0
    enquire: float = 30.0
    inactivity: float = 90.0
    read: float = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """A request that is welcome in this mode; somebody has to answer it with `reply`."""

    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Answered:
    """The response to one of our requests."""

    sequence: int
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No response came in time, or can come any more: the fate of the request is unknown."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over; write what is outgoing, then close the connection."""

    reason: str


Event = Received | Answered | Unanswered | Closed


class Session:
    """One session. Requests that await their response are known before their bytes are handed out."""

    def __init__(self, role: Role, timers: Timers, now: float, sequence: int = 0) -> None:
        self.role = role
        self.mode = Mode.OPEN
        self._timers = timers
        self._framer = Framer()
        self._sequence = sequence
        self._pending: dict[int, tuple[int, float]] = {}
        self._bytes = bytearray()
        self._heard = self._opened = now
        self._begun: float | None = None  # when the PDU began that is not complete yet
        self._deaf = False

    @property
    def closed(self) -> bool:
        """Whether the session is over."""
        return self.mode is Mode.CLOSED

    @property
    def pending(self) -> int:
        """Requests of ours that await their response, keep-alives not counted."""
        return sum(command != Command.ENQUIRE_LINK for command, _ in self._pending.values())

    def outgoing(self) -> bytes:
        """The bytes to write; each is handed out once."""
        data = bytes(self._bytes)
        self._bytes.clear()
        return data

    def request(self, command: int, body: Body, now: float) -> int:
        """Say something and await its response; the sequence number. Raises ValueError for what does not fit."""
        sequence = self._next_sequence()
        data = encode(Pdu(command, Status.OK, sequence, body))
        self._pending[sequence] = (command, now + self._timers.response)
        self._bytes += data
        return sequence

    def reply(self, request: Pdu, status: int, body: Body | None = None) -> None:
        """Answer a request. A failed bind or submit has no body (4.1.2, 4.4.2)."""
        if self.mode is Mode.CLOSED:
            return
        plain = Empty() if body is None else body
        self._bytes += encode(Pdu(request.command | RESPONSE, status, request.sequence, plain))
        if request.command in _BINDS and status == Status.OK:
            self.mode = Mode(_BINDS[Command(request.command)])

    def receive(self, data: bytes, now: float) -> list[Event]:
        """What these bytes mean."""
        if self.mode is Mode.CLOSED:
            return []
        self._heard = now
        events: list[Event] = []
        try:
            for frame in self._framer.feed(data):
                self._begun = None
                try:
                    events += self._accept(decode(frame))
                except BodyError as fault:
                    events += self._answer_fault(fault)
                if self.closed:
                    break
        except FramingError as error:
            events += self.close(str(error))
        if self._framer.unfinished and self._begun is None:
            self._begun = now
        elif not self._framer.unfinished:
            self._begun = None
        return events

    def pause(self) -> None:
        """We read nothing for a while: whatever is not heard meanwhile is not the peer's fault."""
        self._deaf = True

    def resume(self, now: float) -> None:
        """We read again; every timer begins anew."""
        self._deaf = False
        self._heard = now
        self._begun = None if self._begun is None else now
        self._pending = {
            sequence: (command, max(until, now + self._timers.response))
            for sequence, (command, until) in self._pending.items()
        }

    def on_time(self, now: float) -> list[Event]:
        """What has become too late. Call it at `deadline`, or whenever you like."""
        if self.mode is Mode.CLOSED or self._deaf:
            return []
        if self.mode is Mode.OPEN and now - self._opened >= self._timers.bind:
            return self.close("not bound in time")
        if now - self._heard >= self._timers.inactivity:
            return self.close("nothing heard of the peer")
        if self._begun is not None and now - self._begun >= self._timers.read:
            return self.close("a PDU was not finished in time")
        events: list[Event] = []
        late = [sequence for sequence, (_, until) in self._pending.items() if now >= until]
        for sequence in late:
            command, _ = self._pending.pop(sequence)
            if command == Command.ENQUIRE_LINK:
                return events + self.close("the peer does not answer")
            events.append(Unanswered(sequence))
        alive = any(command == Command.ENQUIRE_LINK for command, _ in self._pending.values())
        if self.mode is not Mode.OPEN and not alive and now - self._heard >= self._timers.enquire:
            self.request(Command.ENQUIRE_LINK, Empty(), now)
        return events

    def deadline(self) -> float:
        """When `on_time` has something to do at the latest."""
        if self._deaf:
            return math.inf
        times = [self._heard + self._timers.inactivity]
        for (
            _,
            until,
        ) in self._pending.values():  # each got as long as the others: the first one asked is due first
            times.append(until)
            break
        if self._begun is not None:
            times.append(self._begun + self._timers.read)
        times.append(
            self._opened + self._timers.bind if self.mode is Mode.OPEN else self._heard + self._timers.enquire
        )
        return min(times)

    def close(self, reason: str) -> list[Event]:
        """End the session; whatever awaits a response has an unknown fate."""
        if self.mode is Mode.CLOSED:
            return []
        self.mode = Mode.CLOSED
        lost = [
            sequence for sequence, (command, _) in self._pending.items() if command != Command.ENQUIRE_LINK
        ]
        self._pending.clear()
        return [*(Unanswered(sequence) for sequence in lost), Closed(reason)]

    def _next_sequence(self) -> int:
        self._sequence = self._sequence % _MAX_SEQUENCE + 1
        while self._sequence in self._pending:
            self._sequence = self._sequence % _MAX_SEQUENCE + 1
        return self._sequence

    def _accept(self, pdu: Pdu) -> list[Event]:
        if pdu.command & RESPONSE:
            return self._response(pdu)
        if pdu.command not in _KNOWN:
            self._bytes += encode(Pdu(Command.GENERIC_NACK, Status.INVALID_COMMAND, pdu.sequence, Empty()))
            return []
        if pdu.command == Command.ENQUIRE_LINK:
            self.reply(pdu, Status.OK)
            return []
        if pdu.command == Command.UNBIND and self.mode is not Mode.OPEN:
            self.reply(pdu, Status.OK)
            return self.close("unbound by the peer")
        if pdu.command not in _WELCOME[self.role, self.mode]:
            bound = pdu.command in _BINDS and self.role is Role.SMSC
            self.reply(pdu, Status.ALREADY_BOUND if bound else Status.INVALID_BIND_STATE)
            return []
        return [Received(pdu)]

    def _response(self, pdu: Pdu) -> list[Event]:
        """Pair a response; one that nobody awaits (late, doubled, invented) is not an event."""
        command, _ = self._pending.get(pdu.sequence, (None, 0.0))
        nack = pdu.command == Command.GENERIC_NACK
        if command is None or (not nack and pdu.command != command | RESPONSE):
            return []
        del self._pending[pdu.sequence]
        if command == Command.ENQUIRE_LINK:
            return []
        if command == Command.UNBIND:
            return self.close("unbound")
        if command in _BINDS and pdu.status == Status.OK and not nack:
            self.mode = Mode(_BINDS[Command(command)])
        return [Answered(pdu.sequence, pdu)]

    def _answer_fault(self, fault: BodyError) -> list[Event]:
        """A body that cannot be read: a request is refused, a response leaves its request's fate unknown."""
        if fault.command & RESPONSE:
            known = self._pending.pop(fault.sequence, None)
            return [Unanswered(fault.sequence)] if known is not None else []
        self.reply(Pdu(fault.command, 0, fault.sequence, Empty()), fault.status, _bodiless(fault.command))
        return []


def _bodiless(command: int) -> Body:
    """deliver_sm_resp keeps its empty message_id whatever the status (4.6.2)."""
    return MessageResp() if command == Command.DELIVER_SM else Empty()
