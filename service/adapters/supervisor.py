"""A word to whoever supervises this process: that it works, and that it still does (sd_notify(3), in its whole protocol a datagram).

Rule 1: this file alone knows how systemd is told.
Rule 2: it decides nothing: whoever does the work says that it goes on.

A process that nobody supervises tells nobody. A supervisor that cannot be reached is no reason to stop working.
"""

import contextlib
import socket
from collections.abc import Callable

__all__ = ["Supervisor"]

_EVERY = 1.0  # seconds between two signs of life, however often there is one


class Supervisor:
    """`address` is the environment's NOTIFY_SOCKET: a path, or an abstract name that begins with @."""

    def __init__(self, address: str | None, clock: Callable[[], float]) -> None:
        self._address = address
        self._clock = clock
        self._told = -_EVERY

    def ready(self) -> None:
        """What it is there for has begun."""
        self._say("READY=1")

    def alive(self) -> None:
        """A step of its work is done."""
        now = self._clock()
        if now - self._told >= _EVERY:
            self._told = now
            self._say("WATCHDOG=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as told:
            told.sendto(word.encode(), address)
