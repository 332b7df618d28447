"""A genuine reply, said again: for the page and for programs.

Rule 1: what a checker is shown of a reply is put together here.
Rule 2: it shows what the statement holds, and asks nothing else.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from babel.dates import format_date, format_datetime
from pydantic import BaseModel

from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.packs import Language
from service.domain.regions import Regions
from service.domain.replies import reply
from service.domain.statement import Statement
from service.entrypoints.languages import PageLanguage
from service.entrypoints.region_picture import Place, days_of, places_of, tiles_of
from service.flows.verify import Genuine

__all__ = [
    "ApiGenuine",
    "ApiNotConfirmed",
    "ApiSaid",
    "api_genuine",
    "api_said",
    "genuine_page",
    "moment_on_page",
    "said_page",
]

_EPOCH = date(1970, 1, 1)


class ApiNotConfirmed(BaseModel):
    """Unknown, mistyped, expired, withdrawn, wrong digits: one answer."""

    genuine: Literal[False] = False


class ApiRegion(BaseModel):
    """A region: its code (GB/T 2260, or a mobile country code) and its name in each language."""

    code: int
    name: dict[str, str]


class ApiCoverage(BaseModel):
    """On how many of the window's whole days the network saw the number; the others are unknown."""

    covered: int
    days: int
    missing: list[date]


class ApiSaid(BaseModel):
    """What is said of a number."""

    masked: str
    rule: str
    first_day: date
    last_day: date
    regions: list[ApiRegion]
    possible: list[ApiRegion]
    coverage: ApiCoverage
    made: datetime


class ApiGenuine(ApiSaid):
    """The reply as it was sent. It proves the message, not the person who shows it."""

    genuine: Literal[True] = True
    valid_until: datetime
    checked: int
    text: dict[str, str]
    receipt: str | None


def api_genuine(
    verdict: Genuine, packs: Mapping[str, Language], regions: Regions, receipt: str | None
) -> ApiGenuine:
    """For programs: all languages at once; the receipt is a JWS without region and number."""
    return ApiGenuine(
        **dict(api_said(verdict.statement, packs, regions)),
        valid_until=datetime.fromtimestamp(verdict.statement.valid_until, UTC),
        checked=verdict.checks,
        text={code: _text(verdict, language, regions) for code, language in packs.items()},
        receipt=receipt,
    )


def api_said(statement: Statement, packs: Mapping[str, Language], regions: Regions) -> ApiSaid:
    """The content of a statement."""
    answer = statement.answer

    def named(codes: tuple[int, ...]) -> list[ApiRegion]:
        return [
            ApiRegion(code=code, name={each: regions.name(code, each) for each in packs}) for code in codes
        ]

    return ApiSaid(
        masked=statement.masked,
        rule=answer.rule,
        first_day=_date(answer.first_day),
        last_day=_date(answer.last_day),
        regions=named(answer.certain),
        possible=named(answer.possible),
        coverage=ApiCoverage(
            covered=answer.covered, days=answer.whole_days, missing=[_date(day) for day, _ in answer.missing]
        ),
        made=datetime.fromtimestamp(statement.made_at, UTC),
    )


def genuine_page(
    verdict: Genuine, texts: Language, language: PageLanguage, regions: Regions, now: int
) -> dict[str, Any]:
    """The values of the page, in its language."""
    return {
        **said_page(verdict.statement, language, regions),
        "text": _text(verdict, texts, regions),
        "until": moment_on_page(verdict.statement.valid_until, language),
        "now": moment_on_page(now, language),
        "checks": verdict.checks,
    }


def said_page(statement: Statement, language: PageLanguage, regions: Regions) -> dict[str, Any]:
    """The values of what a statement says: regions, their picture, days, moment."""
    answer = statement.answer
    chinese = language.code == "zh"
    places = places_of(answer, lambda region: regions.name(region, language.code))
    return {
        "masked": statement.masked,
        "rule": answer.rule,
        "first": _long_day(answer.first_day, language),
        "last": _long_day(answer.last_day, language),
        "places": places,
        "picture": _described(places, language),
        "tiles": tiles_of(answer, regions.province_of, chinese=chinese),
        "days": [
            {"label": format_date(_date(day.day), "MM/dd", locale=language.locale), "seen": day.seen}
            for day in days_of(answer)
        ],
        "covered": answer.covered,
        "whole": answer.whole_days,
        "made": moment_on_page(statement.made_at, language),
    }


def _described(places: list[Place], language: PageLanguage) -> str:
    """The picture in words, for whoever does not see it."""
    say = language.gettext
    if not places:
        return say("Scheme of the provinces; none is marked.")
    listed = [
        f"{place.number} {place.name} ({say('stayed') if place.certain else say('border cells only, perhaps not visited')})"
        for place in places
    ]
    return say("Scheme of the provinces; marked:") + " " + ", ".join(listed)


def _text(verdict: Genuine, language: Language, regions: Regions) -> str:
    return reply(verdict.statement, language, regions.name, verdict.code)


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _long_day(day: int, language: PageLanguage) -> str:
    return format_date(_date(day), "long", locale=language.locale)


def moment_on_page(time: int, language: PageLanguage, *, seconds: bool = False) -> str:
    """Shanghai's time; the page says so nowhere else, so it stands behind each."""
    shanghai = datetime.fromtimestamp(time + SHANGHAI_OFFSET, UTC)
    return format_datetime(
        shanghai, "yyyy-MM-dd HH:mm:ss" if seconds else "yyyy-MM-dd HH:mm", tzinfo=UTC, locale=language.locale
    ) + language.gettext(" (Beijing time)")
