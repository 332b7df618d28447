"""Where people can live, work and go.

Rule 1: points on a land, drawn with the chance that is handed in.
Rule 2: no times and no towers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.stays.geographies import Geography, borders_of

__all__ = ["Places", "around", "beside_border", "dwelling", "near", "places_of", "region_of"]

_BORDER_KM = 1.5


@dataclass(frozen=True, slots=True)
class Places:
    """Where people can live and work: cities, small towns, and towns that a border runs through."""

    land: Geography
    city: NDArray[np.float64]
    town: NDArray[np.float64]
    border_town: NDArray[np.float64]
    border: NDArray[np.float64]


def places_of(land: Geography, chance: np.random.Generator) -> Places:
    """Six small towns around each city, and towns on borders."""
    city = np.array(list(land.centres.values()))
    angles, away = chance.uniform(0, 2 * np.pi, (len(city), 6)), chance.uniform(12, 45, (len(city), 6))
    town = (city[:, None] + np.stack([away * np.cos(angles), away * np.sin(angles)], -1)).reshape(-1, 2)
    border = borders_of(land.prefecture)
    near = np.hypot(*(border[:, None] - city[None]).transpose(2, 0, 1)).min(1) < 60
    border_town = border[chance.choice(np.flatnonzero(near), 14)]
    land_of = land.at(town[:, 0], town[:, 1])
    return Places(land, city, town[land_of > 0], border_town, border[near])


def around(places, chance, centre, spread, region=None):
    """A point near a centre, on land, and in that region if one is named."""
    for _ in range(60):
        x, y = centre + chance.normal(0, spread, 2)
        found = int(places.land.at(x, y))
        if found and region in {None, found}:
            return float(x), float(y)
    return None


def dwelling(places, chance):
    """A home: in a city, a small town or, for one in twelve, a border town."""
    kind = chance.random()
    pool, spread = (
        (places.city, 4.0) if kind < 0.6 else (places.town, 1.2) if kind < 0.92 else (places.border_town, 1.0)
    )
    while (home := around(places, chance, pool[chance.integers(len(pool))], spread)) is None:
        pass
    return home


def region_of(places, point):
    """The prefecture of a point."""
    return int(places.land.at(*point))


def _stays_inside(places, a, b, region):
    along = np.linspace(0, 1, max(2, int(np.hypot(b[0] - a[0], b[1] - a[1]) / 0.05)))
    found = places.land.at(a[0] + (b[0] - a[0]) * along, a[1] + (b[1] - a[1]) * along)
    return bool((found == region).all())


def near(places, chance, home, reach):
    """A place to go to in the home's own region, by a way that stays inside it."""
    here = region_of(places, home)
    for _ in range(30):
        point = around(places, chance, np.array(home), reach, here)
        if point and _stays_inside(places, home, point, here):
            return point
    return home


def beside_border(places, chance, region=None):
    """A dwelling within 1.5 km of a border, most in border towns."""
    while True:
        pool = places.border_town if chance.random() < 0.8 else places.border
        spot = pool[chance.integers(len(pool))]
        point = around(places, chance, spot, 0.8, region)
        if point is None:
            continue
        away = np.hypot(places.border[:, 0] - point[0], places.border[:, 1] - point[1]).min()
        if 0.05 < away < _BORDER_KM:
            return point
