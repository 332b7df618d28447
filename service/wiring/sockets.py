"""Where the roles' sockets lie.

Rule 1: each socket's place comes from the configuration, and is short enough for a socket's name.
Rule 2: nothing listens here.
"""

from pathlib import Path

from service.adapters.socket_place import socket_place
from service.settings import Settings, SettingsError

__all__ = ["keys_place", "link_place"]


def keys_place(settings: Settings) -> Path:
    """Of the keys role. Raises SettingsError."""
    return _place("keys", settings.keys_socket)


def link_place(settings: Settings) -> Path:
    """Of the link role. Raises SettingsError."""
    return _place("link", settings.link_socket)


def _place(role: str, path: Path) -> Path:
    try:
        return socket_place(path)
    except PermissionError as error:
        raise SettingsError(f"{role}.socket: {error}") from None
