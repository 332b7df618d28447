"""The compiled way of amending, held against the plain one: the same bytes, or none."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.amendments import Change, ChangeKind, amended
from service.domain.itinerary import Certainty, Coverage, Itinerary, Stay
from service.mobility.changes import CHANGE
from service.records.amended_records import amended_bodies
from service.records.itinerary_record import decode_itinerary, encode_itinerary
from service.records.key_record import RecordError

DAY = 86_400
NOW = 1_795_400_000
REGIONS = st.sampled_from([110000, 440300, 659012, 440, 234, 1, 1_048_575])


@st.composite
def itineraries(draw):
    """Plausible ones, one after the other; now and then a struck stay, an overlap, or many regions."""
    stays, at = [], NOW - draw(st.integers(0, 40 * DAY))
    for _ in range(draw(st.integers(0, 25))):
        at += draw(st.sampled_from([0, 1, 600, 2047, 2048, 7_000, 3 * DAY, -500]))
        length = draw(st.sampled_from([0, 14_401, 16_383, 16_384, 70_000, 9 * DAY]))
        region = draw(REGIONS | st.integers(110_000, 110_400))
        struck = draw(st.sampled_from([0] * 60 + [20_781]))
        stays.append(Stay(region, at, at + length, draw(st.sampled_from(Certainty)), struck_on=struck))
        at += length
    if stays and draw(st.booleans()):
        last = stays.pop()
        stays.append(Stay(last.region, last.start, last.end, last.certainty, True, last.struck_on))
    coverage = draw(st.sampled_from([Coverage(), Coverage(20_779, 1), Coverage(20_750, 2**31 - 1)]))
    return Itinerary(tuple(stays), coverage)


@st.composite
def changes_of(draw, itinerary):
    """Changes that may grow the open stay, begin another, close, be late, or not fit a record at all."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        last = itinerary.stays[-1] if itinerary.stays else Stay(110000, NOW, NOW, Certainty.CERTAIN)
        region = draw(st.just(last.region) | REGIONS)
        start = draw(st.just(last.start) | st.integers(NOW - 20 * DAY, NOW))
        end = draw(
            st.sampled_from(
                [last.end, start, start + 20_000, NOW, NOW + 2**33]
                if number == 11
                else [start, start + 20_000, start + 5 * DAY]
            )
        )
        found.append(
            Change(number + 1, draw(st.sampled_from(ChangeKind)), draw(st.booleans()), region, start, end)
        )
    return found


def rows_of(changes):
    """As the kernel writes them."""
    return np.array([(0, c.ordinal, c.kind, c.certain, c.region, c.start, c.last) for c in changes], CHANGE)


def plainly(body, changes):
    """The plain way; None where it refuses, or where a stay is struck."""
    before = decode_itinerary(body) if body else Itinerary()
    if any(stay.struck_on for stay in before.stays):
        return None
    try:
        return encode_itinerary(amended(before, changes))
    except ValueError:
        return None


@settings(max_examples=1000, deadline=None)
@given(st.data(), st.lists(itineraries(), min_size=1, max_size=4))
def test_many_at_once_are_amended_as_one_by_one(data, before):
    """Bit for bit; what is not plain is left to the plain way, and its neighbours are not harmed."""
    bodies = [encode_itinerary(one) if one != Itinerary() else b"" for one in before]
    changes = [data.draw(changes_of(one)) for one in before]
    borders = np.cumsum([0, *map(len, changes)])
    found = amended_bodies(bodies, rows_of([c for some in changes for c in some]), borders)
    assert found == [plainly(body, some) for body, some in zip(bodies, changes, strict=True)]


@settings(max_examples=1000, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_are_amended_alike_or_left_aside(body):
    """Never read beyond the body, never taken for what the plain way refuses."""
    change = Change(1, ChangeKind.SEEN, False, 0, 0, NOW)
    [found] = amended_bodies([body], rows_of([change]), np.array([0, 1]))
    if found is not None:
        try:
            assert found == encode_itinerary(
                amended(decode_itinerary(body) if body else Itinerary(), [change])
            )
        except RecordError:
            raise AssertionError("taken for an itinerary") from None


def test_a_record_of_a_thousand_stays_is_left_aside():
    """More than there is room for on the way."""
    stays = tuple(Stay(110000, NOW + 20 * n, NOW + 20 * n, Certainty.CERTAIN) for n in range(1024))
    body = encode_itinerary(Itinerary(stays, Coverage(20_779, 1)))
    change = Change(1, ChangeKind.CLOSED, True, 110000, NOW, NOW)
    fewer = encode_itinerary(Itinerary(stays[:1000], Coverage(20_779, 1)))
    found = amended_bodies([body, fewer], rows_of([change, change]), np.array([0, 1, 2]))
    assert found == [None, encode_itinerary(amended(decode_itinerary(fewer), [change]))]
