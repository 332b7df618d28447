"""Lives with journeys: trains, cars, planes, other countries.

Rule 1: each function is one person's month of its class, as `lives.py` describes them.
Rule 2: no towers and no events.
"""

import numpy as np

from tests.benchmarks.stays.people import DAY, DAYS, HOUR, clock, someone
from tests.benchmarks.stays.places import around, dwelling, near, region_of

__all__ = ["abroad", "by_air", "by_car", "by_train", "local_day", "rest", "visit"]

_COUNTRIES = (440, 450, 520)


def local_day(person, places, chance, day, home, work, reach):
    """Work or school, an errand in the evening, home for the night."""
    if day % 7 < 5 and work is not None:
        person.at(*home, clock(chance, day, 7.6))
        person.go(*work, 25)
        person.at(*work, clock(chance, day, 17.3))
        person.go(*home, 25)
    for hour in sorted(chance.uniform(9 if day % 7 > 4 else 18.5, 20.5, chance.integers(0, 3))):
        if person.now < day * DAY + hour * HOUR:
            person.at(*home, day * DAY + hour * HOUR)
            place = near(places, chance, home, reach)
            person.go(*place, 20)
            person.at(*place, person.now + chance.uniform(0.3, 2.0) * HOUR)
            person.go(*home, 20)
    person.at(*home, max(person.now, (day + 1) * DAY))


def visit(person, places, chance, city, until):
    """Days in another city: lodging, things to do by day."""
    until = int(until)
    lodging = around(places, chance, city, 3.0, region_of(places, tuple(city))) or tuple(city)
    person.go(*lodging, 30)
    while person.now < until:
        day = person.now // DAY
        person.at(*lodging, min(until, max(person.now, clock(chance, day, 9))))
        place = near(places, chance, lodging, 4.0)
        if person.now + 2 * HOUR < until:
            person.go(*place, 25)
            person.at(*place, min(until, person.now + chance.uniform(1, 8) * HOUR))
            person.go(*lodging, 25)
        person.at(*lodging, min(until, (day + 1) * DAY))


def _far(places, chance, home, least):
    away = np.hypot(places.city[:, 0] - home[0], places.city[:, 1] - home[1])
    there = np.flatnonzero(away > min(least, away.max() * 0.8))
    return places.city[chance.choice(there)]


def days_away(person, places, chance, home, count):
    """Days on which trips begin, some time apart; the days between are spent at home."""
    for _ in range(count):
        leave = person.now // DAY + chance.integers(1, 7)
        while person.now // DAY < min(leave, DAYS):
            local_day(person, places, chance, person.now // DAY, home, None, 3.0)
        if person.now // DAY >= DAYS - 2:
            return
        yield person.now // DAY
    return


def rest(person, places, chance, home):
    """The days that are left, at home."""
    while person.now < DAYS * DAY:
        local_day(person, places, chance, person.now // DAY, home, None, 3.0)
    return person


def _ride(person, chance, to, speed, stops):
    """A train: straight ahead with stops on the way, one of them sometimes long."""
    from_x, from_y = person.x[-1], person.y[-1]
    ways = np.sort(chance.uniform(0.08, 0.92, stops))
    bend = chance.normal(0, 0.06)
    for way in ways:
        off = 4 * bend * way * (1 - way)
        x = from_x + (to[0] - from_x) * way - (to[1] - from_y) * off
        y = from_y + (to[1] - from_y) * way + (to[0] - from_x) * off
        person.go(x, y, speed)
        long = chance.random() < 0.12
        person.at(x, y, person.now + (chance.uniform(20, 45) if long else chance.uniform(2, 12)) * 60)
    person.go(*to, speed)


def by_train(places, kind, chance):
    """Night trains to other cities, and back."""
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    for day in days_away(person, places, chance, home, chance.integers(2, 5)):
        city = _far(places, chance, home, 120)
        person.at(*home, clock(chance, day, 21))
        _ride(person, chance, city, chance.uniform(45, 90), chance.integers(3, 9))
        visit(person, places, chance, city, person.now + chance.uniform(0.4, 3.5) * DAY)
        person.at(person.x[-1], person.y[-1], clock(chance, person.now // DAY, 21))
        _ride(person, chance, home, chance.uniform(45, 90), chance.integers(3, 9))
    return rest(person, places, chance, home)


def by_car(places, kind, chance):
    """Day trips, some with a night away."""
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    for day in days_away(person, places, chance, home, chance.integers(3, 7)):
        person.at(*home, clock(chance, day, 8, 1.5))
        for _ in range(chance.integers(1, 4)):
            pool = places.city if chance.random() < 0.5 else places.town
            there = around(places, chance, pool[chance.integers(len(pool))], 2.0)
            if there is None:
                continue
            person.go(*there, chance.uniform(50, 90), chance.normal(0, 0.1))
            hours = chance.uniform(0.4, 1.2) if chance.random() < 0.4 else chance.uniform(1, 9)
            if chance.random() < 0.2:
                hours += 12
            person.at(*there, person.now + hours * HOUR)
        person.go(*home, chance.uniform(50, 90), chance.normal(0, 0.1))
    return rest(person, places, chance, home)


def _fly(person, chance, to, hours, country=0):
    """To the airport, two hours there, and a flight with the phone off."""
    airport = person.x[-1] + chance.normal(0, 8), person.y[-1] + chance.normal(0, 8)
    person.go(*airport, 40)
    person.at(*airport, person.now + chance.uniform(1.2, 2.5) * HOUR)
    person.at(*airport, person.now + hours * HOUR, country=0, off=True)
    person.at(to[0], to[1], person.now + 120, country=country)


def by_air(places, kind, chance):
    """Flights, some with a change of planes."""
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    for day in days_away(person, places, chance, home, chance.integers(1, 4)):
        city = _far(places, chance, home, 150)
        person.at(*home, clock(chance, day, 10, 3))
        if chance.random() < 0.3:  # a change of planes
            change = _far(places, chance, home, 80)
            _fly(person, chance, change, chance.uniform(1.2, 3))
            person.at(*change, person.now + chance.uniform(0.7, 5.5) * HOUR)
        _fly(person, chance, city, chance.uniform(1.2, 3.5))
        visit(person, places, chance, city, person.now + chance.uniform(0.8, 5) * DAY)
        _fly(person, chance, home, chance.uniform(1.2, 3.5))
    return rest(person, places, chance, home)


def abroad(places, kind, chance):
    """Journeys to another country, some through a third."""
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    for day in days_away(person, places, chance, home, chance.integers(1, 3)):
        first, second = chance.choice(_COUNTRIES, 2, replace=False).tolist()
        person.at(*home, clock(chance, day, 10, 3))
        if chance.random() < 0.3:
            _fly(person, chance, home, chance.uniform(2, 5), second)
            person.at(*home, person.now + chance.uniform(0.6, 3) * HOUR, country=second)
            person.at(*home, person.now + chance.uniform(2, 6) * HOUR, off=True)
        else:
            _fly(person, chance, home, chance.uniform(2, 9), first)
        person.at(*home, person.now + chance.uniform(2, 9) * DAY, country=first)
        person.at(*home, person.now + chance.uniform(2, 9) * HOUR, off=True)
        person.at(*home, person.now + HOUR)
    return rest(person, places, chance, home)
