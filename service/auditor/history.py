"""What an auditor remembers: every checkpoint of one log that it has ever seen, as the log signed it.

Rule 1: nothing that was seen is forgotten, and only what the log has signed is remembered.
Rule 2: it holds nothing against anything: that is the audit's business.

    {"version": 1, "origin": …, "keys": [verifier keys], "checkpoints": [notes, as they were served]}
"""

import json
from dataclasses import dataclass

from service.audit.checkpoint import Checkpoint
from service.audit.note import Note, NoteError, VerifierKey

__all__ = ["History", "HistoryError"]

_FIELDS = {"version", "origin", "keys", "checkpoints"}


class HistoryError(ValueError):
    """No history, or another log's."""


@dataclass(frozen=True, slots=True)
class History:
    """Of one log: by which keys it is known, and what it has signed."""

    origin: str | None = None
    keys: tuple[VerifierKey, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """What was seen, in the order in which it was seen."""
        return [Checkpoint.parse(note.text) for note in self.notes]

    def with_seen(self, note: Note, keys: tuple[VerifierKey, ...]) -> "History":
        """The same and one more, if it is new. A second note of one size and another root is new: it is evidence."""
        origin = Checkpoint.parse(note.text).origin
        if self.origin not in {None, origin}:
            raise HistoryError(f"the state is that of the log {self.origin}; give another file for {origin}")
        known = any(note.text == other.text for other in self.notes)
        return History(origin, keys or self.keys, self.notes if known else (*self.notes, note))

    def encode(self) -> bytes:
        """As a file."""
        fields = {
            "version": 1,
            "origin": self.origin,
            "keys": [str(key) for key in self.keys],
            "checkpoints": [note.encode().decode() for note in self.notes],
        }
        return json.dumps(fields, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, content: bytes) -> "History":
        """Read a file. Raises HistoryError."""
        try:
            fields = json.loads(content)
            if set(fields) != _FIELDS or fields["version"] != 1:
                raise HistoryError("not the state of an audit, or of a newer version of this program")
            notes = tuple(Note.parse(note.encode()) for note in fields["checkpoints"])
            keys = tuple(map(VerifierKey.parse, fields["keys"]))
            history = cls(fields["origin"], keys, notes)
            if any(head.origin != history.origin for head in history.checkpoints):
                raise HistoryError("the state of an audit is damaged: it mixes logs")
        except (NoteError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise HistoryError(f"the state of an audit is damaged: {error}") from None
        return history
