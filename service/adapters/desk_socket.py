"""The desk over a unix socket: staff asks, and the system says who asks.

Rule 1: a name comes from the operating system (SO_PEERCRED), never from a request; a request has no place for one.
Rule 2: what an act needs besides its role is decided behind the port.

    `itinerary admin` ~unix socket~ DeskServer -- may he? -- a Desk in his name
    answer    MessagePack [0, result]       or [1, one line why not]
"""

import fcntl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from service.adapters.framed import FOR_ALL, FramedClient, FramedServer, GoneError
from service.adapters.port_wire import Calls, Request, WireError, operations_of, read, written
from service.ports.desk import MAY_STAFF, Desk, DeskError, Member

__all__ = ["DeskClient", "DeskServer"]

_OPERATIONS = operations_of({"desk": Desk})
_CALLS = Calls(_OPERATIONS, {}, (DeskError,))  # who may ask is the table of the desk's own port


class _Answer(msgspec.Struct, array_like=True):
    error: int
    content: msgspec.Raw


class DeskServer:
    """Serves until it is closed. `members` tells who a user's number is; `refusals` are errors whose text may be shown."""

    def __init__(
        self,
        path: Path,
        members: Callable[[int], Member | None],
        desk_of: Callable[[str], Desk],
        refusals: tuple[type[Exception], ...],
        mode: int = FOR_ALL,
    ) -> None:
        self._desk_of = desk_of
        self._refusals = refusals
        self._path = path
        self._lock: IO[bytes] | None = None
        self._server: FramedServer[Member | None] = FramedServer(path, mode, members, self._answer)

    async def start(self) -> None:
        """Listen; where another process of this machine does already, it stays the one. Raises DeskError."""
        try:
            self._lock = self._path.with_name(self._path.name + ".lock").open("ab")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        except OSError as error:
            raise DeskError(f"{self._path}: no lock can be made beside it ({error.strerror})") from None
        try:
            await self._server.start()
        except OSError as error:
            raise DeskError(f"{self._path}: no socket can be made there ({error.strerror})") from None

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        await self._server.close()
        if self._lock is not None:
            self._lock.close()

    async def _answer(self, body: bytes, member: Member | None) -> bytes:
        asked = read(body, Request)
        if member is None or not member.roles & MAY_STAFF.get(asked.operation, frozenset()):
            return _said(1, "your role may not do that; see `staff.users` in the configuration of the desk")
        try:
            given, named = _OPERATIONS[asked.operation].call(asked.arguments)
        except WireError:
            return _said(1, f"{asked.operation} takes other arguments; upgrade whichever side is older")
        try:
            call = getattr(self._desk_of(member.name), asked.operation)
            return _said(0, await call(*given, **named))
        except self._refusals as error:
            return _said(1, str(error))


def _said(error: int, content: object) -> bytes:
    return written(_Answer(error, msgspec.Raw(msgspec.msgpack.encode(content))))


class DeskClient:
    """A `Desk` that another process serves."""

    def __init__(self, asked: FramedClient) -> None:
        self._asked = asked
        for name in _OPERATIONS:
            setattr(self, name, partial(self._call, name))

    @classmethod
    async def connect(cls, path: Path) -> "DeskClient":
        """Raises DeskError where nobody listens."""
        try:
            return cls(await FramedClient.connect(path))
        except OSError:
            raise DeskError(f"{path}: no desk is served there; start `itinerary serve --role desk`") from None

    @property
    def desk(self) -> Desk:
        """The port."""
        return cast("Desk", self)

    async def _call(self, name: str, *arguments: object, **named: object) -> Any:
        called = _OPERATIONS[name]
        try:
            answer = read(await self._asked.call(_CALLS.request(name, arguments, named)), _Answer)
            if answer.error:
                raise DeskError(msgspec.msgpack.decode(answer.content, type=str))
            return called.answered(answer.content)
        except GoneError:
            raise DeskError("the desk has gone away, or this user is none of its staff") from None
        except WireError:
            raise DeskError("the desk speaks another version; upgrade") from None

    async def close(self) -> None:
        """Let go."""
        await self._asked.close()
