"""Where a unix socket lies.

Rule 1: beside its data, or, where that path is too long for a socket's name, in a private folder of the system's.
Rule 2: nothing is made here but that folder.
"""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

__all__ = ["socket_place"]

_LONGEST = 100  # octets; sun_path holds 108 (unix(7))


def socket_place(path: Path) -> Path:
    """The place of a socket that is meant to be at `path`. Raises PermissionError with the remedy."""
    path = path.absolute()
    if len(os.fsencode(path)) <= _LONGEST:
        return path
    name = sha256(os.fsencode(path)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"itinerary-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(
            "the folder for a socket belongs to another user; choose a directory with a shorter path"
        )
    return folder / path.name
