"""What is known of one subscription's whereabouts: stays and coverage, as values.

Rule 1: this file alone says what a stay, a day and an itinerary are.
Rule 2: it knows neither how stays are derived nor how they are stored, and decides nothing about windows.

Times are unix seconds (UTC). A *day* is an ordinal: days since 1970-01-01 in Asia/Shanghai (UTC+8, no
daylight saving since 1991), so `day = (time + 28800) // 86400`.

A region is an int: a prefecture-level division of GB/T 2260 (six digits; municipalities are one region:
110000, 120000, 310000, 500000; Taiwan, Hong Kong and Macau: 710000, 810000, 820000) or, below 1000, the
representative MCC of a country (ITU-T E.212; the MCCs of one country are one region).
"""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["DAY", "SHANGHAI_OFFSET", "Certainty", "Coverage", "Itinerary", "Stay", "day_of", "start_of_day"]

DAY = 86_400
SHANGHAI_OFFSET = 28_800
COVERAGE_DAYS = 31


def day_of(time: int) -> int:
    """The Shanghai day (ordinal since 1970-01-01) that a unix time lies in."""
    return (time + SHANGHAI_OFFSET) // DAY


def start_of_day(day: int) -> int:
    """The unix second at which a Shanghai day begins."""
    return day * DAY - SHANGHAI_OFFSET


class Certainty(IntEnum):
    """Whether a core cell vouches for a stay, or only border cells do."""

    POSSIBLE = 0
    CERTAIN = 1


@dataclass(frozen=True, slots=True)
class Stay:
    """One presence in one region from its first to its last event; `open` while it may still grow.

    `struck_on`: the day on which two operators struck it. It stays in the record and counts no more; 0: it counts.
    """

    region: int
    start: int
    end: int
    certainty: Certainty
    open: bool = False
    struck_on: int = 0

    def meets(self, region: int, start: int, end: int) -> bool:
        """Whether it is a presence in this region that shares a second with this span, both ends included."""
        return self.region == region and self.start <= end and start <= self.end


@dataclass(frozen=True, slots=True)
class Coverage:
    """On which of the 31 days up to `last_day` the network saw the number; bit i is day `last_day - i`."""

    last_day: int = 0
    bits: int = 0

    def seen(self, day: int) -> bool:
        """Whether the number was seen on that day; days outside the bitmap count as not seen."""
        age = self.last_day - day
        return 0 <= age < COVERAGE_DAYS and bool(self.bits >> age & 1)

    def with_day(self, day: int) -> "Coverage":
        """The coverage after an event on that day; days older than the bitmap are dropped."""
        if not self.bits:
            return Coverage(day, 1)
        if day > self.last_day:
            mask = (1 << COVERAGE_DAYS) - 1
            return Coverage(day, (self.bits << min(day - self.last_day, COVERAGE_DAYS) | 1) & mask)
        age = self.last_day - day
        return Coverage(self.last_day, self.bits | 1 << age) if age < COVERAGE_DAYS else self


@dataclass(frozen=True, slots=True)
class Itinerary:
    """The stays of one subscription, oldest first, at most the last of them open, and its coverage."""

    stays: tuple[Stay, ...] = ()
    coverage: Coverage = Coverage()
