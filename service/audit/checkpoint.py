"""Checkpoints (C2SP tlog-checkpoint), cosignatures of witnesses (tlog-cosignature), proof files (tlog-proof).

Rule 1: what a checkpoint says, and what a witness says of one, is put into words here.
Rule 2: whether a checkpoint is true, and whether it follows another one, is decided elsewhere.

    origin                          c2sp.org/tlog-proof@v1
    size                            index 73894
    base64(root)                    base64(hash), a line each
                                    <empty line>
    — log's signature               the checkpoint
    — witness's cosignature
"""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.audit.note import (
    COSIGNATURE,
    SIGNATURE,
    Note,
    NoteError,
    Signature,
    Signer,
    VerifierKey,
    decoded,
)
from service.audit.tree import HASH_BYTES, is_included, leaf_hash

__all__ = ["Checkpoint", "Proof", "Witnessed", "cosigned", "signed", "witnessed"]

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_TIMESTAMP = 8
_PROOF_LINES_MAX = 63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree of a log: whose, how large, with which root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text. Raises NoteError. Extension lines, which nobody can audit, are refused."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise NoteError("a checkpoint has three lines: origin, size, root")
        if not lines[0] or not _NUMBER.fullmatch(lines[1]):
            raise NoteError("a checkpoint's first lines are its origin and a decimal size")
        root = decoded(lines[2])
        if len(root) != HASH_BYTES:
            raise NoteError("a checkpoint's root has 32 bytes")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A witness's word, checked: it saw this checkpoint, at this time, as the newest of one history."""

    key: VerifierKey
    at: int


def signed(checkpoint: Checkpoint, signer: Signer) -> Note:
    """The checkpoint as a note with the log's signature."""
    if signer.kind != SIGNATURE:
        raise ValueError("a log signs with a key of kind 1")
    text = str(checkpoint)
    return Note(text, (Signature(signer.name, signer.verifier.key_id, signer.sign(text.encode())),))


def cosigned(note: Note, signer: Signer, now: int) -> Note:
    """The same note with a witness's line added, in the place of an older one of its own."""
    if signer.kind != COSIGNATURE:
        raise ValueError("a witness signs with a key of kind 4")
    key = signer.verifier
    blob = now.to_bytes(_TIMESTAMP) + signer.sign(_cosigned_message(note.text, now))
    others = tuple(line for line in note.signatures if not line.of(key))
    return Note(note.text, (*others, Signature(key.name, key.key_id, blob)))


def witnessed(note: Note, keys: Iterable[VerifierKey]) -> list[Witnessed]:
    """Which of these witnesses cosigned the note, and when. Raises NoteError where a line names one and fails."""
    found = []
    for key in keys:
        for line in note.signatures:
            if not line.of(key):
                continue
            at = int.from_bytes(line.blob[:_TIMESTAMP])
            if not key.verifies(line.blob[_TIMESTAMP:], _cosigned_message(note.text, at)):
                raise NoteError(f"the cosignature of {key.name} does not hold")
            found.append(Witnessed(key, at))
    return found


def _cosigned_message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


@dataclass(frozen=True, slots=True)
class Proof:
    """That an entry stands at an index of a checkpoint's tree, to be checked without any network."""

    index: int
    path: Sequence[bytes]
    checkpoint: Note
    extra: bytes | None = None

    def encode(self) -> bytes:
        """The bytes of a `.tlog-proof` file."""
        lines = ["c2sp.org/tlog-proof@v1"]
        if self.extra is not None:
            lines.append("extra " + base64.b64encode(self.extra).decode())
        lines.append(f"index {self.index}")
        lines += [base64.b64encode(part).decode() for part in self.path]
        return "\n".join([*lines, "", ""]).encode() + self.checkpoint.encode()

    @classmethod
    def parse(cls, content: bytes) -> "Proof":
        """Read a proof file. Raises NoteError."""
        head, parted, note = content.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise NoteError("no proof file") from None
        if not parted or lines.pop(0) != "c2sp.org/tlog-proof@v1":
            raise NoteError("no proof file: it begins with c2sp.org/tlog-proof@v1")
        extra = decoded(lines.pop(0).removeprefix("extra ")) if lines and lines[0][:6] == "extra " else None
        index = lines.pop(0).removeprefix("index ") if lines and lines[0][:6] == "index " else ""
        if not _NUMBER.fullmatch(index) or len(lines) > _PROOF_LINES_MAX:
            raise NoteError("a proof file names an index, and then at most 63 hashes")
        return cls(int(index), tuple(map(decoded, lines)), Note.parse(note), extra)

    def holds(self, entry: bytes, log: VerifierKey) -> bool:
        """Whether the log has signed a tree in which the entry stands at the index."""
        try:
            checkpoint = Checkpoint.parse(self.checkpoint.text)
            if checkpoint.origin != log.name or not self.checkpoint.signed_by([log]):
                return False
        except NoteError:
            return False
        return is_included(leaf_hash(entry), self.index, checkpoint.size, self.path, checkpoint.root)
