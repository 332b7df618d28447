"""What follows a proof that failed: the same to be seen, whether digits were wrong or their owner is being forced.

Rule 1: the order stands here: one entry `refuse` for every such proof, then, for second digits alone, lock and withdrawal.
Rule 2: it says nothing to anybody: the refusal's words, tries and delay are those of wrong digits, made elsewhere.

    wrong, unknown, locked   (1) an entry about nobody
    second digits            (1) details beside the numbered ones  (2) an entry that commits to them  (3) locked for a day
    all of them              nothing goes out before `settled`: what was done cannot be told by how long it took

The owner's running number is not used: neither CXJL nor a gap in it tells the one from the other. The public log has an
entry of the same kind for both. She finds the entry on her card, once she can prove herself again.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from service.audit.entries import Kind, leaf
from service.domain.limits import LOCK_SECONDS, MEMORY_SECONDS
from service.flows.entries import Entries, LogUnavailableError
from service.flows.mint import Minting
from service.ports.keys import KeysError, KeyService, Verdict
from service.ports.log import Draft, Log, LogError
from service.ports.tally import Tally
from service.vault.conversations import ConversationVault

__all__ = ["SECOND", "Refusals"]

SECOND = "second"
"""What the entry of second digits says of itself, sealed."""

_REFUSAL_SECONDS = 0.1
"""After so long every failed proof is answered: longer than entry, lock and withdrawal take on a disk that is busy."""

_NOBODY = bytes(16)
_BYTES = 16
_RACES = 8


@dataclass(frozen=True, slots=True)
class Refusals:
    """What it needs; `wiring` fills it. `wait` lets seconds pass."""

    keys: KeyService
    entries: Entries
    log: Log
    minting: Minting
    vault: ConversationVault
    tally: Tally
    entropy: Callable[[int], bytes]
    wait: Callable[[float], Awaitable[object]]

    async def unproved(self, index: bytes, verdict: Verdict, now: int) -> None:
        """(1) to (3). Without a log nothing can be opened either, so nothing is locked then. Raises StoreError."""
        try:
            if verdict is Verdict.SECOND:
                receipt = await self.entries.enter_apart(index, Kind.REFUSE, now, SECOND)
                if receipt is not None:
                    await self.keys.silence(receipt, now + LOCK_SECONDS)
            elif verdict is Verdict.UNPROVED:
                entry = leaf(Kind.REFUSE, now, self.entropy(_BYTES), self.entropy(_BYTES), b"")
                await self.log.append([Draft(entry, _NOBODY, 0)])
        except (LogError, LogUnavailableError, KeysError):
            self.tally.count("judged", "log_unavailable")

    async def void(self, index: bytes, now: int) -> None:
        """Withdraw the codes of a number whose conversation is not under way. Raises StoreError, KeysError."""
        for _ in range(_RACES):
            held = await self.vault.read(index)
            talk = held.talk.under_force(now)
            await self.minting.withdraw(held.talk.held.live(now))
            if await self.vault.commit(held, talk, [], MEMORY_SECONDS) is not None:
                return

    @staticmethod
    def begun() -> float:
        """The moment from which `settled` counts."""
        return time.monotonic()

    async def settled(self, begun: float) -> None:
        """Wait until any failed proof would be answered."""
        left = begun + _REFUSAL_SECONDS - time.monotonic()
        if left > 0:
            await self.wait(left)
