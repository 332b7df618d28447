"""Each promise of `ports.challenges`, held by each adapter."""

import asyncio
import secrets
from itertools import product

import pytest

from service.adapters.memory_challenges import MemoryChallenges
from service.adapters.redis_challenges import RedisChallenges
from service.domain.challenge import MOVES, OPEN_SECONDS, Moved, State, Step, follow
from service.ports.challenges import FoundChallenge
from service.ports.store import StoreError

IDENT, ME, OTHER = b"ident\x00\xff\r", b"m" * 16, b"o" * 16
WAYS = {  # how a challenge comes to each state
    State.OPENED: (),
    State.ASKED: (Step.BIND,),
    State.AGREED: (Step.BIND, Step.AGREE),
    State.SHOWN: (Step.BIND, Step.AGREE, Step.SHOW),
    State.REFUSED: (Step.BIND, Step.REFUSE),
    State.FAILED: (Step.BIND, Step.FAIL),
    State.SPENT: (Step.BIND, Step.AGREE, Step.SPEND),
}


@pytest.fixture
def challenges(server, clock):
    """Live challenges."""
    return MemoryChallenges(clock) if server is None else RedisChallenges(server)


async def come_to(challenges, state):
    """The place of a new challenge in this state, bound by ME where it is bound."""
    place = secrets.token_bytes(16)
    assert await challenges.open(place, IDENT, b"box")
    for step in WAYS[state]:
        assert await challenges.move(place, IDENT, ME, step, b"answer") is Moved.DONE
    return place


async def test_what_is_opened_is_found_and_nothing_is_put_over_it(challenges):
    """Any bytes; a second one at the same place is refused and changes nothing; elsewhere nothing lies."""
    place, box = secrets.token_bytes(16), bytes(range(256))
    assert await challenges.open(place, IDENT, box)
    assert not await challenges.open(place, b"another!", b"b")
    assert await challenges.read(place) == FoundChallenge(State.OPENED, IDENT, box)
    assert await challenges.read(secrets.token_bytes(16)) is None


async def test_every_step_from_every_state_is_as_the_domain_says(challenges):
    """All of them, by who is bound and by somebody else; what is not done changes nothing."""
    for state, step, binder in product(State, Step, (ME, OTHER)):
        place = await come_to(challenges, state)
        expected = follow(state, b"" if state is State.OPENED else ME, binder, step)
        assert await challenges.move(place, IDENT, binder, step) is expected, (state, step, binder)
        now = (await challenges.read(place)).state
        assert now is (MOVES[step].target if expected is Moved.DONE else state)


async def test_another_challenge_at_the_same_place_is_another(challenges):
    """A step, an answer, a leave of a former one find nothing."""
    place = await come_to(challenges, State.SHOWN)
    for step in Step:
        assert await challenges.move(place, b"another!", ME, step) is Moved.NO
    assert await challenges.take(place, b"another!") is None
    await challenges.leave(place, b"another!")
    assert (await challenges.read(place)).state is State.SHOWN
    assert await challenges.move(secrets.token_bytes(16), IDENT, ME, Step.BIND) is Moved.NO


async def test_of_a_hundred_racing_handsets_one_is_bound(challenges):
    """And only that one can go on."""
    place = await come_to(challenges, State.OPENED)
    racers = [secrets.token_bytes(16) for _ in range(100)]
    found = await asyncio.gather(*(challenges.move(place, IDENT, one, Step.BIND) for one in racers))
    assert sorted(found, key=lambda one: one.value) == [Moved.NO] * 99 + [Moved.DONE]
    bound = racers[found.index(Moved.DONE)]
    went_on = [await challenges.move(place, IDENT, one, Step.AGREE) for one in racers]
    assert [one for one, moved in zip(racers, went_on, strict=True) if moved is Moved.DONE] == [bound]


async def test_of_yes_and_no_at_once_one_counts(challenges):
    """Never both, however they race."""
    for _ in range(20):
        place = await come_to(challenges, State.ASKED)
        steps = [Step.AGREE, Step.REFUSE] * 5
        found = await asyncio.gather(*(challenges.move(place, IDENT, ME, step) for step in steps))
        done = [step for step, moved in zip(steps, found, strict=True) if moved is Moved.DONE]
        assert len(done) == 1
        assert (await challenges.read(place)).state is MOVES[done[0]].target


async def test_an_answer_is_handed_out_once(challenges):
    """To one of fifty who ask at once; then nothing lies there. Before it is shown there is none."""
    for state in (State.OPENED, State.ASKED, State.AGREED, State.REFUSED, State.SPENT):
        assert await challenges.take(await come_to(challenges, state), IDENT) is None
    place = await come_to(challenges, State.SHOWN)
    found = await asyncio.gather(*(challenges.take(place, IDENT) for _ in range(50)))
    assert [one for one in found if one is not None] == [b"answer"]
    assert await challenges.read(place) is None


async def test_who_leaves_takes_back_what_nobody_has_agreed_to(challenges):
    """An opened or asked one is gone; an outcome stays until its time is over."""
    for state in State:
        place = await come_to(challenges, state)
        await challenges.leave(place, IDENT)
        left = state in {State.OPENED, State.ASKED}
        assert (await challenges.read(place) is None) is left, state
    await challenges.leave(secrets.token_bytes(16), IDENT)


async def test_each_state_lives_as_its_move_says(server, challenges):
    """Three minutes for the handset, then the move's own; a step that is not done prolongs nothing."""
    if server is None:
        pytest.skip("the twin's lives are told by the stories' clock")
    for state, way in WAYS.items():
        place = await come_to(challenges, state)
        seconds = MOVES[way[-1]].seconds if way else OPEN_SECONDS
        await server.call("EXPIRE", f"l:{{{place.hex()}}}", 9)
        await challenges.move(place, IDENT, OTHER, Step.SHOW)
        assert await server.call("TTL", f"l:{{{place.hex()}}}") == 9
        place = await come_to(challenges, state)
        assert seconds - 2 <= await server.call("TTL", f"l:{{{place.hex()}}}") <= seconds


async def test_its_time_over_it_is_as_if_it_had_never_been(server, challenges):
    """For every call; and the place is free. Its three minutes are shortened from outside."""
    place = await come_to(challenges, State.OPENED)
    if server is None:
        challenges.rows[place].ends = 0
    else:
        await server.call("PEXPIRE", f"l:{{{place.hex()}}}", 1)
        await asyncio.sleep(0.02)
    assert await challenges.read(place) is None
    assert await challenges.move(place, IDENT, ME, Step.BIND) is Moved.NO
    assert await challenges.open(place, IDENT, b"box")


async def test_a_store_that_is_gone_is_one_error_without_a_value(one_server, challenges):
    """StoreError, and nothing of the call in its text."""
    await one_server.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError) as error:
        await challenges.open(secrets.token_bytes(16), IDENT, b"secret")
    assert "secret" not in str(error.value)
