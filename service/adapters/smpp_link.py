"""The link to a message centre over SMPP 3.4, as an ESME bound as transceiver.

Rule 1: this file alone knows that the link is SMPP: binds, parts, throttling, receipts. How fast: `smpp_pace`.
Rule 2: it never looks into a text and keeps nothing: parts are kept by the port `Segments`.

    connect -> bind -> serve until lost -> pause, longer each time, never in step with others -> connect
"""

import asyncio
import contextlib
import itertools
import math
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from service.adapters.smpp_pace import Pace
from service.ports.sms import Fate, InboundSms, OnInbound, OutboundSms, Segments, Submitted
from service.ports.tally import Tally
from service.smpp.connection import Connection, LostError
from service.smpp.parts import Fragment, LongMessages, fragment, join, messages
from service.smpp.pdus import Bind, Command, Message, MessageResp, Pdu, Status
from service.smpp.receipts import Receipt, receipt_of
from service.smpp.session import Mode, Role, Timers
from service.smpp.text import TextError

__all__ = ["SmppLink", "SmppSettings", "trusting"]

_THROTTLED = {Status.THROTTLED, Status.QUEUE_FULL}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_STEADY = 10.0  # seconds bound after which a lost link is no series of losses
_URGENT = 3600.0  # seconds: what is worth sending for a day or a week waits behind what somebody waits for
_IN_HAND = (
    10.0  # seconds for inbound texts that are being handled; twice what a store may take for one answer
)
_GOODBYE = 3.0  # seconds for answers that are under way when we unbind


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """One bind. `segments_per_second` counts short messages, since that is what a centre counts."""

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    window: int = 100
    segments_per_second: int = 1000
    default_alphabet: Literal["gsm", "latin1"] = "gsm"
    long_messages: LongMessages = "udh"
    receipts: bool = False
    timers: Timers = Timers()
    tls: ssl.SSLContext | None = None


