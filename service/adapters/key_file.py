"""The key device as a file: for the demo and for tests. It is only a file: whoever reads it has every key.

Rule 1: this file alone reads and writes the key file.
Rule 2: it knows nothing of subscriptions. In production a PKCS#11 module stands behind the same port.
"""

import asyncio
import hmac
import json
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.ports.device import DeviceError, Pepper
from service.sealing.envelope import SealError, unwrap, wrap

__all__ = ["ROLE_FILES", "KeyFile"]

_KEY = 32
_ROLES = ("index_key", "receipt_key", "log_key", "requester_key")
"""What single roles hold. The rest is the device's, and with a hardware module not in this file at all."""
_SINCE = frozenset({"log_key", "check_place", "check_salt", "requester_key"})
"""Keys that a file of an earlier version lacks; nothing depends on them yet, so they are made then."""
_PEPPERS = tuple(pepper.value for pepper in Pepper)
ROLE_FILES: dict[str, tuple[str, ...]] = {
    "keys": ("receipt_key", *_PEPPERS, "epochs"),
    "log": ("receipt_key", "log_key"),
    "link": ("index_key", "requester_key"),
    "web": ("requester_key",),
    "worker": ("index_key",),
    "enrol": ("index_key",),
    "desk": ("requester_key",),
}
"""What each role's file holds: the device's keys stay with the keys role, or are in the hardware module."""
_GROUP_OR_WORLD = 0o077


class KeyFile:
    """A `KeyDevice`, and the keys that single roles get as files: index key, receipt key, requester key."""

    def __init__(self, path: Path, content: dict[str, Any], entropy: Callable[[int], bytes]) -> None:
        self._path = path
        self._content = content
        self._entropy = entropy
        self._lock = asyncio.Lock()

    @classmethod
    def open(
        cls, path: Path, entropy: Callable[[int], bytes], *, create: bool = False, roles_only: bool = False
    ) -> "KeyFile":
        """Read the file; make it first where it is missing and `create` says so. Raises DeviceError.

        With `roles_only` the device is a hardware module: the file holds what single roles need and no more.
        """
        names = _ROLES if roles_only else (*_ROLES, *_PEPPERS)
        if create and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, {"version": 1, **{name: entropy(_KEY).hex() for name in names}, "epochs": {}})
        try:
            mode = path.stat().st_mode
            if mode & _GROUP_OR_WORLD:
                raise DeviceError(f"{path}: readable by others; run chmod 600 on it")
            content = json.loads(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise DeviceError(f"{path}: no readable key file; run `itinerary init` once") from None
        except (OSError, ValueError) as error:
            raise DeviceError(f"{path}: no readable key file ({type(error).__name__})") from None
        whole = (
            "role" not in content and "ended" not in content
        )  # a role's file stays as it is, and so does an ended one
        since = _SINCE - content.keys() if whole else frozenset()
        missing = {name: entropy(_KEY).hex() for name in names if name in since}
        if missing:
            content |= missing
            _write(path, content)
        return cls(path, content, entropy)

    @property
    def index_key(self) -> bytes:
        """K_idx: for link, worker and enrolment only."""
        return self._held("index_key")

    @property
    def receipt_key(self) -> bytes:
        """For the log and the keys role only."""
        return self._held("receipt_key")

    @property
    def log_key(self) -> bytes:
        """What the log signs its checkpoints with (the seed of an Ed25519 key): for the log only."""
        return self._held("log_key")

    @property
    def requester_key(self) -> bytes:
        """What addresses and numbers of checkers are hashed with before they are counted: for web and link only."""
        return self._held("requester_key")

    def _held(self, name: str) -> bytes:
        if name not in self._content:
            raise DeviceError(f"{self._path}: holds no {name}; it is another role's")
        return bytes.fromhex(self._content[name])

    def split(self, folder: Path) -> list[Path]:
        """Write a file for each role with what it may hold (TRUST 6), to be given to a user of its own. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = []
        for role, names in ROLE_FILES.items():
            path = folder / f"{role}.json"
            kept = {name: self._content[name] for name in names if name in self._content}
            _write(path, {"version": 1, "role": role, **kept})
            made.append(path)
        return made

    async def forget(self, names: Sequence[str]) -> list[str]:
        """Take these roles' keys out of the file, for good; which of them were there. A copy of the file has them still."""
        async with self._lock:
            there = [name for name in names if name in self._content]
            if there:
                self._end(there)
            return there

    def held(self, names: Sequence[str] = _ROLES) -> list[str]:
        """Which roles' keys are in the file."""
        return [name for name in names if name in self._content]

    def _end(self, names: Sequence[str]) -> None:
        """Nothing that was in the file once is made anew after this."""
        for name in names:
            self._content.pop(name, None)
        self._content["ended"] = True
        _write(self._path, self._content)

    async def epochs(self) -> tuple[int, ...]:
        """See `ports.device.KeyDevice`."""
        return tuple(int(epoch) for epoch in self._content.get("epochs", {}))

    async def create(self, epoch: int) -> None:
        """See `ports.device.KeyDevice`."""
        async with self._lock:
            if "ended" in self._content:
                raise DeviceError(
                    f"{self._path}: its keys have been destroyed for good; none is made here any more"
                )
            if str(epoch) not in self._content["epochs"]:
                self._content["epochs"][str(epoch)] = self._entropy(_KEY).hex()
                _write(self._path, self._content)

    async def destroy(self, epoch: int) -> None:
        """See `ports.device.KeyDevice`. A file can have been copied: only a hardware module keeps this promise whole."""
        async with self._lock:
            if self._content["epochs"].pop(str(epoch), None) is not None:
                _write(self._path, self._content)

    async def peppers(self) -> tuple[Pepper, ...]:
        """See `ports.device.KeyDevice`."""
        return tuple(pepper for pepper in Pepper if pepper.value in self._content)

    async def destroy_pepper(self, pepper: Pepper) -> None:
        """See `ports.device.KeyDevice`."""
        async with self._lock:
            if pepper.value in self._content:
                self._end([pepper.value])

    async def wrap(self, epoch: int, key: bytes) -> bytes:
        """See `ports.device.KeyDevice`."""
        return wrap(self._kek(epoch), key)

    async def unwrap(self, epoch: int, wrapped: bytes) -> bytes:
        """See `ports.device.KeyDevice`."""
        try:
            return unwrap(self._kek(epoch), wrapped)
        except SealError:
            raise DeviceError("a wrapped key does not belong to this device's epoch") from None

    async def macs(self, messages: Sequence[bytes], pepper: Pepper = Pepper.DOCUMENT) -> list[bytes]:
        """See `ports.device.KeyDevice`."""
        if pepper.value not in self._content:
            raise DeviceError("this key is not in the device any more")
        key = bytes.fromhex(self._content[pepper.value])
        return [hmac.digest(key, message, sha256) for message in messages]

    def _kek(self, epoch: int) -> bytes:
        try:
            return bytes.fromhex(self._content["epochs"][str(epoch)])
        except KeyError:
            raise DeviceError("this epoch's key is not in the device") from None


def _write(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all: a new file, on disk, then in the old one's place."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
