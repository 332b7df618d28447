"""The holder's card in a page: asked for by number, withdrawn in the page.

Rule 1: the order of the steps from a number to the SIM's digits stands here; what is shown for them is `flows.card_shown`.
Rule 2: it runs in the link role; an answer tells nothing about a number.

    ask    (1) who asks too often waits  (2) a session for any number alike  (3) behind the answer: is there a subscription
           that wants texts, and not too many of them?  (4) four digits to the SIM, with the notice of the consent
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import TypeVar

from service.domain.card_texts import told_card_code
from service.domain.dialogue_traces import Fresh
from service.domain.identity import IdentityError, LastFour, Msisdn
from service.domain.limits import DIALOGUE_SECONDS, MEMORY_SECONDS
from service.domain.pacing import Pace
from service.flows.card_second import set_second
from service.flows.card_shown import CARD_DAYS, CardShowing, StoppedError, committed
from service.flows.entries import LogUnavailableError
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.web_cards import Asked, CardVerdict, Failed, Over, SecondVerdict, Wait
from service.records.card_session_record import CardSession
from service.sealing.requesters import requester_for, requester_of_index

__all__ = ["Card"]

_SECOND = 1_000_000
_ASKING = Pace(burst=5, interval=60 * _SECOND)
"""Cards asked for from one network: a family at one connection, and no machine."""
_SHOWING = Pace(burst=20, interval=6 * _SECOND)
"""Proofs tried from one network."""
_TEXTED = Pace(burst=3, interval=4 * 3600 * _SECOND)
"""Texts that strangers can make us send to one number: three at once, then six a day."""
_RACES = 8
_Value = TypeVar("_Value")


@dataclass(slots=True)
class Card:
    """Implements `ports.web_cards.WebCards`."""

    showing: CardShowing
    blind: Callable[[str], bytes]
    fresh: Callable[[], Fresh]
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def ask(self, requester: bytes, number: str, language: str) -> Asked | Wait | Failed | None:
        """See `ports.web_cards.WebCards`."""
        use = self.showing
        known = self._read(number)
        if known is None:
            return None
        short_code, msisdn = known
        try:
            # (1) Whatever the number.
            if seconds := await self._waits(b"card", requester, _ASKING):
                return self._counted("asked_too_often", Wait(seconds))
            # (2) The same for a number that nobody has.
            now, fresh = int(use.clock()), self.fresh()
            index = self.blind(msisdn.digits)
            until = now + DIALOGUE_SECONDS
            session = CardSession(
                index, msisdn.digits, short_code, language, fresh.sim_code, until, fresh.case
            )
            token = await use.sessions.begin(session, DIALOGUE_SECONDS)
        except (StoreError, KeysError):
            return self._counted("failed", Failed())
        self._behind(self._texted(session))
        return self._counted("asked", Asked(token))

    async def show(self, requester: bytes, token: str, code: str, last_four: str) -> CardVerdict:
        """See `ports.web_cards.WebCards`."""
        try:
            seconds = await self._waits(b"card-show", requester, _SHOWING)
            verdict = Wait(seconds) if seconds else await self.showing(token, code, last_four)
        except StoppedError:
            verdict = Over()
        except (StoreError, KeysError, LogUnavailableError):
            verdict = Failed()
        return self._counted(type(verdict).__name__.lower(), verdict)

    async def withdraw(self, token: str) -> bool:
        """See `ports.web_cards.WebCards`. The code goes first: what is told as void must be void."""
        use = self.showing
        try:
            session = await use.sessions.card(token)
            if session is None:
                return False
            await use.disclosing.minting.withdraw((session.place,))
            for _ in range(_RACES):
                held = await use.vault.read(session.index)
                talk = replace(held.talk, held=held.talk.held.without((session.place,)))
                if await use.vault.commit(held, talk, [], MEMORY_SECONDS) is not None:
                    break
        except (StoreError, KeysError):
            return False
        use.tally.count("card", "withdrawn")
        return True

    async def second(
        self, requester: bytes, token: str, last_four: LastFour, second: LastFour | None
    ) -> SecondVerdict:
        """See `ports.web_cards.WebCards`."""
        try:
            seconds = await self._waits(b"card-show", requester, _SHOWING)
            if seconds:
                return self._counted("wait", Wait(seconds))
            verdict = await set_second(self.showing, token, last_four, second)
        except (StoreError, KeysError):
            verdict = Failed()
        return self._counted(type(verdict).__name__.lower(), verdict)

    async def drain(self) -> None:
        """Wait for the texts that are under way."""
        await asyncio.gather(*self._under_way)

    def _read(self, number: str) -> tuple[str, Msisdn] | None:
        """The number as its owner writes it, with or without country code; the first pack that serves it."""
        digits = "".join(one for one in number if one.isdigit())
        for short_code, pack in self.showing.packs.items():
            country = str(pack.country_code)
            for text in (digits, country + digits):
                try:
                    return short_code, Msisdn.parse(text, country_code=pack.country_code)
                except IdentityError:
                    continue
        return None

    async def _texted(self, session: CardSession) -> None:
        """(3) and (4): nothing of it shows in the page."""
        use = self.showing
        try:
            [life] = await use.keys.activations([session.index])
            if life is None:
                return use.tally.count("card", "no_subscription")
            held = await use.vault.read(session.index)
            if held.talk.stopped:
                return use.tally.count("card", "stopped")
            by_number = requester_for(use.key, b"card-text", requester_of_index(use.key, session.index))
            if await use.throttle.take(by_number, _TEXTED):
                return use.tally.count("card", "texted_too_often")
            language = use.packs[session.sender].language(session.language)
            text = told_card_code(session.code, CARD_DAYS, session.case, language)
            for _ in range(_RACES):
                if await committed(use, session, held, held.talk, text, session.until):
                    return use.tally.count("card", "texted")
                held = await use.vault.read(session.index)
        except (StoreError, KeysError):
            use.tally.count("card", "text_failed")

    async def _waits(self, purpose: bytes, requester: bytes, pace: Pace) -> int:
        """Seconds that this requester has to wait."""
        wait = await self.showing.throttle.take(requester_for(self.showing.key, purpose, requester), pace)
        return -(-wait // _SECOND)

    def _counted(self, reason: str, verdict: _Value) -> _Value:
        self.showing.tally.count("card", reason)
        return verdict

    def _behind(self, work: Coroutine[None, None, None]) -> None:
        """Do this beside the answer, which must not take longer for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
