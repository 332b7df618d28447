"""Towers as a picture: a map of all of them, and a close-up of a border. SVG, drawn here.

Rule 1: this file alone decides what a tower looks like.
Rule 2: it finds nothing out about cells, and knows nothing of the page around the picture.

    region    a colour that its neighbours do not have, and its name on the map; in a close-up a shape as well
    soft      a ring        doubted   a cross        anything else   a plain mark

Colours are Okabe and Ito's, which people who see fewer colours can tell apart. Ink and paper come from the page (CSS variables),
so that a map is dark on a dark page. Towers closer than two points on the large map are one mark: a nation's 400,000 cells make
a picture of less than a megabyte.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from service.mobility.borders import Border
from service.mobility.cells import CORE
from service.mobility.doubts import DISBELIEVED, Doubt
from service.mobility.nearest import Tree, on_sphere
from service.ports.built_cells import Built

__all__ = ["COLOURS", "close_up", "overview"]

COLOURS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#0072b2", "#a0a0a0", "#d9c400")
_NUMBERED = 10
_WIDTH, _TALLEST, _MARGIN = 960.0, 900.0, 28.0
_CLOSE, _LEGEND = 460.0, 78.0
_GRID = 2.0  # points: the large map has one mark in each square of this size
_TOWERS, _MOST_TOWERS = 70, 500
_NEAREST_KM, _FURTHEST_KM = 1.5, 40.0
_KM_PER_DEGREE = 111.195
_LABELS = 60
_CROSSES = 200  # the furthest ones; more would hide the map

_Name = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Frame:
    """From degrees to points of a picture; north is up."""

    west: float
    north: float
    points_per_km: float
    width: float
    height: float
    middle: float  # latitude whose kilometres are right
    top: float = 0.0  # room for a legend

    def x(self, lon: NDArray[np.float64]) -> NDArray[np.float64]:
        km_per_degree = _KM_PER_DEGREE * float(np.cos(np.radians(self.middle)))
        return _MARGIN + (lon - self.west) * (km_per_degree * self.points_per_km)

    def y(self, lat: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.top + _MARGIN + (self.north - lat) * _KM_PER_DEGREE * self.points_per_km


def overview(built: Built, name: _Name) -> str:
    """All towers; '' if no position is believed."""
    table, cells = built.table, built.cells
    placed = np.flatnonzero(~np.isnan(table.lat) & ~np.isin(built.doubts.doubt, DISBELIEVED))
    if not len(placed):
        return ""
    lat, lon = table.lat[placed], table.lon[placed]
    frame = _fitting(lat, lon)
    x, y, soft = frame.x(lon), frame.y(lat), cells.evidence[placed] < CORE
    region = cells.region[placed]
    colour = _coloured(region, lat, lon)
    parts = [_marks(x[soft], y[soft], "ring", 5.0)]
    for number in range(len(COLOURS)):
        mine = colour == number
        parts.append(_marks(x[mine], y[mine], f"c{number}", 2.6))
    doubted = np.flatnonzero(np.isin(built.doubts.doubt, [Doubt.FAR, Doubt.SURROUNDED]))
    doubted = doubted[np.argsort(-built.doubts.km[doubted], kind="stable")][:_CROSSES]
    parts.append(_crosses(frame.x(table.lon[doubted]), frame.y(table.lat[doubted]), frame, 5))
    parts += _labels(region, x, y, name)
    said = (
        f"{len(placed):,} cells of {len(set(region.tolist()))} regions by their positions; {int(soft.sum()):,} soft ones "
        f"are ringed, the {len(doubted):,} with the most doubtful positions crossed."
    )
    return _picture(frame, "Map of all towers", said, parts)


def close_up(built: Built, border: Border, name: _Name) -> tuple[str, list[int]]:
    """The part of a border where its soft cells are densest, and the rows of the numbered cells: the least sure ones in it.

    ('', []) if no soft cell has a position.
    """
    table, cells = built.table, built.cells
    placed = np.flatnonzero(~np.isnan(table.lat) & ~np.isin(built.doubts.doubt, DISBELIEVED))
    soft = border.rows[np.isin(border.rows, placed)]
    if not len(soft):
        return "", []
    north, east = _densest(table.lat[soft], table.lon[soft])
    away = on_sphere(table.lat[placed], table.lon[placed]) - on_sphere(np.array([north]), np.array([east]))
    km = np.sqrt((away**2).sum(axis=1))
    near = np.argsort(km, kind="stable")[:_MOST_TOWERS]
    reach = float(km[near[min(_TOWERS, len(near)) - 1]])
    half = float(np.clip(reach, _NEAREST_KM, _FURTHEST_KM)) * 0.8
    frame = _around(north, east, half)
    rows = placed[near]
    x, y = frame.x(table.lon[rows]), frame.y(table.lat[rows])
    inside = (
        (np.abs(x - frame.width / 2) < frame.width / 2 - 8) & (y > frame.top + 8) & (y < frame.height - 8)
    )
    parts = [
        _tower(x[i], y[i], int(cells.region[row]), border.regions, soft=bool(cells.evidence[row] < CORE))
        for i, row in enumerate(rows.tolist())
        if inside[i]
    ]
    doubted = inside & np.isin(built.doubts.doubt[rows], [Doubt.SURROUNDED, Doubt.SHARED])
    parts.append(_crosses(x[doubted], y[doubted], frame, 7))
    places = dict(zip(rows[inside].tolist(), np.flatnonzero(inside).tolist(), strict=True))
    numbered = [row for row in border.rows.tolist() if row in places][:_NUMBERED]
    for number, row in enumerate(numbered, 1):
        at = places[row]
        parts.append(f'<text class="number" x="{x[at] + 9:.1f}" y="{y[at] - 7:.1f}">{number}</text>')
    first, second = (name(code) for code in border.regions)
    parts.append(_legend((first, second)))
    said = (
        f"Towers within about {half:.0f} km where {first} (circles) and {second} (squares) are hardest to tell apart; "
        f"soft cells are ringed, the least sure ones numbered as in the table."
    )
    return _picture(frame, f"The border of {first} and {second}", said, parts), numbered


def _fitting(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> _Frame:
    south, north, west, east = lat.min(), lat.max(), lon.min(), lon.max()
    middle = float(south + north) / 2
    high = max(float(north - south) * _KM_PER_DEGREE, 0.5)
    wide = max(float(east - west) * _KM_PER_DEGREE * float(np.cos(np.radians(middle))), 0.5)
    scale = min((_WIDTH - 2 * _MARGIN) / wide, (_TALLEST - 2 * _MARGIN) / high)
    return _Frame(
        float(west),
        float(north),
        scale,
        max(wide * scale + 2 * _MARGIN, 320),
        high * scale + 2 * _MARGIN + 24,
        middle,
    )


def _around(lat: float, lon: float, half_km: float) -> _Frame:
    scale = (_CLOSE - 2 * _MARGIN) / (2 * half_km)
    west = lon - half_km / (_KM_PER_DEGREE * float(np.cos(np.radians(lat))))
    return _Frame(west, lat + half_km / _KM_PER_DEGREE, scale, _CLOSE, _CLOSE + _LEGEND + 24, lat, _LEGEND)


def _densest(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> tuple[float, float]:
    """The middle of the tenth of a degree that holds most of these places."""
    squares = np.floor(np.stack([lat, lon], axis=1) * 10)
    _, square, count = np.unique(squares, axis=0, return_inverse=True, return_counts=True)
    most = square == count.argmax()
    return float(lat[most].mean()), float(lon[most].mean())


def _coloured(
    region: NDArray[np.int32], lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.int64]:
    """A colour for each cell's region, other than those of the regions whose middles are nearest to its own."""
    codes, where = np.unique(region, return_inverse=True)
    count = np.bincount(where)
    middles = on_sphere(np.bincount(where, lat) / count, np.bincount(where, lon) / count)
    near, _ = Tree.of(middles).nearest(middles, min(len(COLOURS), len(codes)))
    chosen = np.full(len(codes), -1)
    for code in np.argsort(-count):
        taken = [int(chosen[other]) for other in near[code] if other != code]
        taken += [int(chosen[other]) for other in np.flatnonzero((near == code).any(axis=1)) if other != code]
        rarest = sorted(range(len(COLOURS)), key=lambda colour: (taken.count(colour), colour))
        chosen[code] = rarest[0]
    return chosen[where]


