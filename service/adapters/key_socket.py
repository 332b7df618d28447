"""The keys role over a unix socket: who connects is told by the system, and may call what their role may.

Rule 1: a caller's roles come from its operating-system user (SO_PEERCRED), never from what it says.
Rule 2: nothing is kept and nothing is decided here but who may call; a call's own checks are behind the ports.

    link, worker, web ... ~unix socket~ KeyServer -- may it? -- KeyService, CheckKeys
"""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import msgspec

from service.adapters.framed import FramedClient, FramedServer, GoneError
from service.adapters.key_wire import CALLS, OPERATIONS, Answer
from service.adapters.port_wire import Request, read, written
from service.adapters.redis_server import RedisServer
from service.ports.check_keys import CheckKeys
from service.ports.epochs import EpochKeeping
from service.ports.key_callers import Caller
from service.ports.keys import KeysError, KeyService
from service.ports.signing import Signing
from service.ports.store import StoreError

__all__ = ["Holding", "KeyClient", "KeyServer", "KeysAwayError", "KeysGoneError"]

_GONE = "the process that holds the keys has gone away; nothing was disclosed"


@dataclass(frozen=True, slots=True)
class Holding:
    """The keys role itself, the server of its key space, and what lets go of its device."""

    keys: KeyService
    checks: CheckKeys
    keeping: EpochKeeping
    signing: Signing
    server: RedisServer | None
    close: Callable[[], Awaitable[None]]
    refuse: Callable[[], None] = lambda: None  # raises a KeysError once nothing may be asked any more

    def operation(self, name: str) -> Callable[..., Awaitable[Any]]:
        """One of the calls of its ports. Raises KeysError once the service has closed for good."""
        self.refuse()
        port = getattr(self, OPERATIONS[name].port)
        return cast("Callable[..., Awaitable[Any]]", getattr(port, name))


class KeysAwayError(KeysError):
    """Nobody serves the keys; it may be otherwise in a moment."""


class KeysGoneError(KeysError):
    """The process that was asked has gone away; whether it had done anything is not known."""


class KeyServer:
    """Serves the keys role until it is closed. `roles_of` tells what a user may be."""

    def __init__(
        self, holding: Holding, path: Path, roles_of: Callable[[int], frozenset[Caller]], mode: int
    ) -> None:
        self._holding = holding
        self._path = path
        self._server = FramedServer(path, mode, roles_of, self._answer)

    async def start(self) -> None:
        """Listen; the caller holds the device alone. Raises KeysError."""
        try:
            await self._server.start()
        except OSError as error:
            raise KeysError(f"{self._path}: no socket can be made there ({error.strerror})") from None

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        await self._server.close()

    async def _answer(self, body: bytes, roles: frozenset[Caller]) -> bytes:
        error, content = await CALLS.made(read(body, Request), roles, self._holding.operation)
        said = msgspec.Raw(msgspec.msgpack.encode(content))
        return written(Answer(self._holding.keys.current_epoch, error, said))


class KeyClient:
    """Calls of the keys role that another process answers. `call` is what a port's stub is made of."""

    def __init__(self, asked: FramedClient) -> None:
        self._asked = asked
        self.epoch = 0

    @classmethod
    async def connect(cls, path: Path) -> "KeyClient":
        """Connect and learn the current epoch. Raises KeysError where nobody listens, or lets us in."""
        try:
            client = cls(await FramedClient.connect(path))
        except OSError:
            raise KeysAwayError(
                f"{path}: nobody serves the keys; start `itinerary serve --role keys`"
            ) from None
        with contextlib.suppress(KeysError, StoreError):  # a device that fails still tells the epoch
            await client.call("health")
        if not client.epoch:
            await client.close()
            raise KeysError(f"{path}: this user is no caller of the keys role; see keys.callers")
        return client

    @property
    def gone(self) -> bool:
        """Whether the other process has gone away."""
        return self._asked.gone

    async def call(self, operation: str, *arguments: object, **named: object) -> Any:
        """Ask, and wait for the answer. Raises KeysError, StoreError."""
        request = CALLS.request(operation, arguments, named)
        try:
            answer = read(await self._asked.call(request), Answer)
        except GoneError:
            raise KeysGoneError(_GONE) from None
        self.epoch = answer.epoch
        if answer.error:
            raise CALLS.error(answer.error, answer.content)
        return OPERATIONS[operation].answered(answer.content)

    async def close(self) -> None:
        """Let go."""
        await self._asked.close()
