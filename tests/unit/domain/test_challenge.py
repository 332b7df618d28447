"""The states of a live challenge, all ways through them."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from service.domain.challenge import MOVES, Moved, State, Step, follow

ME, OTHER = b"m", b"o"
OVER = {State.SHOWN, State.REFUSED, State.FAILED, State.SPENT}


def test_what_is_over_stays_over():
    """No step leads on from an outcome."""
    for state, step, binder in product(OVER, Step, (ME, OTHER)):
        assert follow(state, ME, binder, step) is not Moved.DONE


def test_nobody_but_the_bound_one_moves_it():
    """Whatever the state and the step."""
    for state, step in product(set(State) - {State.OPENED}, Step):
        assert follow(state, ME, OTHER, step) is Moved.NO


@given(st.lists(st.tuples(st.sampled_from(Step), st.sampled_from([ME, OTHER])), max_size=20))
def test_shown_only_after_bound_and_agreed_by_the_same(steps):
    """Any steps by two handsets: what is shown was bound, agreed and shown by one, in this order, each once."""
    state, bound, done = State.OPENED, b"", []
    for step, binder in steps:
        if follow(state, bound, binder, step) is Moved.DONE:
            state, bound = MOVES[step].target, binder
            done.append((step, binder))
    if state is State.SHOWN:
        assert [step for step, _ in done] == [Step.BIND, Step.AGREE, Step.SHOW]
    assert len({binder for _, binder in done}) <= 1
    assert len({step for step, _ in done}) == len(done)
