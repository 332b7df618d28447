"""What each cell is worth by whatever is known of it, and which positions are not believed."""

import numpy as np
import pytest

from service.mobility.borders import borders_of
from service.mobility.cells import CORE, PREFECTURE, Cells
from service.mobility.co_occurrence import CoOccurrence
from service.mobility.doubts import Doubt
from service.mobility.judgement import JudgedBy, judged

WEST, EAST, URUMQI = 320500, 310000, 650100
KM = 1 / 111.195
NOON = 1_795_406_400


def square(region, east, side=8):
    """Towers one kilometre apart: (region, lat, lon)."""
    return [
        (region, 31 + row * KM, 121 + (east + column) * KM / np.cos(np.radians(31)))
        for row in range(side)
        for column in range(side)
    ]


CITY = square(WEST, -8) + square(EAST, 0)  # 0-63 west, 64-127 east; the border lies between two columns


def judge(rows, seen=None):
    """A judgement of (region, lat, lon) rows."""
    region, lat, lon = zip(*rows, strict=True)
    table = np.array(region, np.int32), np.array(lat, float), np.array(lon, float)
    return judged(*table, seen, PREFECTURE, lambda _: None)


def walks(count, *paths):
    """Neighbours by phones that walk along each path of cells, a minute a cell, forty times."""
    seen = CoOccurrence(count, 1 << 10)
    for number, path in enumerate(paths):
        cells = np.tile(np.array(path, np.int32), 40)
        seen.add(np.full(len(cells), 8613800138000 + number), NOON + 60 * np.arange(len(cells)), cells)
    return seen


def around(cell, cells):
    """A path that comes back to a cell again and again."""
    return [step for other in cells for step in (cell, other)]


def doubt(judgement, cell):
    """The doubt about a cell's position."""
    return Doubt(judgement.doubts.doubt[cell])


def test_a_cell_without_a_position_is_judged_by_its_neighbours():
    """Among cells of its own region it is core, at the border soft towards the other one."""
    rows = [*CITY, (WEST, np.nan, np.nan), (WEST, np.nan, np.nan)]
    inland = around(128, [8 * row for row in range(8)] + [8 * row + 1 for row in range(8)])
    border = around(129, [8 * row + 7 for row in range(6)] + [64 + 8 * row for row in range(6)])
    judgement = judge(rows, walks(len(rows), inland, border))
    assert judgement.judged_by[[0, 128, 129]].tolist() == [
        JudgedBy.POSITION,
        JudgedBy.CO_OCCURRENCE,
        JudgedBy.CO_OCCURRENCE,
    ]
    assert judgement.cells.evidence[128] == CORE
    assert abs(judgement.cells.evidence[129]) < 20
    assert judgement.cells.other[[128, 129]].tolist() == [0, EAST]


def test_a_cell_of_which_nothing_is_known_is_worth_what_its_region_is():
    """Without a position and without company enough it is said to be alone; it may stand at the border, and vouches for nobody."""
    rows = [*CITY, (WEST, np.nan, np.nan)]
    for seen in (None, walks(len(rows), [128, 64])):
        judgement = judge(rows, seen)
        assert judgement.judged_by[128] == JudgedBy.ALONE
        assert judgement.cells.evidence[128] == round(float(judgement.cells.evidence[:64].mean())) < CORE
        assert judgement.cells.other[128] == EAST


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((EAST, 0.0, 0.0), Doubt.NOWHERE),
        ((URUMQI, 87.62, 43.83), Doubt.SWAPPED),
        ((WEST, 31 + 3.5 * KM, 121 + 5.5 * KM), Doubt.SURROUNDED),
        ((WEST, 31.0, 121.0), Doubt.SHARED),
    ],
)
def test_a_position_is_doubted_for_what_is_strange_about_it(row, expected):
    """At 0/0, exchanged, alone in the middle of another region, at one spot with another region's tower."""
    far = [(URUMQI, 43.83 + i * KM, 87.62) for i in range(9)]
    judgement = judge([*CITY, *far, row])
    assert doubt(judgement, -1) is expected
    if expected in {Doubt.NOWHERE, Doubt.SWAPPED}:
        assert judgement.judged_by[-1] == JudgedBy.ALONE


def test_a_tower_far_from_its_phones_other_cells_is_not_where_the_table_says():
    """Its position is disbelieved, it is judged by its neighbours, and softens nobody where it is said to stand."""
    rows = [*CITY, (WEST, 31 + 3.5 * KM, 121 + 5.5 * KM / np.cos(np.radians(31)))]
    path = around(128, [8 * row for row in range(8)])
    judgement, alone = judge(rows, walks(len(rows), path)), judge(CITY)
    assert doubt(judgement, 128) is Doubt.FAR
    assert 10 < judgement.doubts.km[128] < 16
    assert judgement.judged_by[128] == JudgedBy.CO_OCCURRENCE
    assert judgement.cells.evidence.tolist() == [*alone.cells.evidence.tolist(), CORE]


def test_a_high_site_that_reaches_far_is_believed():
    """It serves phones ten kilometres away, and those beside it too."""
    path = around(0, [56 + 64, 57 + 64, 58 + 64, 1, 2])
    assert doubt(judge(CITY, walks(len(CITY), path)), 0) is Doubt.NONE


def test_no_doubt_falls_on_a_city_with_a_border():
    """Nor on a table of one cell, of none with a position, or of sectors on their masts."""
    for rows in (CITY, CITY * 3, [CITY[0]], [(EAST, np.nan, np.nan)]):
        assert not judge(rows).doubts.doubt.any()


def test_borders_are_pairs_of_regions_with_the_least_sure_cells_first():
    """Whichever side a soft cell is of, it belongs to the pair; the pair with most of them comes first."""
    region = np.array([1, 2, 1, 3, 3, 2], np.int32)
    evidence = np.array([10, -5, 64, 20, 30, 0], np.int32)
    other = np.array([2, 1, 0, 1, 1, 1], np.int32)
    first, second = borders_of(Cells(region, evidence, other))
    assert (first.regions, first.rows.tolist()) == ((1, 2), [1, 5, 0])
    assert (second.regions, second.rows.tolist()) == ((1, 3), [3, 4])
    assert borders_of(Cells(region[2:3], evidence[2:3], other[2:3])) == []
