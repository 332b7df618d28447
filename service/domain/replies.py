"""Every text that we send, composed from a pack's words.

Rule 1: no other file but `explanations` composes a text for a subscriber.
Rule 2: it decides nothing: what is said was decided by the dialogue and the stay rule.

    【行程查询】138****5678 11/09-23停留超4小时:湖北武汉。边界基站,可能未到:江苏苏州。有数据12/14天,缺11/13、11/14(关机或无信号)。11/23 09:12发
     signature  masked      span  places               possible                        coverage     missing        moment
"""

from collections.abc import Callable

from service.domain import dates
from service.domain.dialogue import Act, Conversation
from service.domain.identity import Msisdn
from service.domain.inclusion import Scope
from service.domain.itinerary import day_of
from service.domain.messages import Purpose
from service.domain.notices import Notice
from service.domain.packs import Language
from service.domain.stay_rule import Answer, Gap, Visit

__all__ = [
    "OWNER_ONLY_DAYS",
    "RegionName",
    "coverage",
    "included",
    "lost",
    "not_included",
    "opened",
    "reply",
    "say",
    "tell",
]

OWNER_ONLY_DAYS = 30
"""From this window on an answer is for the owner alone: it says so, and will carry no check code."""

_RUNS = 4  # so many runs of missing days are written out

RegionName = Callable[[int, str], str]
"""The name of a region, by its code and a language."""


def say(act: Act, talk: Conversation, language: Language, scope: Scope = Scope.ALL) -> str:
    """The text of an act that needs no data; `talk` is the conversation after the step."""
    name = act.value
    if act is Act.CHALLENGE and talk.purpose is Purpose.REASONS:
        name = "challenge_why"
    elif act is Act.CHALLENGE and scope is Scope.ENROLLED:
        name = "challenge_include"
    return _text(
        language,
        name,
        days=talk.days,
        case=talk.case,
        code=talk.sim_code,
        query=language.word(talk.purpose, talk.days),
        explain=language.explains[0],
    )


def lost(purpose: Purpose, days: int, language: Language) -> str:
    """Says that an answer may not have arrived and is not sent again."""
    return _text(language, "lost", query=language.word(purpose, days))


def opened(reference: str | None, number: int, language: Language) -> str:
    """Confirms a dispute about a region of an explanation; None: there may be no more of them now."""
    name = "dispute_full" if reference is None else "dispute_opened"
    return _text(language, name, case=reference, number=number, explain=language.explains[0])


def tell(notice: Notice, language: Language) -> str:
    """What the link sends for another role."""
    return _text(language, f"notice_{notice.kind.value}", case=notice.case, explain=language.explains[0])


def included(at: int, days: int, language: Language) -> str:
    """Says that recording begins now, and from when an answer can be had."""
    fields = {"moment": dates.moment(at, language), "day": dates.day(day_of(at) + 1, language)}
    return _text(language, "included", **fields, query=language.query_word(days))


def not_included(language: Language) -> str:
    """Says that nothing is kept of this number yet, so that there is nothing to explain."""
    return _text(language, "not_included", query=language.query_word(0))


def _text(language: Language, name: str, **fields: object) -> str:
    return language.texts["signature"] + language.texts[name].format(**fields)


def reply(
    msisdn: Msisdn,
    answer: Answer,
    activated_on: int,
    now: int,
    language: Language,
    name: RegionName,
    *,
    included_on: int = 0,
) -> str:
    """The answer itself. Regions stand in the order of arrival; possible ones apart from the others."""
    texts = language.texts
    fields = {
        "masked": msisdn.masked,
        "span": dates.span(answer.first_day, answer.last_day, language),
        "whole": str(answer.whole_days),
        "covered": str(answer.covered),
    }
    if not answer.covered and not answer.visits:
        reason = _reason(answer, activated_on, included_on, language)
        return _text(language, "nothing", **fields, reason=reason)
    return (
        texts["signature"]
        + texts["reply"].format(
            **fields,
            places=_places(answer, language, name),
            coverage=coverage(answer, activated_on, included_on, language),
            moment=dates.moment(now, language),
        )
        + (texts["owner_only"] if answer.whole_days >= OWNER_ONLY_DAYS else "")
    )


def coverage(answer: Answer, activated_on: int, included_on: int, language: Language) -> str:
    """On how many days there is data, and for each other day the reason why there is none."""
    found = language.texts["coverage"].format(whole=answer.whole_days, covered=answer.covered)
    groups = [(gap, [day for day, why in answer.missing if why is gap]) for gap in Gap]
    since = {Gap.BEFORE_ACTIVATION: activated_on, Gap.NOT_INCLUDED: included_on}
    said = [
        _days(days, language)
        + language.texts[f"gap_{gap.value}"].format(day=dates.day(since.get(gap, 0), language))
        for gap, days in groups
        if days
    ]
    return found + (language.texts["missing"].format(days=language.dates.join.join(said)) if said else "")


def _days(days: list[int], language: Language) -> str:
    """Days with gaps between them; many are drawn together: 11/02-18间7天."""
    found = dates.runs(days, language)
    if len(found) <= _RUNS:
        return language.dates.join.join(found)
    span = dates.span(min(days), max(days), language)
    return language.texts["missing_between"].format(span=span, count=len(days))


def _places(answer: Answer, language: Language, name: RegionName) -> str:
    texts = language.texts
    listed = _named([visit for visit in answer.visits if visit.certainty], language, name)
    places = texts["places"].format(regions=listed) if listed else texts["places_none"]
    border = _named([visit for visit in answer.visits if not visit.certainty], language, name)
    return places + (texts["possible"].format(regions=border) if border else "")


def _named(visits: list[Visit], language: Language, name: RegionName) -> str:
    return language.dates.join.join(
        name(visit.region, language.code) + (language.texts["disputed"] if visit.disputed else "")
        for visit in visits
    )


def _reason(answer: Answer, activated_on: int, included_on: int, language: Language) -> str:
    gaps = {gap for _, gap in answer.missing}
    if Gap.BEFORE_ACTIVATION in gaps:
        day = dates.day(activated_on + answer.whole_days, language)
        return language.texts["reason_new"].format(whole=answer.whole_days, day=day)
    if Gap.NOT_INCLUDED in gaps:
        return language.texts["reason_not_included"].format(day=dates.day(included_on, language))
    return language.texts["reason_no_records" if gaps == {Gap.NO_RECORDS} else "reason_unseen"]
