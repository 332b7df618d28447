"""A published log that lies in a directory.

Rule 1: it reads only what it is asked for, below its directory.
Rule 2: it writes nothing and checks nothing.
"""

from pathlib import Path

from service.ports.published import PublishedError

__all__ = ["PublishedDirectory"]


class PublishedDirectory:
    """A `Published` on a file system."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def fetch(self, path: str, limit: int) -> bytes | None:
        """See `ports.published.Published`. The paths that are asked for are made by `TileName`, or are `checkpoint`."""
        try:
            with (self._directory / path).open("rb") as file:
                return file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise PublishedError(f"{path}: cannot be read ({error.strerror})") from None
