"""From an itinerary to the answer of one question: the stay rule, named and versioned.

Rule 1: this file alone decides what counts as having been in a region, and what a window is.
Rule 2: it derives no stays and knows no words; it has no clock.

    day T-14 00:00                                    T 00:00      now        (Asia/Shanghai)
    |---- N complete days: coverage is counted here ----|--- today --|
    |---- dwell counts from here ... ------------------- ... to here -|
"""

from dataclasses import dataclass
from enum import Enum

from service.domain.itinerary import Certainty, Itinerary, Stay, day_of, start_of_day

__all__ = ["ABROAD_BELOW", "DWELL_4H", "Answer", "Gap", "StayRule", "Visit"]

ABROAD_BELOW = 1000
"""Region codes below this are countries (MCC); any registration there counts."""


class Gap(Enum):
    """Why a day of the window has no data."""

    BEFORE_ACTIVATION = "before_activation"
    NOT_SEEN = "not_seen"  # off, out of reach, or no record came


@dataclass(frozen=True, slots=True)
class Visit:
    """One region of an answer."""

    region: int
    certainty: Certainty


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
class StayRule:
    """A policy: a region counts after more than `dwell_seconds` in one stay, inside the window.

    `whole_days_only` ends the window with yesterday, as the service of 2020 did.
    """

    name: str
    dwell_seconds: int
    whole_days_only: bool = False

    def answer(self, itinerary: Itinerary, days: int, activated_on: int, now: int) -> Answer:
        """Apply the rule to the last `days` days; `now` in unix seconds."""
        today = day_of(now)
        first, last = today - days, today - 1 if self.whole_days_only else today
        begin, end = start_of_day(first), start_of_day(today) if self.whole_days_only else now
        visits: dict[int, Certainty] = {}
        for stay in itinerary.stays:
            if not stay.struck_on and self._counts(stay, begin, end):
                visits[stay.region] = max(visits.get(stay.region, Certainty.POSSIBLE), stay.certainty)
        missing = tuple(
            (day, Gap.BEFORE_ACTIVATION if day < activated_on else Gap.NOT_SEEN)
            for day in range(first, today)
            if day < activated_on or not itinerary.coverage.seen(day)
        )
        found = tuple(Visit(region, certainty) for region, certainty in visits.items())
        return Answer(self.name, first, last, days, found, missing)

    def _counts(self, stay: Stay, begin: int, end: int) -> bool:
        inside = min(stay.end, end) - max(stay.start, begin)
        return inside >= 0 if stay.region < ABROAD_BELOW else inside > self.dwell_seconds


DWELL_4H = StayRule("dwell-4h/1", 4 * 3600)
