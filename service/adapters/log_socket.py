"""The log over a unix socket: other processes append through the one that writes it.

Rule 1: how drafts and receipts go over the socket is decided here; a receipt comes only from the log behind it.
Rule 2: it keeps nothing. Who may append is told by the system's word who connects, never by what they say.

    request   count (2) | count x [generation (4) | index length (1) | index | entry length (2) | entry]
    answer    0 | count x [position (8) | hash (32) | MAC (32)]        or 1 | the refusal, as text
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from service.adapters.framed import FramedClient, FramedServer, GoneError
from service.audit.tiles import ENTRY_BYTES_MAX
from service.ports.log import Draft, EntryReceipt, Log, LogError, LogTakenError

__all__ = ["LogClient", "LogServer"]

_COUNT_MAX = 0xFFFF
_RECEIPT = 8 + 32 + 32
_GONE = "the process that writes the log has gone away, or takes nothing from this user; see keys.callers"
_PATH_MAX = 100  # the system's limit is 108


class LogServer:
    """Serves a log until it is closed."""

    def __init__(self, log: Log, path: Path, may: Callable[[int], bool], mode: int) -> None:
        self._log = log
        self._path = path
        self._server = FramedServer(path, mode, may, self._answer)

    async def start(self) -> None:
        """Listen. The caller holds the log's lock. Raises LogError.

        Where the path is too long for a socket's name nobody listens: the log is this process's alone.
        """
        if len(bytes(self._path)) > _PATH_MAX:
            return
        try:
            await self._server.start()
        except OSError as error:
            raise LogError(f"{self._path}: no socket can be made there ({error.strerror})") from None

    async def _answer(self, body: bytes, _may: bool) -> bytes:
        try:
            receipts = await self._log.append(_drafts(body))
        except LogError as error:
            return b"\1" + str(error).encode()
        except (ValueError, IndexError):
            return b"\1a request that is none"
        return b"\0" + b"".join(one.position.to_bytes(8) + one.hash + one.mac for one in receipts)

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        await self._server.close()


class LogClient:
    """A `Log` whose entries are written by another process."""

    def __init__(self, asked: FramedClient) -> None:
        self._asked = asked

    @classmethod
    async def connect(cls, path: Path) -> "LogClient":
        """Raises LogTakenError where nobody listens."""
        try:
            return cls(await FramedClient.connect(path))
        except OSError:
            raise LogTakenError(
                f"{path}: another process writes this log and does not answer; stop it"
            ) from None

    @property
    def gone(self) -> bool:
        """Whether the other process has gone away."""
        return self._asked.gone

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`. Where the other process goes away meanwhile it is not known whether the entries stand."""
        if not drafts:
            return []
        if len(drafts) > _COUNT_MAX:
            raise LogError(f"more than {_COUNT_MAX} entries at once")
        if any(len(draft.entry) > ENTRY_BYTES_MAX for draft in drafts):
            raise LogError(f"an entry has more than {ENTRY_BYTES_MAX} bytes; no bundle holds it")
        try:
            return _receipts(drafts, await self._asked.call(_encoded(drafts)))
        except GoneError:
            raise LogError(_GONE) from None

    async def close(self) -> None:
        """Let go."""
        await self._asked.close()


def _receipts(drafts: Sequence[Draft], said: bytes) -> list[EntryReceipt]:
    """What was answered. Raises LogError for a refusal."""
    if said[:1] != b"\0" or len(said) != 1 + _RECEIPT * len(drafts):
        raise LogError(said[1:].decode(errors="replace") or "the log did not answer")
    return [
        EntryReceipt(
            int.from_bytes(said[at : at + 8]),
            said[at + 8 : at + 40],
            draft.entry,
            draft.index,
            draft.generation,
            said[at + 40 : at + 72],
        )
        for draft, at in zip(drafts, range(1, len(said), _RECEIPT), strict=True)
    ]


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
