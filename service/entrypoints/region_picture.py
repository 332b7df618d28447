"""The regions and days of a reply as a small picture: values for a template that draws them.

Rule 1: where a tile stands and what is written on it is decided here.
Rule 2: it is a scheme, not a map: a square for each province, about where it lies; no border is drawn or claimed.

        新    甘 宁 ..            certain: a filled square with a number
        藏 .. 川 渝 鄂            possible: a dashed outline with a number and a question mark
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from service.domain.stay_rule import ABROAD_BELOW, Answer, Gap

__all__ = [
    "Day",
    "Place",
    "Province",
    "Tile",
    "days_of",
    "places_of",
    "plain_tiles",
    "province_tiles",
    "tiles_of",
]

_TILES: dict[int, tuple[int, int, str, str]] = {
    # province -> column, row, its one-character name, its letters (ISO 3166-2:CN)
    230000: (7, 0, "黑", "HL"),
    150000: (4, 1, "蒙", "NM"),
    220000: (7, 1, "吉", "JL"),
    650000: (0, 2, "新", "XJ"),
    620000: (2, 2, "甘", "GS"),
    640000: (3, 2, "宁", "NX"),
    110000: (5, 2, "京", "BJ"),
    120000: (6, 2, "津", "TJ"),
    210000: (7, 2, "辽", "LN"),
    630000: (1, 3, "青", "QH"),
    610000: (3, 3, "陕", "SN"),
    140000: (4, 3, "晋", "SX"),
    130000: (5, 3, "冀", "HE"),
    370000: (6, 3, "鲁", "SD"),
    540000: (0, 4, "藏", "XZ"),
    510000: (2, 4, "川", "SC"),
    410000: (4, 4, "豫", "HA"),
    340000: (5, 4, "皖", "AH"),
    320000: (6, 4, "苏", "JS"),
    500000: (3, 5, "渝", "CQ"),
    420000: (4, 5, "鄂", "HB"),
    360000: (5, 5, "赣", "JX"),
    330000: (6, 5, "浙", "ZJ"),
    310000: (7, 5, "沪", "SH"),
    530000: (2, 6, "云", "YN"),
    520000: (3, 6, "贵", "GZ"),
    430000: (4, 6, "湘", "HN"),
    350000: (5, 6, "闽", "FJ"),
    710000: (7, 6, "台", "TW"),
    450000: (3, 7, "桂", "GX"),
    440000: (4, 7, "粤", "GD"),
    820000: (5, 7, "澳", "MO"),
    810000: (6, 7, "港", "HK"),
    460000: (4, 8, "琼", "HI"),
}
_SIZE, _GAP = 36, 4


@dataclass(frozen=True, slots=True)
class Place:
    """One region of the reply; `number` is its place in it."""

    number: int
    name: str
    certain: bool
    abroad: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """One province: its square, what is written on it, and the regions of the reply that lie in it."""

    province: int
    x: int
    y: int
    label: str
    numbers: tuple[int, ...] = ()
    certain: bool = False

    @property
    def badge(self) -> str:
        """Two numbers at most: a square is small."""
        return " ".join(map(str, self.numbers[:2])) + ("+" if len(self.numbers) > 2 else "")


@dataclass(frozen=True, slots=True)
class Province:
    """One province to choose: its square on the scheme, what is written there, its name."""

    code: int
    column: int
    row: int
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the window: the Shanghai day, and whether the network saw the number."""

    day: int
    seen: bool
    gap: Gap | None


def places_of(answer: Answer, name: Callable[[int], str]) -> list[Place]:
    """The regions in the reply's order: certain ones first, then what is only possible."""
    regions = [(region, True) for region in answer.certain] + [(region, False) for region in answer.possible]
    return [
        Place(number, name(region), certain, region < ABROAD_BELOW)
        for number, (region, certain) in enumerate(regions, 1)
    ]


def tiles_of(answer: Answer, province_of: Callable[[int], int | None], *, chinese: bool) -> list[Tile]:
    """All provinces, those of the reply marked. Regions abroad have no square; the list beside names them."""
    marked: dict[int, list[tuple[int, bool]]] = {}
    regions = [(region, True) for region in answer.certain] + [(region, False) for region in answer.possible]
    for number, (region, certain) in enumerate(regions, 1):
        province = province_of(region)
        if province is not None:
            marked.setdefault(province, []).append((number, certain))
    return [
        replace(
            tile,
            numbers=tuple(number for number, _ in marked.get(tile.province, ())),
            certain=any(certain for _, certain in marked.get(tile.province, ())),
        )
        for tile in plain_tiles(chinese=chinese)
    ]


def plain_tiles(*, chinese: bool) -> list[Tile]:
    """All provinces, none of them marked."""
    step = _SIZE + _GAP
    return [
        Tile(province, column * step + _GAP, row * step + _GAP, name if chinese else letters)
        for province, (column, row, name, letters) in _TILES.items()
    ]


def province_tiles(name: Callable[[int], str], *, chinese: bool) -> list[Province]:
    """All provinces, from north to south."""
    tiles = sorted(_TILES.items(), key=lambda tile: (tile[1][1], tile[1][0]))
    return [
        Province(code, column, row, name(code) if chinese else letters, name(code))
        for code, (column, row, _, letters) in tiles
    ]


def days_of(answer: Answer) -> list[Day]:
    """The whole days of the window, oldest first."""
    missing = dict(answer.missing)
    return [
        Day(day, day not in missing, missing.get(day))
        for day in range(answer.first_day, answer.first_day + answer.whole_days)
    ]
