"""A forwarded reply, recognised or not: one bit.

Rule 1: what is compared, and what a forwarded text may say, is decided in `domain.forwarded`; this file only asks.
Rule 2: it tells nothing of the reply; whoever forwards it has it in hand.

    (1) the reply in the text; a part of one waits for its rest   (2) a check like any other   (3) compared as a whole
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.domain.dialogue_events import Event
from service.domain.forwarded import LONGEST, read_forwarded
from service.domain.held_codes import Channel
from service.flows.verify import Asked, Genuine, TooOften, Unavailable, Verdict

__all__ = ["Recognise"]


@dataclass(frozen=True, slots=True)
class Recognise:
    """What it needs; `requester` hashes the index of who asks."""

    verify: Callable[[Asked], Awaitable[Verdict]]
    requester: Callable[[bytes], bytes]

    async def __call__(self, index: bytes, text: str, signatures: tuple[str, ...]) -> Event:
        """What the forwarded text is, as an event of the dialogue."""
        # (1) What holds no whole reply may be the beginning of one.
        found = read_forwarded(text, signatures)
        if found is None and len(text) < LONGEST:
            return Event.FORWARD_PART
        if found is None:
            return Event.FORWARD_DOUBTFUL
        # (2) Throttled, counted, entered and told as on the page.
        asked = Asked(self.requester(index), found.code.symbols, found.last_four.digits, Channel.SMS)
        verdict = await self.verify(asked)
        if isinstance(verdict, TooOften | Unavailable):
            return Event.FORWARD_LATER
        # (3) A code that opens proves nothing of the text around it.
        same = isinstance(verdict, Genuine) and verdict.statement.digest == found.digest
        return Event.FORWARD_GENUINE if same else Event.FORWARD_DOUBTFUL
