"""What two operators may do to a record: strike stays, and put others beside them.

Rule 1: this file alone applies a correction; nothing is ever taken out of a record by it.
Rule 2: it knows neither who decided nor why, and no storage.

A struck stay stays in the record with the day on which it was struck. It counts no more, and whatever the kernel
tells later of the same stay is struck as well (`domain.amendments`).
"""

from dataclasses import dataclass, replace

from service.domain.itinerary import Itinerary, Stay

__all__ = ["Correction", "Strike", "corrected", "matches"]


@dataclass(frozen=True, slots=True, repr=False)
class Strike:
    """Every stay in this region that shares a second with this span (unix seconds, both ends included)."""

    region: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """What is wrong in one record, and what belongs beside it: closed stays, as a better cell table gives them."""

    strikes: tuple[Strike, ...]
    stays: tuple[Stay, ...] = ()


def matches(itinerary: Itinerary, correction: Correction) -> bool:
    """Whether the record holds anything that the correction speaks of, struck already or not.

    A correction that strikes nothing only adds; it speaks of any record.
    """
    return not correction.strikes or any(_struck(stay, correction.strikes) for stay in itinerary.stays)


def corrected(itinerary: Itinerary, correction: Correction, day: int) -> Itinerary:
    """The itinerary after a correction of that Shanghai day; the same one again changes nothing."""
    strikes = _widened(itinerary, correction.strikes)
    stays = [
        replace(stay, struck_on=day) if not stay.struck_on and _struck(stay, strikes) else stay
        for stay in itinerary.stays
    ]
    known = {(stay.region, stay.start, stay.end) for stay in stays if not stay.struck_on}
    new = [stay for stay in correction.stays if (stay.region, stay.start, stay.end) not in known]
    closed = sorted([stay for stay in (*stays, *new) if not stay.open], key=lambda stay: stay.start)
    return Itinerary((*closed, *(stay for stay in stays if stay.open)), itinerary.coverage)


def _widened(itinerary: Itinerary, strikes: tuple[Strike, ...]) -> tuple[Strike, ...]:
    """The strikes, and every stay that they reach: two stays that meet in one region are one stay told twice."""
    reached = {stay for stay in itinerary.stays if _struck(stay, strikes)}
    spans = tuple(Strike(stay.region, stay.start, stay.end) for stay in reached)
    more = any(stay not in reached and _struck(stay, spans) for stay in itinerary.stays)
    return _widened(itinerary, (*strikes, *spans)) if more else strikes


def _struck(stay: Stay, strikes: tuple[Strike, ...]) -> bool:
    return any(stay.meets(strike.region, strike.start, strike.end) for strike in strikes)
