"""The log's write-ahead file: entries are on disk here before anybody gets a receipt.

Rule 1: a record is whole and durable, or it was never acknowledged; this file alone decides which.
Rule 2: it knows no tree, no receipt and no key.

    ahead/00000000000000000000     segments, each named by the position of its first entry
    ahead/00000000000000004711

    record = position (8) | count (4) | length (4) | SHA-256 of those and the entries [:16] | entries, as in a bundle

Only the end of the last segment can be torn by a kill, and only what was never acknowledged: a record is written once
the one before it is durable. Whole records behind a broken one mean that something else has damaged the file.
"""

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from service.audit.tiles import TileError, bundle, unbundle
from service.ports.log import LogError

__all__ = ["WriteAhead"]

_FIELDS = 16
_HEADER = _FIELDS + 16
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND


class WriteAhead:
    """Open for appending. `cut` tells how many torn octets were found behind the last whole record."""

    def __init__(self, directory: Path, segments: list[int], descriptor: int, length: int, cut: int) -> None:
        self._directory = directory
        self._segments = segments
        self._descriptor = descriptor
        self._length = length  # of the last segment, as far as it is durable
        self._torn = False
        self.cut = cut

    @classmethod
    def open(cls, directory: Path, start: int) -> tuple["WriteAhead", list[tuple[int, list[bytes]]]]:
        """The file, and every record in it. Without any segment the first one begins at `start`. Raises LogError."""
        segments = sorted(int(path.name) for path in directory.iterdir())
        while len(segments) > 1 and not _path(directory, segments[-1]).stat().st_size:
            _path(directory, segments.pop()).unlink()  # begun and never used
        records: list[tuple[int, list[bytes]]] = []
        whole = size = 0
        for segment in segments:
            path = _path(directory, segment)
            content = path.read_bytes()
            whole, size = 0, len(content)
            records.append((segment, []))  # what lies before a segment is in tiles, or lost
            for end, position, entries in _records(content):
                records.append((position, entries))
                whole = end
            if whole < size and (segment != segments[-1] or _goes_on(content, whole)):
                raise LogError(
                    f"{path}: damaged at byte {whole}, before entries that were acknowledged; restore it"
                )
        if not segments:
            segments = [start]
        descriptor = os.open(_path(directory, segments[-1]), _FLAGS, 0o600)
        if whole < size:
            os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
        _sync(directory)
        return cls(directory, segments, descriptor, whole, size - whole), records

    def append(self, position: int, entries: Sequence[bytes]) -> None:
        """Return once the entries are durable. Raises OSError; then none of them counts."""
        content = bundle(entries)
        fields = position.to_bytes(8) + len(entries).to_bytes(4) + len(content).to_bytes(4)
        record = fields + _digest(fields, content) + content
        if self._torn:
            self._mend()
        self._torn = True
        _write(self._descriptor, record)
        os.fdatasync(self._descriptor)
        self._length += len(record)
        self._torn = False

    def _mend(self) -> None:
        """Cut off what a failed write has left."""
        os.ftruncate(self._descriptor, self._length)
        os.fsync(self._descriptor)
        self._torn = False

    def rotate(self, position: int) -> None:
        """Go on in a new segment, so that the older ones can be dropped. Raises OSError."""
        if self._torn:
            self._mend()
        if position == self._segments[-1]:
            return
        descriptor = os.open(_path(self._directory, position), _FLAGS, 0o600)
        try:
            _sync(self._directory)
        except OSError:
            os.close(descriptor)
            raise
        os.close(self._descriptor)
        self._descriptor, self._length = descriptor, 0
        self._segments.append(position)

    def drop(self, position: int) -> None:
        """Remove the segments whose entries all lie before `position`. Raises OSError."""
        while len(self._segments) > 1 and self._segments[1] <= position:
            _path(self._directory, self._segments[0]).unlink(missing_ok=True)
            del self._segments[0]

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)


def _path(directory: Path, segment: int) -> Path:
    return directory / f"{segment:020}"


def _digest(fields: bytes, content: bytes) -> bytes:
    return sha256(fields + content).digest()[: _HEADER - _FIELDS]


def _records(content: bytes, at: int = 0) -> Iterator[tuple[int, int, list[bytes]]]:
    """Whole records from `at` on: where each ends, its position, its entries."""
    while len(content) >= at + _HEADER:
        fields = content[at : at + _FIELDS]
        end = at + _HEADER + int.from_bytes(fields[12:])
        inside = content[at + _HEADER : end]
        if end > len(content) or _digest(fields, inside) != content[at + _FIELDS : at + _HEADER]:
            return
        try:
            entries = unbundle(inside, int.from_bytes(fields[8:12]))
        except TileError:
            return
        yield end, int.from_bytes(fields[:8]), entries
        at = end


def _goes_on(content: bytes, at: int) -> bool:
    """Whether whole records stand anywhere behind a broken one."""
    return any(
        next(_records(content, later), None) is not None
        for later in range(at + 1, len(content) - _HEADER + 1)
        if later + _HEADER + int.from_bytes(content[later + 12 : later + 16]) <= len(content)
        and content[later : later + 2] == b"\x00\x00"  # no position is as large as 2^48
        and content[later + 8 : later + 12] != bytes(4)
    )


def _write(descriptor: int, content: bytes) -> None:
    done = 0
    while done < len(content):
        done += os.write(descriptor, memoryview(content)[done:])


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
