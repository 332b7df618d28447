"""What one event does to one subscription: the rules of a stay's beginning and end.

Rule 1: the rules stand here; `oracle.py` says them again, slowly.
Rule 2: one event, one row: which events come when, in which thread, and what was set aside, is the kernel's business.

    cur   the region of the running stay, from `start` to `last`
    cand  the region that may be next, since `cstart`; negative once a core cell has vouched for it
    score evidence that the phone has left cur: seconds times 1/64, at most 20 minutes an event

The numbers are DESIGN's starting rules. Scores there are in units of 18.75 s (1200 s / 64); here they are in
seconds, so that they stay whole: 4096 becomes 76,800, and 1229 becomes 23,044.
"""

import numpy as np
from numba import njit

from service.mobility.cells import CORE
from service.mobility.changes import ChangeKind

__all__ = ["DWELL", "MOST_CHANGES", "SILENCE", "STATE", "lapse", "step"]

STATE = np.dtype(
    [
        ("start", np.uint32),
        ("last", np.uint32),
        ("seen", np.uint32),
        ("cstart", np.uint32),
        ("cur", np.int32),
        ("cand", np.int32),
        ("score", np.int32),
        ("core", np.uint32),  # seconds of the stay that core cells vouch for
        ("total", np.uint32),  # seconds of the stay between events in it
        ("ordinal", np.uint16),
        ("day", np.uint16),
    ]
)

DWELL = 14_400  # a stay is worth keeping after more than four hours
SILENCE = 86_400  # after more than a day without an event nothing is known: the stay is over
MOST_CHANGES = 4  # of one event: closed, closed, seen, open
_ABROAD_BELOW = 1000
_LATE_START = 7_200  # how much earlier a late event may let its stay begin
_BROKEN = 7_200  # away for longer, with a core cell elsewhere: the stay is over even if the phone comes back
_WEIGHT = 1_200  # seconds that one event can speak for
_LEFT, _WEAK = 76_800, 23_044
_MIN_AWAY = 1_800  # dense events must not outrun the rule
_DOUBT, _RETURN = 19, 6
_POSSIBLE = 50  # certain from 1/50 of the dwell on core cells
_OFFSET, _DAY = 28_800, 86_400

_SEEN, _OPEN, _CLOSED = int(ChangeKind.SEEN), int(ChangeKind.OPEN), int(ChangeKind.CLOSED)


@njit(cache=True, inline="always")
def _worth(region, start, last):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return region != 0 and (region < _ABROAD_BELOW or last - start > DWELL)


@njit(cache=True, inline="always")
def _say(changes, count, state, row, kind, certain, region, start, last):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    state[row].ordinal += 1
    change = changes[count]
    change.row = row
    change.ordinal = state[row].ordinal
    change.kind = kind
    change.certain = certain
    change.region = region
    change.start = start
    change.last = last
    return count + 1


