"""A proof file for one entry, made from the log's public files alone: whoever can read them can make it.

Rule 1: a proof that would not hold is not given out.
Rule 2: it knows no key: whose the checkpoint is, is for the reader of the file to check.
"""

from service.audit.checkpoint import Checkpoint, Proof
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError
from service.audit.tiles import ENTRIES, TILE_WIDTH, TileError, TileName, nodes, unbundle
from service.audit.tree import inclusion_proof, is_included, leaf_hash
from service.ports.published import Published

__all__ = ["ProvingError", "proved", "read_tile"]


class ProvingError(Exception):
    """No proof can be made for this entry now."""


def proved(source: Published, index: int) -> tuple[bytes, Proof]:
    """The entry and its proof under the newest checkpoint. Raises ProvingError, PublishedError."""
    try:
        note = Note.parse(source.fetch("checkpoint", NOTE_BYTES_MAX) or b"")
        head = Checkpoint.parse(note.text)
        if not 0 <= index < head.size:
            raise ProvingError(
                f"no entry {index} under a checkpoint of {head.size}; it may come with the next one"
            )
        width = min(TILE_WIDTH, head.size - index // TILE_WIDTH * TILE_WIDTH)
        entry = unbundle(read_tile(source, TileName(ENTRIES, index // TILE_WIDTH, width)), width)[
            index % TILE_WIDTH
        ]
        path = tuple(
            inclusion_proof(index, head.size, nodes(lambda name: read_tile(source, name), head.size))
        )
    except (NoteError, TileError) as error:
        raise ProvingError(f"the log's files are damaged ({error})") from None
    if not is_included(leaf_hash(entry), index, head.size, path, head.root):
        raise ProvingError("the log's files do not belong to its checkpoint")
    return entry, Proof(index, path, note)


def read_tile(source: Published, name: TileName) -> bytes:
    """A tile, or the full one that it has become."""
    for candidate in (name, name.full):
        content = source.fetch(candidate.path, candidate.size_limit)
        if content is not None:
            return content
    raise TileError(f"{name.path}: missing")
