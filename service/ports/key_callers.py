"""Who may ask what of the keys role (TRUST 6), as a table.

Rule 1: an operation of the keys role that is not in this table is served to nobody over its socket.
Rule 2: how a caller is known to have a role is not decided here.
"""

from enum import StrEnum

__all__ = ["MAY", "Caller"]


class Caller(StrEnum):
    """A role that asks: an operating-system user of its own in production."""

    LINK = "link"
    WORKER = "worker"
    WEB = "web"
    ENROL = "enrol"
    DESK = "desk"  # what two operators decided, and orders of support, behind their entries
    CORRECTOR = "corrector"  # whoever runs `cells approve`: records, each against the entry of its correction
    SUPPORT = "support"
    OPERATOR = "operator"
    KEYS = "keys"  # asks nothing of itself; it enters epochs in the log
    LOG = "log"  # asks only whether the keys answer


_L, _W, _D = Caller.LINK, Caller.WORKER, Caller.DESK

MAY: dict[str, frozenset[Caller]] = {
    "enrol": frozenset({Caller.ENROL}),
    "verify": frozenset({_L}),
    "derive_log": frozenset({_L, _W, _D}),
    "read_log": frozenset({_L}),
    "derive_itinerary": frozenset({_L, Caller.CORRECTOR}),
    "derive_itinerary_for_amend": frozenset({_W}),
    "activations": frozenset(
        {_L, _W, _D, Caller.ENROL}
    ),  # link: is it still the same life of the number; enrol: a new one forgets the old one's dialogue
    "derive_disputes": frozenset({_L, _W, _D}),
    "include": frozenset({_L}),
    "exclude": frozenset({_L}),
    "note_notices": frozenset({_L}),
    "lock": frozenset({_L}),
    "set_second": frozenset({_L}),
    "silence": frozenset({_L}),
    "lift": frozenset({_L}),
    "erase": frozenset({_L}),
    "note_disputes": frozenset({_L, _W, _D}),
    "notice_public": frozenset({_L, _W, _D, Caller.WEB}),  # web: a question for the link to open
    "derive_notice": frozenset({_L}),
    "derive_queue": frozenset({_L}),
    "derive_checkpoint": frozenset({_W}),
    "health": frozenset(Caller),
    "check_mint": frozenset({_L}),
    "check_place": frozenset({_L, Caller.WEB}),
    "check_open": frozenset({_L, Caller.WEB}),
    "answer_hash": frozenset({_L, Caller.WEB}),
    "sign": frozenset({_L, Caller.WEB}),
    "published": frozenset({_L, Caller.WEB}),
    "named": frozenset({Caller.OPERATOR}),
    "make_signing": frozenset({Caller.OPERATOR}),
    "keep_signing": frozenset({Caller.OPERATOR}),
    "sweep_signing": frozenset({Caller.OPERATOR}),
    "epochs": frozenset({Caller.SUPPORT, Caller.OPERATOR}),
    "foreseen": frozenset({Caller.OPERATOR}),
    "rotate": frozenset({Caller.OPERATOR}),
    "sweep": frozenset({Caller.OPERATOR}),
    "destroy": frozenset({Caller.OPERATOR}),
    "begin_copy": frozenset({Caller.OPERATOR}),
    "check_copy": frozenset({Caller.OPERATOR}),
    "accept_copy": frozenset({Caller.OPERATOR}),
}
