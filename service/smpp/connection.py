"""An asyncio stream with an SMPP session on it, for both ends.

Rule 1: this file alone moves bytes between a stream and a session, and turns responses into awaitable answers.
Rule 2: it decides nothing, opens nothing and reconnects nothing: the stream is given to it.

Whatever is said within one turn of the loop is written at its end, in one piece: a write costs as much as the PDU in it.

It is the one file of this package that is not pure: service and simulator would else each write it again.
"""

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable

from service.smpp.pdus import Body, Command, Empty, Pdu
from service.smpp.session import Answered, Closed, Event, Received, Role, Session, Timers, Unanswered

__all__ = ["Connection", "LostError"]

_READ = 65_536
_HIGH_WATER = 1 << 20  # octets that may wait for a slow peer before we stop reading from it
_GOODBYE = 2.0  # seconds for the last octets
_MOST_REQUESTS = 1000  # requests of the peer in hand at once; then we stop reading until one is done


class LostError(Exception):
    """The link was lost, or no response came in time: what happened to the request is unknown."""


class Connection:
    """Runs a session until it closes. `on_request` is called for each request of the peer, in their order."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        role: Role,
        timers: Timers,
        on_request: Callable[["Connection", Pdu], Awaitable[None]],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self.session = Session(role, timers, self._clock())
        self._on_request = on_request
        self._answers: dict[int, asyncio.Future[Pdu]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()
        self._until = 0.0  # when the watch looks at the session's timers next
        self._writing = False  # whether what is said now is written at the end of this turn of the loop
        writer.transport.set_write_buffer_limits(high=_HIGH_WATER)

    async def ask(self, command: Command, body: Body) -> Pdu:
        """Say something and wait for its response. Raises LostError."""
        if self.session.closed:
            raise LostError
        sequence = self.session.request(command, body, self._clock())
        future: asyncio.Future[Pdu] = self._loop.create_future()
        self._answers[sequence] = future
        self._flush()
        await self._drain()
        return await future

    def answer(self, request: Pdu, status: int, body: Body | None = None) -> None:
        """Answer a request of the peer."""
        self.session.reply(request, status, body)
        self._flush()

    async def run(self) -> str:
        """Read until the session is over; why it is. Requests being handled then are handled to their end."""
        timer = asyncio.create_task(self._watch())
        reason = "the connection was lost"
        try:
            while not self.session.closed:
                data = await self._reader.read(_READ)
                if not data:
                    break
                reason = self._handle(self.session.receive(data, self._clock())) or reason
                self._flush()
                await self._drain()
                await self._catch_up()
        except OSError:
            reason = "the connection was lost"
        finally:
            timer.cancel()
            self._handle(self.session.close(reason))
            self._write()
            await self._left()
        return reason

    async def _catch_up(self) -> None:
        """With too many requests in hand we stop reading until one is done; the timers know that it is us."""
        if len(self._tasks) < _MOST_REQUESTS:
            return
        self.session.pause()
        while len(self._tasks) >= _MOST_REQUESTS:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        self.session.resume(self._clock())
        self._moved.set()

    async def _left(self) -> None:
        """Close; a peer that does not even take our last octets is cut off."""
        self._writer.close()
        try:
            await asyncio.wait_for(self._writer.wait_closed(), _GOODBYE)
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def answered(self, seconds: float) -> None:
        """Wait until nothing of ours awaits its response, at most so long."""
        if self._answers:
            await asyncio.wait(set(self._answers.values()), timeout=seconds)

    async def unbind(self) -> None:
        """Say goodbye; `run` ends with the peer's answer or its silence."""
        if not self.session.closed:
            self.session.request(Command.UNBIND, Empty(), self._clock())
            self._flush()

    def abort(self) -> None:
        """Cut the connection."""
        self._writer.transport.abort()

    def write_raw(self, data: bytes) -> None:
        """Octets as they are, for a simulator's faults."""
        self._write()
        self._writer.write(data)

    def _handle(self, events: list[Event]) -> str | None:
        reason = None
        for event in events:
            match event:
                case Received(pdu):
                    task = asyncio.create_task(self._requested(pdu))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
                case Answered(sequence, pdu):
                    self._settle(sequence, pdu)
                case Unanswered(sequence):
                    self._settle(sequence, None)
                case Closed(why):
                    reason = why
                    self._moved.set()
        return reason

    async def _requested(self, pdu: Pdu) -> None:
        await self._on_request(self, pdu)

    def _settle(self, sequence: int, pdu: Pdu | None) -> None:
        future = self._answers.pop(sequence, None)
        if future is None or future.done():
            return
        if pdu is None:
            future.set_exception(LostError())
        else:
            future.set_result(pdu)

    def _flush(self) -> None:
        """Write soon what the session has to say, and let the watch know where it would look too late."""
        if not self._writing:
            self._writing = True
            self._loop.call_soon(self._write)
        if self.session.deadline() < self._until:
            self._moved.set()

    def _write(self) -> None:
        self._writing = False
        data = self.session.outgoing()
        if data and not self._writer.is_closing():
            self._writer.write(data)

    async def _drain(self) -> None:
        """Wait for a peer that reads more slowly than we write; a lost one shows in the reader."""
        with contextlib.suppress(OSError):
            await self._writer.drain()

    async def _watch(self) -> None:
        """Let the session's timers run."""
        while not self.session.closed:
            self._moved.clear()
            self._until = self.session.deadline()
            wait = max(0.0, self._until - self._clock())
            try:
                await asyncio.wait_for(self._moved.wait(), None if wait == math.inf else wait)
            except TimeoutError:
                self._handle(self.session.on_time(self._clock()))
                self._write()
                if self.session.closed:
                    self._writer.transport.abort()
