"""From events to stays: one pure fold over arrays, the same for files and for the live stream.

Rule 1: the rules of a stay's beginning and end stand here; `oracle.py` says them again, slowly.
Rule 2: no I/O, no clock, no names: rows, seconds, cell numbers in; changes out.

    events (row, time, cell, arrival) + state (40 bytes a row) --fold--> changes, and the state moved on

    cur   the region of the running stay, from `start` to `last`
    cand  the region that may be next, since `cstart`; negative once a core cell has vouched for it
    score evidence that the phone has left cur: seconds times 1/64, at most 20 minutes an event

The numbers are DESIGN's starting rules. Scores there are in units of 18.75 s (1200 s / 64); here they are in
seconds, so that they stay whole: 4096 becomes 76,800, and 1229 becomes 23,044.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.mobility.cells import CORE, Cells
from service.mobility.changes import CHANGE, ChangeKind

__all__ = ["DWELL", "STATE", "SetAside", "fold", "new_state", "tick"]

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
_ABROAD_BELOW = 1000
_SILENCE = 86_400  # after more than a day without an event nothing is known: the stay is over
_AHEAD, _BEHIND = 300, 259_200  # an event's time may lie this far after and before its arrival
_LATE_START = 7_200  # how much earlier a late event may let its stay begin
_BROKEN = 7_200  # away for longer, with a core cell elsewhere: the stay is over even if the phone comes back
_WEIGHT = 1_200  # seconds that one event can speak for
_LEFT, _WEAK = 76_800, 23_044
_MIN_AWAY = 1_800  # dense events must not outrun the rule
_DOUBT, _RETURN = 19, 6
_POSSIBLE = 50  # certain from 1/50 of the dwell on core cells
_OFFSET, _DAY = 28_800, 86_400
_MOST_CHANGES = 4  # of one event: closed, closed, seen, open

_SEEN, _OPEN, _CLOSED = int(ChangeKind.SEEN), int(ChangeKind.OPEN), int(ChangeKind.CLOSED)
_UNKNOWN_CELL, _TOO_EARLY, _TOO_LATE, _BEFORE_ACTIVATION, _NOBODY = range(5)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Events that were not folded, by reason."""

    unknown_cell: int
    ahead_of_arrival: int
    too_late: int
    before_activation: int
    no_subscription: int


def new_state(rows: int) -> NDArray[np.void]:
    """The state of so many rows before their first event."""
    return np.zeros(rows, STATE)


def fold(
    state: NDArray[np.void],
    activation: NDArray[np.int64],
    cells: Cells,
    rows: NDArray[np.int32],
    times: NDArray[np.int64],
    cell: NDArray[np.int32],
    arrivals: NDArray[np.int64],
) -> tuple[NDArray[np.void], SetAside]:
    """Fold events into the state, which is changed in place; the changes, and what was set aside.

    `activation`: unix second at which each row's subscription began. `rows` -1: no subscription; `cell` -1: unknown.
    Of one row, events are taken in the order given; rows do not touch each other.
    """
    changes = np.zeros(len(rows) * _MOST_CHANGES, CHANGE)
    aside = np.zeros(5, np.int64)
    count = _fold(
        state,
        activation,
        cells.region,
        cells.evidence,
        cells.other,
        rows,
        times,
        cell,
        arrivals,
        changes,
        aside,
    )
    return changes[:count].copy(), SetAside(*(int(number) for number in aside))


def tick(state: NDArray[np.void], now: int) -> NDArray[np.void]:
    """Close the stays of phones that have been silent for more than a day; the changes."""
    silent = np.flatnonzero((state["cur"] != 0) & (state["seen"].astype(np.int64) + _SILENCE < now))
    changes = np.zeros(len(silent), CHANGE)
    return changes[: _tick(state, silent, changes)].copy()


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
def _fold(state, activation, regions, evidences, others, rows, times, cell, arrivals, changes, aside):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0912, PLR0915
    count = 0
    for event in range(len(rows)):
        row, x, place = rows[event], times[event], cell[event]
        # Rule 1: set aside what cannot be placed in space, time or anybody's subscription.
        if row < 0:
            aside[_NOBODY] += 1
            continue
        if place < 0:
            aside[_UNKNOWN_CELL] += 1
            continue
        if x > arrivals[event] + _AHEAD:
            aside[_TOO_EARLY] += 1
            continue
        if x < arrivals[event] - _BEHIND:
            aside[_TOO_LATE] += 1
            continue
        if x < activation[row]:
            aside[_BEFORE_ACTIVATION] += 1
            continue
        s = state[row]
        region, e, q = regions[place], evidences[place], others[place]
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
            continue
        if s.cur == 0 or x - seen > _SILENCE:
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
def _tick(state, silent, changes):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    count = 0
    for row in silent:
        count = _close(changes, count, state, row)
        _begin(state, row, 0, 0, 0, 0, 0)
    return count
