"""The device's signing keys as a file beside the key file: for the demo and for tests. It is only a file.

Rule 1: this file alone reads and writes it; every change is made under a lock, on what is there now: several processes
share it.
Rule 2: it decides nothing about a key's life.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.ports.device import DeviceError
from service.sealing.signing import Draft, KeyUse, SigningKey

__all__ = ["SigningFile"]

_SEED = 32
_GROUP_OR_WORLD = 0o077
_Rows = list[dict[str, Any]]


class SigningFile:
    """Implements `ports.signing.SigningDevice`."""

    def __init__(self, path: Path, entropy: Callable[[int], bytes]) -> None:
        self._path = path
        self._entropy = entropy
        self._seen: tuple[int, int] | None = None
        self._rows: _Rows = []

    async def keys(self) -> tuple[SigningKey, ...]:
        """See `ports.signing.SigningDevice`."""
        return tuple(_key(row) for row in self._read())

    async def create(self, draft: Draft) -> SigningKey:
        """See `ports.signing.SigningDevice`."""
        with self._changing() as rows:
            for row in rows:
                if _is(row, draft):
                    return _key(row)
            seed = self._entropy(_SEED)
            public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
            rows.append({**asdict(draft), "public": public.hex(), "seed": seed.hex(), "position": None})
            return _key(rows[-1])

    async def keep(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        with self._changing() as rows:
            for row in rows:
                if _is(row, key.life):
                    row.update(asdict(key.life), position=key.position)

    async def sign(self, key: SigningKey, message: bytes) -> bytes:
        """See `ports.signing.SigningDevice`."""
        for row in self._read():
            if _is(row, key.life) and row["seed"]:
                return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(row["seed"])).sign(message)
        raise DeviceError("this signing key is not in the device any more")

    async def destroy(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        if any(_is(row, key.life) and row["seed"] for row in self._read()):
            with self._changing() as rows:
                for row in rows:
                    if _is(row, key.life):
                        row["seed"] = ""

    async def forget(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        with self._changing() as rows:
            rows[:] = [row for row in rows if not _is(row, key.life)]

    def _read(self) -> _Rows:
        """What is there now; read again only where another process has replaced the file."""
        try:
            status = self._path.stat()
            if status.st_mode & _GROUP_OR_WORLD:
                raise DeviceError(f"{self._path}: readable by others; run chmod 600 on it")
            seen = (status.st_ino, status.st_mtime_ns)
            if seen != self._seen:
                self._rows = json.loads(self._path.read_text(encoding="ascii"))["keys"]
                self._seen = seen
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeviceError(
                f"{self._path}: no readable file of signing keys ({type(error).__name__})"
            ) from None
        return self._rows

    @contextmanager
    def _changing(self) -> Iterator[_Rows]:
        """The rows under the lock; whole on disk afterwards, or as before."""
        try:
            lock = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DeviceError(f"{self._path}: cannot be locked ({error.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rows = [dict(row) for row in self._read()]
            yield rows
            self._write(rows)
        finally:
            os.close(lock)

    def _write(self, rows: _Rows) -> None:
        fresh = self._path.with_suffix(".new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump({"version": 1, "keys": rows}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise DeviceError(f"{self._path}: cannot be written ({error.strerror})") from None


def _is(row: dict[str, Any], life: Draft) -> bool:
    return bool((row["use"], row["serial"]) == (life.use.value, life.serial))


def _key(row: dict[str, Any]) -> SigningKey:
    life = Draft(
        KeyUse(row["use"]),
        *(row[name] for name in ("serial", "announced_at", "active_from", "active_until", "verify_until")),
    )
    return SigningKey(life, bytes.fromhex(row["public"]), row["position"])
