"""The worker's checkpoint as a sealed file.

Rule 1: this file alone knows how a checkpoint lies on disk.
Rule 2: it does not know what is in it.

    "ckpt/1" | epoch (2) | chunks: length (4) | sealed (bound to its place and to whether it is the last)
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from service.ports.checkpoints import CheckpointError
from service.ports.keys import KeyService
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["CheckpointFile"]

_MAGIC = b"ckpt/1"
_CHUNK = 1 << 24


class CheckpointFile:
    """`Checkpoints` in one file of a directory that only the worker's user can read."""

    def __init__(self, directory: Path, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._path = directory / "checkpoint"
        self._keys = keys
        self._entropy = entropy

    async def load(self) -> bytes | None:
        """See `ports.checkpoints.Checkpoints`."""
        if not self._path.exists():
            return None
        data = await asyncio.to_thread(self._path.read_bytes)
        if data[: len(_MAGIC)] != _MAGIC:
            raise CheckpointError(
                f"{self._path}: not a checkpoint of this version; move it away and ingest anew"
            )
        epoch, at = int.from_bytes(data[6:8]), 8
        key = await self._keys.derive_checkpoint(epoch)
        chunks: list[bytes] = []
        try:
            while at < len(data):
                length = int.from_bytes(data[at : at + 4])
                last = at + 4 + length >= len(data)
                chunks.append(unseal(key, data[at + 4 : at + 4 + length], _bound(len(chunks), last=last)))
                at += 4 + length
        except SealError:
            raise CheckpointError(f"{self._path}: damaged; move it away and ingest anew") from None
        return b"".join(chunks)

    async def save(self, content: bytes) -> None:
        """See `ports.checkpoints.Checkpoints`."""
        epoch = self._keys.current_epoch
        key = await self._keys.derive_checkpoint(epoch)
        pieces = [content[at : at + _CHUNK] for at in range(0, max(len(content), 1), _CHUNK)]
        out = [_MAGIC, epoch.to_bytes(2)]
        for place, piece in enumerate(pieces):
            bound = _bound(place, last=place == len(pieces) - 1)
            sealed = seal(key, self._entropy(NONCE_BYTES), piece, bound)
            out += [len(sealed).to_bytes(4), sealed]
        await asyncio.to_thread(self._replace, b"".join(out))

    def _replace(self, data: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _bound(place: int, *, last: bool) -> bytes:
    return b"ckpt/1|%d|%d" % (place, last)
