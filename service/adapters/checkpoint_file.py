"""The worker's checkpoint as a sealed file.

Rule 1: this file alone knows how a checkpoint lies on disk, and that one process at a time works in its directory.
Rule 2: it does not know what is in it.

    "ckpt/2" | epoch (2) | salt (16) | chunks: length (4) | sealed, bound to salt, place, and whether it is the last
"""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from service.ports.checkpoints import CheckpointError
from service.ports.keys import KeyService
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["CheckpointFile", "held_by_checkpoint"]

_MAGIC = b"ckpt/2"
_SALT = 16  # or a chunk of yesterday's checkpoint could stand in for the same chunk of today's
_CHUNK = 1 << 22


def held_by_checkpoint(directory: Path) -> dict[int, str]:
    """The epoch that a checkpoint in this directory is sealed under, and why it must not end yet."""
    try:
        with (directory / "checkpoint").open("rb") as file:
            head = file.read(len(_MAGIC) + 2)
    except OSError:
        return {}
    if head[: len(_MAGIC)] != _MAGIC or len(head) < len(_MAGIC) + 2:
        return {}
    return {int.from_bytes(head[len(_MAGIC) :]): "the worker's checkpoint; run `itinerary ingest` once"}


class CheckpointFile:
    """`Checkpoints` in one file of a directory that only the worker's user can read."""

    def __init__(self, directory: Path, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._path = directory / "checkpoint"
        self._keys = keys
        self._entropy = entropy

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else's while it lasts: two workers would undo each other's checkpoints. Raises CheckpointError."""
        with _told(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = (self._path.parent / "lock").open("ab")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CheckpointError(
                    f"{self._path.parent}: another ingest works here; wait for it, or stop it first"
                ) from None
            yield

    async def load(self) -> Iterator[bytes] | None:
        """See `ports.checkpoints.Checkpoints`."""
        with _told(self._path):
            if not self._path.exists():
                return None
            file = self._path.open("rb")
        head = file.read(len(_MAGIC) + 2 + _SALT)
        if head[: len(_MAGIC)] != _MAGIC or len(head) < len(_MAGIC) + 2 + _SALT:
            file.close()
            raise CheckpointError(
                f"{self._path}: not a checkpoint of this version; move it away and ingest anew"
            )
        key = await self._keys.derive_checkpoint(int.from_bytes(head[6:8]))
        return self._opened(file, key, head[8:])

    def _opened(self, file: IO[bytes], key: bytes, salt: bytes) -> Iterator[bytes]:
        with file, _told(self._path):
            place, sealed = 0, _chunk(file)
            while sealed is not None:
                after = _chunk(file)
                try:
                    yield unseal(key, sealed, _bound(salt, place, last=after is None))
                except SealError:
                    break
                if after is None:
                    return
                place, sealed = place + 1, after
        raise CheckpointError(f"{self._path}: damaged; move it away and ingest anew")

    async def save(self, pieces: Iterable[bytes | memoryview]) -> None:
        """See `ports.checkpoints.Checkpoints`."""
        epoch = self._keys.current_epoch
        key = await self._keys.derive_checkpoint(epoch)
        await asyncio.to_thread(self._replace, pieces, epoch, key)

    def _replace(self, pieces: Iterable[bytes | memoryview], epoch: int, key: bytes) -> None:
        fresh = self._path.with_suffix(".new")
        with _told(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._write(fresh, pieces, epoch, key)
            except OSError:
                fresh.unlink(
                    missing_ok=True
                )  # half a checkpoint must not hold the room that a whole one needs
                raise
            fresh.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def _write(self, path: Path, pieces: Iterable[bytes | memoryview], epoch: int, key: bytes) -> None:
        salt = self._entropy(_SALT)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_MAGIC + epoch.to_bytes(2) + salt)
            for place, (chunk, last) in enumerate(_with_last(_chunks(pieces))):
                sealed = seal(key, self._entropy(NONCE_BYTES), chunk, _bound(salt, place, last=last))
                file.write(len(sealed).to_bytes(4))
                file.write(sealed)
            file.flush()
            os.fsync(file.fileno())


def _chunks(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Pieces of any size as chunks of one; an empty one where there is nothing at all."""
    held = bytearray()
    for piece in pieces:
        for at in range(0, len(piece), _CHUNK):
            held += piece[at : at + _CHUNK]
            while len(held) >= _CHUNK:
                yield bytes(held[:_CHUNK])
                del held[:_CHUNK]
    yield bytes(held)


def _with_last(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    chunk = next(chunks)
    for after in chunks:
        yield chunk, False
        chunk = after
    yield chunk, True


def _chunk(file: IO[bytes]) -> bytes | None:
    length = file.read(4)
    return file.read(int.from_bytes(length)) if length else None


def _bound(salt: bytes, place: int, *, last: bool) -> bytes:
    return b"ckpt/2|%b|%d|%d" % (salt, place, last)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{path}: cannot be read or written ({error.strerror}); make room or give access"
        ) from None