def _marks(x: NDArray[np.float64], y: NDArray[np.float64], kind: str, size: float) -> str:
    """Dots as one path: a line of no length with round ends is a dot, in eight characters."""
    squares = np.unique(np.stack([np.rint(x / _GRID), np.rint(y / _GRID)], axis=1).astype(np.int64), axis=0)
    path = "".join(f"M{column * _GRID:g} {row * _GRID:g}h0" for column, row in squares.tolist())
    return f'<path class="dots {kind}" stroke-width="{size}" d="{path}"/>' if path else ""


def _crosses(x: NDArray[np.float64], y: NDArray[np.float64], frame: _Frame, arm: int) -> str:
    inside = (x > arm) & (x < frame.width - arm) & (y > arm) & (y < frame.height - arm)
    path = "".join(
        f"M{left - arm:.0f} {top - arm:.0f}l{2 * arm} {2 * arm}m0 {-2 * arm}l{-2 * arm} {2 * arm}"
        for left, top in zip(x[inside].tolist(), y[inside].tolist(), strict=True)
    )
    if not path:
        return ""
    return f'<path class="cross halo" d="{path}"/><path class="cross" d="{path}"/>'


def _labels(
    region: NDArray[np.int32], x: NDArray[np.float64], y: NDArray[np.float64], name: _Name
) -> Iterable[str]:
    """The names of the largest regions at their middles, where no other name stands yet."""
    codes, where = np.unique(region, return_inverse=True)
    taken: list[tuple[float, float, float]] = []
    for code in np.argsort(-np.bincount(where), kind="stable")[: 4 * _LABELS].tolist():
        mine = where == code
        left, top, text = float(np.median(x[mine])), float(np.median(y[mine])), name(int(codes[code]))
        half = 3.4 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
        if len(taken) < _LABELS and not any(
            abs(left - a) < half + wide and abs(top - b) < 13 for a, b, wide in taken
        ):
            taken.append((left, top, half))
            yield f'<text class="label" x="{left:.0f}" y="{top + 4:.0f}">{escape(text)}</text>'


