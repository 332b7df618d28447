"""The nearest places, as a search through all of them says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mobility.nearest import EARTH_KM, Tree, on_sphere

DEGREES = st.floats(-90, 90).map(lambda value: round(value, 1))
PLACES = st.lists(st.tuples(DEGREES, DEGREES.map(lambda value: 2 * value)), min_size=1, max_size=150)


def points(places):
    """Of (lat, lon) pairs."""
    lat, lon = np.array(places, float).reshape(-1, 2).T
    return on_sphere(lat, lon)


@settings(max_examples=1000, deadline=None)
@given(PLACES, st.integers(1, 20), st.booleans())
def test_the_tree_finds_what_a_search_of_everything_finds(places, count, crowded):
    """Whatever the places, many of them at one spot or few; of equals the first."""
    some = points([places[i % 7 % len(places)] for i in range(len(places))] if crowded else places)
    near, squared = Tree.of(some).nearest(some, count)
    all_of_them = ((some[:, None] - some[None]) ** 2).sum(axis=2)
    for row in range(len(some)):
        found = near[row][near[row] >= 0]
        assert len(found) == min(count, len(some))
        np.testing.assert_allclose(squared[row, : len(found)], np.sort(all_of_them[row])[: len(found)])
        equal = np.diff(squared[row, : len(found)]) == 0
        assert (np.diff(found)[equal] > 0).all()


def test_the_date_line_is_a_place_like_any_other():
    """Two towers on its two sides are neighbours; so are two around a pole."""
    some = points([(0, 179.99), (0, -179.99), (0, 170), (89.99, 0), (89.99, 180)])
    near, squared = Tree.of(some).nearest(some, 2)
    assert near[:, 1].tolist() == [1, 0, 0, 4, 3]
    np.testing.assert_allclose(np.sqrt(squared[:2, 1]), 0.02 * np.pi / 180 * EARTH_KM)


def test_no_place_has_no_neighbour():
    """An empty tree answers -1."""
    near, squared = Tree.of(points([])).nearest(points([(1, 1)]), 3)
    assert near.tolist() == [[-1, -1, -1]]
    assert np.isinf(squared).all()
