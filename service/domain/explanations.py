"""The text that explains an answer: each region with its days, the rule, certain or border, and a number to dispute it.

Rule 1: an explanation is composed here only; it never names a cell, because none is kept.
Rule 2: it decides nothing: what counts was decided by the stay rule.

    【行程查询】138****5678 11/23 09:12结果的依据,11/09-23,规则dwell-4h/1(停留超4小时):1.湖北武汉11/10-13,4天,确定;2.江苏苏州
    11/15,1天,边界。边界:边界基站,可能未到。有数据14/14天。某项有误请10分钟内回复YY1至YY2

Nine regions have a number; more of them are only counted. More than two runs of days are drawn together, so that the
longest explanation has a bound (`MOST_PARTS`, held by the tests).
"""

from dataclasses import dataclass

from service.domain import dates
from service.domain.identity import Msisdn
from service.domain.itinerary import Certainty
from service.domain.messages import DISPUTES
from service.domain.packs import Language
from service.domain.replies import Detail, RegionName, coverage
from service.domain.stay_rule import Answer, Reason

__all__ = ["MOST_PARTS", "Explanation", "explain", "numbered"]

MOST_PARTS = 10
"""Short messages that the longest explanation takes: nine regions with the longest names, days missing here and there.
An ordinary one, of three regions, takes three at most."""

_RUNS = 2
_STRUCK = 3  # struck regions that are named; older ones have been told before


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer, and what stands behind it; `moment` is when the answer was given."""

    answer: Answer
    reasons: tuple[Reason, ...]
    activated_on: int
    included_on: int
    moment: int
    disputed: frozenset[int] = frozenset()


def numbered(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The regions that have a number, in its order."""
    return tuple(reason for reason in reasons if not reason.struck_on)[:DISPUTES]


def explain(msisdn: Msisdn, explanation: Explanation, language: Language, name: RegionName) -> str:
    """The whole text."""
    answer = explanation.answer
    listed = numbered(explanation.reasons)
    lines = [
        _line(number, reason, explanation, language, name) for number, reason in enumerate(listed, 1)
    ] or [language.say("places_none")]
    standing = sum(not reason.struck_on for reason in explanation.reasons)
    if standing > len(listed):
        lines.append(language.say("explain_more", count=standing - len(listed)))
    return language.sign(
        "explain",
        masked=msisdn.masked,
        moment=dates.moment(explanation.moment, language),
        span=dates.span(answer.first_day, answer.last_day, language),
        rule=answer.rule,
        regions=language.say("explain_join").join(lines)
        + (language.say("explain_legend") if any(not reason.certainty for reason in listed) else "")
        + _struck(explanation.reasons, language, name),
        coverage=coverage(answer, explanation.activated_on, explanation.included_on, language, Detail.LISTED),
        dispute=_dispute(len(listed), language),
    )


def _line(number: int, reason: Reason, explanation: Explanation, language: Language, name: RegionName) -> str:
    certain = reason.certainty is Certainty.CERTAIN
    return language.say(
        "explain_region",
        number=number,
        region=name(reason.region, language.code),
        days=_days(reason.days, language),
        count=len(reason.days),
        certainty=language.say("explain_certain" if certain else "explain_border"),
        disputed=language.say("disputed") if reason.region in explanation.disputed else "",
    )


def _days(days: tuple[int, ...], language: Language) -> str:
    found = dates.runs(days, language)
    if len(found) <= _RUNS:
        return language.dates.join.join(found)
    return language.say("explain_between", span=dates.span(days[0], days[-1], language))


def _struck(reasons: tuple[Reason, ...], language: Language, name: RegionName) -> str:
    newest = sorted((reason for reason in reasons if reason.struck_on), key=lambda reason: -reason.struck_on)
    return "".join(
        language.say(
            "explain_struck",
            region=name(reason.region, language.code),
            days=_days(reason.days, language),
            day=dates.day(reason.struck_on, language),
        )
        for reason in newest[:_STRUCK]
    )


def _dispute(count: int, language: Language) -> str:
    if not count:
        return ""
    word = language.explains[0]
    name = "explain_dispute_one" if count == 1 else "explain_dispute"
    return language.say(name, first=f"{word}1", last=f"{word}{count}")
