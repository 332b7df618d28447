"""The centre's SMPP side: ESMEs bind here, submit texts to handsets and are delivered what handsets send.

Rule 1: this file alone speaks SMPP for the simulator, and commits the faults that were asked for.
Rule 2: it keeps no messages; `centre` does.
"""

import asyncio
import contextlib
import itertools
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from service.smpp.codec import encode
from service.smpp.connection import Connection, LostError
from service.smpp.parts import LongMessages, fragment, join, messages
from service.smpp.pdus import RESPONSE, Bind, BindResp, Command, Message, MessageResp, Pdu, Status, Tag
from service.smpp.session import Mode, Role, Timers
from service.smpp.text import TextError
from sms_gateway_sim.centre import Centre, OriginatedSms, UnknownHandsetError
from sms_gateway_sim.faults import Direction, FaultBox
from sms_gateway_sim.receipts import receipt, wants_receipt

__all__ = ["Account", "SmscServer"]

_RETRY_SECONDS = 0.5
_RETRIES = 240  # two minutes; then the centre gives a text up, as a real one does after days
_MOST_RECEIPTS = 1000  # under way at once
_UNFINISHED = 1000  # texts whose parts wait for each other


@dataclass(frozen=True, slots=True)
class Account:
    """Who may bind, as whom, how often, and which short codes lead to it (none: all)."""

    system_id: str
    password: str = field(repr=False)
    short_codes: frozenset[str] = frozenset()
    binds: int = 16
    window: int = 100  # texts for it that await their acknowledgement, for each bind

    def serves(self, short_code: str) -> bool:
        """Whether texts to this code are its."""
        return not self.short_codes or short_code in self.short_codes


@dataclass(frozen=True, slots=True)
class _Bound:
    """One bind."""

    account: Account
    window: asyncio.Semaphore


