"""Names of cells to places: the same answers by Arrow and by a dictionary, remembered only for the same names."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.event_columns import CellPlaces
from service.ports.feed import UNKNOWN_CELL

NAMES = st.sampled_from(["46000-1-1", "46000-1-2", "46001", "不", "", "x"]) | st.text(max_size=3)


@settings(max_examples=500)
@given(
    st.lists(NAMES.filter(bool), unique=True, max_size=30),
    st.lists(st.lists(st.none() | NAMES, max_size=30), min_size=1, max_size=4),
)
def test_every_name_has_its_place_however_many_are_asked_for(table, batches):
    """A few names of a large table and many of a small one; no name at all is not an unknown name."""
    places = CellPlaces(table)
    for names in batches:
        known, given_ = places.of(pa.array(names, pa.string()))
        assert known.tolist() == [table.index(name) if name in table else UNKNOWN_CELL for name in names]
        assert given_.tolist() == [name is not None and name != "" for name in names]


def test_a_cell_may_be_a_number_in_one_batch_and_text_in_the_next():
    """46001 and "46001" are one cell."""
    places = CellPlaces(["46001", "46002"])
    assert places.of(pa.array([46002, 46001, 7]))[0].tolist() == [1, 0, UNKNOWN_CELL]
    assert places.of(pa.array(["46002", "46001", "7"]))[0].tolist() == [1, 0, UNKNOWN_CELL]
