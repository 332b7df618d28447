"""Where an entry stands in the log, when all that is known of it is its bytes and its hour.

Rule 1: an entry is found by its bytes alone, in the log's public files.
Rule 2: it proves nothing; `auditor.proving` does.

Entries stand in the order of their hours, so the hour's first bundle is found by halving, and bundles are read from there.
"""

from service.audit.checkpoint import Checkpoint
from service.audit.entries import Entry, EntryError
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError
from service.audit.tiles import ENTRIES, TILE_WIDTH, TileError, TileName, unbundle
from service.auditor.proving import ProvingError, read_tile
from service.ports.published import Published

__all__ = ["found"]


def found(source: Published, entry: bytes) -> int | None:
    """The entry's position; None: it is not under the newest checkpoint. Raises ProvingError, PublishedError."""
    try:
        content = source.fetch("checkpoint", NOTE_BYTES_MAX)
        if content is None:
            return None
        size = Checkpoint.parse(Note.parse(content).text).size
        hour = Entry.parse(entry).hour
        bundles = -(-size // TILE_WIDTH)
        low, high = 0, bundles
        while low < high:  # the first bundle that begins no earlier than that hour
            middle = (low + high) // 2
            begins = Entry.parse(_bundle(source, middle, size)[0]).hour
            low, high = (low, middle) if begins >= hour else (middle + 1, high)
        # The hour may begin inside the bundle before; clocks of several processes may be an hour apart around its end.
        for number in range(max(0, low - 1), bundles):
            entries = _bundle(source, number, size)
            if entry in entries:
                return number * TILE_WIDTH + entries.index(entry)
            if Entry.parse(entries[0]).hour > hour + 1:
                return None
    except (NoteError, TileError, EntryError) as error:
        raise ProvingError(f"the log's files are damaged ({error})") from None
    return None


def _bundle(source: Published, number: int, size: int) -> list[bytes]:
    width = min(TILE_WIDTH, size - number * TILE_WIDTH)
    return unbundle(read_tile(source, TileName(ENTRIES, number, width)), width)
