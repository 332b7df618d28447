"""The transparency log's sequencer: a write-ahead file in front, tiles and a checkpoint behind it.

Rule 1: this file alone gives entries their positions, and signs what the log has come to; one process a directory.
Rule 2: it cannot read what an entry is about, and opens nothing: it says that an entry is there, with a MAC.

    append, append -> one record, one fsync -> receipts            (group commit: whatever came during the last fsync)
                          `--> every few seconds: tiles, bundles, checkpoint; then the record's file is dropped

    DIR/checkpoint  DIR/tile/…  public        DIR/ahead/…  DIR/lock  DIR/new/  the sequencer's own
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from service.adapters.receipts import receipts
from service.adapters.tile_files import TileFiles
from service.adapters.write_ahead import WriteAhead
from service.audit.checkpoint import Checkpoint, signed
from service.audit.note import Note, NoteError, Signer
from service.audit.tiles import ENTRY_BYTES_MAX, Edge, Growing, TileError, TileName
from service.audit.tree import EMPTY_ROOT, leaf_hash
from service.ports.log import Draft, EntryReceipt, LogError, LogTakenError

__all__ = ["TiledLog"]

_EVERY = 2.0
"""Seconds between an entry and the checkpoint that holds it, at most; what audits and witnesses see is as old."""

_BEHIND_MAX = 2_000_000
"""Entries that may wait in memory for a disk that takes the write-ahead file and no tiles; then entries are refused."""

_OLD_FILE = "entries.jsonl"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What the log had come to at one moment."""

    head: Checkpoint
    full: list[tuple[TileName, bytes]]
    partial: list[tuple[TileName, bytes]]


