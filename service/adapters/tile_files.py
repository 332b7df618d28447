"""A log's public files: tiles and bundles that never change, and the checkpoint that is replaced.

Rule 1: a tile is written once: beside its place, durable, then put there; one that is there is never written over.
Rule 2: it knows no tree and no key.

    DIR/checkpoint   DIR/tile/…   DIR/new/   (files on their way to their places)
"""

import os
from collections.abc import Iterable
from pathlib import Path

from service.audit.tiles import TileError, TileName
from service.ports.log import LogError

__all__ = ["CHECKPOINT", "TileFiles"]

CHECKPOINT = "checkpoint"
_MODE = 0o644  # public: another user's web role serves them


class TileFiles:
    """The public files of one log, written by one process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._new = directory / "new"
        self._new.mkdir(exist_ok=True)
        for left in self._new.iterdir():
            left.unlink()

    def read(self, name: TileName) -> bytes:
        """A tile, or the full one that it has become. Raises TileError where there is none."""
        for candidate in (name, name.full):
            try:
                return (self._directory / candidate.path).read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise TileError(f"{candidate.path}: cannot be read ({error.strerror})") from None
        raise TileError(f"{name.path}: missing")

    def keep(self, tiles: Iterable[tuple[TileName, bytes]]) -> None:
        """Make tiles durable. Raises OSError, and LogError where another tile stands in the place of one."""
        waiting: list[tuple[Path, Path]] = []
        for number, (name, content) in enumerate(tiles):
            place = self._directory / name.path
            if place.exists():
                if place.read_bytes() != content:
                    raise LogError(f"{place}: other bytes stand there already; they are not written over")
                continue
            fresh = self._new / str(number)
            fresh.write_bytes(content)
            waiting.append((fresh, place))
        folders: set[Path] = set()
        for (
            fresh,
            _,
        ) in waiting:  # all are written before the first is waited for: the disk takes them together
            _sync(fresh)
        for fresh, place in waiting:
            folders |= _made(place.parent)
            fresh.chmod(_MODE)
            fresh.rename(place)
        for folder in folders | {place.parent for _, place in waiting}:
            _sync(folder)

    def replace_checkpoint(self, content: bytes) -> None:
        """Put a new checkpoint in the old one's place, whole or not at all. Raises OSError."""
        fresh = self._new / CHECKPOINT
        fresh.write_bytes(content)
        fresh.chmod(_MODE)
        _sync(fresh)
        fresh.replace(self._directory / CHECKPOINT)
        _sync(self._directory)

    def checkpoint(self) -> bytes | None:
        """The checkpoint as it stands; None before the first."""
        try:
            return (self._directory / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return None

    def drop_partials(self, names: Iterable[TileName]) -> None:
        """Remove the partial forms of tiles that are full now. Raises OSError."""
        for name in names:
            folder = self._directory / (name.path + ".p")
            if folder.exists():
                for partial in folder.iterdir():
                    partial.unlink()
                folder.rmdir()


def _made(folder: Path) -> set[Path]:
    """Make a folder and those above it; every folder in which something new stands now."""
    if folder.exists():
        return set()
    touched = _made(folder.parent) | {folder.parent}
    folder.mkdir()
    return touched


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
