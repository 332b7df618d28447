"""A request for consent that came to nothing: refused, or never answered.

Rule 1: what is remembered of it, and how many of a day leave a record, is decided here.
Rule 2: whether the number has a subscription is not known here; of an unknown number the same is remembered.
"""

from dataclasses import dataclass

__all__ = ["LAPSES_A_DAY", "Lapsed", "another"]

LAPSES_A_DAY = 10
"""Requests of one number that leave a record: whoever forges a sender all day must not push genuine consents out of
the newest 200."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Lapsed:
    """One such request. `how` is `refused`, `expired` or `superseded` (by another request); times are unix seconds; it was the `nth` since `since`."""

    case: str
    purpose: str
    days: int
    notice: str  # the SHA-256, in hex, of the words that were sent
    language: str
    asked_at: int
    at: int
    how: str
    nth: int = 1
    since: int = 0
    noted: bool = False  # the next text came, so that its record has been seen to

    @property
    def counts(self) -> bool:
        """Whether it leaves a record."""
        return self.nth <= LAPSES_A_DAY


def another(former: Lapsed | None, now: int) -> tuple[int, int]:
    """Which one of its day the next one is, and since when they are counted."""
    if former is None or now - former.since >= _DAY:
        return 1, now
    return former.nth + 1, former.since
