"""One keys role for all processes of a machine: the first that may holds the device, the others ask it.

Rule 1: who holds it is decided by a lock, and decided anew when the holder has gone away.
Rule 2: a call whose holder went away meanwhile is asked once more: at worst a wrong guess has counted twice, or a
        running number is left out.
"""

import asyncio
import fcntl
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from service.adapters.framed import ALONE, FOR_ALL
from service.adapters.key_socket import Holding, KeyClient, KeysAwayError, KeyServer, KeysGoneError
from service.adapters.key_wire import OPERATIONS
from service.ports.check_keys import CheckKeys
from service.ports.epochs import EpochKeeping
from service.ports.key_callers import Caller
from service.ports.keys import KeysError, KeyService
from service.ports.signing import Signing

__all__ = ["STARTING", "SharedKeys"]

STARTING = 60.0
"""Seconds that a process which is to run on waits at its start for those that it asks: a new start would cost more."""

_PAUSE, _PATIENCE = 0.1, 3.0  # seconds


class SharedKeys:
    """The ports of the keys role, wherever it is. `lead` opens the device; None: this process never may."""

    def __init__(
        self,
        lead: Callable[[], Awaitable[Holding]] | None,
        path: Path,
        callers: Callable[[int], frozenset[Caller]],
        *,
        others: bool,
    ) -> None:
        self._lead = lead
        self._path = path
        self._callers = callers
        self._mode = FOR_ALL if others else ALONE
        self._own: tuple[Holding, KeyServer, IO[bytes]] | None = None
        self._client: KeyClient | None = None
        self._deciding = asyncio.Lock()
        for name in OPERATIONS:
            setattr(self, name, partial(self._call, name))

    @property
    def keys(self) -> KeyService:
        """The port, wherever it is answered."""
        return cast("KeyService", self)

    @property
    def checks(self) -> CheckKeys:
        """The port, wherever it is answered."""
        return cast("CheckKeys", self)

    @property
    def keeping(self) -> EpochKeeping:
        """The port, wherever it is answered."""
        return cast("EpochKeeping", self)

    @property
    def signing(self) -> Signing:
        """The port, wherever it is answered."""
        return cast("Signing", self)

    @property
    def current_epoch(self) -> int:
        """See `ports.keys.KeyService`."""
        if self._own is not None:
            return self._own[0].keys.current_epoch
        return self._client.epoch if self._client is not None else 0

    @property
    def held(self) -> Holding | None:
        """What this process holds; None where another one does."""
        return self._own[0] if self._own is not None else None

    async def settle(self, patience: float = _PATIENCE) -> None:
        """Hold or ask. Raises KeysError, DeviceError.

        `patience`: seconds for a holder that is not there yet; one that is, and refuses us, has less of it.
        """
        begun = time.monotonic()
        while True:
            try:
                await self._settled()
            except KeysError as error:  # the holder may just be starting, or ending
                left = (patience if isinstance(error, KeysAwayError) else min(patience, _PATIENCE)) + begun
                if time.monotonic() >= left or not self._contended():
                    raise
                await asyncio.sleep(_PAUSE)
            else:
                return

    def _contended(self) -> bool:
        """Whether it may be otherwise in a moment: somebody else has the lock, or has to come first."""
        lock = self._lock() if self._lead is not None else None
        if lock is not None:
            lock.close()
        return lock is None

    async def _call(self, name: str, *arguments: object, **named: object) -> Any:
        try:
            return await (await self._answering(name))(*arguments, **named)
        except KeysGoneError:
            return await (await self._answering(name))(*arguments, **named)

    async def _answering(self, name: str) -> Callable[..., Awaitable[Any]]:
        """The call itself, in this process or in the one that holds the device."""
        if self._own is None and (self._client is None or self._client.gone):
            await self.settle()
        if self._own is not None:
            return self._own[0].operation(name)
        if self._client is None:
            raise KeysError("the keys role is closed")
        return partial(self._client.call, name)

    async def _settled(self) -> None:
        async with self._deciding:
            if self._own is not None or (self._client is not None and not self._client.gone):
                return
            lock = self._lock() if self._lead is not None else None
            if lock is None or self._lead is None:
                self._client = await KeyClient.connect(self._path)
                return
            try:
                self._own = (*await self._led(self._lead), lock)
            except BaseException:
                lock.close()
                raise

    async def _led(self, lead: Callable[[], Awaitable[Holding]]) -> tuple[Holding, KeyServer]:
        holding = await lead()
        server = KeyServer(holding, self._path, self._callers, self._mode)
        try:
            await server.start()
        except KeysError:
            await holding.close()
            raise
        return holding, server

    def _lock(self) -> IO[bytes] | None:
        """The right to hold the device, until it is closed; None where another process has it. Raises KeysError."""
        try:
            lock = self._path.with_name(self._path.name + ".lock").open("ab")
        except OSError as error:
            raise KeysError(f"{self._path}: no lock can be made beside it ({error.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        return lock

    async def close(self) -> None:
        """Answer what others have asked, then let the device go."""
        if self._client is not None:
            await self._client.close()
        if self._own is not None:
            holding, server, lock = self._own
            await server.close()
            await holding.close()
            lock.close()
