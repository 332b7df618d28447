"""What the end of the service is asked of: the files that say how far it is, and the keys that are to go."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.ports.keys import KeysError

__all__ = ["ClosedError", "Ending", "Step", "SunsetFiles"]


class ClosedError(KeysError):
    """The service has closed for good, as ordered; nothing is opened, recorded or enrolled any more."""


class SunsetFiles(Protocol):
    """A folder beside the log that every role can read.

    - `propose` fails with SunsetError where a proposal is there; `proposal` tells also which user of the operating system
      made it, as the system knows it.
    - Every other file is replaced whole, and durable when the call returns.
    """

    def propose(self, content: bytes) -> None: ...
    def proposal(self) -> tuple[bytes, str] | None: ...
    def read(self, name: str) -> bytes | None: ...
    def keep(self, name: str, content: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One key that is to go. `do` twice is no error."""

    name: str
    do: Callable[[], Awaitable[None]]


class Ending(Protocol):
    """The keys of the device, and of the file of this configuration.

    - `steps` lists what is there to be destroyed, device first; the log's own keys are not among them.
    - `public` answers what verifiers may need afterwards: the public side of all signing keys, as a JWK set.
    """

    async def steps(self) -> Sequence[Step]: ...
    async def public(self) -> dict[str, Any]: ...
