"""What is right and what is wrong about derived stays, each figure defined once.

Rule 1: truth is `truth.py`'s, prediction is a list of stays; what counts as a hit is decided here only.
Rule 2: a score is a ratio of counts; its counts can be added over worlds, so no average of averages is printed.

An *answer* is what the product gives: for one person and one window of 14 days (those that end with the days 15, 22 and
30) the set of regions in which one stay lasted more than four hours inside the window; abroad any stay. An *away
pair* is one region of one answer that is not the region of the person's home: anything finds the home.

    F1 away        of away pairs; `possible` regions count as answered
    certain P, R   precision and recall of away pairs; `possible` regions count as not answered
    stay F1        of stays of more than four hours (abroad: of any): a hit is a stay of the same region that overlaps
                   a true one for at least half of their union, one to one
    hours F1       of hours away from home, spent in some stay worth an answer
    border false   share of the class `border` (nobody of it ever leaves home) with a region besides home in any
                   answer; once with `possible` counted, once with it set apart
    transit        stays answered (once all, once the certain ones) of a region with no true stay overlapping, in whose
                   middle four fifths the person moved more than 30 km: a train or a car that made a stay
    night trains   those of them that are of the class `train`
    recall         of away pairs, by class, all and certain
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from tests.benchmarks.stays.people import HOUR, Person
from tests.benchmarks.stays.truth import TrueStay, home_of, true_stays, whereabouts

__all__ = ["Found", "Score", "Truth", "matched", "overlap", "scored", "truth_of", "worth"]

_DAY, _DWELL, _ABROAD = 24 * HOUR, 4 * HOUR, 1000
_WINDOWS = tuple(((end - 14) * _DAY, end * _DAY) for end in (15, 22, 30))
_MOVED_KM = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """A stay that a method derived; times in seconds from the month's beginning."""

    person: int
    region: int
    start: int
    end: int
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of everybody at one level."""

    people: list[Person]
    homes: list[int]
    stays: list[list[TrueStay]]


@dataclass(slots=True)
class Score:
    """Counts, by name; ratios of them are the figures."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __add__(self, other: "Score") -> "Score":
        return Score(self.counts + other.counts)

    def precision(self, what: str) -> float:
        return _ratio(self.counts[what, "hit"], self.counts[what, "hit"] + self.counts[what, "false"])

    def recall(self, what: str) -> float:
        return _ratio(self.counts[what, "hit"], self.counts[what, "hit"] + self.counts[what, "missed"])

    def f1(self, what: str) -> float:
        hit = 2 * self.counts[what, "hit"]
        return _ratio(hit, hit + self.counts[what, "false"] + self.counts[what, "missed"])

    def border_false(self, what: str) -> float:
        return _ratio(self.counts["border false", what], self.counts["border", "people"])


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def truth_of(people: list[Person], land, level: str) -> Truth:
    """Everybody's home and stays."""
    return Truth(
        people,
        [home_of(person, land, level) for person in people],
        [true_stays(person, land, level) for person in people],
    )


def scored(truth: Truth, found: list[Found], only: np.ndarray | None = None) -> Score:
    """All counts of one method on one world; `only`: the people it was run on."""
    score, theirs = Score(), defaultdict(list)
    for stay in found:
        if worth(stay):
            theirs[stay.person].append(stay)
    for number in range(len(truth.people)) if only is None else only.tolist():
        _person(score.counts, truth, number, sorted(theirs[number], key=lambda stay: stay.start))
    return score


def _person(counts, truth, number, found):
    person, home, true = truth.people[number], truth.homes[number], truth.stays[number]
    for sort, kept in (("all", found), ("certain", [stay for stay in found if stay.certain])):
        right, given = _answers(true, home), _answers(kept, home)
        for what, pairs in (("hit", right & given), ("missed", right - given), ("false", given - right)):
            counts[f"away {sort}", what] += len(pairs)
            counts[f"{person.kind} {sort}", what] += len(pairs)
        if person.kind == "border":
            counts["border false", sort] += bool(given - right)
        transit = sum(_is_transit(person, stay, true) for stay in kept)
        counts["transit", sort] += transit
        counts["night trains", sort] += transit * (person.kind == "train")
    counts["border", "people"] += person.kind == "border"
    hits = len(matched(true, found))
    counts["stay", "hit"] += hits
    counts["stay", "missed"] += len(true) - hits
    counts["stay", "false"] += len(found) - hits
    hours = sum(overlap(a, b) for a in true for b in found if a.region == b.region != home)
    counts["hours", "hit"] += hours
    counts["hours", "missed"] += _away(true, home) - hours
    counts["hours", "false"] += _away(found, home) - hours


def _answers(stays, home):
    return {
        (begin, stay.region)
        for begin, end in _WINDOWS
        for stay in stays
        if stay.region != home and _counts(stay, begin, end)
    }


def _counts(stay, begin, end):
    inside = min(stay.end, end) - max(stay.start, begin)
    return inside >= 0 if stay.region < _ABROAD else inside > _DWELL


def worth(stay) -> bool:
    """Whether a stay is long enough for an answer."""
    return bool(stay.region < _ABROAD or stay.end - stay.start > _DWELL)


def overlap(a, b):
    """Seconds that two stays have in common."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def _away(stays, home):
    return sum(stay.end - stay.start for stay in stays if stay.region != home)


def matched(true, found):
    """Pairs that overlap for half of their union; such a pair can have no second partner at more than a half."""
    pairs, free = [], list(found)
    for stay in true:
        for other in free:
            union = max(stay.end, other.end) - min(stay.start, other.start)
            if stay.region == other.region and (2 * overlap(stay, other) >= union or union == 0):
                pairs.append((stay, other))
                free.remove(other)
                break
    return pairs


def _is_transit(person, stay, true):
    if any(one.region == stay.region and overlap(one, stay) > 0 for one in true) or stay.region < _ABROAD:
        return False
    x, y, _, _ = whereabouts(
        person, np.linspace(0.9 * stay.start + 0.1 * stay.end, 0.1 * stay.start + 0.9 * stay.end, 20)
    )
    return bool(np.hypot(np.ptp(x), np.ptp(y)) > _MOVED_KM)
