"""How fast somebody may ask."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.pacing import Pace, paced

SECOND = 1_000_000


def ask(times, pace):
    """Which of these requests are allowed."""
    due, allowed = 0, []
    for now in times:
        found = paced(due, now, pace)
        due = found.due
        allowed.append(not found.wait)
    return allowed


def test_a_burst_then_one_an_interval():
    """Three at once, the fourth after twenty seconds."""
    pace = Pace.a_minute(3)
    assert ask([0, 0, 0, 0, 19 * SECOND, 20 * SECOND, 20 * SECOND], pace) == [
        *[True, True, True, False],
        *[False, True, False],
    ]


def test_the_wait_is_exact():
    """A microsecond less is too early, that long is enough, and refusals cost nothing."""
    pace = Pace(2, 10)
    due = paced(paced(0, 100, pace).due, 100, pace).due
    refused = paced(due, 103, pace)
    assert refused.wait == 7
    assert refused.due == due
    assert paced(due, 109, pace).wait == 1
    assert paced(due, 110, pace).wait == 0


@given(
    st.lists(st.integers(0, 40), max_size=60), st.integers(1, 5), st.integers(1, 20), st.integers(0, 10**15)
)
def test_never_more_than_the_burst_and_the_pace(gaps, burst, interval, begin):
    """In any stretch of time at most burst + length / interval requests are allowed; whoever waits is served."""
    times, now = [], begin
    for gap in gaps:
        now += gap
        times.append(now)
    pace = Pace(burst, interval)
    served = [time for time, allowed in zip(times, ask(times, pace), strict=True) if allowed]
    for first in range(len(served)):
        for last in range(first, len(served)):
            assert last - first + 1 <= burst + (served[last] - served[first]) // interval
    due = 0
    for time in times:
        found = paced(due, time, pace)
        due = found.due
        assert paced(due, time + found.wait, pace).wait == 0 or not found.wait
