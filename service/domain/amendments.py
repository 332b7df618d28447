"""What an itinerary becomes when the kernel reports a change.

Rule 1: this file alone applies changes, and forgets what is older than the retention.
Rule 2: it derives no stays and knows no storage.

    SEEN     the day is covered; an open stay of the same region and start has grown
    OPEN     this is the open stay now
    CLOSED   the open stay is over; this one is kept instead

A change that meets a struck stay (same region, a common second) is the same stay told again: it is struck as well.
A stay that another one of its region now spans from end to end was a part of it: corrected cells can join what was apart.
"""

from dataclasses import dataclass
from enum import IntEnum

from service.domain.itinerary import DAY, Certainty, Itinerary, Stay, day_of

__all__ = ["ORDINALS", "RETENTION_SECONDS", "Change", "ChangeKind", "amended"]

RETENTION_SECONDS = 30 * DAY
"""Stays that ended longer ago are dropped at each write (PRODUCT: 30 days)."""

ORDINALS = 1 << 16
"""Ordinals are counted modulo this (serial number arithmetic, RFC 1982): one is newer than another if it is less than
half of them ahead. A record that has nothing applied to it has ordinal 0; one whose last was 65,536 says so."""


class ChangeKind(IntEnum):
    """As in the kernel's rows."""

    SEEN = 0
    OPEN = 1
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one subscription. `ordinal` counts them from 1, modulo ORDINALS; times in unix seconds."""

    ordinal: int
    kind: ChangeKind
    certain: bool
    region: int
    start: int
    last: int


def amended(itinerary: Itinerary, changes: list[Change]) -> Itinerary:
    """The itinerary after these changes, in their order."""
    stays, coverage = list(itinerary.stays), itinerary.coverage
    struck = [stay for stay in stays if stay.struck_on]
    for change in changes:
        coverage = coverage.with_day(day_of(change.last))
        running = bool(stays) and stays[-1].open
        if change.kind is not ChangeKind.SEEN or (running and _same(stays[-1], change)):
            if running:
                stays.pop()
            certainty = Certainty(change.certain)
            still = change.kind is not ChangeKind.CLOSED
            stay = Stay(change.region, change.start, change.last, certainty, still, _struck(struck, change))
            stays = [former for former in stays if not _within(former, stay)] + [stay]
            if stay.struck_on:
                struck.append(stay)
    latest = max((stay.end for stay in stays), default=0)
    kept = [stay for stay in stays if stay.end >= latest - RETENTION_SECONDS]
    return Itinerary(tuple(kept), coverage)


def _struck(struck: list[Stay], change: Change) -> int:
    """The day on which a stay that this change tells again was struck, 0 where it was not."""
    days = (stay.struck_on for stay in struck if stay.meets(change.region, change.start, change.last))
    return max(days, default=0)


def _within(former: Stay, stay: Stay) -> bool:
    """What is struck stays, and nothing that is struck takes the place of what counts."""
    counts = not former.struck_on and not stay.struck_on
    return counts and former.region == stay.region and stay.start <= former.start and former.end <= stay.end


def _same(stay: Stay, change: Change) -> bool:
    return (stay.region, stay.start) == (change.region, change.start)
