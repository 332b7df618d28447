"""How fast somebody may ask: the generic cell rate algorithm, as one pure function.

Rule 1: this file alone decides whether one more request is too early.
Rule 2: it does not know who asks for what, and keeps nothing; `adapters/lua/pace.lua` is the same in the store.

    one number for each requester: the time at which everything asked so far would have been asked at the even pace
    |------ now ------|-- due ---------------------|          allowed while due - now <= (burst - 1) * interval
"""

from dataclasses import dataclass

__all__ = ["NOTED", "Pace", "Paced", "paced"]


@dataclass(frozen=True, slots=True)
class Pace:
    """`burst` at once, then one each `interval` microseconds."""

    burst: int
    interval: int

    @classmethod
    def a_minute(cls, count: int) -> "Pace":
        """So many a minute, as many at once."""
        return cls(count, 60_000_000 // count)


NOTED = Pace(3, 8 * 3600 * 1_000_000)
"""Records of one number about what somebody tried in its name: whoever tries all day pushes nothing else out of it."""


@dataclass(frozen=True, slots=True)
class Paced:
    """What is to be remembered, and for how long one has to wait; 0: it is allowed. Microseconds."""

    due: int
    wait: int


def paced(due: int, now: int, pace: Pace) -> Paced:
    """One more request at `now` (microseconds) by somebody whose even pace has come to `due`.

    What is refused changes nothing: who keeps asking too early does not wait longer for it.
    """
    begin = max(due, now)
    early = begin - now - (pace.burst - 1) * pace.interval
    if early > 0:
        return Paced(due, early)
    return Paced(begin + pace.interval, 0)
