"""Every text that we send, composed from a pack's words.

Rule 1: no other file but `explanations` composes a text for a subscriber.
Rule 2: it decides nothing: what is said was decided by the dialogue and the stay rule.

    【行程查询】138****5678 11/09-23停留超4小时:湖北武汉。边界基站,可能未到:江苏苏州。有数据12/14天,缺11/13、11/14(关机或无信号)。11/23 09:12发
     signature  masked      span  places               possible                        coverage     missing        moment
"""

from collections.abc import Callable, Sequence
from enum import Enum

from service.domain import dates
from service.domain.check_codes import CheckCode
from service.domain.conversation import Conversation
from service.domain.dialogue import Act
from service.domain.inclusion import Scope
from service.domain.intents import Purpose
from service.domain.itinerary import day_of
from service.domain.notices import Notice
from service.domain.packs import Language
from service.domain.statement import OWNER_ONLY_DAYS, Statement
from service.domain.stay_rule import Answer, Gap, Visit

__all__ = [
    "Detail",
    "RegionName",
    "coverage",
    "erased",
    "included",
    "keeping",
    "locked",
    "lost",
    "new_regions",
    "not_included",
    "opened",
    "reply",
    "say",
    "tell",
]

_NEW = 3  # regions that one text names; of more the answer tells
_RUNS = 4  # so many runs of missing days are written out

RegionName = Callable[[int, str], str]
"""The name of a region, by its code and a language."""


class Detail(Enum):
    """How much of the missing days a text says, from all of it to nothing."""

    LISTED = "listed"
    COUNTED = "counted"
    TOTAL = "total"


def say(act: Act, talk: Conversation, language: Language, scope: Scope = Scope.ALL) -> str:
    """The text of an act that needs no data; `talk` is the conversation after the step."""
    name = act.value
    if act is Act.CHALLENGE and talk.purpose is Purpose.REASONS:
        name = "challenge_why"
    elif act is Act.CHALLENGE and talk.purpose is Purpose.ERASE:
        name = "challenge_erase"
    elif act is Act.CHALLENGE and talk.purpose is Purpose.NOTICES:
        name = "challenge_notices"
    elif act is Act.CHALLENGE and scope is Scope.ENROLLED:
        name = "challenge_include"
    elif act is Act.ASK_SIM and talk.purpose is Purpose.ERASE:
        name = "ask_erase"
    elif talk.purpose in {Purpose.LOCK, Purpose.UNLOCK} and act in {Act.ASK_SIM, Act.REFUSE}:
        name = "refuse_lock" if act is Act.REFUSE else f"ask_{talk.purpose.value}"
    return language.sign(
        name,
        days=talk.days,
        case=talk.case,
        code=talk.sim_code,
        query=language.word(talk.purpose, talk.days),
        lookup=language.query_word(0),
        explain=language.explains[0],
        withdraw=language.withdraws[0],
        check=language.checks[0],
        lock=language.locks[0],
        keep=language.keeps[0],
        erase=language.erases[0],
        records=language.records[0],
    )


def erased(position: int, language: Language) -> str:
    """The receipt of an erasure: where in the public log its entry stands."""
    return language.sign("erased", position=position)


def new_regions(regions: Sequence[int], number: int, language: Language, name: RegionName) -> str:
    """Tells that these regions newly count, by which entry of the log."""
    named = language.dates.join.join(name(region, language.code) for region in regions[:_NEW])
    return language.sign("new_regions", regions=named, number=number, keep=language.keeps[0])


def keeping(*, on: bool, language: Language) -> str:
    """Confirms that texts about new regions come from now on; or says that there were none to end."""
    return language.sign("notices_on" if on else "notices_none", keep=language.keeps[0])


def locked(until: int, language: Language) -> str:
    """Confirms a lock (`until` in unix seconds) or that there is none any more (0)."""
    name = "locked" if until else "unlocked"
    return language.sign(name, moment=dates.moment(until, language), lock=language.locks[0])


def lost(purpose: Purpose, days: int, language: Language) -> str:
    """Says that an answer may not have arrived and is not sent again."""
    return language.sign("lost", query=language.word(purpose, days))


def opened(reference: str | None, number: int, language: Language) -> str:
    """Confirms a dispute about a region of an explanation; None: there may be no more of them now."""
    name = "dispute_full" if reference is None else "dispute_opened"
    return language.sign(name, case=reference, number=number, explain=language.explains[0])


