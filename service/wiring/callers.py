"""Which operating-system user has which roles.

Rule 1: users are named in the configuration; the own one has every role.
Rule 2: what a role may ask is not known here.
"""

import os
import pwd
from collections.abc import Callable

from service.ports.key_callers import Caller
from service.settings import Settings, SettingsError

__all__ = ["appenders", "callers"]

_APPEND = frozenset({Caller.LINK, Caller.WORKER, Caller.DESK, Caller.OPERATOR, Caller.KEYS})


def callers(settings: Settings) -> Callable[[int], frozenset[Caller]]:
    """The roles of a user's number. Raises SettingsError."""
    users, own = _users(settings), os.getuid()

    def roles(user: int) -> frozenset[Caller]:
        return frozenset(Caller) if user == own else users.get(user, frozenset())

    return roles


def appenders(settings: Settings) -> Callable[[int], bool] | None:
    """Who may append to the log; None where the configuration names no other user. Raises SettingsError."""
    if not settings.keys.callers:
        return None
    roles = callers(settings)
    return lambda user: bool(roles(user) & _APPEND)


def _users(settings: Settings) -> dict[int, frozenset[Caller]]:
    try:
        return {pwd.getpwnam(name).pw_uid: frozenset(roles) for name, roles in settings.keys.callers.items()}
    except KeyError:
        names = ", ".join(sorted(settings.keys.callers))
        raise SettingsError(f"keys.callers: one of these is no user of this system: {names}") from None
