"""What one event does to one subscription: the rules of a stay's beginning and end.

Rule 1: the rules stand here; `oracle.py` says them again, slowly.
Rule 2: one event, one row: which events come when, in which thread, and what was set aside, is the kernel's business.

    cur    the region of the running stay, from `start` to `last`; negative once it has been told
    cand   the region that may be next, since `cstart`; negative once a core cell has vouched for it
    score  evidence that the phone has left cur, in halves of a second, at most 20 minutes an event
    trust  how much the cells believe in cur since `start`, in 128ths of a second; ctrust: in cand, since `cstart`
    core   seconds of the stay that core cells of its own vouch for

An event believes in its cell's region with 64 + e of 128, and in the other region that a soft cell may mean with 64 - e; what
it believes holds since the event before it. Trust over duration is the mean belief of a stay, cells of other regions counted
in: this, not one glimpse of a core cell, tells a stay beyond a border from hours of radio over it.

    told      more than four hours of a mean belief of 0.50: rather this region than another; told is told
    certain   more than four hours on core cells; or a mean belief of 0.70 with core cells in 1 % of it; or one of 0.90
    settled   a mean belief of 0.85: less evidence ends it than ends a stay that is itself in doubt
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
        ("trust", np.uint32),
        ("ctrust", np.uint32),
        ("score", np.uint16),
        ("core", np.uint16),  # 65,535 is 18 hours or more
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
_LEFT = 2_400  # 20 minutes of evidence of other regions
_UNSETTLED = 16  # so many times more, where the stay is in doubt itself and no core cell vouches for another
_MIN_AWAY = 1_800  # dense events must not outrun the rule
_RATHER = 7_200  # for so long the cells have rather meant the candidate: that ends a settled stay as well
_DOUBT = 19
_SURE = 128  # what a core cell believes; half of it is no belief at all between two regions
_TOLD, _CERTAIN, _SETTLED, _ALL_BUT_SURE = 50, 70, 85, 90  # hundredths of belief
_CORE = 100  # one part of so many on core cells
_MOST_CORE, _MOST_TRUST = 0xFFFF, 0xFFFF_FFFF
_LONGEST = _MOST_TRUST // _SURE  # trust in more than 388 days is not counted
_OFFSET, _DAY = 28_800, 86_400

_SEEN, _OPEN, _CLOSED = int(ChangeKind.SEEN), int(ChangeKind.OPEN), int(ChangeKind.CLOSED)


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
def _believed(hundredths, trust, lasted):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return trust * 100 >= hundredths * _SURE * min(lasted, _LONGEST)


@njit(cache=True, inline="always")
def _worth(region, lasted, trust):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    return region < _ABROAD_BELOW or (lasted > DWELL and _believed(_TOLD, trust, lasted))


@njit(cache=True, inline="always")
def _certain(region, lasted, trust, core):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    vouched = core > 0 and core * _CORE >= lasted
    sure = region >= _ABROAD_BELOW and _believed(_ALL_BUT_SURE, trust, lasted)
    return core > DWELL or ((vouched or sure) and _believed(_CERTAIN, trust, lasted))


@njit(cache=True, inline="always")
def _belief(named, region, e, q):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How much an event believes in a region, of 128."""
    if region == named:
        return CORE + e
    return CORE - e if q == named else 0


@njit(cache=True, inline="always")
def _trust(s, until):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Trust in the running stay up to its last event: what was believed against it since the candidate began is no part of it."""
    trust = np.int64(s.trust)
    if s.cand != 0:
        trust -= max(0, (until - np.int64(s.cstart)) * _SURE - np.int64(s.ctrust))
    return trust


@njit(cache=True)
def _tell(changes, count, state, row, kind, until):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    s = state[row]
    region, start, last = abs(s.cur), np.int64(s.start), np.int64(s.last)
    certain = _certain(region, last - start, _trust(s, until), np.int64(s.core))
    return _say(changes, count, state, row, kind, certain, region, start, last)


@njit(cache=True)
def _close(changes, count, state, row, until):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The running stay ends at its last event; whoever has heard of it hears of that."""
    return _tell(changes, count, state, row, _CLOSED, until) if state[row].cur < 0 else count


@njit(cache=True, inline="always")
def _ripe(s):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Whether a look at the stay's belief could tell anything new: asked at each event, so it is cheap."""
    return s.cur > 0 and (np.int64(s.last) - np.int64(s.start) > DWELL or s.cur < _ABROAD_BELOW)


@njit(cache=True)
def _open(changes, count, state, row, until):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Tell of the running stay once it is worth it."""
    s = state[row]
    if _worth(s.cur, np.int64(s.last) - np.int64(s.start), _trust(s, until)):
        s.cur = -s.cur
        count = _tell(changes, count, state, row, _OPEN, until)
    return count


@njit(cache=True)
def _begin(state, row, region, start, last, core, trust):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    s = state[row]
    s.cur = region
    s.start = start
    s.last = last
    s.cand = 0
    s.cstart = 0
    s.score = 0
    s.ctrust = 0
    s.core = min(core, _MOST_CORE)
    s.trust = trust


@njit(cache=True)
def _arrive(state, row, region, x, e):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A stay begins with an event: it is worth a second."""
    _begin(state, row, region, x, x, 1 if e == CORE else 0, CORE + e)


