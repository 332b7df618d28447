"""Who has connected to a unix socket.

Rule 1: the system says it (SO_PEERCRED, unix(7)), never the peer.
Rule 2: what a user may do is not known here.
"""

import asyncio
import os
import socket
import struct

__all__ = ["ALONE", "FOR_ALL", "own_user", "peer_user"]

ALONE, FOR_ALL = 0o600, 0o666
"""Modes of a socket: one that every user may open is guarded by who opens it, one without other callers by its mode too."""

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid


def peer_user(writer: asyncio.StreamWriter) -> int:
    """The peer's user number, as the kernel knows it."""
    peer = writer.get_extra_info("socket")
    _, user, _ = _CREDENTIALS.unpack(
        peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    )
    return int(user)


def own_user(user: int) -> bool:
    """Whether a user is the one that this process runs as."""
    return user == os.getuid()
