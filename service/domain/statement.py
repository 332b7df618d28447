"""What a checkable reply said, as a value: enough to say it again, in any language.

Rule 1: this file alone says what a checker may learn of a reply, and for how long.
Rule 2: it holds no number but the masked one, and composes no text.
"""

from dataclasses import dataclass, field

from service.domain.check_codes import CHECK_SECONDS
from service.domain.stay_rule import Answer

__all__ = ["OWNER_ONLY_DAYS", "Statement", "checkable"]

OWNER_ONLY_DAYS = 30
"""From this window on an answer is for the owner alone: it says so, and carries no check code."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A reply's canonical content. `digest` is that of the text as it was sent (`domain.forwarded`)."""

    masked: str = field(repr=False)
    answer: Answer = field(repr=False)
    activated_on: int = field(repr=False)
    included_on: int = field(repr=False)
    made_at: int
    digest: str = field(default="", repr=False)

    @property
    def valid_until(self) -> int:
        """The second from which on its code is unknown."""
        return self.made_at + CHECK_SECONDS


def checkable(answer: Answer) -> bool:
    """Whether an answer carries a check code: not one for the owner alone, nor one that says nothing."""
    return answer.whole_days < OWNER_ONLY_DAYS and bool(answer.covered or answer.visits)
