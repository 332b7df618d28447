"""Numbers to rows and indices to rows: the two hash tables, held against dictionaries."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.mobility.number_table import NumberTable
from service.mobility.subscriptions import NEVER, Subscriptions

NUMBERS = st.integers(10**6, 10**6 + 40) | st.integers(10**6, 10**15 - 1)
STEPS = st.lists(st.tuples(st.lists(NUMBERS, max_size=60), st.integers(0, 100)), min_size=1, max_size=20)


@settings(max_examples=300, deadline=None)
@given(STEPS, st.sampled_from([None, 30]))
def test_a_number_is_asked_for_once_and_again_after_a_while(steps, again):
    """Batches at a clock that runs: what is due, each once, and everybody's row; every third number is nobody's."""
    table, asked, now = NumberTable(), {}, 1_000
    for numbers, passed in steps:
        now += passed
        batch = np.array(numbers, np.int64)
        due = table.find(batch, now, again)[1]
        expected = [
            n for n in dict.fromkeys(numbers) if n not in asked or (again and now - asked[n] >= again)
        ]
        assert due.tolist() == expected
        asked |= dict.fromkeys(expected, now)
        table.put(due, np.where(due % 3, due % 1000, -1).astype(np.int32))
        rows, nothing = table.find(batch, now, again)
        assert rows.tolist() == [n % 1000 if n % 3 else -1 for n in numbers]
        assert len(nothing) == 0
    assert len(table) == len(asked)


def test_a_doubted_number_is_asked_for_again():
    """Whoever could not ask says so, and the row of before stands until the answer comes."""
    table, numbers = NumberTable(), np.array([8613900000000, 8613900000001], np.int64)
    table.put(table.find(numbers, 5)[1], np.array([7, 8], np.int32))
    table.doubt(numbers[:1])
    rows, due = table.find(numbers, 6)
    assert due.tolist() == [8613900000000]
    assert rows.tolist() == [7, 8]


def test_a_clock_that_was_put_back_leaves_nobody_unasked_for_ever():
    """Asked for in the future: asked for again."""
    table, numbers = NumberTable(), np.array([8613900000000], np.int64)
    table.find(numbers, 2_000_000_000, 60)
    assert len(table.find(numbers, 1_800_000_000, 60)[1]) == 1
    assert len(table.find(numbers, 1_800_000_059, 60)[1]) == 0
    assert len(table.find(numbers, 1_800_000_060, 60)[1]) == 1


def test_the_table_grows_in_the_middle_of_a_batch():
    """A million numbers in one batch, in any order, many of them twice."""
    chance = np.random.default_rng(3)
    numbers = 8613900000000 + chance.integers(0, 700_000, 1_000_000)
    table = NumberTable()
    due = table.find(numbers, 5)[1]
    assert len(due) == len(table) == len(np.unique(numbers))
    table.put(due, (due - 8613900000000).astype(np.int32))
    assert np.array_equal(table.find(numbers, 5)[0], numbers - 8613900000000)


INDICES = st.integers(0, 30).map(lambda n: n.to_bytes(16, "little")) | st.binary(min_size=16, max_size=16)
ADMITTED = st.lists(
    st.dictionaries(INDICES, st.tuples(st.integers(1, 3), st.integers(0, 5)), max_size=40),
    min_size=1,
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(ADMITTED, st.lists(INDICES, max_size=5))
def test_rows_are_given_out_once_and_a_new_generation_starts_empty(batches, gone):
    """Against a dictionary: rows in the order of their first coming, renewed ones emptied, others left alone."""
    known, model = Subscriptions(), {}
    for batch in batches:
        generations = np.array([life[0] for life in batch.values()], np.int32)
        activations = np.array([life[1] for life in batch.values()], np.int64)
        rows, renewed = known.admit_all(list(batch), generations, activations)
        for index, row, other in zip(batch, rows.tolist(), renewed.tolist(), strict=True):
            former = model.setdefault(index, [len(model), 0, 0])
            assert row == former[0]
            assert known.index(row) == index
            assert other == (former[1] not in {0, batch[index][0]})
            if former[1] != batch[index][0]:
                former[1:] = batch[index]
                assert known.state[row]["seen"] == 0
            assert known.activation[row] == former[2]
            known.state["seen"][row] = row + 1
    for index in gone:
        row = known.forget(index)
        assert row == model.get(index, [None])[0]
        if row is not None:
            assert (known.activation[row], known.generation[row], known.state[row]["seen"]) == (NEVER, 0, 0)
    assert len(known) == len(model)


def test_what_was_encoded_is_found_again_by_index():
    """Two hundred thousand rows through a checkpoint's pieces."""
    chance = np.random.default_rng(5)
    indices = [chance.bytes(16) for _ in range(200_000)]
    known = Subscriptions()
    many = np.arange(len(indices))
    known.admit_all(indices, (many % 7 + 1).astype(np.int32), many)
    known.state["seen"][: len(many)] = many
    whole = memoryview(b"".join(known.pieces()))
    at = 0

    def fill(target):
        nonlocal at
        target[:] = whole[at : at + len(target)]
        at += len(target)

    again = Subscriptions.of(fill)
    assert at == len(whole)
    rows, renewed = again.admit_all(indices, (many % 7 + 1).astype(np.int32), many)
    assert np.array_equal(rows, many)
    assert not renewed.any()
    assert np.array_equal(again.state["seen"][: len(many)], many)
    assert len(again) == len(indices)


def test_ids_and_state_take_a_hundred_bytes():
    """DESIGN section 4: at most 40 bytes of state; activation, generation, index and its slot beside it."""
    count = 1 << 20
    known = Subscriptions()
    known.admit_all(
        [number.to_bytes(16, "little") for number in range(count)],
        np.ones(count, np.int32),
        np.zeros(count, np.int64),
    )
    assert known.nbytes <= 100 * count
