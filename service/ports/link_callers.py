"""Who may ask what of the link role, as a table.

Rule 1: an operation of the link role that is not in this table is served to nobody over its socket.
Rule 2: how a caller is known to have a role is not decided here.
"""

from service.ports.key_callers import Caller

__all__ = ["LINK_MAY"]

_WEB = frozenset({Caller.WEB})

LINK_MAY: dict[str, frozenset[Caller]] = {
    "takes_checks": _WEB,
    "checked": _WEB,
    "guessed": _WEB,
    "ask": _WEB,
    "show": _WEB,
    "withdraw": _WEB,
    "second": _WEB,
    "correct": frozenset({Caller.DESK}),  # what two operators decided, against the receipt of its entry
    "repeat": _WEB,
    "open_disputes": _WEB,
}
