"""Changes that wait: compacted, they do to a record what all of them would have done."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.amendments import Change, ChangeKind, amended
from service.domain.itinerary import Itinerary
from service.mobility.cells import Cells
from service.mobility.changes import CHANGE
from service.mobility.kernel import fold, new_state, tick
from service.mobility.pending import Pending, compacted

HOUR, DAY, T0 = 3600, 86_400, 1_790_000_000
CELLS = Cells(
    np.array([420100, 310000, 310000, 454], np.int32),
    np.array([64, 64, 20, 64], np.int32),
    np.array([0, 0, 420100, 0], np.int32),
)


def applied(record, changes, beyond=0):
    """The record after those of the changes that it has not seen."""
    told = [Change(o, ChangeKind(k), bool(c), r, s, last) for _, o, k, c, r, s, last in changes.tolist()]
    return amended(record, [change for change in told if change.ordinal > beyond])


def changes_of(row, *told):
    """Changes of one row: kind, region, start, last; certain, ordinals from 1."""
    rows = [(row, o, kind, 1, region, start, last) for o, (kind, region, start, last) in enumerate(told, 1)]
    return np.array(rows, CHANGE)


def test_an_open_stay_is_told_once():
    """Of an open record that grew for three days, the last word stays, and each day's coverage."""
    told = [(1, 420100, T0, T0 + 5 * HOUR)] + [(0, 420100, T0, T0 + day * DAY) for day in (1, 2, 3)]
    kept = compacted(changes_of(0, *told, (2, 420100, T0, T0 + 3 * DAY + HOUR)))
    assert kept["ordinal"].tolist() == [2, 3, 5]  # 1 is of the same day as 2, and 4 of 5's
    assert kept["kind"].tolist() == [0, 0, 2]
    assert kept["region"].tolist() == [0, 0, 420100]


def test_the_last_change_stays_whatever_it_says():
    """Or a record's ordinal would stay behind the kernel's."""
    kept = compacted(changes_of(3, (0, 0, 0, T0), (0, 0, 0, T0 + 1), (0, 0, 0, T0 + 2)))
    assert kept["ordinal"].tolist() == [3]


def test_rows_do_not_touch_each_other():
    """One row's CLOSED makes nobody else's OPEN superfluous."""
    both = np.concatenate(
        [changes_of(1, (1, 420100, T0, T0 + DAY)), changes_of(0, (2, 310000, T0, T0 + DAY))]
    )
    assert compacted(both)[["row", "kind"]].tolist() == [(0, 2), (1, 1)]


def test_rows_that_became_somebody_elses_are_dropped():
    """And only they."""
    pending = Pending()
    for row in (0, 1, 2, 1):
        pending.add(changes_of(row, (0, 0, 0, T0)))
    pending.drop([1])
    assert len(pending) == 2
    assert pending.compact()["row"].tolist() == [0, 2]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.one_of(st.integers(-7200, 7200), st.integers(0, 40 * HOUR)),
            st.integers(0, 2),
        ),
        min_size=1,
        max_size=120,
    ),
    st.data(),
)
def test_whatever_a_record_has_seen_it_ends_up_the_same(steps, data):
    """The kernel's own changes, applied one by one or compacted, after a cut at any ordinal, alone or in two halves."""
    cell, gap, row = (np.array(column) for column in zip(*steps, strict=True))
    time = T0 + np.cumsum(gap)
    state = new_state(3)
    told, _ = fold(
        state,
        np.zeros(3, np.int64),
        CELLS,
        row.astype(np.int32),
        time.astype(np.int64),
        cell.astype(np.int32),
        time.astype(np.int64),
    )
    told = np.concatenate([told, tick(state, int(time.max()) + 10 * DAY)])
    for person in range(3):
        mine = told[told["row"] == person]
        seen = data.draw(st.integers(0, len(mine)))
        record = applied(Itinerary(), mine[:seen])
        whole = applied(record, mine[seen:])
        few = compacted(told)
        few = few[few["row"] == person]
        assert applied(record, few, beyond=seen) == whole
        half = data.draw(st.integers(0, len(mine)))
        parts = [compacted(mine[:half]), compacted(mine[half:])]
        again = compacted(np.concatenate(parts))
        assert applied(record, again, beyond=seen) == whole
        assert len(mine) == 0 or again["ordinal"].max() == mine["ordinal"].max()
