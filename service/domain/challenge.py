"""The live challenge: what may follow what between a verifier's page and a holder's handset.

Rule 1: its states, how long each lives and which step leads where stand in this file.
Rule 2: it knows no store, socket, text or key; a store does each step as one script, and only the first of two racers.

    OPENED --BIND--> ASKED --AGREE--> AGREED --SHOW--> SHOWN      then the page takes the answer, once
     180 s           120 s  |          60 s   |
                            +--REFUSE--> REFUSED              gone: expired, or the page has left
                            +-----------------+--FAIL, SPEND--> FAILED, SPENT
"""

from dataclasses import dataclass, field
from enum import Enum

__all__ = [
    "ASK_SECONDS",
    "CHALLENGE_TRIES",
    "MOVES",
    "OPEN_SECONDS",
    "TOLD_SECONDS",
    "Move",
    "Moved",
    "Pending",
    "State",
    "Step",
    "follow",
]

OPEN_SECONDS = 180
"""How long the six digits on the page wait for the handset that texts them."""

ASK_SECONDS = 120
"""How long the holder may think about what is asked."""

TOLD_SECONDS = 60
"""How long an outcome waits for the page, which looks four times a second."""

CHALLENGE_TRIES = 3
"""Wrong consent numbers a challenge takes; the third ends it."""

_CROSSING = 5
"""Seconds that the record outlives the holder's time, for an answer that is on its way."""


class State(Enum):
    """Where a challenge is; the letters are what a store keeps."""

    OPENED = "o"  # the page shows six digits
    ASKED = "a"  # a handset has texted them and is asked
    AGREED = "g"  # its holder has agreed; the entry is being written
    SHOWN = "s"  # the answer waits for the page
    REFUSED = "r"  # the holder has said no, or three wrong numbers
    FAILED = "f"  # agreed, but nothing could be shown; the fault is ours
    SPENT = "p"  # agreed, but whoever asks has had his question of these days


class Step(Enum):
    """What moves it on."""

    BIND = "bind"
    AGREE = "agree"
    SHOW = "show"
    REFUSE = "refuse"
    FAIL = "fail"
    SPEND = "spend"


@dataclass(frozen=True, slots=True)
class Move:
    """From which states a step leads where, and how many seconds the record then lives."""

    sources: frozenset[State]
    target: State
    seconds: int


MOVES = {
    Step.BIND: Move(frozenset({State.OPENED}), State.ASKED, ASK_SECONDS + _CROSSING),
    Step.AGREE: Move(frozenset({State.ASKED}), State.AGREED, TOLD_SECONDS),
    Step.SHOW: Move(frozenset({State.AGREED}), State.SHOWN, TOLD_SECONDS),
    Step.REFUSE: Move(frozenset({State.ASKED}), State.REFUSED, TOLD_SECONDS),
    Step.FAIL: Move(frozenset({State.ASKED, State.AGREED}), State.FAILED, TOLD_SECONDS),
    Step.SPEND: Move(frozenset({State.AGREED}), State.SPENT, TOLD_SECONDS),
}


class Moved(Enum):
    """What came of a step."""

    NO = 0  # gone, of somebody else, or not possible from there
    DONE = 1
    BEFORE = 2  # the same binder had done it already: a text that was brought twice


def follow(state: State, bound_by: bytes, binder: bytes, step: Step) -> Moved:
    """What comes of a step; `bound_by` is empty until a handset is bound."""
    move = MOVES[step]
    if bound_by and bound_by != binder:
        return Moved.NO
    if state is move.target:
        return Moved.BEFORE
    return Moved.DONE if state in move.sources else Moved.NO


@dataclass(frozen=True, slots=True)
class Pending:
    """What a conversation remembers of the challenge that it is asked about. `number`: the digits that agree."""

    place: str = field(repr=False)  # hex
    ident: str  # hex
    number: str = field(repr=False)
    asked_at: int
    until: int
    tries: int = 0
    notice: str = ""  # SHA-256, in hex, of the text that asked: the words that are agreed to