class SmscServer:
    """An SMPP 3.4 message centre on TCP; the centre's route to ESMEs."""

    def __init__(
        self,
        centre: Centre,
        accounts: list[Account],
        faults: FaultBox,
        *,
        timers: Timers | None = None,
        clock: Callable[[], float],
        long_messages: LongMessages = "udh",
    ) -> None:
        self._centre = centre
        self._accounts = {account.system_id: account for account in accounts}
        self._faults = faults
        self._timers = timers or Timers(bind=10, response=5, enquire=30, inactivity=120)
        self._clock = clock
        self._long_messages: LongMessages = long_messages
        self._server: asyncio.Server | None = None
        self._bound: dict[Connection, _Bound] = {}
        self._connections: dict[Connection, asyncio.Task[None] | None] = {}
        self._turn = itertools.count()
        self._references = itertools.cycle(range(256))
        self._identifiers = itertools.count(1)
        self._parts: OrderedDict[bytes, dict[int, bytes]] = OrderedDict()
        self._receipts: set[asyncio.Task[None]] = set()
        self._held: list[tuple[OriginatedSms, asyncio.Future[bool]]] = []
        centre.attach(self)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            raise RuntimeError("not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def bound(self) -> int:
        """How many ESMEs are bound."""
        return len(self._bound)

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, host, port)

    async def stop(self) -> None:
        """Stop listening and cut all connections."""
        if self._server is not None:
            self._server.close()
        tasks = [task for task in self._connections.values() if task is not None]
        for connection in list(self._connections):
            connection.abort()
        await asyncio.gather(*tasks, *self._receipts)
        if self._server is not None:
            await self._server.wait_closed()

    async def deliver(self, sms: OriginatedSms) -> bool:
        """Bring a handset's text to an ESME; again and again until one says that it is safe."""
        faults = self._faults
        await self._delayed("deliver")
        if faults.take("deliver", "drop"):
            return False
        if faults.take("deliver", "reorder"):
            held: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._held.append((sms, held))
            return await held
        done = await self._delivered(sms)
        if faults.take("deliver", "duplicate"):
            await self._delivered(sms)
        while self._held:
            late, waiting = self._held.pop(0)
            waiting.set_result(await self._delivered(late))
        return done

    async def _delayed(self, direction: Direction) -> None:
        if seconds := self._faults.of(direction).delay_seconds:
            await asyncio.sleep(seconds)

    async def _delivered(self, sms: OriginatedSms) -> bool:
        template = Message(source=sms.sender, destination=sms.recipient, octets=b"", destination_ton=0)
        for part in messages(template, sms.text, next(self._references), self._long_messages):
            if not await self._acknowledged(part):
                return False
        return True

    async def _acknowledged(self, part: Message) -> bool:
        for _ in range(_RETRIES):
            connection = self._receiver(part.destination)
            if connection is not None:
                if self._faults.take("deliver", "truncate"):
                    whole = encode(Pdu(Command.DELIVER_SM, 0, 0x7FFFFFFF, part))
                    connection.write_raw(len(whole[:-3]).to_bytes(4) + whole[4:-3])
                if self._faults.take("deliver", "lose_link"):
                    connection.write_raw(encode(Pdu(Command.DELIVER_SM, 0, 1, part))[:20])
                    connection.abort()
                    continue
                try:
                    answer = await self._ask(connection, part)
                except LostError:
                    continue  # no acknowledgement: the same text again, as SMPP centres do
                if answer.status == Status.OK:
                    return True
            await asyncio.sleep(_RETRY_SECONDS)
        return False

    async def _ask(self, connection: Connection, message: Message) -> Pdu:
        """Deliver, in the bind's window. Raises LostError."""
        bind = self._bound.get(connection)
        if bind is None:
            raise LostError
        async with bind.window:
            return await connection.ask(Command.DELIVER_SM, message)

    def _ready(self) -> list[Connection]:
        """Who may be delivered texts."""
        return [one for one in self._bound if one.session.mode in {Mode.RECEIVER, Mode.TRANSCEIVER}]

    def _receiver(self, short_code: str) -> Connection | None:
        """The bound ESMEs of a short code take turns."""
        return self._next([one for one in self._ready() if self._bound[one].account.serves(short_code)])

    def _next(self, connections: list[Connection]) -> Connection | None:
        return connections[next(self._turn) % len(connections)] if connections else None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(reader, writer, Role.SMSC, self._timers, self._requested)
        self._connections[connection] = asyncio.current_task()
        try:
            await connection.run()
        finally:
            del self._connections[connection]
            self._bound.pop(connection, None)

    async def _requested(self, connection: Connection, pdu: Pdu) -> None:
        match pdu.body:
            case Bind():
                status = self._admitted(pdu.body)
                body = BindResp("sms-gateway-sim", ((int(Tag.INTERFACE_VERSION), b"\x34"),))
                connection.answer(pdu, status, body if status == Status.OK else None)
                if status == Status.OK:
                    account = self._accounts[pdu.body.system_id]
                    self._bound[connection] = _Bound(account, asyncio.Semaphore(account.window))
            case Message():
                await self._submitted(connection, pdu, pdu.body)

    def _admitted(self, bind: Bind) -> Status:
        account = self._accounts.get(bind.system_id)
        if account is None:
            return Status.INVALID_SYSTEM_ID
        if account.password != bind.password:
            return Status.INVALID_PASSWORD
        taken = sum(bind.account is account for bind in self._bound.values())
        return Status.OK if taken < account.binds else Status.BIND_FAILED

    async def _submitted(self, connection: Connection, pdu: Pdu, message: Message) -> None:
        faults = self._faults
        await self._delayed("submit")
        if faults.take("submit", "drop"):
            return
        if faults.take("submit", "throttle"):
            connection.answer(pdu, Status.THROTTLED)
            return
        if faults.take("submit", "vendor_count"):
            connection.answer(pdu, faults.of("submit").vendor_status)
            return
        if wants_receipt(message) and len(self._receipts) >= _MOST_RECEIPTS:
            connection.answer(pdu, Status.QUEUE_FULL)  # it does not acknowledge those that it has
            return
        status = self._received(message)
        if status == Status.OK and faults.take("submit", "duplicate"):
            self._received(message)
        if faults.take("submit", "no_response"):
            return
        identifier = f"{next(self._identifiers):08X}"
        if faults.take("submit", "truncate") or faults.of("submit").lose_link:
            whole = encode(Pdu(pdu.command | RESPONSE, 0, pdu.sequence, MessageResp(identifier)))
            if faults.take("submit", "lose_link"):
                connection.write_raw(whole[:10])
                connection.abort()
                return
            connection.write_raw(len(whole[:-3]).to_bytes(4) + whole[4:-3])
            return
        connection.answer(pdu, status, MessageResp(identifier) if status == Status.OK else None)
        if status == Status.OK and wants_receipt(message):
            self._soon(self._receipt(connection, receipt(message, identifier, self._clock())))

    def _received(self, message: Message) -> Status:
        """A short message for a handset; its text is there once all its parts are."""
        try:
            part = fragment(message)
            octets: tuple[bytes, ...] = (part.octets,)
            parts = 1
            if part.concat is not None:
                kept = self._kept(part.reference(message.source, message.destination))
                kept[part.concat.number] = part.octets
                if len(kept) < part.concat.total:
                    return Status.OK
                octets, parts = tuple(kept[number] for number in sorted(kept)), part.concat.total
                del self._parts[part.reference(message.source, message.destination)]
            text = join(octets, part.data_coding)
            self._centre.receive(message.source, message.destination, text, parts)
        except UnknownHandsetError:
            return Status.INVALID_DESTINATION
        except TextError:
            return Status.INVALID_LENGTH
        return Status.OK

    def _kept(self, reference: bytes) -> dict[int, bytes]:
        """The parts of a text so far; the oldest unfinished text gives way to a new one."""
        if reference not in self._parts and len(self._parts) >= _UNFINISHED:
            self._parts.popitem(last=False)
        return self._parts.setdefault(reference, {})

    def _soon(self, coroutine: Coroutine[None, None, None]) -> None:
        """In a task of its own: the submit is done with, or a peer that asks for many could not answer any."""
        task = asyncio.create_task(coroutine)
        self._receipts.add(task)
        task.add_done_callback(self._receipts.discard)

    async def _receipt(self, submitter: Connection, receipt: Message) -> None:
        """A receipt, back to whoever submitted: by the same bind, or by another one of its account."""
        bind = self._bound.get(submitter)
        if bind is None:
            return
        own = [connection for connection in self._ready() if self._bound[connection].account is bind.account]
        receiver = submitter if submitter in own else self._next(own)
        if receiver is None:
            return
        with contextlib.suppress(LostError):  # a receipt is a courtesy; a real centre may lose one too
            await self._ask(receiver, receipt)
