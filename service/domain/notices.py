"""A notice to a subscriber that another role asks for and the link role sends.

Rule 1: this file alone says what a notice can be about, and how long it is worth sending.
Rule 2: it holds no region and no text: what is told is composed by the link, in words of the pack.
"""

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["NOTICE_SECONDS", "Address", "Notice", "NoticeKind"]

NOTICE_SECONDS = 7 * 86_400
"""A notice that could not be sent for a week is given up; the explanation tells the same."""


class NoticeKind(Enum):
    """What has been decided about a record."""

    STRUCK = "struck"  # a dispute: what the subscriber disputed counts no more
    KEPT = "kept"  # a dispute: it stays as it is
    REGION = "region"  # a region newly counts, and its owner has agreed to be told
    CORRECTED = "corrected"  # nobody asked: the operator found a fault of its own


@dataclass(frozen=True, slots=True)
class Address:
    """Where a notice goes. Without a short code: from the first pack's; without a language: the pack's first."""

    msisdn: str = field(repr=False)  # E.164 digits
    short_code: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, for one life of a number. `case` is a reference that support can find; may be empty."""

    kind: NoticeKind
    index: bytes = field(repr=False)
    generation: int
    address: Address
    case: str
    asked_at: int  # unix second
