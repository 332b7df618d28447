"""Core and soft cells where anybody can see them on a sheet of paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mobility.cells import CORE, DISTRICT, PREFECTURE, cells_of

WEST, EAST, FAR = 320500, 310000, 650100
KM = 1 / 111.195


def cells(rows, level=PREFECTURE):
    """The cells of (region, km north, km east) around 31 N 121 E."""
    region, north, east = zip(*rows, strict=True)
    lat = 31 + np.array(north, float) * KM
    return cells_of(
        np.array(region, np.int32), lat, 121 + np.array(east, float) * KM / np.cos(np.radians(31)), level
    )


def block(region, east, side=8):
    """A square of towers, one kilometre apart, its western edge so many kilometres east."""
    return [(region, row, east + column) for row in range(side) for column in range(side)]


def test_two_cities_that_meet_are_soft_where_they_meet():
    """The two columns beside the border are soft towards each other; three kilometres inland all is core."""
    judged = cells(block(WEST, -8) + block(EAST, 0))
    column = np.array([east for _, _, east in block(WEST, -8) + block(EAST, 0)])
    assert (judged.evidence[np.isin(column, [-1, 0])] < CORE).all()
    assert (judged.evidence[(column < -3) | (column > 2)] == CORE).all()
    assert set(judged.other[column == -1].tolist()) == {EAST}
    assert set(judged.other[column == 0].tolist()) == {WEST}
    assert not judged.other[judged.evidence == CORE].any()


def test_two_cities_twenty_kilometres_apart_are_core():
    """Open land between them is no border of towers."""
    assert (cells(block(WEST, -8) + block(EAST, 20)).evidence == CORE).all()


def test_a_tower_alone_among_those_of_another_region_speaks_against_itself():
    """Most of what it serves is the others': its evidence is below zero, and it softens its neighbours."""
    judged = cells([*block(EAST, 0), (WEST, 3.5, 3.5)])
    assert judged.evidence[-1] < -CORE // 4
    assert judged.other[-1] == EAST
    beside = [row * 8 + column for row in (3, 4) for column in (3, 4)]
    assert (judged.evidence[beside] < CORE).all()


def test_a_town_beside_empty_land_serves_it():
    """Lone towers across the border, some kilometres off, soften the town's edge: the phones between hear the town."""
    town = block(WEST, 0)
    assert (cells(town).evidence == CORE).all()
    land = [(EAST, 3.5 + 5 * row, 12 + 5 * column) for row in range(-2, 3) for column in range(3)]
    judged = cells(town + land)
    edge = [row * 8 + 7 for row in (3, 4)]
    assert (judged.evidence[edge] < CORE).all()
    assert set(judged.other[edge].tolist()) == {EAST}
    assert (judged.evidence[[row * 8 for row in range(8)]] == CORE).all()


def test_a_cell_without_a_position_is_core_where_its_region_has_no_border():
    """Nothing is known against it: in a table without positions, in a region whose towers are all core."""
    nowhere = (float("nan"), float("nan"))
    assert (cells([(WEST, *nowhere), (EAST, *nowhere)]).evidence == CORE).all()
    judged = cells([*block(WEST, -8), *block(EAST, 0), *block(FAR, 900), (FAR, *nowhere), (WEST, *nowhere)])
    assert judged.evidence[-2] == CORE > judged.evidence[-1]
    assert (judged.other[-2], judged.other[-1]) == (0, EAST)


def test_the_sectors_of_a_mast_are_one_tower():
    """Twenty cells at each spot change nothing: or every mast would outvote the other side of the border."""
    rows = block(WEST, -8) + block(EAST, 0)
    once, often = cells(rows), cells([row for row in rows for _ in range(20)])
    assert often.evidence[::20].tolist() == once.evidence.tolist()
    assert often.other[::20].tolist() == once.other.tolist()


def test_districts_have_narrower_borders():
    """At the level of districts fewer cells are soft than among the same towers at that of prefectures."""
    rows = block(WEST, -8) + block(EAST, 0)
    soft = [(cells(rows, level).evidence < CORE).sum() for level in (PREFECTURE, DISTRICT)]
    assert 0 < soft[1] < soft[0]


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_few_towers_are_judged_as_well(count):
    """Fewer than serve a place, fewer than four, one."""
    assert (cells([(WEST, 0, 2 * i) for i in range(count)]).evidence == CORE).all()


TOWERS = st.lists(
    st.tuples(st.sampled_from([WEST, EAST]), st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=60
)


@settings(max_examples=1000, deadline=None)
@given(TOWERS, st.randoms(use_true_random=False))
def test_the_order_of_the_table_says_nothing(rows, chance):
    """Rows in any order give each cell the same evidence."""
    shuffled = list(range(len(rows)))
    chance.shuffle(shuffled)
    before, after = cells(rows), cells([rows[place] for place in shuffled])
    assert after.evidence.tolist() == before.evidence[shuffled].tolist()
    assert after.other.tolist() == before.other[shuffled].tolist()


@settings(max_examples=300, deadline=None)
@given(st.integers(-179, 59), st.integers(0, 2**32 - 1))
def test_east_and_west_are_the_same_everywhere(longitude, seed):
    """A geometry carried along its parallel, over the date line too, keeps its evidence (to a unit of rounding)."""
    chance = np.random.default_rng(seed)
    region = chance.choice([WEST, EAST], 80).astype(np.int32)
    lat, lon = 31 + chance.uniform(0, 0.2, 80), chance.uniform(0, 0.2, 80)
    here = cells_of(region, lat, 120 + lon)
    there = cells_of(region, lat, (longitude + 120 + lon + 180) % 360 - 180)
    assert np.abs(here.evidence - there.evidence).max() <= 1


@settings(max_examples=300, deadline=None)
@given(TOWERS)
def test_a_far_region_changes_nothing(rows):
    """A city a thousand kilometres away touches no cell of those that have neighbours enough of their own."""
    near = rows + block(WEST, -12) + block(EAST, 40)
    alone, both = cells(near), cells(near + block(FAR, 1000))
    assert both.evidence[: len(near)].tolist() == alone.evidence.tolist()
    assert both.other[: len(near)].tolist() == alone.other.tolist()
