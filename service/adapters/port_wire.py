"""Calls of ports over a socket: requests typed by the ports themselves, and who may make them.

Rule 1: which bytes mean which call is decided here, once, from the signatures of the ports.
Rule 2: it reads no socket, and does nothing but call.

    request   MessagePack [operation, [arguments]]
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

import msgspec

from service.ports.key_callers import Caller

__all__ = ["Calls", "Operation", "Request", "WireError", "operations_of", "read", "written"]

_T = TypeVar("_T")


class WireError(ValueError):
    """Bytes that are no request and no answer: the connection is closed."""


class Request(msgspec.Struct, array_like=True):
    """A call; its arguments are decoded once the operation is known, and allowed."""

    operation: str
    arguments: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a port: the types of its arguments in their order, which are by keyword only, and of its result."""

    port: str
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

    def answered(self, raw: msgspec.Raw, kind: Any = None) -> Any:
        """The result, or one of the kinds that it may be of. Raises WireError."""
        try:
            return msgspec.msgpack.decode(raw, type=self.result if kind is None else kind)
        except (msgspec.MsgspecError, ValueError):
            raise WireError("a result of another type") from None


def operations_of(ports: Mapping[str, type]) -> dict[str, Operation]:
    """Every call of the ports, by its name."""
    return {
        name: _operation(port, call)
        for port, kind in ports.items()
        for name, call in vars(kind).items()
        if inspect.iscoroutinefunction(call)
    }


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


@dataclass(frozen=True, slots=True)
class Calls:
    """What may be asked, by whom, and what it may fail with; the errors' texts hold nothing personal."""

    operations: Mapping[str, Operation]
    may: Mapping[str, frozenset[Caller]]
    errors: tuple[type[Exception], ...]

    async def made(
        self, request: Request, roles: frozenset[Caller], call: Callable[[str], Callable[..., Awaitable[Any]]]
    ) -> tuple[int, Any]:
        """0 and the result, or an error's number and its text: 1 also for what may not be asked, or is no call."""
        name = request.operation
        if not roles & self.may.get(name, frozenset()):
            return 1, "this role may not ask that"
        try:
            given, named = self.operations[name].call(request.arguments)
            return 0, await call(name)(*given, **named)
        except WireError as error:
            return 1, str(error)
        except self.errors as error:
            which = next(place for place, kind in enumerate(self.errors, 1) if isinstance(error, kind))
            return which, str(error)

    def request(self, name: str, arguments: tuple[object, ...], named: Mapping[str, object]) -> bytes:
        """A call as it goes over the socket."""
        keywords = self.operations[name].keywords
        given = msgspec.msgpack.encode([*arguments, *(named[keyword] for keyword in keywords)])
        return written(Request(name, msgspec.Raw(given)))

    def error(self, number: int, content: msgspec.Raw) -> Exception:
        """What the other side failed with."""
        kind = self.errors[number - 1] if number <= len(self.errors) else self.errors[0]
        return kind(msgspec.msgpack.decode(content, type=str))


def written(message: msgspec.Struct) -> bytes:
    """A message as it goes over the socket."""
    return msgspec.msgpack.encode(message)


def read(body: bytes, kind: type[_T]) -> _T:
    """A message of this kind. Raises WireError."""
    try:
        return msgspec.msgpack.decode(body, type=kind)
    except (msgspec.MsgspecError, ValueError):  # the latter for text that is no UTF-8
        raise WireError("no message") from None
