"""A witness: it cosigns a checkpoint that follows from the last one it saw, and no other one, ever.

Rule 1: whether a checkpoint may be cosigned is decided here, from bytes alone.
Rule 2: it looks into no entry; and what it has decided counts only once its memory is durable (`Memory` first, then the note).

    signed by the log? --no--> refused, this time
    smaller than what was seen? -----> refused, this time (an old copy; a log that went back stays behind for good)
    follows from what was seen? --yes--> remembered, then cosigned
         | no: the tiles prove that the signed tree begins otherwise --> A FORK: both notes are kept, refused for ever
         ` no, and the tiles prove nothing ----------------------------> refused, this time
"""

import json
from dataclasses import dataclass, replace

from service.audit.checkpoint import Checkpoint, cosigned
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError, Signer, VerifierKey
from service.audit.tiles import TileError, TileName, nodes
from service.audit.tree import Node, consistency_proof, is_consistent, range_hash
from service.ports.published import Published

__all__ = ["Memory", "Refused", "WitnessError", "Word", "witness"]


class WitnessError(ValueError):
    """A witness's memory that is damaged or another log's."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The last checkpoint that was cosigned; and, once the log has forked, the other one."""

    seen: Note | None = None
    fork: Note | None = None

    def encode(self) -> bytes:
        """As a file."""
        notes = {"seen": self.seen, "fork": self.fork}
        fields = {name: None if note is None else note.encode().decode() for name, note in notes.items()}
        return json.dumps({"version": 1, **fields}, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, content: bytes) -> "Memory":
        """Read a file. Raises WitnessError."""
        try:
            fields = json.loads(content)
            if fields["version"] != 1:
                raise WitnessError("a witness's memory of a newer version of this program")
            found = {name: fields[name] for name in ("seen", "fork")}
            notes = {
                name: None if text is None else Note.parse(text.encode()) for name, text in found.items()
            }
            if notes["seen"] is not None:
                Checkpoint.parse(notes["seen"].text)
        except (NoteError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise WitnessError(f"a witness's memory is damaged: {error}") from None
        return cls(**notes)


@dataclass(frozen=True, slots=True)
class Word:
    """A cosigned checkpoint; `fresh` where it is larger than the last one."""

    note: Note
    head: Checkpoint
    fresh: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is cosigned, and whether that is for ever."""

    why: str
    for_ever: bool = False


def witness(
    source: Published, log: VerifierKey, signer: Signer, memory: Memory, now: int
) -> tuple[Memory, Word | Refused]:
    """Look at the log once. The memory has to be durable before the word is given to anybody.

    Raises PublishedError where the log can't be read just now.
    """
    if memory.fork is not None:
        return memory, Refused(
            "the log has forked; both checkpoints are in this witness's memory", for_ever=True
        )
    content = source.fetch("checkpoint", NOTE_BYTES_MAX)
    if content is None:
        return memory, Refused("there is no checkpoint")
    try:
        note = Note.parse(content)
        head = Checkpoint.parse(note.text)
        if head.origin != log.name or not note.signed_by([log]):
            return memory, Refused("the checkpoint is not signed by the log")
    except NoteError as error:
        return memory, Refused(f"the checkpoint: {error}")
    note = Note(note.text, tuple(line for line in note.signatures if line.of(log)))
    refused = _follows(source, memory, head)
    if refused is None:
        fresh = memory.seen is None or memory.seen.text != note.text
        return replace(memory, seen=note), Word(cosigned(note, signer, now), head, fresh)
    return (replace(memory, fork=note) if refused.for_ever else memory), refused


def _follows(source: Published, memory: Memory, head: Checkpoint) -> Refused | None:
    """None where the checkpoint follows from the last one."""
    if memory.seen is None:
        return None
    seen = Checkpoint.parse(memory.seen.text)
    if seen.origin != head.origin:
        return Refused(f"this witness's memory is of the log {seen.origin}")
    if head.size < seen.size:
        return Refused(f"went back: {seen.size} entries were seen, now {head.size}")
    if head.size == seen.size:
        same = head.root == seen.root
        return (
            None if same else Refused(f"a fork: two trees of {head.size} entries are signed", for_ever=True)
        )
    node = nodes(lambda name: _tile(source, name), head.size)
    try:
        return _proved(node, seen, head)
    except TileError as error:
        return Refused(f"no proof can be made from the tiles ({error})")


def _proved(node: Node, seen: Checkpoint, head: Checkpoint) -> Refused | None:
    """The consistency proof; where it fails, whether the tiles belong to the signed tree and so show a fork."""
    proof = consistency_proof(seen.size, head.size, node)
    if is_consistent(seen.size, head.size, proof, seen.root, head.root):
        return None
    other = range_hash(0, seen.size, node)
    if is_consistent(seen.size, head.size, proof, other, head.root):
        return Refused(
            f"a fork: the signed tree of {head.size} entries does not begin with the {seen.size} seen before",
            for_ever=True,
        )
    return Refused("the tiles are not those of the signed tree")


def _tile(source: Published, name: TileName) -> bytes:
    content = source.fetch(name.path, name.size_limit)
    if content is None:
        content = source.fetch(name.full.path, name.full.size_limit)
    if content is None:
        raise TileError(f"{name.path}: missing")
    return content
