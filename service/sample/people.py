"""What people of the sample do in a month, hour by hour.

Rule 1: a life is a list of presences: from when to when at which place. It is the truth of the sample.
Rule 2: it knows no cells and no radio; hours count from the first midnight of the month (Asia/Shanghai).
"""

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["MONTH_DAYS", "Life", "Presence", "crowd"]

MONTH_DAYS = 30
"""Complete days of the sample; today, until now, comes on top."""

Place = int | tuple[int, ...]
"""A region; the border quarter of two (a, b); or that quarter while one side's towers alone serve the phone (a, b, b)."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Somewhere from `begin` to `end`, in hours. A country is a place like a city."""

    begin: float
    end: float
    place: Place


@dataclass(frozen=True, slots=True)
class Life:
    """One subscriber's month. `activated` in days before today."""

    presences: tuple[Presence, ...]
    activated: int = 400
    events_an_hour: float = 6.0


def home(place: Place, hours: float) -> Life:
    """Somebody who stays."""
    return Life((Presence(0, hours, place),))


def trip(life: Life, begin: float, end: float, *stops: tuple[float, Place]) -> Life:
    """A journey: away from `begin` to `end`, at each stop from its hour (after `begin`) to the next one's."""
    times = [begin + hour for hour, _ in stops] + [end]
    away = [Presence(times[i], times[i + 1], place) for i, (_, place) in enumerate(stops)]
    kept = []
    for presence in life.presences:
        if presence.begin < begin:
            kept.append(replace(presence, end=min(presence.end, begin)))
        if presence.end > end:
            kept.append(replace(presence, begin=max(presence.begin, end)))
    return replace(life, presences=tuple(sorted([*kept, *away], key=lambda p: p.begin)))


def silent(life: Life, begin: float, end: float) -> Life:
    """A phone that is switched off for a while."""
    parts = trip(life, begin, end).presences
    return replace(life, presences=parts)


def crowd(chance: np.random.Generator, count: int, hours: float, regions: list[int]) -> list[Life]:
    """Residents, commuters, travellers, in plausible shares."""
    return [_somebody(chance, hours, regions) for _ in range(count)]


def _somebody(chance: np.random.Generator, hours: float, regions: list[int]) -> Life:
    place = int(chance.choice(regions))
    life = replace(home(place, hours), events_an_hour=float(chance.choice([2, 6, 12])))
    for _ in range(int(chance.choice([0, 0, 1, 1, 2]))):
        begin = float(chance.uniform(48, hours - 96))
        other = int(chance.choice([region for region in regions if region != place]))
        life = trip(life, begin, begin + float(chance.uniform(20, 70)), (3.0, other))
    return life
