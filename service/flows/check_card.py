"""A verifier's browser has read a signed card, and tells so: the holder hears of it, the verifier whether it was withdrawn.

Rule 1: the order of its steps stands here; paces, entry and notice are those of a check by code (`flows.verify`).
Rule 2: it gets the card's random name alone, never the card: neither a region nor a number comes here, and nothing is opened.

    (1) the card's name, or none   (2) where its record lies, while it is asked whether this requester has to wait
    (3) whether a holder could be told at all   (4) the record   (5) the holder's entry and notice   (6) counted, answered

Withdrawn, expired, erased and never named are one answer.
"""

import asyncio
from dataclasses import dataclass, field

from service.domain.cards import read_card_id
from service.domain.held_codes import Channel
from service.flows.verify import NotConfirmed, TooOften, Unavailable, Verifying
from service.ports.holders import LinkError
from service.ports.keys import KeysError
from service.ports.store import StoreError

__all__ = ["CardAsked", "CardLives", "CardVerdict", "CheckCard"]

_NO_CARD = bytes(16)
"""What can be no card's name is looked up as this: nothing is ever named so."""

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class CardAsked:
    """A card's `jti`, as it was sent. `requester` is a keyed hash of who asks."""

    requester: bytes = field(repr=False)
    jti: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CardLives:
    """It was not withdrawn, and its holder is told. `checks` counts this one in; `entry`: its place in the log."""

    checks: int
    at: int
    entry: int


CardVerdict = CardLives | NotConfirmed | TooOften | Unavailable


class CheckCard:
    """Checks cards by their names; many at once."""

    def __init__(self, verifying: Verifying) -> None:
        self._use = verifying

    async def __call__(self, asked: CardAsked) -> CardVerdict:
        """The answer. Never raises for what a store, the keys role or the link does."""
        try:
            verdict = await self._checked(asked)
        except (StoreError, KeysError, LinkError):
            verdict = Unavailable()
        self._use.tally.count("card_checked", type(verdict).__name__.lower())
        return verdict

    async def _checked(self, asked: CardAsked) -> CardVerdict:
        use = self._use
        # (1) What can be none goes the same way.
        card = read_card_id(asked.jti) or _NO_CARD
        # (2) The pace of checks by code, shared with them.
        wait, place = await asyncio.gather(
            use.throttle.take(asked.requester, use.paces[Channel.WEB]), use.checks.named(card)
        )
        if wait:
            return TooOften(-(-wait // _MICRO))
        # (3) Where the holder's side is away, that is said of every card alike.
        if not await use.holders.takes_checks():
            return Unavailable()
        # (4) Withdrawn, it is gone.
        place = place or card
        record = await use.checks.read(place)
        if record is None:
            return NotConfirmed()
        # (5) The holder's entry and notice come first.
        now = int(use.clock())
        entry = await use.holders.checked(place, record.handle, Channel.WEB, now)
        if entry is None:
            return NotConfirmed()
        # (6) A card withdrawn a moment ago is withdrawn.
        checks = await use.checks.confirm(place)
        return CardLives(checks, now, entry) if checks else NotConfirmed()
