"""Towers of real cities: where they stand, and which region they belong to.

Rule 1: every place of the sample stands in this file.
Rule 2: it knows no people.

A city is a cloud of towers around its centre. Where two cities meet, a border runs from north to south through a
quarter whose towers reach over it: a phone close to it is served by either side's, or for hours by one side's alone.
City centres are rounded to a hundredth of a degree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BORDERS", "CITIES", "COUNTRIES", "Towers", "towers"]

CITIES: dict[int, tuple[float, float]] = {
    110000: (39.90, 116.41),
    131000: (39.52, 116.70),
    120000: (39.13, 117.20),
    130600: (38.87, 115.46),
    130100: (38.04, 114.51),
    410100: (34.75, 113.63),
    411500: (32.13, 114.07),
    420100: (30.59, 114.31),
    430100: (28.23, 112.94),
    440100: (23.13, 113.26),
    440600: (23.02, 113.12),
    440300: (22.55, 114.06),
    441900: (23.02, 113.75),
    310000: (31.23, 121.47),
    320500: (31.30, 120.59),
    330100: (30.27, 120.15),
    510100: (30.57, 104.07),
    500000: (29.56, 106.55),
    610100: (34.34, 108.94),
    530100: (25.04, 102.72),
    230100: (45.80, 126.53),
    650100: (43.83, 87.62),
}
"""Region code to latitude and longitude (WGS 84) of its centre."""

BORDERS: dict[tuple[int, int], tuple[float, float]] = {
    (110000, 131000): (39.95, 116.80),  # Tongzhou and Yanjiao
    (310000, 320500): (31.29, 121.09),  # Anting and Huaqiao
    (440100, 440600): (23.06, 113.21),  # Fangcun and Guicheng
    (440300, 441900): (22.78, 114.02),  # Guangming and Huangjiang
}
"""Two regions that meet, and where."""

COUNTRIES = (440, 454)
"""Abroad: one cell each, without a position; 440 is Japan, 454 Hong Kong."""

_IN_CITY, _AT_BORDER = 30, 40
_SPREAD_KM, _BORDER_KM = 8.0, 1.2
_ASTRAY_KM = 0.2  # a tower may stand this far over the border
_NEAR_KM = 0.4  # a phone at the border hears the towers this near to it
_KM = 111.195


@dataclass(frozen=True, slots=True)
class Towers:
    """Cells as arrays of one length; positions are NaN abroad. Places are ranges of cells."""

    region: NDArray[np.int32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    city: dict[int, NDArray[np.int32]]
    border: dict[
        tuple[int, ...], NDArray[np.int32]
    ]  # heard at (a, b): either side's; at (a, b, b): those of b alone
    abroad: dict[int, NDArray[np.int32]]


def towers(chance: np.random.Generator) -> Towers:
    """The country's towers."""
    rows: list[tuple[int, float, float]] = []
    city = {code: _placed(rows, _cloud(chance, code, centre)) for code, centre in CITIES.items()}
    border: dict[tuple[int, ...], NDArray[np.int32]] = {}
    for pair, centre in BORDERS.items():
        border |= _heard_at(pair, centre, rows, _placed(rows, _seam(chance, pair, centre)))
    abroad = {mcc: _placed(rows, [(mcc, np.nan, np.nan)]) for mcc in COUNTRIES}
    region, lat, lon = zip(*rows, strict=True)
    return Towers(np.array(region, np.int32), np.array(lat), np.array(lon), city, border, abroad)


def _placed(rows: list[tuple[int, float, float]], new: list[tuple[int, float, float]]) -> NDArray[np.int32]:
    begin = len(rows)
    rows += new
    return np.arange(begin, len(rows), dtype=np.int32)


def _cloud(
    chance: np.random.Generator, code: int, centre: tuple[float, float]
) -> list[tuple[int, float, float]]:
    offsets = chance.normal(0, _SPREAD_KM / _KM / 2, (_IN_CITY, 2))
    return [(code, centre[0] + north, centre[1] + east) for north, east in offsets.tolist()]


def _seam(
    chance: np.random.Generator, pair: tuple[int, int], centre: tuple[float, float]
) -> list[tuple[int, float, float]]:
    """Towers on both sides of a border, the first region to the east; some stand a little over it."""
    north = chance.uniform(-_BORDER_KM, _BORDER_KM, _AT_BORDER)
    east = chance.uniform(-_ASTRAY_KM, _BORDER_KM, _AT_BORDER)
    east[_AT_BORDER // 2 :] *= -1
    return [
        (
            pair[place >= _AT_BORDER // 2],
            centre[0] + float(north[place]) / _KM,
            centre[1] + float(east[place]) / _KM,
        )
        for place in range(_AT_BORDER)
    ]


def _heard_at(
    pair: tuple[int, int],
    centre: tuple[float, float],
    rows: list[tuple[int, float, float]],
    cells: NDArray[np.int32],
) -> dict[tuple[int, ...], NDArray[np.int32]]:
    """What a phone at the border hears: either side's near towers, or for a while those of one side alone."""
    near = [cell for cell in cells.tolist() if abs(rows[cell][2] - centre[1]) * _KM < _NEAR_KM]
    sides = {side: [cell for cell in near if rows[cell][0] == side] for side in pair}
    heard: dict[tuple[int, ...], list[int]] = {pair: near}
    heard |= {(*pair, side): towers for side, towers in sides.items()}
    return {place: np.array(towers, np.int32) for place, towers in heard.items()}
