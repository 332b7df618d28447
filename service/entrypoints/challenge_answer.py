"""The answer to a live challenge: for the page and for programs.

Rule 1: what a verifier is shown of it is put together here.
Rule 2: of a yes or a no it shows no region but those that were asked about.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from service.domain.questions import Document, Finding, Predicate, Question, Shown
from service.entrypoints.languages import PageLanguage
from service.entrypoints.receipts import receipt_link
from service.entrypoints.verify_answer import ApiSaid, api_said, moment_on_page, said_page
from service.wiring.verifying import Checking

__all__ = ["ApiShown", "ApiStanding", "api_shown", "finding_heading", "shown_page"]


class ApiCounted(BaseModel):
    """On how many of the window's whole days the network saw the number."""

    covered: int
    days: int


class ApiStanding(BaseModel):
    """With what the same is asked again at /api/again: at most once a day, so many times more."""

    consent: str
    until: datetime
    left: int


class ApiShown(BaseModel):
    """What the holder agreed to show. `said` for the question `show`, `finding` for the others."""

    question: Literal["show", "predicate", "id4"]
    masked: str
    at: datetime
    entry: int  # where the transparency log has it
    finding: Literal["yes", "no", "unknown"] | None = None
    coverage: ApiCounted | None = None
    said: ApiSaid | None = None
    receipt: str | None = None  # a JWS; keys in /.well-known/jwks.json
    standing: ApiStanding | None = None


def api_shown(shown: Shown, receipt: str, question: Question, pages: Checking) -> ApiShown:
    """For programs."""
    kind: Literal["show", "predicate", "id4"] = "show"
    if shown.finding is not None:
        kind = "id4" if isinstance(question, Document) else "predicate"
    return ApiShown(
        question=kind,
        masked=shown.masked,
        at=datetime.fromtimestamp(shown.at, UTC),
        entry=shown.entry,
        finding=shown.finding.value if shown.finding is not None else None,
        coverage=ApiCounted(covered=shown.covered, days=shown.whole) if shown.whole else None,
        receipt=receipt or None,
        standing=_standing(shown),
        said=api_said(shown.statement, pages.packs, pages.regions) if shown.statement is not None else None,
    )


def _standing(shown: Shown) -> ApiStanding | None:
    if shown.standing is None:
        return None
    until = datetime.fromtimestamp(shown.standing.until, UTC)
    return ApiStanding(consent=shown.standing.token, until=until, left=shown.standing.left)


def shown_page(
    shown: Shown,
    receipt: str,
    name: str,
    question: Question,
    language: PageLanguage,
    pages: Checking,
    level: int = 3,
) -> str:
    """The piece of a page, in its language; `level` is that of its first heading."""
    values: dict[str, Any] = {
        "shown": shown,
        "receipt": receipt,
        "receipt_link": receipt_link(receipt),
        "at": moment_on_page(shown.at, language, seconds=True),
        "name": name,
        "level": level,
    }
    if shown.standing is not None:
        values["until"] = moment_on_page(shown.standing.until, language)
    if shown.statement is not None:
        values |= said_page(shown.statement, language, pages.regions)
        return language.render("live_reply.html", **values)
    return language.render("live_finding.html", **values, **_finding(shown, question, language, pages))


def finding_heading(finding: Finding | None, language: PageLanguage) -> str:
    """The answer in a word or two."""
    say = language.gettext
    heading = {Finding.YES: say("Yes"), Finding.NO: say("No"), Finding.UNKNOWN: say("Cannot be said")}
    return heading[finding or Finding.UNKNOWN]


def _finding(
    shown: Shown, question: Question, language: PageLanguage, pages: Checking
) -> Mapping[str, object]:
    names = ""
    if isinstance(question, Predicate):
        listed = [pages.regions.name(province, language.code) for province in question.provinces]
        names = pages.packs[language.code].dates.join.join(listed)
    finding = shown.finding or Finding.UNKNOWN
    return {
        "heading": finding_heading(finding, language),
        "kind": {Finding.YES: "yes", Finding.NO: "no", Finding.UNKNOWN: "wait"}[finding],
        "document": isinstance(question, Document),
        "inside": isinstance(question, Predicate) and question.inside,
        "provinces": names,
        "unknown": finding is Finding.UNKNOWN,
    }
