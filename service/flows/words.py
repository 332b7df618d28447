"""What is said to a text without opening anything: prompts, refusals, confirmations, one's own record, help.

Rule 1: which words answer an act that needs no itinerary is decided here; help tells the day on which the service ends.
Rule 2: no itinerary is read, and no conversation is changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.access_texts import told_record
from service.domain.conversation import Conversation
from service.domain.dialogue import Act
from service.domain.inclusion import Scope
from service.domain.replies import say
from service.domain.sunset_texts import told_ending
from service.flows.access import AccessRecord
from service.flows.holding import Holding
from service.flows.turns import Turn
from service.ports.keys import KeysError

__all__ = ["Words"]

_LINES = 10
"""Entries that are looked at for the record by SMS; as many are told as there is room for."""


@dataclass(frozen=True, slots=True)
class Words:
    """`ends_on` tells the moment (unix second) from which nothing is answered any more, once two persons have ordered it."""

    holding: Holding
    access: AccessRecord
    scope: Scope
    ends_on: Callable[[], int | None]

    async def __call__(self, turn: Turn, talk: Conversation, act: Act) -> str:
        """The text of the act; `talk` is the conversation after the step."""
        language = turn.pack.language(talk.language)
        if act in {Act.CONSENTS, Act.CANCELLED, Act.NOTICES_OFF}:
            return await self.holding.consents(turn, talk, act)
        if act in {Act.LOCK, Act.UNLOCK}:
            return await self.holding.lock(turn, talk, on=act is Act.LOCK)
        if act is Act.RECORDS:
            try:
                own = await self.access.newest(turn.index, _LINES, turn.now)
            except KeysError:
                return say(Act.REFUSE, talk, language)
            return told_record([line.access for line in own.lines], own.count, language)
        if act is Act.HELP and (on := self.ends_on()) is not None:
            return told_ending(on, say(act, talk, language), language)
        return say(act, talk, language, self.scope)
