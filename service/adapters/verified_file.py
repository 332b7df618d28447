"""The newest backup that was found whole, in a small file beside the key file.

Rule 1: this file alone says how it is written down.
Rule 2: it judges no backup.
"""

from pathlib import Path

import msgspec

from service.adapters.kept_file import KeptFile, KeptFileError
from service.ports.epochs import VerifiedCopy
from service.ports.keys import KeysError

__all__ = ["VerifiedFile"]


class VerifiedFile:
    """`VerifiedCopies` in JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def last(self) -> VerifiedCopy | None:
        """See `ports.epochs.VerifiedCopies`. A file that is none counts as no backup: then nothing is destroyed."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=VerifiedCopy)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None
        except OSError as error:
            raise KeysError(f"{self._path}: cannot be read ({error.strerror})") from None

    def remember(self, copy: VerifiedCopy) -> None:
        """See `ports.epochs.VerifiedCopies`."""
        try:
            with KeptFile(self._path) as file:
                file.replace(msgspec.json.encode(copy))
        except KeptFileError as error:
            raise KeysError(str(error)) from None
