"""Where people are, second by second, for thirty days.

Rule 1: which classes of people there are, how many of each, and how those live who stay near home.
Rule 2: no towers and no events; the truth of the stays is read off these waypoints by `truth.py`.

What is modelled, by class (share of the people):

    home        0.20  never leaves its prefecture: work or school within 12 km, errands
    border      0.15  lives and moves within 1.5 km of a border, and never crosses it
    commuter    0.13  works across a border, five days a week, 4 to 11 hours a day; some work beside the border
    train       0.08  night trains between cities 120 km and more apart, with stops of 2 to 45 minutes
    driver      0.12  day trips by car through several prefectures: visits of 1 to 9 hours, breaks, some nights away
    flyer       0.08  flights (phone off) between the farthest cities, stays of one to five days, changes of planes
    abroad      0.06  flights to another country for two to nine days, sometimes through a third
    sparse      0.08  few events, off at night or for days; some trips
    two_homes   0.06  weekdays in one prefecture, weekends in another
    new_sim     0.04  a number activated in mid-month, whose former owner lived elsewhere

What is not: walking inside buildings, crowds, roads and rails as they run (people go straight ahead, with a bend),
holidays, several phones of one person.
"""

import numpy as np

from tests.benchmarks.stays.journeys import abroad, by_air, by_car, by_train, local_day, rest, visit
from tests.benchmarks.stays.people import DAY, DAYS, HOUR, Person, clock, someone, switch_off
from tests.benchmarks.stays.places import Places, around, beside_border, dwelling, near, region_of

__all__ = ["CLASSES", "people"]

CLASSES = {
    "home": 0.20,
    "border": 0.15,
    "commuter": 0.13,
    "train": 0.08,
    "driver": 0.12,
    "flyer": 0.08,
    "abroad": 0.06,
    "sparse": 0.08,
    "two_homes": 0.06,
    "new_sim": 0.04,
}


def people(places: Places, count: int, seed: int) -> list[Person]:
    """So many people, by class, each with chance of its own."""
    kinds = [kind for kind, share in CLASSES.items() for _ in range(round(share * count))]
    return [_LIVES[kind](places, kind, np.random.default_rng([seed, n])) for n, kind in enumerate(kinds)]


def _home(places, kind, chance):
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    work = near(places, chance, home, 5.0) if chance.random() < 0.7 else None
    for day in range(DAYS):
        local_day(person, places, chance, day, home, work, 2.5)
    return person


def _border(places, kind, chance):
    home = beside_border(places, chance)
    person = someone(kind, home, chance)
    work = near(places, chance, home, 0.8) if chance.random() < 0.6 else None
    for day in range(DAYS):
        local_day(person, places, chance, day, home, work, 0.5)
    return person


def _across(places, chance, home):
    """A place of work over the nearest border: one in ten right beside it."""
    away = np.hypot(places.border[:, 0] - home[0], places.border[:, 1] - home[1])
    spot, here = places.border[away.argmin()], region_of(places, home)
    for _ in range(200):
        reach = 1.0 if chance.random() < 0.1 else 12.0
        point = around(places, chance, spot, reach)
        if point and region_of(places, point) not in {0, here}:
            return point
    return None


def _commuter(places, kind, chance):
    work = None
    while work is None:
        home = beside_border(places, chance) if chance.random() < 0.25 else dwelling(places, chance)
        work = _across(places, chance, home)
    person = someone(kind, home, chance)
    begins, hours = (
        chance.uniform(6.5, 9.5),
        chance.choice([4.2, 5.0, 8.0, 9.0, 11.0], p=[0.05, 0.1, 0.4, 0.35, 0.1]),
    )
    for day in range(DAYS):
        if day % 7 < 5 and chance.random() < 0.93:
            person.at(*home, clock(chance, day, begins, 0.3))
            person.go(*work, 45, chance.normal(0, 0.08))
            person.at(*work, person.now + (hours + chance.normal(0, 0.4)) * HOUR)
            person.go(*home, 45, chance.normal(0, 0.08))
        local_day(person, places, chance, day, home, None, 1.0)
    return person


def _sparse(places, kind, chance):
    person = _LIVES[str(chance.choice(["home", "home", "border", "driver", "train"]))](places, kind, chance)
    person.rate, person.periodic = (
        float(chance.uniform(0.05, 0.5)),
        int(chance.choice([3600, 10_800, 21_600, 86_400])),
    )
    if chance.random() < 0.6:
        switch_off(person, [(day * DAY + 23 * HOUR, day * DAY + 31 * HOUR) for day in range(DAYS)])
    if chance.random() < 0.4:
        begin = int(chance.integers(2, DAYS - 6)) * DAY
        switch_off(person, [(begin, begin + int(chance.uniform(0.5, 4) * DAY))])
    return person


def _two_homes(places, kind, chance):
    home = dwelling(places, chance)
    person = someone(kind, home, chance)
    other = None
    while other is None or region_of(places, other) == region_of(places, home):
        other = dwelling(places, chance)
    for day in range(DAYS):
        if day % 7 == 4 and chance.random() < 0.9:
            person.at(*home, clock(chance, day, 18))
            person.go(*other, chance.uniform(50, 120), chance.normal(0, 0.05))
            visit(person, places, chance, np.array(other), clock(chance, day + 2, 18, 1.5))
            person.go(*home, chance.uniform(50, 120), chance.normal(0, 0.05))
        elif person.now < (day + 1) * DAY:
            local_day(person, places, chance, max(day, person.now // DAY), home, None, 3.0)
    return rest(person, places, chance, home)


def _new_sim(places, kind, chance):
    """The former owner's life until activation, another person's from then on."""
    former, person = (
        _home(places, kind, chance),
        _LIVES[str(chance.choice(["home", "driver"]))](places, kind, chance),
    )
    person.activated = int(chance.integers(4, 22)) * DAY + 10 * HOUR
    cut = int(np.searchsorted(former.time, person.activated - DAY))
    keep = int(np.searchsorted(person.time, person.activated))
    x = float(np.interp(person.activated, person.time, person.x))
    y = float(np.interp(person.activated, person.time, person.y))
    person.time = [*former.time[:cut], person.activated, *person.time[keep:]]
    person.x, person.y = [*former.x[:cut], x, *person.x[keep:]], [*former.y[:cut], y, *person.y[keep:]]
    person.country = [*former.country[:cut], person.country[keep - 1], *person.country[keep:]]
    person.off = [*former.off[:cut], person.off[keep - 1], *person.off[keep:]]
    if cut:
        person.off[cut - 1] = True  # between the owners the number is out of use
    return person


_LIVES = {
    "home": _home,
    "border": _border,
    "commuter": _commuter,
    "train": by_train,
    "driver": by_car,
    "flyer": by_air,
    "abroad": abroad,
    "sparse": _sparse,
    "two_homes": _two_homes,
    "new_sim": _new_sim,
}
