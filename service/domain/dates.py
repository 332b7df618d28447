"""Days and moments in a text, as a language writes them.

Rule 1: no other file writes a date; all of them are Shanghai's.
Rule 2: it knows no text around them.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_datetime

from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.packs import Language

__all__ = ["day", "moment", "runs", "span"]

_RUN = 3  # so many days in a row are written as a span


def moment(time: int, language: Language) -> str:
    """A unix second: 11/23 09:12."""
    return _written(datetime.fromtimestamp(time + SHANGHAI_OFFSET, UTC), language.dates.moment, language)


def runs(days: Iterable[int], language: Language) -> list[str]:
    """Days as text, neighbours drawn together: 11/13, 11/14 stay two; 11/09-12 becomes one."""
    found: list[list[int]] = []
    for one in sorted(days):
        if found and one == found[-1][-1] + 1:
            found[-1].append(one)
        else:
            found.append([one])
    return [
        text
        for run in found
        for text in (
            [span(run[0], run[-1], language)] if len(run) >= _RUN else [day(one, language) for one in run]
        )
    ]


def span(first: int, last: int, language: Language) -> str:
    """From a day to a day: 11/09-23."""
    begin, end = _date(first), _date(last)
    patterns = language.dates.span_in_month
    if (begin.year, begin.month) != (end.year, end.month):
        patterns = (language.dates.day, language.dates.day)
    return (
        _written(begin, patterns[0], language) + language.dates.between + _written(end, patterns[1], language)
    )


def day(ordinal: int, language: Language) -> str:
    """One day: 11/23."""
    return _written(_date(ordinal), language.dates.day, language)


def _date(ordinal: int) -> date:
    return date(1970, 1, 1) + timedelta(days=ordinal)


def _written(when: date, pattern: str, language: Language) -> str:
    return _formatted(when, pattern, language.code)


@lru_cache(4096)
def _formatted(when: date, pattern: str, locale: str) -> str:
    """Kept, because everybody's answers are about the same few days: a twelfth of a lookup's processor time."""
    if not isinstance(when, datetime):
        when = datetime(when.year, when.month, when.day, tzinfo=UTC)
    return format_datetime(when, pattern, tzinfo=UTC, locale=locale)
