"""The log over a unix socket: other processes append through the one that writes it.

Rule 1: how drafts and receipts go over the socket is decided here; a receipt comes only from the log behind it.
Rule 2: it keeps nothing. Who may append is told by the system's word who connects, never by what they say.

    request   length (4) | id (4) | count (2) | count x [generation (4) | index length (1) | index | entry length (2) | entry]
    answer    length (4) | id (4) | 0 | count x [position (8) | hash (32) | MAC (32)]        or 1 | the refusal, as text
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from service.adapters.peer import peer_user
from service.audit.tiles import ENTRY_BYTES_MAX
from service.ports.log import Draft, EntryReceipt, Log, LogError, LogTakenError

__all__ = ["LogClient", "LogServer"]

_FRAME_MAX = 1 << 24
_COUNT_MAX = 0xFFFF
_RECEIPT = 8 + 32 + 32
_GONE = "the process that writes the log has gone away, or takes nothing from this user; see keys.callers"
_PATH_MAX = 100  # the system's limit is 108


class LogServer:
    """Serves a log until it is closed."""

    def __init__(self, log: Log, path: Path, may: Callable[[int], bool], mode: int) -> None:
        self._log = log
        self._path = path
        self._may = may
        self._mode = mode
        self._server: asyncio.Server | None = None
        self._peers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. The caller holds the log's lock, so a socket that lies there is a dead one's. Raises LogError.

        Where the path is too long for a socket's name nobody listens: the log is this process's alone.
        """
        if len(bytes(self._path)) > _PATH_MAX:
            return
        self._path.unlink(missing_ok=True)
        before = os.umask(0o777 & ~self._mode)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        except OSError as error:
            raise LogError(f"{self._path}: no socket can be made there ({error.strerror})") from None
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._peers.add(writer)
        try:
            while self._may(peer_user(writer)):
                task = asyncio.create_task(self._answer(await _frame(reader), writer))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (OSError, EOFError, ValueError):
            return  # the peer is gone, or speaks another language
        finally:
            self._peers.discard(writer)
            writer.close()

    async def _answer(self, frame: bytes, writer: asyncio.StreamWriter) -> None:
        number, body = frame[:4], frame[4:]
        try:
            receipts = await self._log.append(_drafts(body))
            said = b"\0" + b"".join(one.position.to_bytes(8) + one.hash + one.mac for one in receipts)
        except LogError as error:
            said = b"\1" + str(error).encode()
        except (ValueError, IndexError):
            said = b"\1a request that is none"
        with contextlib.suppress(
            OSError, RuntimeError
        ):  # gone meanwhile: the entries stand without their acts
            writer.write((len(number) + len(said)).to_bytes(4) + number + said)
            await writer.drain()

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        for writer in list(self._peers):
            writer.close()


class LogClient:
    """A `Log` whose entries are written by another process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._waiting: dict[int, tuple[Sequence[Draft], asyncio.Future[list[EntryReceipt]]]] = {}
        self._number = 0
        self._reading = asyncio.create_task(self._read(reader))

    @classmethod
    async def connect(cls, path: Path) -> "LogClient":
        """Raises LogTakenError where nobody listens."""
        try:
            return cls(*await asyncio.open_unix_connection(path))
        except OSError:
            raise LogTakenError(
                f"{path}: another process writes this log and does not answer; stop it"
            ) from None

    @property
    def gone(self) -> bool:
        """Whether the other process has gone away."""
        return self._reading.done()

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`. Where the other process goes away meanwhile it is not known whether the entries stand."""
        if not drafts:
            return []
        if len(drafts) > _COUNT_MAX or self.gone:
            raise LogError(_GONE)
        if any(len(draft.entry) > ENTRY_BYTES_MAX for draft in drafts):
            raise LogError(f"an entry has more than {ENTRY_BYTES_MAX} bytes; no bundle holds it")
        self._number = (self._number + 1) % (1 << 32)
        body = self._number.to_bytes(4) + _encoded(drafts)
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._number] = (drafts, future)
        self._writer.write(len(body).to_bytes(4) + body)
        return list(await future)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        """Answers, until there are no more; whoever waits then is refused."""
        try:
            while True:
                frame = await _frame(reader)
                drafts, future = self._waiting.pop(int.from_bytes(frame[:4]))
                if not future.done():
                    _settle(future, drafts, frame[4:])
        except (OSError, EOFError, ValueError, KeyError):
            return
        finally:
            self._writer.close()
            for _, future in self._waiting.values():
                if not future.done():
                    future.set_exception(LogError(_GONE))
            self._waiting.clear()

    async def close(self) -> None:
        """Let go."""
        self._writer.close()
        self._reading.cancel()
        await asyncio.wait({self._reading})


def _settle(future: asyncio.Future[list[EntryReceipt]], drafts: Sequence[Draft], said: bytes) -> None:
    if said[:1] == b"\0" and len(said) == 1 + _RECEIPT * len(drafts):
        future.set_result(
            [
                EntryReceipt(
                    int.from_bytes(said[at : at + 8]),
                    said[at + 8 : at + 40],
                    draft.index,
                    draft.generation,
                    said[at + 40 : at + 72],
                )
                for draft, at in zip(drafts, range(1, len(said), _RECEIPT), strict=True)
            ]
        )
    else:
        future.set_exception(LogError(said[1:].decode(errors="replace") or "the log did not answer"))


async def _frame(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4))
    if not 4 < length <= _FRAME_MAX:
        raise ValueError("no frame")
    return await reader.readexactly(length)


def _encoded(drafts: Sequence[Draft]) -> bytes:
    parts = [len(drafts).to_bytes(2)]
    for draft in drafts:
        parts += [draft.generation.to_bytes(4), bytes([len(draft.index)]), draft.index]
        parts += [len(draft.entry).to_bytes(2), draft.entry]
    return b"".join(parts)


def _drafts(body: bytes) -> list[Draft]:
    """Raises ValueError, IndexError for what is no request."""
    drafts, at = [], 2
    for _ in range(int.from_bytes(body[:2])):
        generation = int.from_bytes(body[at : at + 4])
        index = body[at + 5 : at + 5 + body[at + 4]]
        at += 5 + len(index)
        length = int.from_bytes(body[at : at + 2])
        drafts.append(Draft(body[at + 2 : at + 2 + length], index, generation))
        at += 2 + length
    if at != len(body):
        raise ValueError("no request")
    return drafts
