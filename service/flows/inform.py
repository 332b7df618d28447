"""The holder's side of a check: an entry in the log, a notice to the handset.

Rule 1: what happens at the link role when somebody checks a reply is decided here, and happens before it is shown.
Rule 2: it never sees the reply, nor who checks it.

    (1) whose code   (2) the entry, under the holder's own log key   (3) the notice, folded, in one step with its state
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from service.audit.entries import Kind as EntryKind
from service.domain.check_texts import told_checked, told_guessed
from service.domain.held_codes import Channel, Telling
from service.domain.limits import MEMORY_SECONDS
from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.flows.entries import Entries, LogUnavailableError
from service.ports.keys import KeysError, KeyService
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.records.check_record import Holder
from service.vault.check_holders import HolderVault
from service.vault.conversations import ConversationVault, Posted

__all__ = ["NOTICE_SLOT", "Inform", "Informing"]

_RACES = 8
_NOTICE_SECONDS = 86_400
"""How long a notice is worth sending: as long as the code lives."""

NOTICE_SLOT = "checks"
"""The folded notice has one place in the outbox, where a later version replaces an earlier one."""


@dataclass(frozen=True, slots=True)
class Informing:
    """What the flow needs of the outside; `wiring` fills it. `takes`: whether the log takes entries, as far as is known."""

    packs: Mapping[str, Pack]
    holders: HolderVault
    vault: ConversationVault
    keys: KeyService
    entries: Entries
    post: Callable[[Posted], None]
    tally: Tally
    takes: Callable[[], bool]


class Inform:
    """Implements `ports.holders.Holders` inside the link role."""

    def __init__(self, informing: Informing) -> None:
        self._use = informing
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def takes_checks(self) -> bool:
        """See `ports.holders.Holders`."""
        return self._use.takes()

    async def checked(self, place: bytes, handle: bytes, channel: Channel, now: int) -> int | None:
        """See `ports.holders.Holders`."""
        # (1) Whose code it is; of a pack that is no longer configured, nobody's.
        holder = await self._use.holders.open(place, handle)
        if holder is None or holder.sender not in self._use.packs:
            self._use.tally.count("holder", "unreadable")
            return None
        # (2) No entry, nothing shown.
        try:
            receipt = await self._use.entries.enter(holder.index, EntryKind.CHECK, now, by=channel.value)
        except LogUnavailableError:
            self._use.tally.count("holder", "log_unavailable")
            return None
        if receipt.generation != holder.generation:
            return None  # the number has a new owner: an entry too many, and no text to a stranger
        # (3) At once, or with others at the end of the window.
        async with self._turns.setdefault(holder.index, asyncio.Lock()):
            for _ in range(_RACES):
                if await self._told(holder, channel, now, receipt.number):
                    return receipt.position
        self._use.tally.count("holder", "overtaken")
        return None

    async def guessed(self, place: bytes, handle: bytes, now: int) -> None:
        """See `ports.holders.Holders`."""
        try:
            holder = await self._use.holders.open(place, handle)
            if holder is None or holder.sender not in self._use.packs:
                return
            [life] = await self._use.keys.activations([holder.index])
            if life is None or life.generation != holder.generation:
                return
            language = self._use.packs[holder.sender].language(holder.language)
            text = _outgoing(holder, told_guessed(holder.made_at, language), now)
            for _ in range(_RACES):
                held = await self._use.vault.read(holder.index)
                posted = await self._use.vault.commit(held, held.talk, [text], MEMORY_SECONDS)
                if posted is not None:
                    self._post(posted)
                    return
        except (StoreError, KeysError):
            self._use.tally.count("holder", "failed")

    async def _told(self, holder: Holder, channel: Channel, now: int, number: int) -> bool:
        held = await self._use.vault.read(holder.index)
        notices, telling = held.talk.held.notices.another(channel, now, number)
        talk = replace(held.talk, held=replace(held.talk.held, notices=notices))
        text = self._text(holder, telling, now)
        posted = await self._use.vault.commit(held, talk, [text], MEMORY_SECONDS)
        if posted is None:
            return False
        self._post(posted)
        return True

    def _text(self, holder: Holder, telling: Telling, now: int) -> Outgoing:
        language = self._use.packs[holder.sender].language(holder.language)
        text = _outgoing(holder, told_checked(holder.made_at, telling, language), now)
        slot = NOTICE_SLOT if telling.not_before else ""
        return replace(text, not_before=telling.not_before, slot=slot)

    def _post(self, posted: list[Posted]) -> None:
        for text in posted:
            self._use.post(text)


def _outgoing(holder: Holder, text: str, now: int) -> Outgoing:
    not_after = now + _NOTICE_SECONDS
    return Outgoing(Kind.PROMPT, holder.sender, holder.msisdn, text, not_after, holder.language, days=0)
