"""What counts as having been in a region, and what a window is."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.itinerary import DAY, Certainty, Coverage, Itinerary, Stay, day_of, start_of_day
from service.domain.stay_rule import DWELL_4H, Gap, StayRule

TODAY = day_of(1_795_000_000)
NOW = start_of_day(TODAY) + 9 * 3600
HOURS_4 = 4 * 3600
WUHAN, JAPAN = 420100, 440
EVERY_DAY = Coverage(TODAY, (1 << 31) - 1)


def regions(*stays: Stay, days: int = 14, rule: StayRule = DWELL_4H) -> tuple[int, ...]:
    """The certain regions of an answer made of these stays."""
    return rule.answer(Itinerary(stays, EVERY_DAY), days, 0, NOW).certain


def stay(start: int, end: int, region: int = WUHAN, certainty: Certainty = Certainty.CERTAIN) -> Stay:
    """A closed stay."""
    return Stay(region, start, end, certainty)


def test_four_hours_to_the_second_do_not_count_and_one_second_more_does():
    """The rule says more than four hours."""
    noon = start_of_day(TODAY - 3) + 12 * 3600
    assert regions(stay(noon, noon + HOURS_4)) == ()
    assert regions(stay(noon, noon + HOURS_4 + 1)) == (WUHAN,)


def test_only_dwell_inside_the_window_counts():
    """A stay that began before the window counts from the window's first second on."""
    edge = start_of_day(TODAY - 14)
    assert regions(stay(edge - DAY, edge + HOURS_4)) == ()
    assert regions(stay(edge - DAY, edge + HOURS_4 + 1)) == (WUHAN,)
    assert regions(stay(edge - 2 * DAY, edge - 1)) == ()


def test_a_stay_over_midnight_is_one_stay():
    """Midnight divides days, not stays."""
    midnight = start_of_day(TODAY - 5)
    assert regions(stay(midnight - 7201, midnight + 7200)) == (WUHAN,)


def test_two_short_stays_do_not_add_up():
    """More than four hours in one stay."""
    noon = start_of_day(TODAY - 3) + 12 * 3600
    assert regions(stay(noon, noon + 10_000), stay(noon + DAY, noon + DAY + 10_000)) == ()


def test_the_window_runs_until_now():
    """Today counts too, up to this second; by configuration it does not, as in 2020."""
    morning = start_of_day(TODAY) + 3600
    assert regions(stay(morning, morning + HOURS_4 + 1)) == (WUHAN,)
    assert regions(stay(morning, morning + HOURS_4 + 1), rule=StayRule("whole", HOURS_4, True)) == ()


def test_abroad_any_registration_counts():
    """A single event in another country is a visit."""
    noon = start_of_day(TODAY - 3) + 12 * 3600
    assert regions(stay(noon, noon, JAPAN)) == (JAPAN,)
    assert regions(stay(start_of_day(TODAY - 14) - 1, start_of_day(TODAY - 14) - 1, JAPAN)) == ()


def test_possible_stays_apart_and_gives_way_to_certain():
    """A region that only border cells speak for is possible; one certain stay makes it certain."""
    noon = start_of_day(TODAY - 3) + 12 * 3600
    maybe = stay(noon, noon + 20_000, certainty=Certainty.POSSIBLE)
    answer = DWELL_4H.answer(Itinerary((maybe,), EVERY_DAY), 14, 0, NOW)
    assert (answer.certain, answer.possible) == ((), (WUHAN,))
    both = Itinerary((maybe, stay(noon + DAY, noon + DAY + 20_000)), EVERY_DAY)
    assert DWELL_4H.answer(both, 14, 0, NOW).certain == (WUHAN,)


def test_coverage_counts_the_windows_complete_days():
    """N days from T-N to yesterday; each missing one has its reason."""
    seen = Coverage(TODAY, 0b0000_0000_0000_0000_0000_0000_0000_0111)
    answer = DWELL_4H.answer(Itinerary((), seen), 14, TODAY - 4, NOW)
    assert answer.covered == 2
    assert answer.missing[0] == (TODAY - 14, Gap.BEFORE_ACTIVATION)
    assert answer.missing[-2:] == ((TODAY - 4, Gap.NOT_SEEN), (TODAY - 3, Gap.NOT_SEEN))


def test_thirty_days_fit_the_bitmap():
    """The longest window is covered by the 31 days that are kept."""
    assert DWELL_4H.answer(Itinerary((), EVERY_DAY), 30, 0, NOW).covered == 30


@given(st.lists(st.integers(TODAY - 60, TODAY + 5), max_size=40))
def test_the_bitmap_remembers_the_last_31_days_in_any_order(days):
    """Late days fill in; days older than the bitmap are forgotten."""
    coverage = Coverage()
    for day in days:
        coverage = coverage.with_day(day)
    latest = max(days, default=0)
    kept = {day for day in days if latest - day < 31}
    assert {day for day in range(latest - 80, latest + 1) if coverage.seen(day)} == kept
