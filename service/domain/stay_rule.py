"""From an itinerary to the answer of one question: the stay rule, named and versioned.

Rule 1: this file alone decides what counts as having been in a region, and what a window is.
Rule 2: it derives no stays and knows no words; it has no clock.

    day T-14 00:00                                    T 00:00      now        (Asia/Shanghai)
    |---- N complete days: coverage is counted here ----|--- today --|
    |---- dwell counts from here ... ------------------- ... to here -|
"""

from collections.abc import Container
from dataclasses import dataclass, replace
from enum import Enum

from service.domain.itinerary import Certainty, Itinerary, Stay, day_of, start_of_day

__all__ = [
    "ABROAD_BELOW",
    "DWELL_4H",
    "DWELL_4H_DAYS",
    "RULES",
    "Answer",
    "Gap",
    "Reason",
    "StayRule",
    "Visit",
]

ABROAD_BELOW = 1000
"""Region codes below this are countries (MCC); any registration there counts."""


class Gap(Enum):
    """Why a day of the window has no data."""

    BEFORE_ACTIVATION = "before_activation"
    NOT_INCLUDED = "not_included"  # its owner had not asked yet for anything to be kept
    NO_RECORDS = "no_records"  # on that day no record came from the network at all
    NOT_SEEN = "not_seen"  # off, or out of reach


@dataclass(frozen=True, slots=True)
class Visit:
    """One region of an answer."""

    region: int
    certainty: Certainty
    disputed: bool = False  # a ticket of this subscription about this region is open


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a region is in an answer: the stays that count, as Shanghai days and as a span of unix seconds."""

    region: int
    certainty: Certainty
    days: tuple[int, ...]
    start: int
    end: int
    struck_on: int = 0  # the day on which two operators struck it: it counts no more


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question is answered with. Days are Shanghai day ordinals, both ends included."""

    rule: str
    first_day: int
    last_day: int
    whole_days: int  # N: the days that coverage is counted on
    visits: tuple[Visit, ...]  # in the order of arrival
    missing: tuple[tuple[int, Gap], ...]

    @property
    def covered(self) -> int:
        """On how many of the whole days the network saw the number."""
        return self.whole_days - len(self.missing)

    @property
    def certain(self) -> tuple[int, ...]:
        """Regions that a core cell vouches for."""
        return tuple(visit.region for visit in self.visits if visit.certainty is Certainty.CERTAIN)

    @property
    def possible(self) -> tuple[int, ...]:
        """Regions that only border cells speak for; never counted as visits."""
        return tuple(visit.region for visit in self.visits if visit.certainty is Certainty.POSSIBLE)


@dataclass(frozen=True, slots=True)
class _Window:
    """First and last day, today; and the seconds between which dwell counts."""

    first: int
    last: int
    today: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class StayRule:
    """A policy: a region counts after more than `dwell_seconds` in one stay, inside the window.

    `whole_days_only` ends the window with yesterday, as the service of 2020 did.
    """

    name: str
    dwell_seconds: int
    whole_days_only: bool = False

    def answer(
        self,
        itinerary: Itinerary,
        days: int,
        activated_on: int,
        now: int,
        *,
        included_on: int = 0,
        fed: Container[int] | None = None,
        disputed: Container[int] = (),
    ) -> Answer:
        """Apply the rule to the last `days` days; `now` in unix seconds.

        `included_on`: the day from which on anything was kept, where its owner had to ask first; `fed`: the days on
        which the network's records came at all (None: not known); `disputed`: regions under dispute.
        """
        window = self._window(days, now)
        visits: dict[int, Certainty] = {}
        for stay in itinerary.stays:
            if not stay.struck_on and self._counts(stay, window.begin, window.end):
                visits[stay.region] = max(visits.get(stay.region, Certainty.POSSIBLE), stay.certainty)
        missing = tuple(
            (day, _gap(day, activated_on, included_on, fed))
            for day in range(window.first, window.today)
            if day < activated_on or not itinerary.coverage.seen(day)
        )
        found = tuple(Visit(region, certainty, region in disputed) for region, certainty in visits.items())
        return Answer(self.name, window.first, window.last, days, found, missing)

    def reasons(self, itinerary: Itinerary, days: int, now: int) -> tuple[Reason, ...]:
        """What stands behind the answer of that moment: certain regions, possible ones, what has been struck."""
        window = self._window(days, now)
        found: dict[tuple[int, int], Reason] = {}
        for stay in itinerary.stays:
            if self._counts(stay, window.begin, window.end):
                key = (stay.region, stay.struck_on)
                found[key] = _joined(found.get(key), stay, window)
        return tuple(sorted(found.values(), key=lambda reason: (bool(reason.struck_on), -reason.certainty)))

    def _window(self, days: int, now: int) -> _Window:
        today = day_of(now)
        last, end = (today - 1, start_of_day(today)) if self.whole_days_only else (today, now)
        return _Window(today - days, last, today, start_of_day(today - days), end)

    def _counts(self, stay: Stay, begin: int, end: int) -> bool:
        inside = min(stay.end, end) - max(stay.start, begin)
        return inside >= 0 if stay.region < ABROAD_BELOW else inside > self.dwell_seconds


DWELL_4H = StayRule("dwell-4h/1", 4 * 3600)
DWELL_4H_DAYS = StayRule("dwell-4h-days/1", 4 * 3600, whole_days_only=True)

RULES = {rule.name: rule for rule in (DWELL_4H, DWELL_4H_DAYS)}
"""Policies that may be configured. None counts a shorter stay: the kernel tells of none below four hours."""


def _gap(day: int, activated_on: int, included_on: int, fed: Container[int] | None) -> Gap:
    """Why a day has no data: the first reason that holds."""
    if day < activated_on:
        return Gap.BEFORE_ACTIVATION
    if day < included_on:
        return Gap.NOT_INCLUDED
    return Gap.NOT_SEEN if fed is None or day in fed else Gap.NO_RECORDS


def _joined(reason: Reason | None, stay: Stay, window: _Window) -> Reason:
    """A region's reason with one more stay, as far as it lies in the window."""
    start, end = max(stay.start, window.begin), min(stay.end, window.end)
    days = set(range(day_of(start), day_of(end) + 1))
    if reason is None:
        return Reason(stay.region, stay.certainty, tuple(sorted(days)), start, end, stay.struck_on)
    return replace(
        reason,
        certainty=max(reason.certainty, stay.certainty),
        days=tuple(sorted(days.union(reason.days))),
        start=min(start, reason.start),
        end=max(end, reason.end),
    )
