"""What files bring in: events as arrays, cells as arrays, subscribers row by row, and what was wrong with them.

Rule 1: this file alone says what a reader hands on and how a fault of a file is worded.
Rule 2: it reads nothing and knows no format; a fault's text never holds what stood in the file.

A fault of a row costs that row alone: it goes to the dead letters and is counted. A fault of the file (its columns,
its end, its being there) ends the reading with a FeedError; batches that were read before stay good.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.domain.identity import DocumentType, LastFour, Msisdn
from service.mobility.cells import Cells

__all__ = [
    "UNKNOWN_CELL",
    "CellNames",
    "CellTable",
    "EventBatch",
    "EventFeed",
    "Fault",
    "FeedError",
    "Piece",
    "Positions",
    "Source",
    "Subscriber",
]

UNKNOWN_CELL = -1
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where. `row` is a line of a text file, or a row counted from 1; None: the file as a whole."""

    file: str
    row: int | None
    column: str | None
    expected: str

    def __str__(self) -> str:
        row = f"row {self.row}: " if self.row is not None else ""
        column = f"column {self.column}: " if self.column is not None else ""
        return f"{self.file}: {row}{column}expected {self.expected}"


class FeedError(Exception):
    """A file that cannot be used as it is; one line for each fault, the first twenty of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[:_SHOWN]]
        if len(self.faults) > _SHOWN:
            lines.append(f"... and {len(self.faults) - _SHOWN} more faults of this file")
        super().__init__("\n".join(lines))

    @classmethod
    def of(cls, file: str, expected: str, row: int | None = None, column: str | None = None) -> "FeedError":
        """An error of a single fault."""
        return cls((Fault(file, row, column, expected),))


class CellNames(Protocol):
    """All that a reader of events asks of cells: their names. A cell's index is its place among them."""

    @property
    def names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class CellTable:
    """The operator's cells: arrays of one length, one place for each cell. A cell's index is its place."""

    names: tuple[str, ...] = field(repr=False)
    region: NDArray[np.int32] = field(repr=False)
    lat: NDArray[np.float64] = field(repr=False)  # WGS 84 degrees, NaN where not given
    lon: NDArray[np.float64] = field(repr=False)
    judged: Cells | None = field(default=None, repr=False)  # of a table that was built
    judged_by: NDArray[np.int8] | None = field(
        default=None, repr=False
    )  # JudgedBy, of a table that was built


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events in the order of the file, arrays of one length; up to about a million of them."""

    msisdn: NDArray[np.int64] = field(repr=False)  # E.164 digits as a number
    time: NDArray[np.int64] = field(repr=False)  # unix seconds
    cell: NDArray[np.int32] = field(
        repr=False
    )  # index into the cell table, UNKNOWN_CELL for one that is not in it
    arrival: NDArray[np.int64] = field(repr=False)  # unix seconds; the event's time where the file tells none

    def __len__(self) -> int:
        return len(self.msisdn)

    def after(self, count: int) -> "EventBatch":
        """Without its first events."""
        rest = slice(max(0, count), None)
        return EventBatch(self.msisdn[rest], self.time[rest], self.cell[rest], self.arrival[rest])


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One row of an enrolment file."""

    msisdn: Msisdn = field(repr=False)
    document_type: DocumentType = field(repr=False)
    last_four: LastFour = field(repr=False)
    activated_on: int  # Shanghai day ordinal


@dataclass(frozen=True, slots=True)
class Piece:
    """Some events of a feed, and where the feed stands after them.

    `feed` is a file's digest or a stream's name, nothing where there are only counts; `mark` and `read` are the place to go on from: a file's rows read, or
    a stream's last entry and how many there were. `counts` adds to sums by words of this program.
    """

    feed: str
    read: int
    batch: EventBatch | None = field(default=None, repr=False)
    mark: str = ""
    done: bool = False  # a file's last piece
    also: str = ""  # by which else a file that is done is known
    counts: Mapping[str, int] = field(default_factory=dict)


class Positions(Protocol):
    """How far each feed has been read."""

    def is_done(self, feed: str) -> bool: ...
    def position(self, feed: str) -> tuple[str, int] | None: ...


class Source(Protocol):
    """A place where events go on arriving.

    - `next` answers the next piece, None where there is nothing now; it reads nothing ahead of what it answers.
    - What lies before the position of `known` is not read again; what lies behind it is, in the same order.
    - A file or an entry that cannot be read is told to `complain` in one line, kept aside, counted in a piece, and
      never stops what follows. An OSError or StoreError of the place itself is raised: asked again, it goes on.
    """

    async def next(self, known: Positions) -> Piece | None: ...


class EventFeed(Protocol):
    """Events of one file, read once.

    - Iteration yields every good row exactly once, in the order of the file, in bounded memory.
    - Every other row goes to the dead letters, with its place and what was expected, and is counted.
    - A fault of the file itself is a FeedError, before the first batch where it can be seen that early.
    """

    @property
    def rows(self) -> int:
        """Good rows so far."""
        ...

    @property
    def bad(self) -> int:
        """Rows that went to the dead letters so far."""
        ...

    @property
    def done(self) -> float | None:
        """How much of the file is read, 0 to 1; None where its length is not known."""
        ...

    def __iter__(self) -> Iterator[EventBatch]: ...
