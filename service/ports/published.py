"""What auditors and witnesses ask of a published log, wherever it lies."""

from typing import Protocol

__all__ = ["Published", "PublishedError"]


class PublishedError(Exception):
    """The log could not be read just now; nothing is said of what it holds."""


class Published(Protocol):
    """The public files of one log, under the names of C2SP tlog-tiles.

    - `fetch` answers the bytes, or None where the log has no such file.
    - It answers within its own time limit; a log that can't be reached is a PublishedError.
    - Of a file longer than `limit` it answers no more than `limit` + 1 bytes: whoever asked sees that it is too long.
    """

    def fetch(self, path: str, limit: int) -> bytes | None: ...
