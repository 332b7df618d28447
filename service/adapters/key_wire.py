"""What goes over the keys role's socket: requests typed by the ports themselves, answers, refusals.

Rule 1: which bytes mean which call is decided here, once, from the signatures of the ports.
Rule 2: it reads no socket and holds no key.

    request   MessagePack [operation, [arguments]]
    answer    MessagePack [current epoch, 0, result]       or [epoch, which error, its text]
"""

import inspect
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

import msgspec

from service.ports.check_keys import CheckKeys
from service.ports.epochs import EpochKeeping
from service.ports.keys import KeysError, KeyService
from service.ports.signing import Signing
from service.ports.store import StoreError

__all__ = [
    "ERRORS",
    "OPERATIONS",
    "Answer",
    "Operation",
    "Request",
    "WireError",
    "read_answer",
    "read_request",
    "written",
]

_T = TypeVar("_T")

ERRORS: tuple[type[Exception], ...] = (KeysError, StoreError)
"""What a call may fail with, by its number less one. Their texts hold nothing personal, here as in process."""


class WireError(ValueError):
    """Bytes that are no request and no answer: the connection is closed."""


class Request(msgspec.Struct, array_like=True):
    """A call; its arguments are decoded once the operation is known, and allowed."""

    operation: str
    arguments: msgspec.Raw


class Answer(msgspec.Struct, array_like=True):
    """Its result or its error (text)."""

    epoch: int
    error: int
    content: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a port: the types of its arguments in their order, which are by keyword only, and of its result."""

    port: str  # of `Holding`
    arguments: Any
    keywords: tuple[str, ...]
    result: Any

    def call(self, raw: msgspec.Raw) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments. Raises WireError."""
        try:
            given = list(msgspec.msgpack.decode(raw, type=self.arguments))
        except (msgspec.MsgspecError, ValueError):
            raise WireError("arguments of another type") from None
        split = len(given) - len(self.keywords)
        return given[:split], dict(zip(self.keywords, given[split:], strict=True))

    def answered(self, raw: msgspec.Raw) -> Any:
        """The result. Raises WireError."""
        try:
            return msgspec.msgpack.decode(raw, type=self.result)
        except (msgspec.MsgspecError, ValueError):
            raise WireError("a result of another type") from None


_PORTS = {"keys": KeyService, "checks": CheckKeys, "keeping": EpochKeeping, "signing": Signing}


def _operation(port: str, call: Any) -> Operation:
    hints = get_type_hints(call)
    result = hints.pop("return")
    keywords = inspect.signature(call).parameters.values()
    return Operation(
        port,
        tuple.__class_getitem__(tuple(hints.values())),
        tuple(one.name for one in keywords if one.kind is inspect.Parameter.KEYWORD_ONLY),
        result,
    )


OPERATIONS: dict[str, Operation] = {
    name: _operation(port, call)
    for port, kind in _PORTS.items()
    for name, call in vars(kind).items()
    if inspect.iscoroutinefunction(call)
}
"""Every call of the ports, by its name."""


def written(message: Request | Answer) -> bytes:
    """A message as it goes over the socket."""
    return msgspec.msgpack.encode(message)


def read_request(body: bytes) -> Request:
    """Raises WireError."""
    return _read(body, Request)


def read_answer(body: bytes) -> Answer:
    """Raises WireError."""
    return _read(body, Answer)


def _read(body: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except msgspec.MsgspecError:
        raise WireError("no message") from None
