"""A person: waypoints on the plane, with times, and when the phone is off or abroad.

Rule 1: what a life is made of (a stay, a way, a ride, a phone switched off) stands here.
Rule 2: who goes where is `lives.py`'s and `journeys.py`'s.
"""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["DAY", "DAYS", "HOUR", "Person", "clock", "someone", "switch_off"]

HOUR, DAYS = 3600, 30
DAY = 24 * HOUR


@dataclass(slots=True)
class Person:
    """Waypoints (seconds from the month's beginning, km), what holds from each to the next, and how it signals."""

    kind: str
    home: tuple[float, float]
    rate: float  # sessions of traffic an hour by day
    periodic: int  # seconds without traffic after which the phone reports itself
    activated: int = 0
    time: list[int] = field(default_factory=list)
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    country: list[int] = field(default_factory=list)  # from this waypoint to the next; 0 is here
    off: list[bool] = field(default_factory=list)

    def at(self, x, y, until, country=0, off=False):
        """Stay there until then."""
        self._mark(self.now, x, y, country, off)
        self.now = max(self.now, int(until))
        self._mark(self.now, x, y, country, off)

    def go(self, x, y, speed, bend=0.0):
        """Move on in a line, or in two with a bend between; km/h."""
        from_x, from_y = self.x[-1], self.y[-1]
        length = float(np.hypot(x - from_x, y - from_y))
        if bend and length > 1:
            middle = (from_x + x) / 2 - (y - from_y) * bend, (from_y + y) / 2 + (x - from_x) * bend
            self.go(*middle, speed)
            self.go(x, y, speed)
            return
        self._mark(self.now, from_x, from_y, 0, False)
        self.now += max(60, round(length / speed * HOUR))
        self._mark(self.now, x, y, 0, False)

    now: int = 0

    def _mark(self, time, x, y, country, off):
        if self.time and self.time[-1] == time and (self.x[-1], self.y[-1]) == (x, y):
            self.country[-1], self.off[-1] = country, off
            return
        for column, value in zip(
            (self.time, self.x, self.y, self.country, self.off), (time, x, y, country, off), strict=True
        ):
            column.append(value)


def someone(kind, home, chance):
    """A nation's mix: the median phone signals some 110 times a day, the mean 190, the tail thousands."""
    rate = float(np.clip(np.exp(chance.normal(np.log(1.35), 0.95)), 0.25, 40))
    return Person(kind, home, rate, int(chance.choice([1800, 3240, 3600, 7200])))


def clock(chance, day, hour, spread=0.6):
    """A moment near that hour of that day."""
    return int(day * DAY + (hour + chance.normal(0, spread)) * HOUR)


def switch_off(person, spans):
    """Cut the waypoints at the spans' ends and mark what lies inside as off."""
    time = np.array(person.time)
    cuts = sorted({t for span in spans for t in span if time[0] < t < time[-1]})
    every = np.concatenate([time, cuts])
    order = np.argsort(every, kind="stable")
    source = np.clip(np.searchsorted(time, every, side="right") - 1, 0, len(time) - 1)
    xs, ys = np.interp(every, time, person.x), np.interp(every, time, person.y)
    xs[: len(time)], ys[: len(time)] = person.x, person.y
    person.time = every[order].tolist()
    person.x, person.y = xs[order].tolist(), ys[order].tolist()
    country, off = np.array(person.country)[source], np.array(person.off)[source]
    country[: len(time)], off[: len(time)] = person.country, person.off
    for begin, end in spans:
        off |= (every >= begin) & (every < end)
    person.country, person.off = country[order].tolist(), off[order].tolist()
