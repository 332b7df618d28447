"""The files about the end of the service, in a folder that every role can read and operators can write.

Rule 1: who made a proposal is the file's owner, as the operating system knows it.
Rule 2: it does not know what the files say.
"""

import os
from pathlib import Path

from service.adapters.proposal_file import user_of
from service.domain.sunset import SunsetError

__all__ = ["SunsetFolder"]

_PROPOSAL = "proposal.json"


class SunsetFolder:
    """Implements `ports.sunset.SunsetFiles`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def propose(self, content: bytes) -> None:
        """See `ports.sunset.SunsetFiles`."""
        path = self._folder / _PROPOSAL
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise SunsetError(f"{path}: no proposal can be put there ({error.strerror})") from None

    def proposal(self) -> tuple[bytes, str] | None:
        """See `ports.sunset.SunsetFiles`."""
        try:
            with (self._folder / _PROPOSAL).open("rb") as file:
                return file.read(), user_of(os.fstat(file.fileno()).st_uid)
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes | None:
        """See `ports.sunset.SunsetFiles`."""
        try:
            return (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def keep(self, name: str, content: bytes) -> None:
        """See `ports.sunset.SunsetFiles`."""
        path = self._folder / name
        fresh = path.with_name(path.name + ".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise SunsetError(f"{path}: cannot be written ({error.strerror})") from None
