"""How much of what happened in which month, counted from the log's public files alone.

Rule 1: every count is of entries under the newest checkpoint; anybody can count the same.
Rule 2: what has been counted is not read again; small counts are blurred, so that nobody is singled out.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.audit.checkpoint import Checkpoint
from service.audit.entries import Entry, EntryError
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError
from service.audit.tiles import ENTRIES, TILE_WIDTH, TileError, TileName, unbundle
from service.auditor.proving import ProvingError, read_tile
from service.ports.published import Published

__all__ = ["FEW", "Counting", "Month", "blurred"]

FEW = 10
"""Counts below this are told as fewer than it, and all others to the nearest multiple of it."""

_SHANGHAI = timedelta(hours=8)  # no daylight saving since 1991


@dataclass(frozen=True, slots=True)
class Month:
    """A month in Shanghai, and how many entries of each kind it has."""

    month: str  # 2026-11
    kinds: dict[str, int]


def blurred(count: int) -> int:
    """A count as it may be told: 0 for fewer than `FEW`, else to the nearest `FEW`."""
    return 0 if count < FEW else (count + FEW // 2) // FEW * FEW


class Counting:
    """Counts a log as it grows. Not for several threads at once."""

    def __init__(self, source: Published) -> None:
        self._source = source
        self._whole = 0  # entries of full bundles, counted for good
        self._counts: Counter[tuple[str, str]] = Counter()

    def months(self) -> tuple[list[Month], int]:
        """The months, newest first, and the log's size. Raises ProvingError, PublishedError."""
        try:
            content = self._source.fetch("checkpoint", NOTE_BYTES_MAX)
            size = 0 if content is None else Checkpoint.parse(Note.parse(content).text).size
            while size - self._whole >= TILE_WIDTH:
                self._counts += self._bundle(self._whole // TILE_WIDTH, TILE_WIDTH)
                self._whole += TILE_WIDTH
            last = self._bundle(self._whole // TILE_WIDTH, size - self._whole)
        except (NoteError, TileError, EntryError) as error:
            raise ProvingError(f"the log's files are damaged ({error})") from None
        months: dict[str, dict[str, int]] = {}
        for (month, kind), count in (self._counts + last).items():
            months.setdefault(month, {})[kind] = count
        return [
            Month(name, dict(sorted(months[name].items()))) for name in sorted(months, reverse=True)
        ], size

    def _bundle(self, number: int, width: int) -> Counter[tuple[str, str]]:
        if width == 0:
            return Counter()
        content = read_tile(self._source, TileName(ENTRIES, number, width))
        entries = [Entry.parse(one) for one in unbundle(content, width)]
        return Counter((_month(entry.hour), entry.kind) for entry in entries)


def _month(hour: int) -> str:
    return (datetime.fromtimestamp(hour * 3600, UTC) + _SHANGHAI).strftime("%Y-%m")
