"""What a verifier may ask of a number, and how a yes or a no is found.

Rule 1: this file alone decides what can be asked: no smaller set than a whole province, no other window than 14 days.
Rule 2: it never counts what border cells alone speak for, and never takes missing data for an answer.

    inside    every counted region lies in the set      a counted region outside it: no     none counted: cannot be said
    outside   no counted region lies in the set         one lies in it: no                  no data:      cannot be said
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from service.domain.identity import LastFour
from service.domain.itinerary import Certainty
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Visit

__all__ = [
    "MOST_PROVINCES",
    "QUESTION_DAYS",
    "Document",
    "Finding",
    "Predicate",
    "Question",
    "QuestionError",
    "Request",
    "Show",
    "Shown",
    "Standing",
    "described",
    "found",
]

QUESTION_DAYS = 14
"""The one window that can be asked for: several windows of one number would tell days apart."""

MOST_PROVINCES = 10
"""The holder reads all of them in the text that asks; more would be no text that anybody reads."""


class QuestionError(ValueError):
    """What cannot be asked. The text says what can."""


@dataclass(frozen=True, slots=True)
class Show:
    """The content of a reply."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """Whether the number stayed only inside, or not at all inside, a set of whole provinces."""

    inside: bool
    provinces: tuple[int, ...]

    @classmethod
    def of(cls, provinces: list[int], known: Callable[[int], bool], *, inside: bool) -> "Predicate":
        """From what was chosen. Raises QuestionError."""
        chosen = tuple(sorted(set(provinces)))
        if not 1 <= len(chosen) <= MOST_PROVINCES:
            raise QuestionError(f"choose 1 to {MOST_PROVINCES} provinces")
        if not all(known(province) for province in chosen):
            raise QuestionError("a set consists of whole provinces, by their six digits of GB/T 2260")
        return cls(inside, chosen)

    @classmethod
    def read(cls, text: str) -> "Predicate":
        """From what `described` made of one. Raises QuestionError."""
        kind, *provinces = text.split(" ")
        if kind not in {"inside", "outside"} or not all(province.isdecimal() for province in provinces):
            raise QuestionError("no yes-or-no question about provinces")
        return cls.of([int(province) for province in provinces], lambda _known: True, inside=kind == "inside")


@dataclass(frozen=True, slots=True)
class Document:
    """Whether these are the last four of the document that the number is registered with."""

    last_four: LastFour = field(repr=False)


Question = Show | Predicate | Document


class Finding(Enum):
    """A yes or a no, where one can be given."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """What a challenge asks, of whom, in whose name. `asker`: empty where nobody is registered under `name`."""

    question: Question = field(repr=False)
    phone_last_four: str = field(repr=False)
    name: str
    asker: str  # a registered verifier's code; empty: unregistered
    requester: bytes  # a keyed hash of who asks
    pair: str
    answer_key: bytes = field(repr=False)  # made by the page's side and kept there: seals the answer for it
    standing: bool = False  # for some days, once a day; registered verifiers and yes-or-no questions only


@dataclass(frozen=True, slots=True)
class Standing:
    """With what the same is asked again, until when (unix second), and how many times."""

    token: str = field(repr=False)
    until: int
    left: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What the verifier gets. `statement` for `Show` alone: else nothing in it tells a region."""

    masked: str = field(repr=False)
    at: int
    entry: int  # where the log has it, by position
    finding: Finding | None = field(default=None, repr=False)
    covered: int = 0
    whole: int = 0
    statement: Statement | None = field(default=None, repr=False)
    standing: Standing | None = field(default=None, repr=False)  # where the holder agreed to more than one


def described(question: Question) -> str:
    """The question in a receipt: `show`, `id4`, `outside 320000 420000`."""
    match question:
        case Predicate(inside=inside, provinces=provinces):
            return " ".join(["inside" if inside else "outside", *map(str, provinces)])
        case Document():
            return "id4"
    return "show"


def found(predicate: Predicate, answer: Answer, province_of: Callable[[int], int | None]) -> Finding:
    """The answer. Abroad is outside every set; a region under dispute speaks neither for nor against."""

    def against(visit: Visit) -> bool:
        return (province_of(visit.region) in predicate.provinces) is not predicate.inside

    counted = [visit for visit in answer.visits if visit.certainty is Certainty.CERTAIN]
    if any(against(visit) and not visit.disputed for visit in counted):
        return Finding.NO
    if any(against(visit) for visit in counted):
        return Finding.UNKNOWN
    if not answer.covered or (predicate.inside and not counted):
        return Finding.UNKNOWN
    return Finding.YES
