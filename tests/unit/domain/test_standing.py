"""When a standing consent may be used."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.itinerary import DAY, day_of, start_of_day
from service.domain.standing import STANDING_SECONDS, STANDING_USES, May, may_use, uses_left

GIVEN = start_of_day(20_780) + 15 * 3600
CONSENT = Consent(
    "id",
    ConsentPurpose.ANSWERS,
    Mode.STANDING,
    NoticeShown("question", "1", "00", "zh"),
    14,
    "dwell-4h/1",
    STANDING_USES,
    GIVEN + STANDING_SECONDS,
    "pair 47",
    (ConsentEvent(EventKind.GIVEN, GIVEN), ConsentEvent(EventKind.USED, GIVEN)),
)


def used(consent, at):
    """Once more, at that moment."""
    return consent.with_event(ConsentEvent(EventKind.USED, at))


@given(st.lists(st.integers(0, STANDING_SECONDS + DAY), max_size=60))
def test_at_most_one_use_a_day_and_fourteen_in_all(moments):
    """Whenever it is tried, in whatever order of days."""
    consent, days = CONSENT, [day_of(GIVEN)]
    for at in sorted(GIVEN + moment for moment in moments):
        if may_use(consent, at) is May.YES:
            consent = used(consent, at)
            days.append(day_of(at))
            assert at < GIVEN + STANDING_SECONDS
    assert len(days) == len(set(days)) <= STANDING_USES
    assert uses_left(consent) == STANDING_USES - len(days)


def test_the_day_is_the_operators():
    """A second before midnight in Shanghai, and a second after."""
    midnight = start_of_day(day_of(GIVEN) + 1)
    assert may_use(CONSENT, midnight - 1) is May.TODAY
    assert may_use(CONSENT, midnight) is May.YES


def test_its_last_second():
    """Then it is over, and not used today."""
    late = CONSENT.expires_at
    assert may_use(CONSENT, late - 1) is May.YES
    assert may_use(CONSENT, late) is May.NO


@pytest.mark.parametrize(
    "how", [EventKind.WITHDRAWN, EventKind.SUPERSEDED, EventKind.REFUSED, EventKind.EXPIRED]
)
def test_ended_it_is_of_no_use(how):
    """Also on a day on which it was used: nobody is told that it is only too early."""
    ended = CONSENT.with_event(ConsentEvent(how, GIVEN + 60))
    assert may_use(ended, GIVEN + 120) is May.NO


def test_no_other_consent_is_taken_for_one():
    """Texts about new regions, the recording: they stand, and answer no verifier."""
    for purpose in ConsentPurpose:
        other = replace(CONSENT, purpose=purpose)
        assert (may_use(other, GIVEN + DAY) is May.YES) is (purpose is ConsentPurpose.ANSWERS)
