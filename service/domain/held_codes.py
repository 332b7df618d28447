"""The codes that a holder can withdraw, and how checks of them are told.

Rule 1: this file alone decides which codes live, which notice goes out at once and which waits to be one with others.
Rule 2: it is kept inside the holder's sealed conversation and nowhere else: nothing outside links two codes.

    check --> told at once, a window of ten minutes opens --> further checks are one notice at its end
                                                  a window that folded something is followed by one twice as long
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from service.domain.check_codes import CHECK_SECONDS

__all__ = ["GUESSES_TOLD", "MOST_CODES", "Channel", "CheckNotices", "HeldCodes", "LiveCode", "Telling"]

MOST_CODES = 20
"""Codes of one holder that live at once; one more withdraws the oldest."""

GUESSES_TOLD = 5
"""Wrong tries of a live code after which its holder is told, once."""

_WINDOW = 600
_LONGEST = 4 * 3600
_MARGIN = 5
"""Seconds before a window's end from which on a check is not put into its notice any more: that may be going out."""


class Channel(Enum):
    """How somebody checked."""

    WEB = "web"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class LiveCode:
    """Where a code's record lies, in hex, and until when."""

    place: str = field(repr=False)
    until: int


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice: of one check at once, or of `count` checks when the window ends."""

    count: int
    since: int
    not_before: int  # 0: at once
    channels: tuple[Channel, ...]
    first: int = 0  # running number of the subscription's entry about it; of the first one
    last: int = 0  # of the last one


@dataclass(frozen=True, slots=True)
class CheckNotices:
    """The window that is open, and what it has folded so far."""

    since: int = 0
    seconds: int = 0
    folded: int = 0
    by_web: bool = False
    by_sms: bool = False
    first: int = 0
    last: int = 0

    def another(self, channel: Channel, now: int, number: int) -> tuple["CheckNotices", Telling]:
        """One more check, entry `number` of its subscription: what is remembered, and what is told."""
        end = self.since + self.seconds
        if now < end - _MARGIN:
            held = replace(
                self,
                folded=self.folded + 1,
                by_web=self.by_web or channel is Channel.WEB,
                by_sms=self.by_sms or channel is Channel.SMS,
                first=min(self.first or number, number),  # of checks at once, entries and notices may swap
                last=max(self.last, number),
            )
            return held, Telling(held.folded, held.since, end, held.channels, held.first, held.last)
        busy = self.folded and now < end + self.seconds
        seconds = min(self.seconds * 2, _LONGEST) if busy else _WINDOW
        return CheckNotices(now, seconds), Telling(1, now, 0, (channel,), number, number)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """How what is folded was checked."""
        return ((Channel.WEB,) if self.by_web else ()) + ((Channel.SMS,) if self.by_sms else ())


@dataclass(frozen=True, slots=True)
class HeldCodes:
    """All that a conversation remembers of its codes, the oldest first."""

    codes: tuple[LiveCode, ...] = ()
    notices: CheckNotices = CheckNotices()

    def live(self, now: int) -> tuple[str, ...]:
        """The places of the codes that live."""
        return tuple(code.place for code in self.codes if now < code.until)

    def with_code(self, place: str, now: int) -> tuple["HeldCodes", tuple[str, ...]]:
        """One code more, and the places that have to be withdrawn for it."""
        live = [code for code in self.codes if now < code.until]
        kept = (*live, LiveCode(place, now + CHECK_SECONDS))
        return replace(self, codes=kept[-MOST_CODES:]), tuple(code.place for code in kept[:-MOST_CODES])

    def without(self, places: tuple[str, ...]) -> "HeldCodes":
        """After these have been withdrawn."""
        return replace(self, codes=tuple(code for code in self.codes if code.place not in places))
