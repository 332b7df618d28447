"""Tombstones in a file beside the log, so that they outlive the store that is restored.

Rule 1: this file alone knows how they lie on disk: one a line, `index generation position time`, the index in hex.
Rule 2: it erases nothing.

A line is appended under a lock and synchronised before it counts; what a crash left half written is no line.
"""

import asyncio
import fcntl
import os
import re
from pathlib import Path

from service.ports.tombstones import Tombstone, TombstonesError

__all__ = ["TombstoneFile"]

_LINE = re.compile(rb"([0-9a-f]{32}) ([0-9]{10}) ([0-9]{20}) ([0-9]{12})")
"""Fields of a fixed width: half a line is never a whole one."""


class TombstoneFile:
    """`Tombstones` in one file: its owner writes (link), its group may read (keys); nobody else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def append(self, tombstone: Tombstone) -> None:
        """See `ports.tombstones.Tombstones`."""
        numbers = f"{tombstone.generation:010} {tombstone.position:020} {tombstone.at:012}"
        await asyncio.to_thread(self._append, f"{tombstone.index.hex()} {numbers}\n".encode())

    async def all(self) -> list[Tombstone]:
        """See `ports.tombstones.Tombstones`."""
        return await asyncio.to_thread(self._all)

    def _append(self, line: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640), "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                size = file.seek(0, os.SEEK_END)
                torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
                file.write(b"\n" + line if torn else line)
                file.flush()
                os.fsync(file.fileno())
            folder = os.open(self._path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        except OSError as error:
            raise TombstonesError(f"{self._path}: cannot be written ({error.strerror})") from None

    def _all(self) -> list[Tombstone]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TombstonesError(f"{self._path}: cannot be read ({error.strerror})") from None
        whole = content[: content.rfind(b"\n") + 1].split(b"\n")
        found = [_LINE.fullmatch(line) for line in whole]
        return [
            Tombstone(bytes.fromhex(one[1].decode()), int(one[2]), int(one[3]), int(one[4]))
            for one in found
            if one is not None
        ]
