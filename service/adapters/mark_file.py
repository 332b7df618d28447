"""How far a correction has come, in a file of its own.

Rule 1: this file alone knows how a mark lies on disk: its bytes, replaced as a whole.
Rule 2: it does not know what it marks.
"""

import os
from pathlib import Path

__all__ = ["MarkFile"]


class MarkFile:
    """`Mark` in one file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes:
        """See `ports.marks.Mark`."""
        return self._path.read_bytes() if self._path.exists() else b""

    def write(self, content: bytes) -> None:
        """See `ports.marks.Mark`."""
        fresh = self._path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
