"""What goes over the link role's socket.

Rule 1: how it answers is decided here; its calls are those of its ports (`port_wire`).
Rule 2: it reads no socket.

    answer    MessagePack [0, kind of the result, result]       or [which error, "", its text]

A result may be of one of several kinds (a card shown, not proved, ...): its kind is named beside it.
"""

from typing import Any, get_args

import msgspec

from service.adapters.port_wire import Calls, WireError, operations_of, read, written
from service.ports.correcting import Correcting
from service.ports.holders import Holders, LinkError
from service.ports.keys import KeysError
from service.ports.link_callers import LINK_MAY
from service.ports.open_disputes import OpenDisputes
from service.ports.standing_answers import StandingAnswers
from service.ports.store import StoreError
from service.ports.web_cards import WebCards

__all__ = ["CALLS", "OPERATIONS", "answered", "written_answer"]

OPERATIONS = operations_of(
    {
        "holders": Holders,
        "cards": WebCards,
        "standing": StandingAnswers,
        "disputes": OpenDisputes,
        "correcting": Correcting,
    }
)
"""Every call of the ports, by its name."""

CALLS = Calls(OPERATIONS, LINK_MAY, (LinkError, StoreError, KeysError))


class _Answer(msgspec.Struct, array_like=True):
    error: int
    kind: str
    content: msgspec.Raw


def written_answer(error: int, content: object) -> bytes:
    """An answer as it goes over the socket."""
    kind = "" if error else type(content).__name__
    return written(_Answer(error, kind, msgspec.Raw(msgspec.msgpack.encode(content))))


def answered(name: str, body: bytes) -> Any:
    """The result of a call. Raises whatever it failed with, WireError for what is no answer to it."""
    answer = read(body, _Answer)
    if answer.error:
        raise CALLS.error(answer.error, answer.content)
    result = OPERATIONS[name].result
    kinds = {kind.__name__: kind for kind in get_args(result) or (result,)}
    if answer.kind not in kinds:
        raise WireError("a result of another kind")
    return OPERATIONS[name].answered(answer.content, kinds[answer.kind])