def _tower(x: float, y: float, region: int, pair: tuple[int, int], *, soft: bool) -> str:
    ring = f'<circle class="soft" cx="{x:.1f}" cy="{y:.1f}" r="7.5"/>' if soft else ""
    return ring + _shape(x, y, pair.index(region) if region in pair else 2)


def _shape(x: float, y: float, kind: int) -> str:
    if kind == 0:
        return f'<circle class="t0" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    if kind == 1:
        return f'<rect class="t1" x="{x - 3.6:.1f}" y="{y - 3.6:.1f}" width="7.2" height="7.2"/>'
    return f'<path class="t2" d="M{x:.1f} {y - 4.6:.1f}l4.4 8h-8.8z"/>'


def _legend(names: tuple[str, str]) -> str:
    parts, top = [], 16.0
    for kind, text in enumerate((*names, "other regions")):
        parts.append(_shape(14, top, kind))
        parts.append(f'<text class="key" x="24" y="{top + 4:.0f}">{escape(text)}</text>')
        top += 17
    parts.append(f'<circle class="soft" cx="14" cy="{top}" r="7.5"/>')
    parts.append(f'<text class="key" x="26" y="{top + 4:.0f}">soft</text>')
    line = f'<path class="bar" d="M0 {_LEGEND - 2:.0f}h{_CLOSE:.0f}"/>'
    return line + "".join(parts)


def _picture(frame: _Frame, title: str, said: str, parts: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {frame.width:.0f} {frame.height:.0f}" role="img" aria-label="{escape(title)}. {escape(said)}" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title><desc>{escape(said)}</desc>'
        + "".join(parts)
        + _scale(frame)
        + "</svg>"
    )


def _scale(frame: _Frame) -> str:
    """A bar of a round number of kilometres, at most a quarter of the width."""
    most = frame.width / 4 / frame.points_per_km
    power = 10 ** np.floor(np.log10(most))
    km = max(step * power for step in (1, 2, 5) if step * power <= most)
    length, left, top = km * frame.points_per_km, 14.0, frame.height - 14
    text = f"{km:g} km" if km >= 1 else f"{km * 1000:g} m"
    return (
        f'<path class="bar" d="M{left} {top - 5}v5h{length:.1f}v-5"/>'
        f'<text class="key" x="{left + length + 6:.1f}" y="{top}">{text}</text>'
    )
