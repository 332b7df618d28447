"""Towers, and which of them serves a phone.

Rule 1: from places and moments to cells; whatever makes a network lie about a place is decided here.
Rule 2: it derives no stays. The same seed gives the same network.

What is modelled:

    density     sites 0.45 km apart in cities, 0.8 in towns and border towns, 3 km in the country, with holes
    level       log-distance loss of 35 dB a decade, shadows of 6 dB that hold for 400 m and 4 dB that hold for 60 m,
                2 dB that a phone's place has for 20 minutes, 2.5 dB of fading
    choice      the serving cell is kept until another is 4 dB better (hysteresis); phones between two cells flip
    load        an hour in which a cell is full sends its phones to the second to sixth best; one event in 80 goes
                anywhere among the best eight
    overshoot   one site in 400 stands high and is heard 16 dB louder; one in 200 looks over water, 8 dB
    sectors     three cells a site, where asked for
    table       3 % of cells without a position; 0.6 % with a position 3 to 60 km wrong (their region is right)

What is not: indoor coverage by floors, frequency layers, tracking areas as they are drawn, femtocells, jamming.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from tests.benchmarks.stays.places import Places

__all__ = ["Network", "build", "serve"]

_KEPT = 16  # sites that a pixel of the plane can hear
_PIXEL = 0.5
_WITHOUT, _MISPLACED = 0.03, 0.006
_HIGH, _WATER = 1 / 400, 1 / 200
_SHADOW_FAR, _SHADOW_NEAR, _SLOW, _FADING = 6.0, 4.0, 2.0, 2.5
_HYSTERESIS = 4.0
_DEAF = 46.0  # dB below a site at 1 km: nothing is heard any more (some 20 km in the open)


@dataclass(frozen=True, slots=True)
class Network:
    """Sites (physical), and cells as the operator's table has them: `sectors` consecutive cells a site.

    Cells from `abroad` on stand for one foreign country each, without a position.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    boost: NDArray[np.float64]
    sectors: int
    region: dict[str, NDArray[np.int32]]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    abroad: dict[int, int]


def build(places: Places, seed: int, sectors: int = 1) -> Network:
    """The network of a land."""
    chance, land = np.random.default_rng([seed, 77]), places.land
    x, y = _sites(places, chance)
    kept = land.at(x, y) > 0
    x, y = x[kept], y[kept]
    draw = chance.random(len(x))
    boost = np.where(draw < _HIGH, 16.0, np.where(draw < _HIGH + _WATER, 8.0, 0.0))
    cell_x, cell_y = np.repeat(x, sectors), np.repeat(y, sectors)
    region = {level: land.at(cell_x, cell_y, level).astype(np.int32) for level in ("prefecture", "district")}
    wrong = np.repeat(chance.random(len(x)) < _MISPLACED, sectors)
    angle, far = chance.uniform(0, 2 * np.pi, len(cell_x)), chance.uniform(3, 60, len(cell_x))
    lat, lon = land.degrees(cell_x + wrong * far * np.cos(angle), cell_y + wrong * far * np.sin(angle))
    unknown = chance.random(len(lat)) < _WITHOUT
    lat, lon = np.where(unknown, np.nan, lat), np.where(unknown, np.nan, lon)
    abroad = {country: len(lat) + place for place, country in enumerate((440, 450, 520))}
    nowhere = np.full(len(abroad), np.nan)
    region = {
        level: np.concatenate([codes, list(abroad)]).astype(np.int32) for level, codes in region.items()
    }
    return Network(
        x, y, boost, sectors, region, np.concatenate([lat, nowhere]), np.concatenate([lon, nowhere]), abroad
    )


def _sites(places, chance):
    land = places.land
    high, wide = land.prefecture.shape[0] / 10, land.prefecture.shape[1] / 10
    parts = [_lattice(chance, (wide / 2, high / 2), max(wide, high), 3.0, 0.85)]
    parts += [_lattice(chance, centre, 3.0, 0.45, 1.0) for centre in places.city]
    parts += [_lattice(chance, centre, 9.0, 0.9, 0.9) for centre in places.city]
    parts += [_lattice(chance, centre, 2.5, 0.8, 1.0) for centre in places.town]
    parts += [_lattice(chance, centre, 2.5, 0.7, 1.0) for centre in places.border_town]
    return np.concatenate(parts).T


def _lattice(chance, centre, radius, spacing, share):
    """A bent lattice of sites in a disc (for the country: in its square), some of them missing."""
    steps = np.arange(-radius, radius, spacing)
    grid = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    grid = grid[(np.hypot(*grid.T) < radius) & (chance.random(len(grid)) < share)]
    return grid + np.array(centre) + chance.normal(0, spacing * 0.3, grid.shape)


