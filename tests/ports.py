"""Ports for servers that have to be told one: nobody takes them between the telling and the listening.

They lie below the range from which the system serves outgoing connections and port 0 (32768 and up), so no stranger's
connection lands on them; a name of the system, held until this process ends, keeps two test runs apart.
"""

import contextlib
import itertools
import os
import socket

BUS = 10_000
"""What a cluster's server adds to its port for its bus."""
_FIRST, _COUNT = 12_000, 10_000  # and their buses, below 32,000
_held: list[socket.socket] = []
_next = itertools.count(os.getpid() * 97)


def free_ports(count: int) -> list[int]:
    """Ports that nobody has, nor the ones above them for a cluster's bus; nobody else is given them while we run."""
    found: list[int] = []
    for tried in itertools.islice(_next, _COUNT):
        port = _FIRST + tried % _COUNT
        if _ours(port):
            found.append(port)
        if len(found) == count:
            return sorted(found)
    raise OSError(f"no {count} free ports from {_FIRST} to {_FIRST + _COUNT - 1}")


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _ours(port: int) -> bool:
    name = socket.socket(socket.AF_UNIX)
    with contextlib.ExitStack() as kept:
        kept.callback(name.close)
        try:
            name.bind(f"\0itinerary-test-port-{port}")
            for one in (port, port + BUS):
                with socket.create_server(("127.0.0.1", one)):
                    pass
        except OSError:
            return False
        kept.pop_all()
        _held.append(name)
    return True