def trusting(ca_file: Path | None) -> ssl.SSLContext:
    """TLS to a centre whose certificate is for its name and of these authorities. Raises OSError for no such file."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class SmppLink:
    """Implements `ports.sms.SmsLink`; `run` keeps it bound, `stop` unbinds."""

    def __init__(
        self,
        settings: SmppSettings,
        segments: Segments,
        tally: Tally,
        chance: Callable[[], float],
        on_report: Callable[[Receipt], None] = lambda _: None,
    ) -> None:
        self._on_report = on_report
        self._settings = settings
        self._on_inbound: OnInbound | None = None
        self._segments = segments
        self._tally = tally
        self._chance = chance
        self._connection: Connection | None = None
        self._bound = asyncio.Event()
        self._pace = Pace(settings.window, settings.segments_per_second)
        first = int(chance() * 256)  # or two processes, or two starts, would name parts of two texts alike
        self._references = itertools.cycle([*range(first, 256), *range(first)])
        self._in_hand: set[asyncio.Task[None]] = set()  # inbound texts
        self._refusing = False
        self._stopping = False

    @property
    def bound(self) -> bool:
        """Whether the centre takes our texts now."""
        return self._bound.is_set()

    async def wait_bound(self) -> None:
        """Wait until the bind is up."""
        await self._bound.wait()

    async def run(self, on_inbound: OnInbound) -> None:
        """Keep the bind up until `stop`; every inbound text goes to the handler."""
        self._on_inbound = on_inbound
        pause, clock = _FIRST_PAUSE, asyncio.get_running_loop().time
        while not self._stopping:
            begun = clock()
            if await self._serve() and clock() - begun >= _STEADY:
                pause = _FIRST_PAUSE
            if not self._stopping:
                await asyncio.sleep(pause * (0.5 + self._chance()))
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def refuse(self) -> None:
        """No inbound text is taken any more, the centre keeps them; those in hand are finished, at most so long."""
        self._refusing = True
        if self._in_hand:
            await asyncio.wait(set(self._in_hand), timeout=_IN_HAND)

    async def stop(self) -> None:
        """Nothing new goes out; what is under way gets its answer; then unbind, and `run` returns."""
        self._stopping = True
        if self._connection is not None:
            await self._connection.answered(_GOODBYE)
            await self._connection.unbind()

    async def send(self, sms: OutboundSms) -> Submitted:
        """See `ports.sms.SmsLink`."""
        template = Message(
            source=sms.sender,
            destination=sms.recipient,
            octets=b"",
            source_ton=0,
            source_npi=1,
            destination_ton=1,
            destination_npi=1,
            registered_delivery=int(self._settings.receipts),
        )
        settings = self._settings
        parts = messages(
            template,
            sms.text,
            next(self._references),
            settings.long_messages,
            default=settings.default_alphabet,
        )
        until = None if sms.patience == math.inf else asyncio.get_running_loop().time() + sms.patience
        identifiers: list[str] = []
        for number, part in enumerate(parts):
            answer = await self._submitted(part, until, urgent=sms.patience <= _URGENT)
            if isinstance(answer, Fate):  # with a part gone out, nobody knows what the handset will show
                return Submitted(Fate.UNKNOWN if number else answer, tuple(identifiers))
            if answer.status != Status.OK or answer.command == Command.GENERIC_NACK:
                return Submitted(Fate.REFUSED, tuple(identifiers), answer.status)
            identifiers.append(answer.body.message_id if isinstance(answer.body, MessageResp) else "")
        return Submitted(Fate.ACCEPTED, tuple(identifiers))

    async def _submitted(self, part: Message, until: float | None, *, urgent: bool) -> Pdu | Fate:
        """One short message's response, or what its missing one means."""
        while True:
            try:
                async with asyncio.timeout_at(until):
                    connection = await self._turn(urgent=urgent)
            except TimeoutError:
                return Fate.LATE
            if connection is None:
                return Fate.UNSENT
            try:
                answer = await connection.ask(Command.SUBMIT_SM, part)
            except LostError:
                return Fate.UNKNOWN
            finally:
                self._pace.give_back()
            if answer.status not in _THROTTLED:
                self._pace.accepted()
                return answer
            self._tally.count("link", "throttled")
            self._pace.throttled()

    async def _turn(self, *, urgent: bool) -> Connection | None:
        """A bind that takes a short message now; its turn has to be given back. None once we stop."""
        while not self._stopping:
            await self._bound.wait()
            await self._pace.take(urgent=urgent)
            connection = self._connection
            if connection is not None and not connection.session.closed and not self._stopping:
                return connection
            self._pace.give_back()
            self._bound.clear()  # it is over before `_serve` has noticed: nothing of this text was written
        return None

    async def _serve(self) -> bool:
        """One connection from its beginning to its end; whether it was ever bound."""
        settings = self._settings
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(settings.host, settings.port, ssl=settings.tls), settings.timers.bind
            )
        except ssl.SSLError:
            self._tally.count("link", "untrusted")
            return False
        except (OSError, TimeoutError):
            self._tally.count("link", "unreachable")
            return False
        connection = Connection(reader, writer, Role.ESME, settings.timers, self._requested)
        served = asyncio.create_task(connection.run())
        bound = await self._bind(connection)
        if bound:
            self._connection = connection
            self._bound.set()
            self._tally.count("link", "bound")
            if self._stopping:
                await connection.unbind()
        else:
            connection.abort()
        await served
        self._bound.clear()
        self._connection = None
        self._tally.count("link", "lost" if bound else "bind_refused")
        return bound

    async def _bind(self, connection: Connection) -> bool:
        request = Bind(self._settings.system_id, self._settings.password)
        with contextlib.suppress(LostError):
            answer = await connection.ask(Command.BIND_TRANSCEIVER, request)
            return answer.status == Status.OK and connection.session.mode is Mode.TRANSCEIVER
        return False

    async def _requested(self, connection: Connection, pdu: Pdu) -> None:
        """A deliver_sm: answered after its text is safe; "again later" if it could not be made safe."""
        message = pdu.body
        if not isinstance(message, Message):
            return
        status = Status.OK
        if receipt := receipt_of(message):
            self._tally.count("receipt", receipt.state.value)
            self._on_report(receipt)
        elif self._refusing:
            status = Status.TEMPORARY_ERROR
        else:
            status = await self._safe(message)
        connection.answer(pdu, status, MessageResp())

    async def _safe(self, message: Message) -> Status:
        task, begun = asyncio.current_task(), asyncio.get_running_loop().time()
        if task is not None:
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
        try:
            if await self._inbound(message):
                self._tally.took("answer", asyncio.get_running_loop().time() - begun)
        except TextError:
            self._tally.count("received", "unreadable")
        except Exception:  # noqa: BLE001 - whatever it was: not safe, so the centre keeps the message
            self._tally.count("received", "not_safe")
            return Status.TEMPORARY_ERROR
        return Status.OK

    async def _inbound(self, message: Message) -> bool:
        """Whether it was a whole text, or the last part of one."""
        part = fragment(message)
        if part.concat is None:
            await self._joined(message, part, (part.octets,))
            return True
        reference = part.reference(message.source, message.destination)
        octets = await self._segments.keep(reference, part.concat.number, part.concat.total, part.octets)
        if octets is not None:
            await self._joined(message, part, octets)
            await self._segments.drop(reference)
        return octets is not None

    async def _joined(self, message: Message, part: Fragment, octets: tuple[bytes, ...]) -> None:
        text = join(octets, part.data_coding, default=self._settings.default_alphabet)
        if self._on_inbound is not None:
            await self._on_inbound(InboundSms(message.source, message.destination, text))