def serve(network: Network, phone, time, x, y, seed):
    """The cell of each event (-1: no radio there), phone by phone in the order of time."""
    pixel_x, pixel_y = np.floor(x / _PIXEL).astype(np.int64), np.floor(y / _PIXEL).astype(np.int64)
    pixels, inverse = np.unique(pixel_x * 100_000 + pixel_y, return_inverse=True)
    middle_x, middle_y = (pixels // 100_000 + 0.5) * _PIXEL, (pixels % 100_000 + 0.5) * _PIXEL
    heard = _audible(network.x, network.y, network.boost, middle_x, middle_y)
    return _serve(
        network.x, network.y, network.boost, network.sectors, heard, inverse, phone, time, x, y, seed
    )


@njit(cache=True)
def _audible(sx, sy, boost, px, py):
    """The sites with the least loss for each pixel, shadows left out."""
    out = np.full((len(px), _KEPT), -1, np.int32)
    for pixel in range(len(px)):
        best = np.full(_KEPT, np.inf)
        for site in range(len(sx)):
            # Compare d^2 scaled by the boost, so that most sites cost no logarithm.
            squared = (sx[site] - px[pixel]) ** 2 + (sy[site] - py[pixel]) ** 2 + 0.02
            if boost[site] > 0:
                squared /= 10 ** (boost[site] / 17.5)
            if squared < best[_KEPT - 1]:
                at = _KEPT - 1
                while at > 0 and best[at - 1] > squared:
                    best[at] = best[at - 1]
                    out[pixel, at] = out[pixel, at - 1]
                    at -= 1
                best[at] = squared
                out[pixel, at] = site
    return out


@njit(cache=True, inline="always")
def _mixed(a, b, c, seed):
    """A hash of three integers, uniform in 64 bits (splitmix64's finisher)."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    z += np.uint64(c) * np.uint64(0x165667B19E3779F9) + np.uint64(seed) * np.uint64(0xD6E8FEB86659FD93)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, inline="always")
def _normal(a, b, c, seed):
    """About standard normal: the sum of four 16-bit parts of the hash."""
    z = _mixed(a, b, c, seed)
    total = np.float64(z & np.uint64(0xFFFF)) + np.float64((z >> np.uint64(16)) & np.uint64(0xFFFF))
    total += np.float64((z >> np.uint64(32)) & np.uint64(0xFFFF)) + np.float64(z >> np.uint64(48))
    return (total / 65536.0 - 2.0) * 1.7320508


@njit(cache=True, inline="always")
def _uniform(a, b, c, seed):
    return np.float64(_mixed(a, b, c, seed) >> np.uint64(11)) / 9007199254740992.0


@njit(cache=True)
def _serve(sx, sy, boost, sectors, heard, pixel, phone, time, x, y, seed):  # noqa: C901, PLR0912
    out = np.full(len(phone), -1, np.int32)
    levels, sites = np.empty(_KEPT), np.empty(_KEPT, np.int32)
    serving, before = -1, -1
    for event in range(len(phone)):
        if phone[event] != before:
            serving, before = -1, phone[event]
        far_x, far_y = np.int64(x[event] / 0.4), np.int64(y[event] / 0.4)
        near_x, near_y = np.int64(x[event] / 0.06), np.int64(y[event] / 0.06)
        count, kept = 0, -1
        for place in range(_KEPT):
            site = heard[pixel[event], place]
            if site < 0:
                break
            squared = (sx[site] - x[event]) ** 2 + (sy[site] - y[event]) ** 2
            level = -17.5 * np.log10(squared + 0.0025) + boost[site]
            level += _SHADOW_FAR * _normal(site, far_x * 65536 + far_y, 1, seed)
            level += _SHADOW_NEAR * _normal(site, near_x * 65536 + near_y, 2, seed)
            level += _SLOW * _normal(site, phone[event], time[event] // 1200, seed)
            level += _FADING * _normal(site, phone[event], time[event] + 7_000_000, seed)
            at = count
            while at > 0 and levels[at - 1] < level:
                levels[at] = levels[at - 1]
                sites[at] = sites[at - 1]
                at -= 1
            levels[at] = level
            sites[at] = site
            count += 1
        if count == 0 or levels[0] < -_DEAF:
            serving = -1
            continue
        chosen = 0
        for place in range(count):
            if sites[place] == serving:
                kept = place
        if kept >= 0 and levels[kept] > levels[0] - _HYSTERESIS:
            chosen = kept
        hour = time[event] // 3600
        full = _uniform(sites[chosen], hour, 3, seed) < 0.02 and _uniform(phone[event], hour, 4, seed) < 0.7
        astray = _uniform(phone[event], time[event], 5, seed)
        if full:
            chosen = min(count - 1, 1 + np.int64(5 * _uniform(phone[event], hour, 6, seed) ** 2))
        elif astray < 0.0125:
            chosen = min(count - 1, np.int64(8 * astray / 0.0125))
        if levels[chosen] < -_DEAF:
            chosen = 0
        serving = sites[chosen]
        sector = 0
        if sectors > 1:
            turn = np.arctan2(y[event] - sy[serving], x[event] - sx[serving]) / (2 * np.pi) + 1.0
            turn += _uniform(serving, 0, 8, seed) + 0.08 * _normal(phone[event], time[event], 9, seed)
            sector = np.int64(turn * sectors) % sectors
        out[event] = serving * sectors + sector
    return out
