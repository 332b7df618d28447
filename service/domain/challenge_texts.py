"""What is said to the holder about a live challenge.

Rule 1: every text about a challenge is composed here from a pack's words; what a stranger typed stands in quotation marks.
Rule 2: it decides nothing.

    【行程查询】“前台小王”(自称,未登记)请您出示:该号码近14天停留地区、有数据天数、打码号码。配对号47。同意请2分钟内回复7391,不同意回N
    signature   who                            what                                          P             R
"""

from service.domain import dates
from service.domain.consent import Consent
from service.domain.itinerary import day_of
from service.domain.packs import Language
from service.domain.questions import Document, Predicate, Question, Request
from service.domain.recipients import name_of
from service.domain.replies import RegionName
from service.domain.standing import STANDING_SECONDS

__all__ = ["MOST_PARTS", "MOST_STANDING", "told_asked", "told_repeated", "told_shown"]

MOST_PARTS = 6
"""Short messages that the longest question takes: ten provinces in English beside a name in Chinese. Any question to show
the reply or to compare a document takes two, in the language of the name."""


MOST_STANDING = 8
"""The same of a question that stands; with a name in the language of the text it is four at most."""


def told_asked(request: Request, number: str, language: Language, name: RegionName) -> str:
    """Asks the holder: who, what exactly, the pair, the number that agrees."""
    fields = {
        "who": _who(request, language),
        "what": _what(request.question, language, name),
        "pair": request.pair,
        "code": number,
    }
    if request.standing:
        return language.sign("show_ask_standing", **fields, cancel=language.cancels[0])
    return language.sign("show_ask", **fields)


def told_repeated(consent: Consent, number: int, language: Language) -> str:
    """Tells that a standing consent has just been used, how many times of how many, and how to end it."""
    return language.sign(
        "shown_again",
        who=language.say("asker_registered", name=name_of(consent.recipient)),
        nth=consent.uses,
        most=consent.max_uses,
        day=dates.day(day_of(consent.expires_at), language),
        entry=number,
        cancel=language.cancels[0],
    )


def told_shown(request: Request, at: int, number: int, language: Language) -> str:
    """Tells that it has been shown, with the subscription's running number of its entry."""
    fields: dict[str, object] = {
        "who": _who(request, language),
        "at": dates.moment(at, language).rpartition(" ")[2],
        "entry": number,
    }
    if request.standing:
        until = dates.day(day_of(at + STANDING_SECONDS), language)
        return language.sign("shown_standing", **fields, day=until, cancel=language.cancels[0])
    return language.sign("shown", **fields)


def _who(request: Request, language: Language) -> str:
    kind = "asker_registered" if request.asker else "asker_typed"
    return language.say(kind, name=request.name)


def _what(question: Question, language: Language, name: RegionName) -> str:
    match question:
        case Predicate(inside=inside, provinces=provinces):
            listed = language.dates.join.join(name(province, language.code) for province in provinces)
            return language.say("ask_inside" if inside else "ask_outside", provinces=listed)
        case Document():
            return language.say("ask_document")
    return language.say("ask_show")
