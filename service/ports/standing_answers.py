"""What a page asks of the link role for a verifier with a standing consent. In production this is a socket between two roles."""

from dataclasses import dataclass, field
from typing import Protocol

from service.domain.questions import Shown

__all__ = ["Ended", "NotNow", "RepeatVerdict", "Repeated", "StandingAnswers", "UsedToday"]


@dataclass(frozen=True, slots=True)
class Repeated:
    """The answer of today, and the question as it was agreed to (`questions.described`)."""

    shown: Shown = field(repr=False)
    question: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UsedToday:
    """It has been answered on this day already."""


@dataclass(frozen=True, slots=True)
class Ended:
    """No consent that stands: withdrawn, over, used up, erased, another's, or never there. Which of them is not told."""


@dataclass(frozen=True, slots=True)
class NotNow:
    """Store, keys or log failed, or the holder has locked the number: nothing was shown, and which of them is not told."""


RepeatVerdict = Repeated | UsedToday | Ended | NotNow


class StandingAnswers(Protocol):
    """The same yes-or-no question again.

    - `repeat` answers at most once a day for one consent, only to the recipient that the holder agreed to
      (`domain.recipients`), behind the entry, and with the notice to the holder in the outbox.
    - It never raises for what a store, the keys role or the log does.
    """

    async def repeat(self, token: str, recipient: str) -> RepeatVerdict: ...
