"""Land with borders: which prefecture and which district any point lies in.

Rule 1: shapes only. A geography is two rasters of 100 m, on a plane in kilometres; the raster *is* the border.
Rule 2: no people, no radio. The same name and seed give the same land.

    straight   prefectures of 105 km with straight borders
    river      the same borders, wandering like rivers (bends of 3 to 40 km)
    corner     borders that meet by threes; towns stand on the corners
    enclave    river borders, and in every prefecture two pieces of a neighbour, 1.5 to 6 km wide

Real borders are in `real_borders.py`. What this does not model: water and mountains (radio has its own way to
reach too far), and the curvature of the earth: the plane is tangent at the land's south-west corner.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["KM_PER_DEGREE", "STEP", "SYNTHETIC", "Geography", "borders_of", "synthetic"]

STEP = 0.1
KM_PER_DEGREE = 111.195
SYNTHETIC = ("straight", "river", "corner", "enclave")
_SIDE, _ACROSS = 105.0, 3
_DISTRICTS = 6
_SOUTH, _WEST = 29.0, 112.0


@dataclass(frozen=True, slots=True)
class Geography:
    """Rasters (row: south to north, column: west to east) of region codes; 0 is nobody's (sea, outside)."""

    name: str
    south: float
    west: float
    prefecture: NDArray[np.int32]
    district: NDArray[np.int32]
    centres: dict[int, tuple[float, float]]  # a city's x and y in each prefecture that has one

    def at(self, x, y, level="prefecture"):
        """Region codes at points in km; 0 outside."""
        raster = self.prefecture if level == "prefecture" else self.district
        row = np.floor(np.asarray(y) / STEP).astype(np.int64)
        column = np.floor(np.asarray(x) / STEP).astype(np.int64)
        inside = (row >= 0) & (row < raster.shape[0]) & (column >= 0) & (column < raster.shape[1])
        found = raster[np.clip(row, 0, raster.shape[0] - 1), np.clip(column, 0, raster.shape[1] - 1)]
        return np.where(inside, found, 0)

    def degrees(self, x, y):
        """Latitude and longitude (WGS-84 in name) of points in km."""
        east = KM_PER_DEGREE * np.cos(np.radians(self.south))
        return self.south + np.asarray(y) / KM_PER_DEGREE, self.west + np.asarray(x) / east


def borders_of(raster: NDArray[np.int32]) -> NDArray[np.float64]:
    """Points (x, y in km) on borders between two regions, one for each raster cell that touches one."""
    differs = np.zeros(raster.shape, bool)
    for axis in (0, 1):
        here, there = (raster[:-1], raster[1:]) if axis == 0 else (raster[:, :-1], raster[:, 1:])
        edge = (here != there) & (here > 0) & (there > 0)
        if axis == 0:
            differs[:-1] |= edge
        else:
            differs[:, :-1] |= edge
    row, column = np.nonzero(differs)
    return np.column_stack([(column + 1) * STEP, (row + 1) * STEP])


def synthetic(name: str, seed: int) -> Geography:
    """One of the four made-up lands."""
    chance = np.random.default_rng([seed, SYNTHETIC.index(name)])
    size = round(_SIDE * _ACROSS / STEP)
    x, y = np.meshgrid((np.arange(size) + 0.5) * STEP, (np.arange(size) + 0.5) * STEP)
    x, y = x.astype(np.float32), y.astype(np.float32)
    if name != "straight":
        x, y = _warped(chance, x, y, 1.0 if name != "corner" else 0.4)
    centres = [((i + 0.5) * _SIDE, (j + 0.5) * _SIDE) for j in range(_ACROSS) for i in range(_ACROSS)]
    if name == "corner":  # every second row moved by half a side: borders meet by threes
        centres = [(cx + (_SIDE / 2 if round(cy / _SIDE - 0.5) % 2 else 0.0), cy) for cx, cy in centres]
    codes = [(11 + place) * 10_000 + 100 for place in range(len(centres))]
    prefecture = np.array(codes, np.int32)[_nearest(x, y, centres)]
    if name == "enclave":
        _scatter_enclaves(chance, prefecture, dict(zip(codes, centres, strict=True)))
    district = _districts(chance, prefecture, x, y, dict(zip(codes, centres, strict=True)))
    inside = {c: p for c, p in zip(codes, centres, strict=True) if p[0] < _SIDE * _ACROSS}
    return Geography(name, _SOUTH, _WEST, prefecture, district, inside)


def _warped(chance, x, y, strength):
    """The plane bent by waves of 3 to 40 km: straight borders become rivers."""
    bent_x, bent_y = x.copy(), y.copy()
    for wavelength in (3.0, 7.0, 15.0, 40.0):
        for out in (bent_x, bent_y):
            angle, phase = chance.uniform(0, np.pi), chance.uniform(0, 2 * np.pi)
            along = (np.cos(angle) * x + np.sin(angle) * y) * np.float32(2 * np.pi / wavelength)
            out[:] += np.float32(strength * 0.07 * wavelength) * np.sin(along + np.float32(phase))
    return bent_x, bent_y


def _nearest(x, y, centres):
    best, place = np.full(x.shape, np.inf, np.float32), np.zeros(x.shape, np.int32)
    for number, (cx, cy) in enumerate(centres):
        squared = (x - np.float32(cx)) ** 2 + (y - np.float32(cy)) ** 2
        closer = squared < best
        best[closer], place[closer] = squared[closer], number
    return place


def _scatter_enclaves(chance, prefecture, centres):
    for code, (cx, cy) in centres.items():
        others = [other for other in centres if other != code]
        for _ in range(2):
            angle, away = chance.uniform(0, 2 * np.pi), chance.uniform(15, 40)
            px, py, radius = cx + away * np.cos(angle), cy + away * np.sin(angle), chance.uniform(0.75, 3.0)
            low_row, low_column = int((py - radius) / STEP), int((px - radius) / STEP)
            wide = int(2 * radius / STEP) + 1
            view = prefecture[low_row : low_row + wide, low_column : low_column + wide]
            row, column = np.nonzero(np.ones(view.shape, bool))
            near = (row - wide / 2) ** 2 + (column - wide / 2) ** 2 < (radius / STEP) ** 2
            nearest = min(others, key=lambda o: (centres[o][0] - px) ** 2 + (centres[o][1] - py) ** 2)
            view[row[near], column[near]] = nearest


def _districts(chance, prefecture, x, y, centres):
    """Each prefecture cut into six by distance to points around its city: a city's middle is a border too."""
    district = np.zeros_like(prefecture)
    for code, (cx, cy) in centres.items():
        mine = prefecture == code
        if not mine.any():
            continue
        angles = np.arange(_DISTRICTS) * 2 * np.pi / _DISTRICTS + chance.uniform(0, 1)
        away = chance.uniform(4, 30, _DISTRICTS)
        points = [(cx + r * np.cos(a), cy + r * np.sin(a)) for r, a in zip(away, angles, strict=True)]
        district[mine] = code + 1 + _nearest(x[mine], y[mine], points)
    return district