def tell(notice: Notice, language: Language) -> str:
    """What the link sends for another role."""
    return language.sign(f"notice_{notice.kind.value}", case=notice.case, explain=language.explains[0])


def included(at: int, days: int, language: Language) -> str:
    """Says that recording begins now, and from when an answer can be had."""
    fields = {"moment": dates.moment(at, language), "day": dates.day(day_of(at) + 1, language)}
    return language.sign("included", **fields, query=language.query_word(days))


def not_included(language: Language) -> str:
    """Says that nothing is kept of this number yet, so that there is nothing to explain."""
    return language.sign("not_included", lookup=language.query_word(0))


def reply(said: Statement, language: Language, name: RegionName, code: CheckCode | None = None) -> str:
    """The answer itself, with its check code if it has one. Regions stand in the order of arrival; possible ones apart.

    Missing days are listed with their reasons; counted, or left to the page and to the explanation, where the text
    would be longer than two short messages.
    """
    texts = (_reply(said, language, name, code, detail) for detail in Detail)
    found = ""
    for found in texts:
        if len(found) <= language.reply_length:
            break
    return found


def _reply(
    said: Statement, language: Language, name: RegionName, code: CheckCode | None, detail: Detail
) -> str:
    answer = said.answer
    fields = {
        "masked": said.masked,
        "span": dates.span(answer.first_day, answer.last_day, language),
        "whole": str(answer.whole_days),
        "covered": str(answer.covered),
    }
    if not answer.covered and not answer.visits:
        reason = _reason(answer, said.activated_on, said.included_on, language)
        return language.sign("nothing", **fields, reason=reason)
    text = language.sign(
        "reply",
        **fields,
        places=_places(answer, language, name),
        coverage=coverage(answer, said.activated_on, said.included_on, language, detail),
        moment=dates.moment(said.made_at, language),
    )
    checked_by = language.say("code", code=code.written) if code is not None else ""
    return text + checked_by + (language.say("owner_only") if answer.whole_days >= OWNER_ONLY_DAYS else "")


def coverage(answer: Answer, activated_on: int, included_on: int, language: Language, detail: Detail) -> str:
    """On how many days there is data, and why there is none on the others."""
    found = language.say("coverage", whole=answer.whole_days, covered=answer.covered)
    if detail is Detail.TOTAL:
        return found
    groups = [(gap, [day for day, why in answer.missing if why is gap]) for gap in Gap]
    since = {Gap.BEFORE_ACTIVATION: activated_on, Gap.NOT_INCLUDED: included_on}
    said = [
        (
            language.say("missing_count", count=len(days))
            if detail is Detail.COUNTED
            else _days(days, language)
        )
        + language.say(f"gap_{gap.value}", day=dates.day(since.get(gap, 0), language))
        for gap, days in groups
        if days
    ]
    return found + (language.say("missing", days=language.dates.join.join(said)) if said else "")


def _days(days: list[int], language: Language) -> str:
    """Days with gaps between them; many are drawn together: 11/02-18间7天."""
    found = dates.runs(days, language)
    if len(found) <= _RUNS:
        return language.dates.join.join(found)
    span = dates.span(min(days), max(days), language)
    return language.say("missing_between", span=span, count=len(days))


def _places(answer: Answer, language: Language, name: RegionName) -> str:
    listed = _named([visit for visit in answer.visits if visit.certainty], language, name)
    places = language.say("places", regions=listed) if listed else language.say("places_none")
    border = _named([visit for visit in answer.visits if not visit.certainty], language, name)
    return places + (language.say("possible", regions=border) if border else "")


def _named(visits: list[Visit], language: Language, name: RegionName) -> str:
    return language.dates.join.join(
        name(visit.region, language.code) + (language.say("disputed") if visit.disputed else "")
        for visit in visits
    )


def _reason(answer: Answer, activated_on: int, included_on: int, language: Language) -> str:
    gaps = {gap for _, gap in answer.missing}
    if Gap.BEFORE_ACTIVATION in gaps:
        day = dates.day(activated_on + answer.whole_days, language)
        return language.say("reason_new", whole=answer.whole_days, day=day)
    if Gap.NOT_INCLUDED in gaps:
        return language.say("reason_not_included", day=dates.day(included_on, language))
    return language.say("reason_no_records" if gaps == {Gap.NO_RECORDS} else "reason_unseen")