class TiledLog:
    """A `Log` in a directory. `cut` tells how many torn octets the last process left behind."""

    def __init__(
        self,
        lock: int,
        files: TileFiles,
        ahead: WriteAhead,
        state: tuple[Growing, list[tuple[TileName, bytes]], int],
        receipt_key: bytes,
        signer: Signer,
        every: float,
    ) -> None:
        self._lock = lock
        self._files = files
        self._ahead = ahead
        self._growing, self._full, self._published = state
        self._receipt_key = receipt_key
        self._signer = signer
        self._every = every
        self._waiting: list[tuple[Sequence[Draft], asyncio.Future[list[EntryReceipt]]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._one_writer = asyncio.Lock()
        self._one_publisher = asyncio.Lock()
        self._writer = ThreadPoolExecutor(1, "log-writer")
        self._publisher = ThreadPoolExecutor(1, "log-publisher")
        self.cut = ahead.cut
        self.fault: str | None = None  # why the last publication failed; entries are safe meanwhile
        self.refuses = False  # whether the last entries could not be written

    @classmethod
    def open(cls, directory: Path, receipt_key: bytes, signer: Signer, every: float = _EVERY) -> "TiledLog":
        """Take the directory for this process alone, and go on where the last one ended. Raises LogError."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            lock = _locked(directory)
        except OSError as error:
            raise LogError(f"{directory}: cannot be used for the log ({error.strerror})") from None
        try:
            files = TileFiles(directory)
            head = _head(directory, files, signer)
            growing = _grown(directory, files, head)
            ahead, full = _replayed(directory, growing)
            _take_over(directory / _OLD_FILE, growing, ahead, full)
        except (LogError, OSError, TileError) as error:
            os.close(lock)
            raise LogError(str(error)) from None
        return cls(lock, files, ahead, (growing, full, head.size), receipt_key, signer, every)

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self._growing.size

    @property
    def waiting(self) -> int:
        """How many durable entries no checkpoint holds yet."""
        return self.size - self._published

    @property
    def takes_entries(self) -> bool:
        """Whether the next one would be taken, as far as is known."""
        return not self.refuses and self.waiting <= _BEHIND_MAX

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`."""
        if any(len(draft.entry) > ENTRY_BYTES_MAX for draft in drafts):
            raise LogError(f"an entry has more than {ENTRY_BYTES_MAX} bytes; no bundle holds it")
        if self.waiting > _BEHIND_MAX:
            raise LogError(f"tiles cannot be written ({self.fault}); entries are taken again once they can")
        if not drafts:
            return []
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((drafts, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return list(await future)

    async def _write(self) -> None:
        """Write whatever waits, and whatever comes to wait meanwhile."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            drafts = [draft for some, _ in batch for draft in some]
            try:
                given = await self._written(drafts)
            except Exception as error:  # noqa: BLE001 - whatever it was, nobody may wait for ever
                why = error.strerror if isinstance(error, OSError) else "it is closed or broken"
                reason = f"the log takes no entries ({why}) until its disk is well"
                for _, future in batch:
                    if not future.done():
                        future.set_exception(LogError(reason))
                self.refuses = True
                continue
            self.refuses, at = False, 0
            for some, future in batch:
                if not future.done():
                    future.set_result(given[at : at + len(some)])
                at += len(some)

    async def _written(self, drafts: list[Draft]) -> list[EntryReceipt]:
        """Make the drafts durable, and count them in. Raises OSError; then none of them counts."""
        entries = [draft.entry for draft in drafts]
        async with self._one_writer:
            position = self._growing.size
            await self._in(self._writer, lambda: self._ahead.append(position, entries))
            hashes = [leaf_hash(entry) for entry in entries]
            self._full += self._growing.append(entries, hashes)
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.create_task(self._publish_soon())
        return receipts(self._receipt_key, position, drafts, hashes)

    async def _publish_soon(self) -> None:
        """While there is something new: wait a little, and publish it."""
        while self._published < self._growing.size:
            await asyncio.sleep(self._every)
            try:
                await self.publish()
            except LogError as error:
                self.fault = str(error)

    async def publish(self) -> None:
        """Bring tiles, bundles and checkpoint up to what is durable now. Raises LogError; nothing is lost then."""
        async with self._one_publisher:
            try:
                async with self._one_writer:
                    snapshot = self._snapshot()
                    if snapshot.head.size == self._published:
                        return
                    await self._in(self._writer, lambda: self._ahead.rotate(snapshot.head.size))
                await self._in(self._publisher, lambda: self._put(snapshot))
            except OSError as error:
                raise LogError(f"the log's tiles could not be written ({error.strerror})") from None
            del self._full[: len(snapshot.full)]
            self._published = snapshot.head.size
            self.fault = None

    def _snapshot(self) -> _Snapshot:
        head = Checkpoint(self._signer.name, self._growing.size, self._growing.edge.root())
        return _Snapshot(head, list(self._full), self._growing.partial())

    def _put(self, snapshot: _Snapshot) -> None:
        """Tiles first, then the checkpoint that speaks of them, then what they have made superfluous."""
        self._files.keep([*snapshot.full, *snapshot.partial])
        self._files.replace_checkpoint(signed(snapshot.head, self._signer).encode())
        self._ahead.drop(snapshot.head.size)
        self._files.drop_partials(name for name, _ in snapshot.full)

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], _Result]) -> _Result:
        """Run in one of our threads: others' slow work on the common ones would make entries wait."""
        return await asyncio.get_running_loop().run_in_executor(thread, work)

    async def close(self) -> None:
        """Finish what is being written, publish it, and let the directory go. Raises LogError if it can't be published."""
        if self._writing is not None:
            await self._writing
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.wait({self._publishing})
        try:
            await self.publish()
        finally:
            self._writer.shutdown()
            self._publisher.shutdown()
            self._ahead.close()
            os.close(self._lock)


def _locked(directory: Path) -> int:
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise LogTakenError(f"{directory}: another process writes this log; stop it first") from None
    return descriptor


def _head(directory: Path, files: TileFiles, signer: Signer) -> Checkpoint:
    """What the log has signed last; it must be by this key, under this name."""
    content = files.checkpoint()
    if content is None:
        if (directory / "tile").exists() and not (directory / "ahead" / f"{0:020}").exists():
            raise LogError(f"{directory}: tiles without a checkpoint; restore the checkpoint")
        return Checkpoint(signer.name, 0, EMPTY_ROOT)
    try:
        note = Note.parse(content)
        head = Checkpoint.parse(note.text)
        if head.origin != signer.name:
            raise LogError(f"{directory}: the log of {head.origin}; set log_origin to that")
        if not note.signed_by([signer.verifier]):
            raise LogError(f"{directory}: its checkpoint is signed with another key; restore the key file")
    except NoteError as error:
        raise LogError(f"{directory}/checkpoint: damaged ({error}); restore it") from None
    return head


def _grown(directory: Path, files: TileFiles, head: Checkpoint) -> Growing:
    """The tree of that checkpoint, from its tiles."""
    growing = Growing.load(head.size, files.read)
    if growing.edge.root() != head.root:
        raise LogError(f"{directory}: its tiles are not those of its checkpoint; restore them from a mirror")
    return growing


def _replayed(directory: Path, growing: Growing) -> tuple[WriteAhead, list[tuple[TileName, bytes]]]:
    """Bring in what is durable in the write-ahead file and not yet in tiles."""
    folder = directory / "ahead"
    if growing.size and not folder.exists():
        raise LogError(f"{folder}: missing, and with it what came after entry {growing.size - 1}; restore it")
    folder.mkdir(exist_ok=True, mode=0o700)
    ahead, records = WriteAhead.open(folder, growing.size)
    full: list[tuple[TileName, bytes]] = []
    for position, entries in records:
        if position > growing.size:
            raise LogError(f"{folder}: entries {growing.size} to {position - 1} are missing; restore the log")
        fresh = entries[growing.size - position :]
        full += growing.append(fresh, [leaf_hash(entry) for entry in fresh])
    return ahead, full


def _take_over(old: Path, growing: Growing, ahead: WriteAhead, full: list[tuple[TileName, bytes]]) -> None:
    """Entries of the append file that was the log before, one a line, become the first ones, in one record."""
    if not old.exists():
        return
    lines = old.read_bytes().split(b"\n")[:-1]
    hashes = [leaf_hash(line) for line in lines]
    before = Edge()
    before.append(hashes)
    if growing.size == 0 and lines:
        ahead.append(0, lines)
        full += growing.append(lines, hashes)
    elif growing.edge.root() != before.root():
        raise LogError(f"{old}: an old log beside one that has entries of its own; move it away")
    old.rename(old.with_name(old.name + ".taken"))
