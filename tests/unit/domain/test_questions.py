"""A yes, a no, and when neither can be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.itinerary import Certainty
from service.domain.questions import MOST_PROVINCES, Finding, Predicate, QuestionError, found
from service.domain.stay_rule import Answer, Gap, Visit

DAY = 20_780
HUBEI, GUANGDONG, JIANGSU = 420000, 440000, 320000
WUHAN, SHENZHEN, SUZHOU, JAPAN = 420100, 440300, 320500, 440


def province_of(region):
    """Of a code of six digits; None abroad."""
    return region // 10_000 * 10_000 if region > 1000 else None


def answer(*certain, possible=(), disputed=(), missing=0):
    """An answer with these regions, on so many days without data."""
    visits = [Visit(region, Certainty.CERTAIN, region in disputed) for region in certain]
    visits += [Visit(region, Certainty.POSSIBLE) for region in possible]
    gaps = tuple((DAY - 1 - day, Gap.NOT_SEEN) for day in range(missing))
    return Answer("dwell-4h/1", DAY - 14, DAY, 14, tuple(visits), gaps)


@pytest.mark.parametrize(
    ("inside", "provinces", "given_answer", "finding"),
    [
        (True, (HUBEI,), answer(WUHAN), Finding.YES),
        (True, (HUBEI, GUANGDONG), answer(WUHAN, SHENZHEN), Finding.YES),
        (True, (HUBEI,), answer(WUHAN, SHENZHEN), Finding.NO),
        (True, (HUBEI,), answer(WUHAN, JAPAN), Finding.NO),
        (True, (HUBEI,), answer(), Finding.UNKNOWN),
        (True, (HUBEI,), answer(possible=[WUHAN]), Finding.UNKNOWN),
        (True, (HUBEI,), answer(WUHAN, possible=[SUZHOU]), Finding.YES),
        (False, (JIANGSU,), answer(WUHAN), Finding.YES),
        (False, (JIANGSU,), answer(WUHAN, SUZHOU), Finding.NO),
        (False, (JIANGSU,), answer(WUHAN, possible=[SUZHOU]), Finding.YES),
        (False, (JIANGSU,), answer(JAPAN), Finding.YES),
        (False, (JIANGSU,), answer(missing=3), Finding.YES),
        (False, (JIANGSU,), answer(missing=14), Finding.UNKNOWN),
        (False, (JIANGSU,), answer(SUZHOU, missing=14), Finding.NO),
        (False, (JIANGSU,), answer(WUHAN, SUZHOU, disputed=[SUZHOU]), Finding.UNKNOWN),
        (True, (HUBEI,), answer(WUHAN, disputed=[WUHAN]), Finding.YES),
    ],
)
def test_examples(inside, provinces, given_answer, finding):
    """Border cells never count, missing data is no answer, abroad is outside, a disputed region speaks neither for nor against."""
    assert found(Predicate(inside, provinces), given_answer, province_of) is finding


REGIONS = st.sampled_from([WUHAN, SHENZHEN, SUZHOU, JAPAN, 110000, 310000])
SETS = st.sets(st.sampled_from([HUBEI, GUANGDONG, JIANGSU, 110000, 310000]), min_size=1)


@given(st.sets(REGIONS), st.sets(REGIONS), SETS, st.integers(0, 14), st.booleans())
def test_border_cells_change_nothing(certain, possible, provinces, missing, inside):
    """Whatever they speak for."""
    question = Predicate(inside, tuple(sorted(provinces)))
    without = answer(*sorted(certain), missing=missing)
    along = answer(*sorted(certain), possible=sorted(possible - certain), missing=missing)
    assert found(question, along, province_of) is found(question, without, province_of)


@given(st.sets(REGIONS), SETS, st.integers(0, 13))
def test_inside_and_outside_of_one_set_are_never_both_true(certain, provinces, missing):
    """And one more region never turns a no into a yes."""
    chosen = tuple(sorted(provinces))
    answers = [
        found(Predicate(inside, chosen), answer(*sorted(certain), missing=missing), province_of)
        for inside in (True, False)
    ]
    assert answers != [Finding.YES, Finding.YES]
    more = answer(*sorted(certain | {WUHAN}), missing=missing)
    for inside, before in zip((True, False), answers, strict=True):
        if before is Finding.NO:
            assert found(Predicate(inside, chosen), more, province_of) is Finding.NO


@pytest.mark.parametrize("provinces", [[], list(range(100_000, 100_000 + MOST_PROVINCES + 1)), [420100], [0]])
def test_only_some_whole_provinces_can_be_asked_for(provinces):
    """None, too many, a city, nothing."""
    with pytest.raises(QuestionError):
        Predicate.of(provinces, lambda code: code % 10_000 == 0 and code > 0, inside=True)


def test_a_province_chosen_twice_is_one():
    """And the order does not matter."""
    chosen = Predicate.of([HUBEI, GUANGDONG, HUBEI], lambda _: True, inside=False)
    assert chosen.provinces == (HUBEI, GUANGDONG)
