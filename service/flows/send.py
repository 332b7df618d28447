"""From the outbox to the handset.

Rule 1: this file alone decides when a text goes to the link and when it leaves the outbox.
Rule 2: it composes nothing but the notice of a lost answer, and never looks into a text.

    outbox -> (1) still worth sending? -> (2) data is marked begun -> (3) the link -> (4) its fate -> out of the outbox
                  | no                                                      | unknown
                  +--> prompt: dropped; data: replaced by a notice <--------+--> prompt: again
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from service.domain.outgoing import Kind
from service.domain.packs import Pack
from service.domain.replies import lost
from service.flows.deliveries import Deliveries
from service.ports.keys import KeysError
from service.ports.sms import Fate, OutboundSms, SmsLink
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault, Posted

__all__ = ["Sender"]

_ATTEMPTS = 3
"""So often a prompt of unknown fate goes out; a handset can bear a prompt twice, not for ever."""

_NOTICE_SECONDS = 3600
"""How long the notice of a lost answer is worth sending."""


class Sender:
    """Sends what is in the outbox, each number's texts in their order.

    `post` is called for what has just been committed, `recover` at the start for what an earlier process left behind
    and now and then for what had to wait, and soon after a store has failed or another process has `gone` (`doubt`).
    Both return at once or after the look-through; `drain` waits for what is under way. What another process holds is
    left to it while it lives.
    """

    def __init__(
        self,
        vault: ConversationVault,
        link: SmsLink,
        packs: Mapping[str, Pack],
        tally: Tally,
        clock: Callable[[], float],
        deliveries: Deliveries | None = None,
        gone: Callable[[bytes], bool] = lambda _: False,
    ) -> None:
        self._gone = gone
        self._deliveries = deliveries or Deliveries()
        self._vault = vault
        self._link = link
        self._packs = packs
        self._tally = tally
        self._clock = clock
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._under_way: dict[bytes, asyncio.Task[None]] = {}
        self.doubt = asyncio.Event()  # something may lie in the outbox that nobody sends
        self._since: dict[bytes, float] = {}  # texts in the outbox, and since when each could go

    def post(self, posted: Posted) -> None:
        """Send a committed text soon; one that is under way is left to its task, an early one to a look-through."""
        now, early = self._clock(), posted.outgoing.not_before
        self._since[posted.key] = max(self._since.get(posted.key, now), early)
        if posted.key in self._under_way or early > now:
            return
        task = asyncio.create_task(self._in_turn(posted))
        self._under_way[posted.key] = task
        task.add_done_callback(lambda _: self._under_way.pop(posted.key))

    async def recover(self) -> int:
        """Send what lies in the outbox and nobody sends; the number of texts found."""
        found, seen, unreadable = 0, set(), self._vault.unreadable
        async for held in self._vault.pending(self._gone):
            posted = held if held.holder == self._vault.holder else await self._vault.take(held)
            if posted is None:
                continue
            found += posted.key not in self._under_way
            seen.add(posted.key)
            self.post(posted)
        for key in self._since.keys() - seen - self._under_way.keys():
            del self._since[key]  # taken out of the outbox by somebody else
        for _ in range(self._vault.unreadable - unreadable):
            self._tally.count("sent", "unreadable")
        return found

    def waiting(self) -> tuple[int, float]:
        """Texts that are known to lie in the outbox, and for how many seconds the oldest could have gone."""
        oldest = min(self._since.values(), default=math.inf)
        return len(self._since), max(0.0, self._clock() - oldest)

    async def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            await asyncio.gather(*self._under_way.values())

    async def finish(self, seconds: float) -> None:
        """Give what is under way so long."""
        if self._under_way:
            await asyncio.wait(set(self._under_way.values()), timeout=seconds)

    async def cancel(self) -> None:
        """Give up what is under way; it stays in the outbox for the next start."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _in_turn(self, posted: Posted) -> None:
        turn = self._turns.setdefault(posted.index, asyncio.Lock())
        async with turn:
            try:
                await self._send(posted)
            except (StoreError, KeysError):  # the keys, where an epoch has begun
                self._tally.count("sent", "store_failed")  # it lies in the outbox until the next look-through
                self.doubt.set()

    async def _send(self, posted: Posted) -> None:
        held: Posted | None = posted
        attempts = 0
        while held is not None and attempts < _ATTEMPTS:
            # (1) Nobody is helped by a text whose time is over, or by data a second time.
            late = self._clock() > held.outgoing.not_after
            if late and held.outgoing.kind is Kind.PROMPT:
                self._tally.count("sent", "too_late")
                break
            if held.outgoing.kind is Kind.DATA:
                # (2) After this mark nobody sends the data again, whatever happens to us; who cannot set it does not send.
                lost_already = late or held.outgoing.begun
                held = await (self._told_lost(held) if lost_already else self._begun(held))
                if held is None or lost_already:
                    continue
            # (3) The link answers once every part has its fate, or when the text's time is over.
            text = held.outgoing
            patience = text.not_after - self._clock()
            submitted = await self._link.send(OutboundSms(text.sender, text.recipient, text.text, patience))
            self._tally.count("sent", submitted.fate.value)
            self._deliveries.sent(text.case, submitted, int(self._clock()))
            # (4) Accepted or refused for good: out of the outbox.
            attempts += 1
            match submitted.fate:
                case Fate.ACCEPTED | Fate.REFUSED:
                    break
                case Fate.UNSENT:
                    return  # the link is being closed: it stays in the outbox for the next start
                case Fate.LATE if text.kind is Kind.PROMPT:
                    break
                case Fate.UNKNOWN | Fate.LATE if text.kind is Kind.DATA:
                    attempts = 0  # from (1): begun, so the notice takes its place
        if held is not None:
            await self._vault.settle(held)
        self._since.pop(posted.key, None)

    async def _begun(self, posted: Posted) -> Posted | None:
        return await self._vault.replace(posted, posted.outgoing.beginning())

    async def _told_lost(self, posted: Posted) -> Posted | None:
        """The notice in the data's place; None where the text has left the outbox, or somebody else has it."""
        outgoing = posted.outgoing
        language = self._packs[outgoing.sender].language(outgoing.language)
        notice = outgoing.told_lost(
            lost(outgoing.purpose, outgoing.days, language), int(self._clock()) + _NOTICE_SECONDS
        )
        self._tally.count("sent", "told_lost")
        return await self._vault.replace(posted, notice)
