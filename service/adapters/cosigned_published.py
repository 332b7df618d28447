"""A published log with what its witnesses say of the newest checkpoint.

Rule 1: a line is added only if it is by one of the witnesses, over these very words, and holds.
Rule 2: it asks no witness: each leaves its cosigned checkpoint in a file of its own.
"""

from collections.abc import Sequence
from pathlib import Path

from service.audit.checkpoint import witnessed
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError, VerifierKey
from service.ports.published import Published

__all__ = ["CosignedPublished"]


class CosignedPublished:
    """A `Published` whose checkpoint carries the cosignatures that are there for it."""

    def __init__(self, source: Published, witnesses: Sequence[tuple[VerifierKey, Path]]) -> None:
        self._source = source
        self._witnesses = witnesses

    def fetch(self, path: str, limit: int) -> bytes | None:
        """See `ports.published.Published`."""
        content = self._source.fetch(path, limit)
        if path != "checkpoint" or content is None or not self._witnesses:
            return content
        try:
            note = Note.parse(content)
        except NoteError:
            return content
        for key, file in self._witnesses:
            note = _joined(note, key, file)
        return note.encode()[: limit + 1]


def _joined(note: Note, key: VerifierKey, file: Path) -> Note:
    """The note with this witness's line, if the file holds one for it. A bad file harms nobody but its witness."""
    try:
        with file.open("rb") as opened:
            other = Note.parse(opened.read(NOTE_BYTES_MAX))
        if other.text != note.text or not witnessed(other, [key]):
            return note
    except (OSError, NoteError):
        return note
    return Note(note.text, (*note.signatures, *(line for line in other.signatures if line.of(key))))
