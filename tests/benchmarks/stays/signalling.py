"""When phones signal, and in what order the network tells.

Rule 1: moments, disorder and duplicates are decided here; one world is a land, its people, their events.
Rule 2: it derives no stays. The same name and seed give the same world, bit for bit.

    session     traffic comes in sessions of one to nine events within minutes, most of them by day
    periodic    a phone that has been idle for its period (half an hour to two hours; up to a day) reports itself
    moving      on the road a phone reports itself each few minutes, as it crosses tracking areas
    attach      switching on is an event
    arrival     after 1 to 20 s; 2 % come up to two hours late, 0.2 % up to a day; 1 % come twice

The mean is near 190 events a day and subscription, the median near 110.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.stays.geographies import SYNTHETIC, Geography, synthetic
from tests.benchmarks.stays.lives import people
from tests.benchmarks.stays.people import DAYS, HOUR, Person
from tests.benchmarks.stays.places import places_of
from tests.benchmarks.stays.radio import Network, build, serve
from tests.benchmarks.stays.real_borders import real
from tests.benchmarks.stays.truth import whereabouts

__all__ = ["BEGIN", "World", "world"]

BEGIN = 1_790_784_000 // 86_400 * 86_400 - 28_800  # midnight in Shanghai
_END = DAYS * 24 * HOUR
_BY_DAY = np.array([0.1] * 6 + [0.5, 1.0] + [1.3] * 13 + [1.0, 0.6, 0.3])
_LATE, _VERY_LATE, _TWICE = 0.02, 0.002, 0.01


@dataclass(frozen=True, slots=True)
class World:
    """One month: arrays of events in the order of arrival; times in seconds from the month's beginning."""

    seed: int
    land: Geography
    people: list[Person]
    network: Network
    phone: NDArray[np.int32]
    time: NDArray[np.int64]
    cell: NDArray[np.int32]
    arrival: NDArray[np.int64]


def world(name: str, seed: int, count: int = 1500, sectors: int = 1) -> World:
    """A month of so many people; `name` of a land, made-up or real."""
    land = synthetic(name, seed) if name in SYNTHETIC else real(name)
    places = places_of(land, np.random.default_rng([seed, 5]))
    crowd = people(places, count, seed)
    network = build(places, seed, sectors)
    phone, time, x, y, country = _moments(crowd, seed)
    cell = serve(network, phone, time, x, y, seed)
    for code, foreign in network.abroad.items():
        cell[country == code] = foreign
    heard = cell >= 0
    return World(seed, land, crowd, network, *_told(phone[heard], time[heard], cell[heard], seed))


def _moments(crowd, seed):
    parts = []
    for number, person in enumerate(crowd):
        chance = np.random.default_rng([seed, number, 9])
        times = _times(person, chance)
        x, y, country, off = whereabouts(person, times)
        on = ~off
        parts.append((np.full(on.sum(), number, np.int32), times[on], x[on], y[on], country[on]))
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


def _times(person, chance):
    """Sessions, attachments, moves, then periodic reports wherever it is quiet for too long."""
    peak = person.rate * _BY_DAY.max()
    begins = chance.uniform(0, _END, chance.poisson(peak * _END / HOUR))
    begins = begins[
        chance.random(len(begins)) < _BY_DAY[(begins / HOUR).astype(np.int64) % 24] / _BY_DAY.max()
    ]
    sizes = np.minimum(chance.geometric(0.22, len(begins)), 9)
    times = np.repeat(begins, sizes) + chance.exponential(60, sizes.sum())
    clock = np.array(person.time)
    moving = np.flatnonzero((np.diff(clock) > 0) & (np.hypot(np.diff(person.x), np.diff(person.y)) > 0.5))
    moves = [np.arange(clock[i], clock[i + 1], chance.uniform(180, 900)) for i in moving if not person.off[i]]
    quiet = person.periodic > 2 * HOUR
    attach = clock[1:][np.array(person.off[:-1]) & ~np.array(person.off[1:])] + 20
    times = np.concatenate([times, attach, *(moves[::4] if quiet else moves), [0]])
    times = np.unique(times[(times >= 0) & (times < _END)].astype(np.int64))
    gaps = np.diff(np.append(times, _END))
    reports = gaps // (person.periodic + 1)
    first = np.repeat(times, reports)
    turn = np.arange(len(first)) - np.repeat(np.cumsum(reports) - reports, reports) + 1
    return np.unique(np.concatenate([times, first + turn * person.periodic]))


def _told(phone, time, cell, seed):
    chance = np.random.default_rng([seed, 13])
    draw = chance.random(len(time))
    delay = chance.integers(1, 20, len(time))
    delay += (draw < _LATE) * chance.integers(0, 2 * HOUR, len(time))
    delay += (draw < _VERY_LATE) * chance.integers(0, 24 * HOUR, len(time))
    twice = np.flatnonzero(chance.random(len(time)) < _TWICE)
    order = np.concatenate([np.arange(len(time)), twice])
    arrival = np.concatenate([time + delay, (time + delay)[twice] + chance.integers(0, 600, len(twice))])
    sorting = np.argsort(arrival, kind="stable")
    order = order[sorting]
    return phone[order], time[order], cell[order], arrival[sorting]
