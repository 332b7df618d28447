"""Which codes live, and how checks of them are told."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.check_codes import CHECK_SECONDS
from service.domain.held_codes import MOST_CODES, Channel, CheckNotices, HeldCodes

WEB, SMS = Channel.WEB, Channel.SMS


def tell(checks):
    """All notices of these checks (moment, channel): those that go out at once, and what waits at the end."""
    notices, told = CheckNotices(), []
    for number, (now, channel) in enumerate(checks, 21):
        notices, telling = notices.another(channel, now, number)
        told.append(telling)
    return told


def test_the_first_check_is_told_at_once_and_the_next_ones_together():
    """One at 0 s; those at 10, 20 and 500 s are one notice at 600 s, by web and SMS."""
    told = tell([(1000, WEB), (1010, WEB), (1020, SMS), (1500, WEB)])
    assert [one.not_before for one in told] == [0, 1600, 1600, 1600]
    assert [one.count for one in told] == [1, 1, 2, 3]
    assert told[-1].channels == (WEB, SMS)
    assert told[-1].since == 1000
    assert [(one.first, one.last) for one in told] == [(21, 21), (22, 22), (22, 23), (22, 24)]


def test_two_checks_far_apart_are_two_notices_at_once():
    """As long as nothing is folded, each window is ten minutes."""
    told = tell([(1000, WEB), (1600, WEB), (3000, SMS)])
    assert [(one.not_before, one.count) for one in told] == [(0, 1), (0, 1), (0, 1)]


def test_nothing_is_put_into_a_notice_that_may_be_going_out():
    """Five seconds before its end a window is over."""
    told = tell([(1000, WEB), (1100, WEB), (1596, WEB)])
    assert [one.not_before for one in told] == [0, 1600, 0]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=300))
def test_every_check_is_told_and_a_busy_day_costs_few_texts(gaps):
    """Counted over all notices as they finally go out, no check is missing; a day takes at most thirty."""
    now, checks = 10_000, []
    for gap in gaps:
        now += gap
        checks.append((now, WEB))
    final: dict[int, int] = {}
    numbers: dict[int, range] = {}
    at_once = 0
    for telling in tell(checks):
        if telling.not_before:
            final[telling.not_before] = telling.count
            numbers[telling.not_before] = range(telling.first, telling.last + 1)
        else:
            numbers[-telling.first] = range(telling.first, telling.last + 1)
            at_once += telling.count
    assert at_once + sum(final.values()) == len(checks)
    assert sorted(number for some in numbers.values() for number in some) == list(range(21, 21 + len(checks)))


def test_a_code_checked_every_second_of_a_day_costs_two_dozen_texts():
    """Windows grow to four hours while they are busy."""
    told = tell([(now, WEB) for now in range(0, 86_400, 10)])
    texts = {one.not_before for one in told if one.not_before} | {
        one.since for one in told if not one.not_before
    }
    assert len(texts) <= 24


def test_codes_live_a_day_and_are_twenty_at_most():
    """One more withdraws the oldest; what has expired is forgotten."""
    held, evicted = HeldCodes(), ()
    for number in range(MOST_CODES):
        held, evicted = held.with_code(f"{number:02}", 1000 + number)
        assert evicted == ()
    held, evicted = held.with_code("more", 2000)
    assert evicted == ("00",)
    assert held.live(2000)[-1] == "more"
    assert held.live(1000 + CHECK_SECONDS + 5)[0] == "06"
    held, evicted = held.with_code("late", 2000 + CHECK_SECONDS)
    assert evicted == ()
    assert held.live(2000 + CHECK_SECONDS) == ("late",)


def test_what_is_withdrawn_is_no_longer_held():
    """The others stay."""
    held = HeldCodes().with_code("a", 0)[0].with_code("b", 0)[0]
    assert held.without(("b",)).live(1) == ("a",)
    assert "a" not in repr(held.codes[0]).replace("place", "")[:12]
