"""What has been read of each feed, and what came of it: the worker's memory beside the kernel's state.

Rule 1: this file alone says which file or entry counts as read, and how the ledger becomes bytes.
Rule 2: it reads no feed, and nothing in it tells of anybody: digests, positions and sums.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.itinerary import day_of

__all__ = ["Ledger"]

_REMEMBERED_DAYS = (
    62  # twice the coverage: a file that comes back later brings nothing that could still be answered
)


@dataclass(slots=True)
class Ledger:
    """Files by their digest, streams by their name; keeps the promises of `ports.feed.Positions`."""

    newest: int = 0  # the newest arrival folded: the feed's own clock
    counts: Counter[str] = field(default_factory=Counter)  # since the first run
    done: dict[str, int] = field(default_factory=dict)  # whole files, and the feed's day when they were done
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # streams, and files that are not done

    def is_done(self, feed: str) -> bool:
        """Whether a file is folded to its end."""
        return feed in self.done

    def position(self, feed: str) -> tuple[str, int] | None:
        """Mark and count to go on from; None before the first piece."""
        return self.places.get(feed)

    def advance(self, feed: str, mark: str, read: int) -> None:
        """A piece is folded."""
        self.places[feed] = (mark, read)

    def finish(self, feed: str, also: str = "") -> None:
        """A file is folded to its end, by both names that it has."""
        self.places.pop(feed, None)
        self.done.update(dict.fromkeys(filter(None, (feed, also)), day_of(self.newest)))

    def count(self, counts: Mapping[str, int]) -> None:
        """Add to the sums."""
        self.counts.update(counts)

    def encode(self) -> bytes:
        """All of it; files of long ago are forgotten here."""
        today = day_of(self.newest)
        self.done = {name: day for name, day in self.done.items() if today - day <= _REMEMBERED_DAYS}
        fields = {"newest": self.newest, "counts": self.counts, "done": self.done, "places": self.places}
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Ledger":
        """What was encoded. Raises ValueError for another shape."""
        try:
            fields = json.loads(data)
            places = {name: (mark, read) for name, (mark, read) in fields["places"].items()}
            done = {str(name): int(day) for name, day in fields["done"].items()}
            return cls(int(fields["newest"]), Counter(fields["counts"]), done, places)
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise ValueError("a ledger has an unknown shape") from None
