"""Rows that could not be read, in a file of their own.

Rule 1: this file alone knows the layout of a dead-letter file.
Rule 2: it judges no row; what is handed in is written down.

A dead-letter file is a CSV of the columns of the file it comes from, then `row,column,expected,line`. Put right, it is
read like any other file: readers take their columns by name. `line` holds a line that could not be split.
It holds personal data by its nature: it is made for its owner alone (mode 0600), only when there is something to write,
and anew in each run.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from service.ports.feed import Fault, FeedError

__all__ = ["DeadLetters", "DeadRow"]

_SUFFIX = ".dead.csv"


@dataclass(frozen=True, slots=True)
class DeadRow:
    """A row, its place, the first column that is wrong, and what was expected there."""

    row: int
    column: str
    expected: str
    values: tuple[str, ...] = field(default=(), repr=False)  # by the columns of the file; empty: see `line`
    line: str = field(default="", repr=False)


class DeadLetters:
    """The dead letters of one file; opened by the first row. Use it as a context."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        self._first: DeadRow | None = None
        self._columns = tuple(columns)
        self._file: IO[str] | None = None

    @classmethod
    def beside(cls, file: Path, columns: Sequence[str]) -> "DeadLetters":
        """In `<file>.dead.csv`."""
        return cls(file.with_name(file.name + _SUFFIX), columns)

    def write(self, rows: Iterable[DeadRow]) -> None:
        """Add rows. Raises FeedError where the file cannot be written: a bad row is never dropped."""
        try:
            for dead in rows:
                values = dead.values or ("",) * len(self._columns)
                csv.writer(self._opened()).writerow(
                    (*values, dead.row, dead.column, dead.expected, dead.line)
                )
                self.count += 1
                self._first = self._first or dead
        except OSError as error:
            raise FeedError.of(
                str(self.path), f"a place to write dead letters to ({error.strerror})"
            ) from error

    def told(self, file: str) -> str | None:
        """One line of it all: the first fault, how many more there are, and where the rows lie. None without any."""
        if self._first is None:
            return None
        fault = Fault(file, self._first.row, self._first.column or None, self._first.expected)
        more = f" and {self.count - 1} more" if self.count > 1 else ""
        return f"{fault}; this row{more} set aside in {self.path}: put right, it can be ingested like any other file"

    def _opened(self) -> IO[str]:
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self.path, flags, 0o600)
            os.fchmod(descriptor, 0o600)  # an older file may have been open to others
            self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="")
            csv.writer(self._file).writerow((*self._columns, "row", "column", "expected", "line"))
        return self._file

    def close(self) -> None:
        """Flush and close; the count stays."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise FeedError.of(str(self.path), f"room for dead letters ({error.strerror})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
