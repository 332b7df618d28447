"""The keys role over a unix socket: who connects is told by the system, and may call what their role may.

Rule 1: a caller's roles come from its operating-system user (SO_PEERCRED), never from what it says.
Rule 2: nothing is kept and nothing is decided here but who may call; a call's own checks are behind the ports.

    link, worker, web ... ~unix socket~ KeyServer -- may it? -- KeyService, CheckKeys
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from service.adapters.key_wire import (
    ERRORS,
    FRAME_MAX,
    OPERATIONS,
    Answer,
    Request,
    WireError,
    frame,
    read_answer,
    read_request,
)
from service.adapters.peer import peer_user
from service.adapters.redis_server import RedisServer
from service.ports.check_keys import CheckKeys
from service.ports.epochs import EpochKeeping
from service.ports.key_callers import MAY, Caller
from service.ports.keys import KeysError, KeyService
from service.ports.signing import Signing
from service.ports.store import StoreError

__all__ = ["GoneError", "Holding", "KeyClient", "KeyServer"]

_UNDER_WAY = 1000  # calls of one caller at a time; it waits then
_GONE = "the process that holds the keys has gone away; nothing was disclosed"


@dataclass(frozen=True, slots=True)
class Holding:
    """The keys role itself, the server of its key space, and what lets go of its device."""

    keys: KeyService
    checks: CheckKeys
    keeping: EpochKeeping
    signing: Signing
    server: RedisServer | None
    close: Callable[[], Awaitable[None]]

    def operation(self, name: str) -> Callable[..., Awaitable[Any]]:
        """One of the calls of its ports."""
        port = getattr(self, OPERATIONS[name].port)
        return cast("Callable[..., Awaitable[Any]]", getattr(port, name))


class GoneError(KeysError):
    """The process that was asked has gone away; whether it had done anything is not known."""


class KeyServer:
    """Serves the keys role until it is closed. `roles_of` tells what a user may be."""

    def __init__(self, holding: Holding, path: Path, roles_of: Callable[[int], frozenset[Caller]]) -> None:
        self._holding = holding
        self._path = path
        self._roles_of = roles_of
        self._server: asyncio.Server | None = None
        self._peers: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, mode: int) -> None:
        """Listen, with a socket of this mode; the caller holds the device alone. Raises KeysError."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o777 & ~mode)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=FRAME_MAX)
        except OSError as error:
            raise KeysError(f"{self._path}: no socket can be made there ({error.strerror})") from None
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        roles = self._roles_of(peer_user(writer))
        self._peers[writer] = asyncio.current_task()
        turns = asyncio.Semaphore(_UNDER_WAY)
        try:
            while roles:
                request = read_request(await _frame(reader))
                await turns.acquire()
                task = asyncio.create_task(self._answer(request, roles, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: turns.release())
        except (OSError, EOFError, WireError):
            return  # the peer is gone, or speaks another language
        finally:
            self._peers.pop(writer, None)
            writer.close()

    async def _answer(self, request: Request, roles: frozenset[Caller], writer: asyncio.StreamWriter) -> None:
        error, content = await self._called(request, roles)
        said = Answer(
            request.number,
            self._holding.keys.current_epoch,
            error,
            msgspec.Raw(msgspec.msgpack.encode(content)),
        )
        with contextlib.suppress(OSError, RuntimeError):  # gone meanwhile
            writer.write(frame(said))
            await writer.drain()

    async def _called(self, request: Request, roles: frozenset[Caller]) -> tuple[int, object]:
        """0 and the result, or an error's number and its text."""
        name = request.operation
        if not roles & MAY.get(name, frozenset()):
            return 1, "this role may not ask that of the keys role"
        try:
            given, named = OPERATIONS[name].call(request.arguments)
            return 0, await self._holding.operation(name)(*given, **named)
        except WireError as error:
            return 1, str(error)
        except ERRORS as error:
            which = next(place for place, kind in enumerate(ERRORS, 1) if isinstance(error, kind))
            return which, str(error)

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        serving = [task for task in self._peers.values() if task is not None]
        for writer in list(self._peers):
            writer.close()
        if serving:
            await asyncio.wait(serving)


class KeyClient:
    """Calls of the keys role that another process answers. `call` is what a port's stub is made of."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._number = 0
        self.epoch = 0
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def connect(cls, path: Path) -> "KeyClient":
        """Connect and learn the current epoch. Raises KeysError where nobody listens, or lets us in."""
        try:
            client = cls(*await asyncio.open_unix_connection(path, limit=FRAME_MAX))
        except OSError:
            raise KeysError(f"{path}: nobody serves the keys; start `itinerary serve --role keys`") from None
        with contextlib.suppress(KeysError, StoreError):  # a device that fails still tells the epoch
            await client.call("health")
        if not client.epoch:
            await client.close()
            raise KeysError(f"{path}: this user is no caller of the keys role; see keys.callers")
        return client

    @property
    def gone(self) -> bool:
        """Whether the other process has gone away."""
        return self._reading.done()

    async def call(self, operation: str, *arguments: object, **named: object) -> Any:
        """Ask, and wait for the answer. Raises KeysError, StoreError."""
        if self.gone:
            raise GoneError(_GONE)
        self._number = (self._number + 1) % (1 << 32)
        given = msgspec.msgpack.encode(
            [*arguments, *(named[name] for name in OPERATIONS[operation].keywords)]
        )
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = (operation, future)
        self._writer.write(frame(Request(self._number, operation, msgspec.Raw(given))))
        return await future

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Answers, until there are no more; whoever waits then is refused."""
        try:
            while True:
                answer = read_answer(await _frame(reader))
                self.epoch = answer.epoch
                operation, future = self._waiting.pop(answer.number)
                if not future.done():
                    _settle(future, operation, answer)
        except (OSError, EOFError, WireError, KeyError):
            return
        finally:
            self._writer.close()
            for _, future in self._waiting.values():
                if not future.done():
                    future.set_exception(GoneError(_GONE))
            self._waiting.clear()

    async def close(self) -> None:
        """Let go."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.wait({self._reading})


def _settle(future: asyncio.Future[Any], operation: str, answer: Answer) -> None:
    if answer.error == 0:
        future.set_result(OPERATIONS[operation].answered(answer.content))
        return
    kind = ERRORS[answer.error - 1] if answer.error <= len(ERRORS) else KeysError
    future.set_exception(kind(msgspec.msgpack.decode(answer.content, type=str)))


async def _frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4))
    if not 0 < length <= FRAME_MAX:
        raise WireError("no frame")
    return await reader.readexactly(length)
