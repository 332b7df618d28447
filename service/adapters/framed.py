"""Numbered requests and their answers over a unix socket, whatever they say.

Rule 1: who has connected is told by the system (SO_PEERCRED, unix(7)), before a word is read, and never by the peer.
Rule 2: a body is opaque here; what is no frame, or no request, ends its own connection and nobody else's.

    length (4) | number (4) | body            both ways; an answer bears its request's number, in any order
"""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

__all__ = ["ALONE", "FOR_ALL", "FramedClient", "FramedServer", "GoneError", "own_user"]

_Peer = TypeVar("_Peer")

ALONE, FOR_ALL = 0o600, 0o666
"""Modes of a socket: one that every user may open is guarded by who opens it, one without other callers by its mode too."""

_NUMBER = 4
_MOST = 1 << 24  # octets of a frame
_UNDER_WAY = 1000  # requests of one peer at a time; it waits then
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid


class GoneError(Exception):
    """The other process has gone away; whether it had done anything is not known."""


def own_user(user: int) -> bool:
    """Whether a user is the one that this process runs as."""
    return user == os.getuid()


class FramedServer(Generic[_Peer]):
    """Answers until it is closed. `known` tells what a user's number means; a peer that means nothing is let go."""

    def __init__(
        self,
        path: Path,
        mode: int,
        known: Callable[[int], _Peer],
        answer: Callable[[bytes, _Peer], Awaitable[bytes]],
    ) -> None:
        """`answer` may raise ValueError for a body that is no request."""
        self._path = path
        self._mode = mode
        self._known = known
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. The caller holds a lock, so a socket that lies there is a dead one's. Raises OSError."""
        self._path.unlink(missing_ok=True)
        before = os.umask(0o777 & ~self._mode)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = self._known(_user(writer))
        self._serving[writer] = asyncio.current_task()
        turns = asyncio.Semaphore(_UNDER_WAY)
        try:
            while peer:
                number, body = await _frame(reader)
                await turns.acquire()
                task = asyncio.create_task(self._answered(number, body, peer, writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(lambda _: turns.release())
        except (OSError, EOFError, ValueError):
            return  # the peer is gone, or speaks another language
        finally:
            self._serving.pop(writer, None)
            writer.close()

    async def _answered(self, number: int, body: bytes, peer: _Peer, writer: asyncio.StreamWriter) -> None:
        try:
            said = await self._answer(body, peer)
        except ValueError:
            writer.close()
            return
        with contextlib.suppress(OSError, RuntimeError):  # gone meanwhile
            writer.write(_framed(number, said))
            await writer.drain()

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        serving = [task for task in self._serving.values() if task is not None]
        for writer in list(self._serving):
            writer.close()
        if serving:
            await asyncio.wait(serving)


class FramedClient:
    """Asks another process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._number = 0
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def connect(cls, path: Path) -> "FramedClient":
        """Raises OSError where nobody listens."""
        return cls(*await asyncio.open_unix_connection(path))

    @property
    def gone(self) -> bool:
        """Whether the other process has gone away."""
        return self._reading.done()

    async def call(self, body: bytes) -> bytes:
        """Ask, and wait for the answer. Raises GoneError."""
        if self.gone:
            raise GoneError
        self._number = (self._number + 1) % (1 << 8 * _NUMBER)
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = future
        self._writer.write(_framed(self._number, body))
        return bytes(await future)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Answers, until there are no more; whoever waits then is told."""
        try:
            while True:
                number, body = await _frame(reader)
                future = self._waiting.pop(number)
                if not future.done():
                    future.set_result(body)
        except (OSError, EOFError, ValueError, KeyError):
            return
        finally:
            self._writer.close()
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(GoneError())
            self._waiting.clear()

    async def close(self) -> None:
        """Let go."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.wait({self._reading})


def _framed(number: int, body: bytes) -> bytes:
    return (_NUMBER + len(body)).to_bytes(4) + number.to_bytes(_NUMBER) + body


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    length = int.from_bytes(await reader.readexactly(4))
    if not _NUMBER < length <= _MOST:
        raise ValueError("no frame")
    octets = await reader.readexactly(length)
    return int.from_bytes(octets[:_NUMBER]), octets[_NUMBER:]


def _user(writer: asyncio.StreamWriter) -> int:
    peer = writer.get_extra_info("socket")
    _, user, _ = _CREDENTIALS.unpack(
        peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return int(user)
