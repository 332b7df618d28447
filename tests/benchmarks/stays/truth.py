"""What the stay rule says about where people truly were.

Rule 1: the rule of PRODUCT.md, applied to waypoints every 30 seconds; nothing here has heard of a tower.
Rule 2: what nobody could know is not asked: while a phone is off it is nowhere, and after more than a day off
the stay has ended.

A stay in a region lasts from its first to its last true moment there; an absence of at most 30 minutes (until the phone is
back) does not end it; more than four hours are a stay; abroad any time is. Moments before the number's activation
belong to nobody.
"""

from dataclasses import dataclass

import numpy as np

from tests.benchmarks.stays.geographies import Geography
from tests.benchmarks.stays.people import DAYS, HOUR, Person

__all__ = ["TrueStay", "home_of", "joined", "true_stays", "whereabouts"]

_EVERY, _ABSENCE, _SILENCE, _DWELL = 30, 1800, 24 * HOUR, 4 * HOUR
_END = DAYS * 24 * HOUR


@dataclass(frozen=True, slots=True)
class TrueStay:
    """One stay worth an answer, in seconds from the month's beginning."""

    region: int
    start: int
    end: int


def whereabouts(person: Person, times: np.ndarray):
    """Place (km), country (0: here) and whether the phone is off, at these times."""
    clock = np.array(person.time)
    place = np.clip(np.searchsorted(clock, times, side="right") - 1, 0, len(clock) - 1)
    x, y = np.interp(times, clock, person.x), np.interp(times, clock, person.y)
    return x, y, np.array(person.country)[place], np.array(person.off)[place]


def true_stays(person: Person, land: Geography, level: str) -> list[TrueStay]:
    """The person's stays of the month."""
    times = np.arange(person.activated, min(person.time[-1], _END) + 1, _EVERY)
    x, y, country, off = whereabouts(person, times)
    region = np.where(off, 0, np.where(country > 0, country, land.at(x, y, level)))
    edges = np.flatnonzero(np.diff(region)) + 1
    begins, ends = np.concatenate([[0], edges]), np.concatenate([edges, [len(region)]]) - 1
    runs = [
        (int(region[b]), int(times[b]), int(times[e])) for b, e in zip(begins, ends, strict=True) if region[b]
    ]
    return [stay for stay in joined(runs) if stay.region < 1000 or stay.end - stay.start > _DWELL]


def joined(runs: list[tuple[int, int, int]]):
    """One after the other: a stay holds until something else has lasted for more than half an hour."""
    place = 0
    while place < len(runs):
        region, start, end = runs[place]
        following = place + 1
        at = following
        while at < len(runs) and runs[at][1] - end <= _SILENCE:
            # An absence is evidence of another place: silence alone, up to a day, is none.
            if runs[at][0] == region:
                if _elsewhere(runs[following:at]) > _ABSENCE:
                    break
                end, following = runs[at][2], at + 1
            elif runs[at][0] < 1000 or region < 1000 or _elsewhere(runs[following : at + 1]) > _ABSENCE:
                break
            at += 1
        yield TrueStay(region, start, end)
        place = following


def _elsewhere(runs: list[tuple[int, int, int]]) -> int:
    return runs[-1][2] - runs[0][1] if runs else 0


def home_of(person: Person, land: Geography, level: str) -> int:
    """The region of the person's home."""
    return int(land.at(*person.home, level))