@njit(cache=True, inline="always")
def _scored(score, weight, evidence):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """64ths of seconds, rounded to halves."""
    return max(0, min(score + ((weight * evidence + 16) >> 5), _LEFT * _UNSETTLED))


@njit(cache=True)
def step(state, row, x, region, e, q, changes, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, C901, PLR0912, PLR0915
    """Take one event at second `x` on a cell of `region` with evidence `e` and other region `q` into the row.

    What it changes is written behind the `count` changes there are, at most MOST_CHANGES; the new count.
    """
    s = state[row]
    core = e == CORE
    cur, seen, last = abs(s.cur), np.int64(s.seen), np.int64(s.last)
    day = (x + _OFFSET) // _DAY
    if cur != 0 and x < seen:
        # Rule 2: a late event may only lengthen what it agrees with.
        if region == cur:
            start = np.int64(s.start)
            if start - _LATE_START <= x < start:
                s.start = x
                s.trust = min(np.int64(s.trust) + (start - x) * (CORE + e), _MOST_TRUST)
                if s.cur < 0:
                    count = _tell(changes, count, state, row, _OPEN, seen)
                elif _ripe(s):
                    count = _open(changes, count, state, row, seen)
            if core and s.cand != 0 and x > np.int64(s.cstart):
                s.cand = 0
                s.score = 0
        if day < s.day:
            count = _say(changes, count, state, row, _SEEN, 0, 0, 0, x)
        return count
    if cur == 0 or x - seen > SILENCE:
        # Rule 3: after a day of silence nothing carries over.
        count = _close(changes, count, state, row, seen)
        _arrive(state, row, region, x, e)
    elif region == cur and x - last > _BROKEN and s.cand < 0:
        # Rule 4: back, after so long elsewhere that the stay broke.
        count = _close(changes, count, state, row, seen)
        since, trust = np.int64(s.cstart), np.int64(s.ctrust)
        if _worth(-s.cand, seen - since, trust):
            certain = _believed(_CERTAIN, trust, seen - since)
            count = _say(changes, count, state, row, _CLOSED, certain, -s.cand, since, seen)
        _arrive(state, row, region, x, e)
    elif core and region != cur and (region < _ABROAD_BELOW or cur < _ABROAD_BELOW):
        # Rule 6: another country's network is not a matter of evidence.
        count = _close(changes, count, state, row, seen)
        _arrive(state, row, region, x, e)
    else:
        since, named = x - seen, abs(s.cand)
        weight = min(since, _WEIGHT)
        s.trust = min(np.int64(s.trust) + since * _belief(cur, region, e, q), _MOST_TRUST)
        if named != 0:
            s.ctrust = min(np.int64(s.ctrust) + since * _belief(named, region, e, q), _MOST_TRUST)
        if region == cur:
            # Rule 4: back, or still there.
            s.last = x
            if core:
                s.core = min(np.int64(s.core) + weight, _MOST_CORE)
                s.cand = 0
                s.score = 0
            elif named != 0:
                s.score = _scored(np.int64(s.score), weight, -e - _DOUBT)
                if s.score == 0:
                    s.cand = 0
        else:
            # Rule 5: elsewhere; a candidate gathers evidence.
            if named != region and (named == 0 or q != named):
                named = region
                s.cand = region
                s.cstart = x
                s.ctrust = 0
            if core and region == named:
                s.cand = -named
            vouched = e if core or q == cur else (e + CORE) // 2
            s.score = _scored(np.int64(s.score), weight, vouched - _DOUBT)
            start, since = np.int64(s.start), np.int64(s.cstart)
            settled = _believed(_SETTLED, _trust(s, x), last - start)
            enough = _LEFT if settled or s.cand < 0 else _LEFT * _UNSETTLED
            rather = settled and x - since > _RATHER and 2 * np.int64(s.ctrust) >= _SURE * (x - since)
            if rather or (s.score >= enough and x - since > _MIN_AWAY):
                count = _close(changes, count, state, row, x)
                _begin(state, row, named, since, x, _MIN_AWAY if s.cand < 0 else 0, s.ctrust)
    s.seen = x
    # Rule 7: tell what changes an answer, and once a day that the number was seen.
    if _ripe(s):
        count = _open(changes, count, state, row, x)
    if day > s.day:
        s.day = day
        if s.cur < 0 and s.last == x:
            count = _tell(changes, count, state, row, _SEEN, x)
        else:
            count = _say(changes, count, state, row, _SEEN, 0, 0, 0, x)
    return count


@njit(cache=True)
def lapse(state, row, changes, count):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """The row has been silent for more than SILENCE: its stay is over; the new count of changes."""
    count = _close(changes, count, state, row, np.int64(state[row].seen))
    _begin(state, row, 0, 0, 0, 0, 0)
    return count
