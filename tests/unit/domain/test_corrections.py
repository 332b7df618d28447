"""Striking: what was struck counts no more, whatever the kernel tells later; nothing leaves the record."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.amendments import Change, ChangeKind, amended
from service.domain.corrections import Correction, Strike, corrected, matches
from service.domain.itinerary import DAY, Certainty, Coverage, Itinerary, Stay, day_of, start_of_day
from service.domain.stay_rule import DWELL_4H

TODAY = 20_780
NOON = start_of_day(TODAY - 3) + 12 * 3600
WUHAN, SUZHOU = 420100, 320500
HOURS = 3600


def stay(region: int, start: int, hours: float, *, open_: bool = False) -> Stay:
    """A certain stay."""
    return Stay(region, start, start + int(hours * HOURS), Certainty.CERTAIN, open_)


def certain(itinerary: Itinerary) -> tuple[int, ...]:
    """What a lookup would count."""
    return DWELL_4H.answer(itinerary, 14, 0, start_of_day(TODAY) + 20 * HOURS).certain


def strike(region: int, start: int, end: int) -> Correction:
    """A correction of one strike."""
    return Correction((Strike(region, start, end),))


def test_a_struck_stay_stays_in_the_record_and_counts_no_more():
    """Append-only: the stay is marked with the day, its neighbours are untouched."""
    before = Itinerary((stay(WUHAN, NOON, 5), stay(SUZHOU, NOON + DAY, 5)), Coverage(TODAY, 1))
    after = corrected(before, strike(SUZHOU, NOON + DAY, NOON + DAY + 60), TODAY)
    assert certain(before) == (WUHAN, SUZHOU)
    assert certain(after) == (WUHAN,)
    assert [replace(one, struck_on=0) for one in after.stays] == list(before.stays)
    assert [one.struck_on for one in after.stays] == [0, TODAY]


def test_the_same_correction_again_changes_nothing():
    """The first day stays."""
    once = corrected(Itinerary((stay(SUZHOU, NOON, 5),)), strike(SUZHOU, NOON, NOON), TODAY)
    assert corrected(once, strike(SUZHOU, NOON, NOON), TODAY + 1) == once


def test_a_correction_of_elsewhere_or_another_time_matches_nothing():
    """A second before the stay, a second behind it, another region."""
    record = Itinerary((stay(SUZHOU, NOON, 5),))
    for region, at in ((SUZHOU, NOON - 1), (SUZHOU, NOON + 5 * HOURS + 1), (WUHAN, NOON)):
        assert not matches(record, strike(region, at, at))
        assert corrected(record, strike(region, at, at), TODAY) == record
    assert matches(record, strike(SUZHOU, NOON + 5 * HOURS, NOON + DAY))


def test_a_stay_that_a_longer_one_spans_was_a_part_of_it():
    """Joined by corrected cells, it is told once; another region's stay in between is not touched."""
    record = Itinerary((stay(SUZHOU, NOON, 5), stay(WUHAN, NOON + 6 * HOURS, 5)), Coverage(TODAY, 1))
    longer = Change(
        1, ChangeKind.CLOSED, certain=True, region=SUZHOU, start=NOON - HOURS, last=NOON + 12 * HOURS
    )
    assert amended(record, [longer]).stays == (
        stay(WUHAN, NOON + 6 * HOURS, 5),
        stay(SUZHOU, NOON - HOURS, 13),
    )


def test_nothing_that_is_struck_takes_the_place_of_what_counts():
    """A longer stay that meets a struck one is struck; what counted inside of it still does."""
    record = Itinerary((stay(SUZHOU, NOON, 5), stay(SUZHOU, NOON + 6 * HOURS, 5)), Coverage(TODAY, 1))
    struck = corrected(record, strike(SUZHOU, NOON, NOON), TODAY)
    longer = Change(1, ChangeKind.CLOSED, certain=True, region=SUZHOU, start=NOON, last=NOON + 12 * HOURS)
    after = amended(struck, [longer])
    assert [bool(one.struck_on) for one in after.stays] == [True, False, True]
    assert certain(after) == (SUZHOU,)


def test_a_better_stay_stands_beside_the_struck_one():
    """As a corrected cell table gives it; put in once, before the open stay."""
    running = stay(WUHAN, NOON + DAY, 5, open_=True)
    right = stay(WUHAN, NOON, 5)
    correction = Correction((Strike(SUZHOU, NOON, NOON),), (right,))
    after = corrected(Itinerary((stay(SUZHOU, NOON, 5), running)), correction, TODAY)
    assert after.stays[-1] == running
    assert right in after.stays
    assert corrected(after, correction, TODAY) == after
    assert certain(after) == (WUHAN,)


def test_an_open_struck_stay_grows_and_closes_struck():
    """SEEN, an earlier start, and its end: it is the same stay."""
    record = corrected(
        Itinerary((stay(SUZHOU, NOON, 5, open_=True),)), strike(SUZHOU, NOON, NOON + HOURS), TODAY
    )
    told = [
        Change(1, ChangeKind.SEEN, True, SUZHOU, NOON, NOON + 9 * HOURS),
        Change(2, ChangeKind.OPEN, True, SUZHOU, NOON - HOURS, NOON + 9 * HOURS),
        Change(3, ChangeKind.CLOSED, True, SUZHOU, NOON - HOURS, NOON + 20 * HOURS),
    ]
    for count in (1, 2, 3):
        assert certain(amended(record, told[:count])) == ()
    later = Change(4, ChangeKind.CLOSED, True, SUZHOU, NOON + 21 * HOURS, NOON + 27 * HOURS)
    assert certain(amended(record, [*told, later])) == (SUZHOU,)


REGIONS = [WUHAN, SUZHOU, 440]
changes = st.lists(
    st.tuples(
        st.sampled_from(ChangeKind),
        st.booleans(),
        st.sampled_from(REGIONS),
        st.integers(0, 60),
        st.integers(0, 30),
    ),
    max_size=25,
)


def told(rows: list[tuple[ChangeKind, bool, int, int, int]], first: int) -> list[Change]:
    """Changes within three days, in any order of time."""
    return [
        Change(first + place, kind, sure, region, NOON + start * HOURS, NOON + (start + length) * HOURS)
        for place, (kind, sure, region, start, length) in enumerate(rows)
    ]


@settings(max_examples=1000, deadline=None)
@given(changes, changes, st.sampled_from(REGIONS), st.integers(0, 80), st.integers(0, 20))
def test_no_later_change_resurrects_a_struck_second(before, after, region, start, length):
    """Whatever the kernel tells: of a stay that was struck, no second counts again."""
    record = amended(Itinerary(), told(before, 1))
    span = (NOON + start * HOURS, NOON + (start + length) * HOURS)
    record = corrected(record, strike(region, *span), TODAY)
    struck = [one for one in record.stays if one.struck_on]
    later = amended(record, told(after, 100))
    for was in struck:
        assert not [
            one for one in later.stays if not one.struck_on and one.meets(was.region, was.start, was.end)
        ]
    assert day_of(span[0]) > 0
