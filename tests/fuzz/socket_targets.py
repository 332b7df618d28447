"""What one process of ours says to another, as functions of octets (`targets`)."""

import asyncio
from collections.abc import Callable

from service.adapters import key_wire, link_wire
from service.adapters.framed import _frame, _framed
from service.adapters.port_wire import Calls, Request, WireError, read
from service.domain.identity import LastFour
from service.ports.keys import Claim, Way

__all__ = ["asked", "calls", "frame_seeds", "framed"]


def calls(spoken: Calls) -> Callable[[bytes], bool]:
    """A request of keys or link: the operation, then arguments of the types that its port has."""

    def parse(data: bytes) -> bool:
        try:
            request = read(data, Request)
            operation = spoken.operations.get(request.operation)
            if operation is None:
                return False
            given, named = operation.call(request.arguments)
        except WireError:
            return False
        assert set(named) == set(operation.keywords)
        assert len(given) + len(named) >= len(operation.keywords)
        return True

    return parse


def framed(data: bytes) -> bool:
    """Frames of a connection, until it says what is none."""

    async def frames() -> int:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        found = 0
        while True:
            try:
                number, body = await _frame(reader)
            except (ValueError, asyncio.IncompleteReadError):
                return found
            assert _framed(number, body) in data
            found += 1

    return asyncio.run(frames()) > 0


def asked() -> dict[str, list[bytes]]:
    """Requests that keys and link understand."""
    claim = Claim(b"i" * 16, LastFour.parse("123X"), Way.OPEN)
    return {
        "keys": [
            key_wire.CALLS.request("health", (), {}),
            key_wire.CALLS.request("verify", ([claim],), {}),
            key_wire.CALLS.request("derive_log", ([b"i" * 16],), {}),
        ],
        "link": [
            link_wire.CALLS.request("takes_checks", (), {}),
            link_wire.CALLS.request("ask", (b"i" * 16, "8613800138000", "10086"), {}),
            link_wire.CALLS.request("withdraw", ("H4TN8",), {}),
        ],
    }


def frame_seeds() -> list[bytes]:
    """One frame, and two in a row."""
    one, other = _framed(1, b"one"), _framed(2**31, bytes(range(256)))
    return [one, one + other]
