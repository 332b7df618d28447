"""What one operator proposes and another approves, as a file that goes from hand to hand.

Rule 1: who proposed is the file's owner, as the operating system knows it; what the file says of it counts nothing.
Rule 2: it decides nothing; what is proposed is checked again, byte for byte, by whoever approves.
"""

import hashlib
import json
import os
import pwd
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from service.ports.feed import FeedError

__all__ = ["Proposal", "digest_of", "read_proposal", "user_of", "write_proposal"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything that determines a correction of cells: tables, feed, why. Paths are absolute."""

    before: str
    after: str
    files: tuple[str, ...]
    reason: str
    ticket: str
    digest: str  # of the tables and files (`digest_of`)


def digest_of(paths: Iterable[Path]) -> str:
    """SHA-256 over the contents of files and of the tables of folders. Raises FeedError if one cannot be read."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
            try:
                with file.open("rb") as stream:
                    whole.update(hashlib.file_digest(stream, "sha256").digest())
            except OSError as error:
                raise FeedError.of(str(file), f"a file that can be read ({error.strerror})") from None
        whole.update(b"|")
    return whole.hexdigest()


def write_proposal(path: Path, proposal: Proposal) -> None:
    """Write it as the user that runs this. Raises FeedError where a file is there already."""
    content = json.dumps(asdict(proposal), ensure_ascii=False, indent=1) + "\n"
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8"
        ) as file:
            file.write(content)
    except OSError as error:
        raise FeedError.of(str(path), f"a new file for the proposal ({error.strerror})") from None


def read_proposal(path: Path) -> tuple[Proposal, str]:
    """A proposal, and the operating system's user who made it. Raises FeedError."""
    try:
        with path.open("rb") as file:
            owner, content = os.fstat(file.fileno()).st_uid, file.read()
        proposal = TypeAdapter(Proposal).validate_json(content)
    except OSError as error:
        raise FeedError.of(str(path), f"a proposal that can be read ({error.strerror})") from None
    except ValidationError:
        raise FeedError.of(str(path), "a proposal as `itinerary cells correct` writes it") from None
    return proposal, user_of(owner)


def user_of(uid: int) -> str:
    """The name of an operating system's user, or its number."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