@njit(cache=True, inline="always")
def _certain(core, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return core > 0 and core * _POSSIBLE >= total


@njit(cache=True)
def _close(changes, count, state, row):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The running stay ends at its last event; whether anybody hears of it is for its length to say."""
    s = state[row]
    if _worth(s.cur, np.int64(s.start), np.int64(s.last)):
        certain = _certain(np.int64(s.core), np.int64(s.total))
        count = _say(changes, count, state, row, _CLOSED, certain, s.cur, s.start, s.last)
    return count


@njit(cache=True)
def _begin(state, row, region, start, last, core, total):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    s = state[row]
    s.cur = region
    s.start = start
    s.last = last
    s.cand = 0
    s.cstart = 0
    s.score = 0
    s.core = core
    s.total = total


@njit(cache=True)
def step(state, row, x, region, e, q, changes, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901, PLR0912, PLR0915
    """Take one event at second `x` on a cell of `region` with evidence `e` and other region `q` into the row.

    What it changes is written behind the `count` changes there are, at most MOST_CHANGES; the new count.
    """
    s = state[row]
    core = e == CORE
    seen, start, last = np.int64(s.seen), np.int64(s.start), np.int64(s.last)
    open_before = _worth(s.cur, start, last)
    day = (x + _OFFSET) // _DAY
    if s.cur != 0 and x < seen:
        # Rule 2: a late event may only lengthen what it agrees with.
        if region == s.cur:
            if start - _LATE_START <= x < start:
                s.start = x
                if _worth(s.cur, x, last):
                    certain = _certain(np.int64(s.core), np.int64(s.total))
                    count = _say(changes, count, state, row, _OPEN, certain, s.cur, x, last)
            if core and s.cand != 0 and x > np.int64(s.cstart):
                s.cand = 0
                s.score = 0
        if day < s.day:
            count = _say(changes, count, state, row, _SEEN, 0, 0, 0, x)
        return count
    if s.cur == 0 or x - seen > SILENCE:
        # Rule 3: after a day of silence nothing carries over.
        count = _close(changes, count, state, row)
        _begin(state, row, region, x, x, 0, 0)
        s.core = 1 if core else 0
        s.total = 1
        open_before = False
    else:
        weight = min(x - seen, _WEIGHT)
        if region == s.cur:
            # Rule 4: back, or still there.
            if x - last > _BROKEN and s.cand < 0:
                count = _close(changes, count, state, row)
                if _worth(-s.cand, np.int64(s.cstart), seen):
                    count = _say(changes, count, state, row, _CLOSED, 1, -s.cand, s.cstart, seen)
                _begin(state, row, region, x, x, 1 if core else 0, 1)
                open_before = False
            else:
                s.last = x
                s.total += weight
                if core:
                    s.core += weight
                    s.cand = 0
                    s.score = 0
                elif s.cand != 0:
                    s.score += weight * (-e - _RETURN)
                    if s.score <= 0:
                        s.cand = 0
                        s.score = 0
        elif core and (region < _ABROAD_BELOW or s.cur < _ABROAD_BELOW):
            # Rule 6: another country's network is not a matter of evidence.
            count = _close(changes, count, state, row)
            _begin(state, row, region, x, x, 1, 1)
            open_before = False
        else:
            # Rule 5: elsewhere; a candidate gathers evidence.
            named = abs(s.cand)
            if s.cand == 0 or (region != named and q != named and (core or s.score < _WEAK)):  # noqa: PLR1714
                s.cand = region
                s.cstart = x
                named = region
            if core and region == named:
                s.cand = -named
            if core:
                vouched = CORE
            elif q == s.cur:
                vouched = e
            else:
                vouched = (e + CORE) // 2
            s.score += weight * (vouched - _DOUBT)
            if s.score < 0:
                s.cand = 0
                s.score = 0
            elif s.score >= _LEFT and x - np.int64(s.cstart) > _MIN_AWAY:
                count = _close(changes, count, state, row)
                away = x - np.int64(s.cstart)
                _begin(state, row, named, s.cstart, x, away if s.cand < 0 else 0, away)
                open_before = False
    s.seen = x
    # Rule 7: tell what changes an answer, and once a day that the number was seen.
    start, last = np.int64(s.start), np.int64(s.last)
    open_now = _worth(s.cur, start, last)
    certain = _certain(np.int64(s.core), np.int64(s.total))
    if open_now and not open_before:
        count = _say(changes, count, state, row, _OPEN, certain, s.cur, start, last)
    if day > s.day:
        s.day = day
        if open_now and last == x:
            count = _say(changes, count, state, row, _SEEN, certain, s.cur, start, last)
        else:
            count = _say(changes, count, state, row, _SEEN, 0, 0, 0, x)
    return count


@njit(cache=True)
def lapse(state, row, changes, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The row has been silent for more than SILENCE: its stay is over; the new count of changes."""
    count = _close(changes, count, state, row)
    _begin(state, row, 0, 0, 0, 0, 0)
    return count
