"""Acts that no log can take any more, as lines of a file beside what they change.

Rule 1: a line is on disk before whoever wrote it goes on.
Rule 2: it judges neither act nor words.
"""

import json
import os
from dataclasses import asdict
from pathlib import Path

from service.domain.acts import Act
from service.ports.device import DeviceError

__all__ = ["note_act"]


def note_act(path: Path, act: Act, what: str, now: int) -> None:
    """One line more: what, when (unix second), who and why. Raises DeviceError."""
    line = json.dumps({"at": now, "what": what, **asdict(act)}, ensure_ascii=False) + "\n"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise DeviceError(
            f"{path}: the act can't be noted there, so nothing was done ({error.strerror})"
        ) from None
