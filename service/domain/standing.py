"""A verifier's standing consent: the same yes-or-no question again, for some days, never another one.

Rule 1: how long it stands, how often it may be used and when the next time is, is decided in this file.
Rule 2: it knows no store, key or text. Who may ask at all, and what, is `questions`.

The same question again bisects nothing: the set stays what the holder agreed to. But answers of several days, held side by
side, date a move to the day. So there is one a day and no more (fourteen in one day would date it to the hour), the holder is told of each,
and the text that asks for the consent says so.
"""

from enum import Enum

from service.domain.consent import Consent, ConsentPurpose, EventKind
from service.domain.itinerary import DAY, day_of

__all__ = ["STANDING_SECONDS", "STANDING_USES", "May", "may_use", "uses_left"]

STANDING_SECONDS = 14 * DAY
"""As long as the window of the question: after that it is about other days altogether, and is agreed to anew."""

STANDING_USES = 14
"""One for each day, the first one included, which is answered when the consent is given."""


class May(Enum):
    """Whether it may be used now."""

    YES = "yes"
    TODAY = "today"  # it has been used on this day already
    NO = "no"  # withdrawn, superseded, over, used up, or of another purpose


def may_use(consent: Consent, now: int) -> May:
    """Days are those of the operator's clock, as in every answer."""
    if consent.purpose is not ConsentPurpose.ANSWERS or consent.status(now) != "active":
        return May.NO
    used = any(event.kind is EventKind.USED and day_of(event.at) == day_of(now) for event in consent.events)
    return May.TODAY if used else May.YES


def uses_left(consent: Consent) -> int:
    """How many times it may still be used, at most one of them a day."""
    return max(0, consent.max_uses - consent.uses)
