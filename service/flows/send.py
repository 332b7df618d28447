"""From the outbox to the handset.

Rule 1: this file alone decides when a text goes to the link and when it leaves the outbox.
Rule 2: it composes nothing but the notice of a lost answer, and never looks into a text.

    outbox -> (1) still worth sending? -> (2) data is marked begun -> (3) the link -> (4) its fate -> out of the outbox
                  | no                                                      | unknown
                  +--> prompt: dropped; data: replaced by a notice <--------+--> prompt: again
"""

import asyncio
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.domain.replies import lost
from service.ports.sms import Fate, OutboundSms, SmsLink
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault, Posted

__all__ = ["Sender"]

_ATTEMPTS = 3
"""So often a prompt of unknown fate goes out; a handset can bear a prompt twice, not for ever."""

_NOTICE_SECONDS = 3600
"""How long the notice of a lost answer is worth sending."""


class Sender:
    """Sends what is in the outbox, each number's texts in their order.

    `post` is called for what has just been committed, `recover` once at the start for what an earlier
    process left behind. Both return at once or after the look-through; `drain` waits for what is under way.
    """

    def __init__(
        self,
        vault: ConversationVault,
        link: SmsLink,
        packs: Mapping[str, Pack],
        tally: Tally,
        clock: Callable[[], float],
    ) -> None:
        self._vault = vault
        self._link = link
        self._packs = packs
        self._tally = tally
        self._clock = clock
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, posted: Posted) -> None:
        """Send a committed text soon."""
        task = asyncio.create_task(self._in_turn(posted))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def recover(self) -> int:
        """Send what an earlier process left in the outbox; the number of texts found."""
        found = 0
        async for posted in self._vault.pending():
            found += 1
            self.post(posted)
        for _ in range(self._vault.unreadable):
            self._tally.count("sent", "unreadable")
        return found

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def cancel(self) -> None:
        """Give up what is under way; it stays in the outbox for the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _in_turn(self, posted: Posted) -> None:
        turn = self._turns.setdefault(posted.index, asyncio.Lock())
        async with turn:
            await self._send(posted)

    async def _send(self, posted: Posted) -> None:
        outgoing = posted.outgoing
        if outgoing.kind is Kind.DATA and outgoing.begun:
            outgoing = await self._told_lost(posted, outgoing)
        attempts = 0
        while attempts < _ATTEMPTS:
            # (1) Nobody is helped by a text whose time is over.
            if self._clock() > outgoing.not_after:
                if outgoing.kind is Kind.PROMPT:
                    self._tally.count("sent", "too_late")
                    break
                outgoing = await self._told_lost(posted, outgoing)
            # (2) After this mark nobody sends the data again, whatever happens to us.
            if outgoing.kind is Kind.DATA:
                await self._vault.replace(posted, outgoing.beginning())
            # (3) The link answers once every part has its fate.
            submitted = await self._link.send(OutboundSms(outgoing.sender, outgoing.recipient, outgoing.text))
            self._tally.count("sent", submitted.fate.value)
            # (4) Accepted or refused for good: out of the outbox.
            attempts += 1
            match submitted.fate:
                case Fate.ACCEPTED | Fate.REFUSED:
                    break
                case Fate.UNSENT:
                    return  # the link is being closed: it stays in the outbox for the next start
                case Fate.UNKNOWN if outgoing.kind is Kind.DATA:
                    outgoing, attempts = await self._told_lost(posted, outgoing), 0
        await self._vault.settle(posted)

    async def _told_lost(self, posted: Posted, outgoing: Outgoing) -> Outgoing:
        language = self._packs[outgoing.sender].language(outgoing.language)
        notice = outgoing.told_lost(lost(outgoing.days, language), int(self._clock()) + _NOTICE_SECONDS)
        await self._vault.replace(posted, notice)
        self._tally.count("sent", "told_lost")
        return notice
