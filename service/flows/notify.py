"""Notices that other roles asked for go to their subscribers.

Rule 1: this file alone decides whether a notice is still sent, and sends none twice.
Rule 2: it looks into no record: a notice holds no region; what a new one says is made behind its entry (`flows.new_regions`).

    queue -> (1) opens, and is not too old?  (2) still the same life of the number?  (3) no STOP, not sent yet?
          -> (4) outbox and conversation in one step  (5) out of the queue

Killed between (4) and (5) the conversation knows the notice by its name, and only (5) is done again.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from service.domain.limits import MEMORY_SECONDS
from service.domain.notices import NOTICE_SECONDS, Notice, NoticeKind
from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.domain.replies import tell
from service.flows.new_regions import NewRegions
from service.ports.keys import KeyService
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault, Held, Posted
from service.vault.notices import NoticeOpener, Waiting

__all__ = ["Notify"]

_AT_ONCE = 100
_RACES = 8


class Notify:
    """Sends what waits in the queue of notices."""

    def __init__(
        self,
        opener: NoticeOpener,
        vault: ConversationVault,
        keys: KeyService,
        packs: Mapping[str, Pack],
        post: Callable[[Posted], None],
        tally: Tally,
        clock: Callable[[], float],
        regions: NewRegions | None = None,
    ) -> None:
        self._regions = regions
        self._opener = opener
        self._vault = vault
        self._keys = keys
        self._packs = packs
        self._post = post
        self._tally = tally
        self._clock = clock

    async def __call__(self) -> int:
        """Handle some of the notices that wait; how many. Raises StoreError, KeysError: call again later."""
        waiting = await self._opener.waiting(_AT_ONCE)
        for one in waiting:
            outcome = await self._outcome(one)
            if outcome != "overtaken":
                await self._opener.settle(one)
            self._tally.count("notices", outcome)
        return len(waiting)

    async def _outcome(self, waiting: Waiting) -> str:
        notice, now = waiting.notice, int(self._clock())
        # (1) What does not open, or is a week old, helps nobody.
        if notice is None:
            return "unreadable"
        if now - notice.asked_at > NOTICE_SECONDS:
            return "too_late"
        # (2) The next owner of a number has nothing to do with it.
        [life] = await self._keys.activations([notice.index])
        if life is None or life.generation != notice.generation:
            return "gone"
        # (3) After STOP nothing goes out; what was sent is not sent again.
        held, name = await self._vault.read(notice.index), waiting.name.hex()
        if held.talk.stopped:
            return "stopped"
        if held.talk.noticed == name:
            return "sent_before"
        if notice.kind is NoticeKind.REGION:
            return await self._region(held, notice, name, now)
        # (4) Text and memory of it in one step.
        talk = replace(held.talk, noticed=name)
        posted = await self._vault.commit(held, talk, [self._outgoing(notice, now)], MEMORY_SECONDS)
        if posted is None:
            return "overtaken"
        for text in posted:
            self._post(text)
        return "sent"

    async def _region(self, held: Held, notice: Notice, name: str, now: int) -> str:
        """A region that newly counts: told within a consent, as data, which is not sent twice."""
        if self._regions is None:
            return "unreadable"
        news = await self._regions.told(notice, now)
        if isinstance(news, str):
            return news
        address = news.address
        text = Outgoing(
            Kind.DATA,
            address.short_code,
            address.msisdn,
            news.text,
            now + NOTICE_SECONDS,
            address.language,
            0,
        )
        for _ in range(_RACES):
            talk = replace(held.talk, noticed=name)
            posted = await self._vault.commit(held, talk, [text], MEMORY_SECONDS)
            if posted is not None:
                for one in posted:
                    self._post(one)
                return "sent"
            held = await self._vault.read(notice.index)
            if held.talk.stopped:
                return "stopped"
            if held.talk.noticed == name:
                return "sent_before"  # by another link process
        return "too_busy"

    def _outgoing(self, notice: Notice, now: int) -> Outgoing:
        address = notice.address
        code = address.short_code if address.short_code in self._packs else next(iter(self._packs))
        text = tell(notice, self._packs[code].language(address.language))
        return Outgoing(Kind.PROMPT, code, address.msisdn, text, now + NOTICE_SECONDS, address.language, 0)
