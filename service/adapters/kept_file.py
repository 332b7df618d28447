"""A small file that one process at a time keeps: read whole, replaced whole.

Rule 1: after a crash the file is the old one or the new one, never between.
Rule 2: it does not know what it keeps.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["KeptFile", "KeptFileError"]


class KeptFileError(Exception):
    """Somebody else keeps the file, or it can't be read or written."""


class KeptFile:
    """A file under a lock (`NAME.lock` beside it) for as long as the block lasts."""

    def __init__(self, path: Path, mode: int = 0o600) -> None:
        self._path = path
        self._mode = mode
        self._lock = -1

    def __enter__(self) -> Self:
        """Take it. Raises KeptFileError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(
                self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600
            )
        except OSError as error:
            raise KeptFileError(f"{self._path}: cannot be kept here ({error.strerror})") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise KeptFileError(
                f"{self._path}: another process uses it; wait for it, or give another file"
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def read(self) -> bytes | None:
        """The content; None where there is none yet. Raises KeptFileError."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeptFileError(f"{self._path}: cannot be read ({error.strerror})") from None

    def replace(self, content: bytes) -> None:
        """Durable when it returns. Raises KeptFileError; the old content stands then."""
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, self._mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise KeptFileError(f"{self._path}: cannot be written ({error.strerror})") from None
