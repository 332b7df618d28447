"""What the card page asks of the link role. In production this is a socket between two roles."""

from dataclasses import dataclass, field
from typing import Protocol

from service.domain.access import Access
from service.domain.check_codes import CheckCode
from service.domain.identity import LastFour
from service.domain.statement import Statement

__all__ = [
    "Asked",
    "CardShown",
    "CardVerdict",
    "Failed",
    "Line",
    "NotProved",
    "NothingKept",
    "Over",
    "SecondSet",
    "SecondVerdict",
    "Wait",
    "WebCards",
]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whoever holds the number has got four digits, if the number can be served; the page's token."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the number's own record, and what opens its commitment in the log: SHA-256(salt | committed)."""

    access: Access
    salt: bytes = field(repr=False)
    committed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardShown:
    """What was revealed. Without code and card where it says nothing that could be checked, or none could be made."""

    statement: Statement
    language: str
    code: CheckCode | None
    card: str | None = field(repr=False)
    entry: int  # the subscription's running number of the entry
    exported: str = field(
        default="", repr=False
    )  # consents and entries with their proofs, as JSON; may be empty
    record: tuple[Line, ...] = ()  # its own access record, newest first, this entry included


@dataclass(frozen=True, slots=True)
class NothingKept:
    """The number is recorded from now on only: its owner has just asked for it."""


@dataclass(frozen=True, slots=True)
class NotProved:
    """Digits wrong, number unknown, tries used up: one answer. So many tries are left in this page."""

    left: int


@dataclass(frozen=True, slots=True)
class Over:
    """The page's session has ended, whatever by."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Whoever asks has to wait so many seconds, whatever the number."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Store, keys or log failed; nothing was shown."""


@dataclass(frozen=True, slots=True)
class SecondSet:
    """The second digits are what was asked for: others, or none. Whether there had been any is not told."""


CardVerdict = CardShown | NothingKept | NotProved | Over | Wait | Failed


SecondVerdict = SecondSet | NotProved | Over | Wait | Failed


class WebCards(Protocol):
    """The holder's card in a page.

    - `ask` answers for every number alike, with the same work; at most one text goes out, to that number.
    - `show` counts the try before it compares, and shows at most one card for each token, behind its entry.
    - `withdraw` voids the card that the token's page shows, and its code: True also where they are void already.
    - `second` sets the digits for when the owner is forced (None: none any more), for a page that shows her card and
      for her own digits once more: counted before it compares, three tries a page. The caller sees that both differ.
    - None of them raises for what a store, the keys role or the log does.
    """

    async def ask(self, requester: bytes, number: str, language: str) -> Asked | Wait | Failed | None: ...
    async def show(self, requester: bytes, token: str, code: str, last_four: str) -> CardVerdict: ...
    async def withdraw(self, token: str) -> bool: ...
    async def second(
        self, requester: bytes, token: str, last_four: LastFour, second: LastFour | None
    ) -> SecondVerdict: ...
