"""Every text that we send, composed from a pack's words.

Rule 1: no other file composes a text for a subscriber.
Rule 2: it decides nothing: what is said was decided by the dialogue and the stay rule.

    【行程查询】138****5678 11/09-23停留超4小时:湖北武汉。边界基站,可能未到:江苏苏州。有数据12/14天,缺11/13、11/14。11/23 09:12发
     signature  masked      span  places               possible                        coverage     missing        moment
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from babel.dates import format_datetime

from service.domain.dialogue import Act, Conversation
from service.domain.identity import Msisdn
from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.packs import Language
from service.domain.stay_rule import Answer, Gap

__all__ = ["OWNER_ONLY_DAYS", "RegionName", "lost", "reply", "say"]

OWNER_ONLY_DAYS = 30
"""From this window on an answer is for the owner alone: it says so, and will carry no check code."""

RegionName = Callable[[int, str], str]
"""The name of a region, by its code and a language."""

_RUN = 3  # so many missing days in a row are written as a span


def say(act: Act, talk: Conversation, language: Language) -> str:
    """The text of an act that needs no data; `talk` is the conversation after the step."""
    return language.texts["signature"] + language.texts[act.value].format(
        days=talk.days, case=talk.case, code=talk.sim_code, query=language.query_word(talk.days)
    )


def lost(days: int, language: Language) -> str:
    """Says that an answer may not have arrived and is not sent again."""
    return language.texts["signature"] + language.texts["lost"].format(query=language.query_word(days))


def reply(
    msisdn: Msisdn, answer: Answer, activated_on: int, now: int, language: Language, name: RegionName
) -> str:
    """The answer itself. Regions stand in the order of arrival; possible ones apart from the others."""
    texts = language.texts
    fields = {
        "masked": msisdn.masked,
        "span": _span(answer.first_day, answer.last_day, language),
        "whole": str(answer.whole_days),
        "covered": str(answer.covered),
    }
    if not answer.covered and not answer.visits:
        reason = _reason(answer, activated_on, language)
        return texts["signature"] + texts["nothing"].format(**fields, reason=reason)
    return (
        texts["signature"]
        + texts["reply"].format(
            **fields,
            places=_places(answer, language, name),
            coverage=texts["coverage"].format(**fields) + _missing(answer, activated_on, language),
            moment=_written(
                datetime.fromtimestamp(now + SHANGHAI_OFFSET, UTC), language.dates.moment, language
            ),
        )
        + (texts["owner_only"] if answer.whole_days >= OWNER_ONLY_DAYS else "")
    )


def _places(answer: Answer, language: Language, name: RegionName) -> str:
    texts, join = language.texts, language.dates.join
    listed = join.join(name(region, language.code) for region in answer.certain)
    places = texts["places"].format(regions=listed) if listed else texts["places_none"]
    border = join.join(name(region, language.code) for region in answer.possible)
    return places + (texts["possible"].format(regions=border) if border else "")


def _missing(answer: Answer, activated_on: int, language: Language) -> str:
    if not answer.missing:
        return ""
    days = language.dates.join.join(_runs((day for day, _ in answer.missing), language))
    new = any(gap is Gap.BEFORE_ACTIVATION for _, gap in answer.missing)
    since = language.texts["activated"].format(day=_day(activated_on, language)) if new else ""
    return language.texts["missing"].format(days=days) + since


def _reason(answer: Answer, activated_on: int, language: Language) -> str:
    if any(gap is Gap.BEFORE_ACTIVATION for _, gap in answer.missing):
        day = _day(activated_on + answer.whole_days, language)
        return language.texts["reason_new"].format(whole=answer.whole_days, day=day)
    return language.texts["reason_unseen"]


def _runs(days: Iterable[int], language: Language) -> list[str]:
    """Days as text, neighbours drawn together: 11/13, 11/14 stay two; 11/09-12 becomes one."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [
        text
        for run in runs
        for text in (
            [_span(run[0], run[-1], language)] if len(run) >= _RUN else [_day(day, language) for day in run]
        )
    ]


def _span(first: int, last: int, language: Language) -> str:
    begin, end = _date(first), _date(last)
    patterns = language.dates.span_in_month
    if (begin.year, begin.month) != (end.year, end.month):
        patterns = (language.dates.day, language.dates.day)
    return (
        _written(begin, patterns[0], language) + language.dates.between + _written(end, patterns[1], language)
    )


def _day(day: int, language: Language) -> str:
    return _written(_date(day), language.dates.day, language)


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


def _written(moment: date, pattern: str, language: Language) -> str:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return format_datetime(moment, pattern, tzinfo=UTC, locale=language.code)
