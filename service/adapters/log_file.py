"""The log as an append file: one entry a line, on disk before anybody gets a receipt.

Rule 1: this file alone writes log entries, one process at a time.
Rule 2: it knows no key but the one that receipts are signed with, and cannot read what an entry is about.

    append, append, append -> one write, one fsync -> three receipts        (group commit)
"""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from service.audit.tree import leaf_hash
from service.ports.log import Draft, EntryReceipt, LogError
from service.sealing.keyring import receipt_mac

__all__ = ["LogFile"]


class LogFile:
    """A `Log` in one file. `cut` tells how many torn octets were found behind the last whole entry."""

    def __init__(self, descriptor: int, position: int, receipt_key: bytes, cut: int) -> None:
        self._descriptor = descriptor
        self._position = position
        self._receipt_key = receipt_key
        self._waiting: list[tuple[Draft, asyncio.Future[EntryReceipt]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._failed = False
        self.cut = cut

    @classmethod
    def open(cls, path: Path, receipt_key: bytes) -> "LogFile":
        """Take the file for this process alone. Raises LogError with a remedy."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise LogError(f"{path}: cannot be opened ({error.strerror})") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise LogError(f"{path}: another process writes this log; stop it first") from None
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(descriptor, whole)
            os.fsync(descriptor)
        return cls(descriptor, content.count(b"\n"), receipt_key, len(content) - whole)

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`."""
        if self._failed:
            raise LogError("the log has failed; open it anew once its disk is well")
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in drafts]
        self._waiting += zip(drafts, futures, strict=True)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._written())
        return list(await asyncio.gather(*futures))

    async def _written(self) -> None:
        """Write whatever waits, and whatever comes to wait meanwhile."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._durable, b"".join(draft.entry + b"\n" for draft, _ in batch))
            except OSError as error:
                self._failed = True
                for _, future in [*batch, *self._waiting]:
                    if not future.done():
                        future.set_exception(LogError(f"the log could not be written ({error.strerror})"))
                self._waiting = []
                return
            for draft, future in batch:
                receipt = self._receipt(draft)
                if not future.done():
                    future.set_result(receipt)

    def _durable(self, lines: bytes) -> None:
        done = 0
        while done < len(lines):
            done += os.write(self._descriptor, lines[done:])
        os.fsync(self._descriptor)

    def _receipt(self, draft: Draft) -> EntryReceipt:
        bare = EntryReceipt(self._position, leaf_hash(draft.entry), draft.index, draft.generation, b"")
        self._position += 1
        mac = receipt_mac(self._receipt_key, bare.signed())
        return EntryReceipt(bare.position, bare.hash, bare.index, bare.generation, mac)

    async def close(self) -> None:
        """Finish what is being written, and let the file go."""
        if self._writing is not None:
            await self._writing
        os.close(self._descriptor)
