"""The signing keys, tended: made in time, announced in the log, destroyed when they sign no more.

Rule 1: a key is in the log before anybody is told of it, and before it signs.
Rule 2: when a key is due, and what its times are, is decided in `sealing.signing`.

    (1) a key that was made and not logged (a kill in between)   (2) what is due   (3) its entry, on disk
    (4) from now on it is published, and none before it is active beyond its beginning     (5) what signs no more is destroyed
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from service.audit.entries import Kind, leaf
from service.ports.keys import KeysError
from service.ports.log import Draft as EntryDraft
from service.ports.log import Log, LogError
from service.ports.signing import Signing
from service.ports.tally import Tally
from service.sealing.signing import Draft, KeyUse, SigningKey, due, outlived, successor

__all__ = ["RotationError", "TendKeys"]

_NOBODY = bytes(16)
"""Entries about keys are about no subscription; nothing opens against their receipts."""


class RotationError(Exception):
    """The keys were not rotated; the text says why."""


@dataclass(frozen=True, slots=True)
class TendKeys:
    """What it needs; `wiring` fills it. Several processes may tend the same keys."""

    signing: Signing
    log: Log
    tally: Tally
    clock: Callable[[], float]

    async def __call__(self) -> None:
        """Whatever is due now. Raises KeysError, LogError: the next time will do."""
        now = int(self.clock())
        for use in KeyUse:
            # (1) Made, and not logged.
            for key in await self.signing.named(use):
                if key.position is None:
                    await self._announced(key)
            # (2) What is due.
            draft = due(await self.signing.named(use), use, now)
            if draft is not None:
                await self._announced(await self.signing.make_signing(draft))
            # (4) What a rotation that was killed has left.
            for ended, at_once in outlived(await self.signing.named(use), use):
                await self._ended(ended, at_once=at_once)
        # (5) What signs no more.
        await self.signing.sweep_signing()

    async def foreseen(self, use: KeyUse, *, at_once: bool) -> Draft:
        """The key that `rotate` would make now. Raises RotationError, KeysError."""
        draft = successor(await self.signing.named(use), use, int(self.clock()), at_once=at_once)
        if draft is None:
            raise RotationError(f"{use.value}: the next key is announced already; see `itinerary admin keys`")
        return draft

    async def rotate(self, use: KeyUse, *, at_once: bool) -> SigningKey:
        """A new key in 48 hours, or at once: then the old one is good for nothing any more. Raises RotationError."""
        draft, keys = await self.foreseen(use, at_once=at_once), await self.signing.named(use)
        made = await self._announced(await self.signing.make_signing(draft))
        for key in keys:
            ended = key.ending(draft.active_from, at_once=at_once)
            if ended != key:
                await self._ended(ended, at_once=at_once)
        await self.signing.sweep_signing()
        return made

    async def _ended(self, key: SigningKey, *, at_once: bool) -> None:
        """A former key with its new times: in the log first."""
        await self._entered(Kind.KEY_RETIRED if at_once else Kind.KEY_CHANGED, key)
        await self.signing.keep_signing(key)

    async def _announced(self, key: SigningKey) -> SigningKey:
        """(3) The entry; (4) published. Killed in between it is entered twice, which harms nothing."""
        position = await self._entered(Kind.KEY_ANNOUNCED, key)
        logged = replace(key, position=position)
        await self.signing.keep_signing(logged)
        self.tally.count("signing_keys", f"{key.life.use.value}_announced")
        return logged

    async def _entered(self, kind: Kind, key: SigningKey) -> int:
        """Without a salt: who has the published key can find its entry, and see that nothing else was meant."""
        entry = leaf(kind, int(self.clock()), key.public[:16], b"", key.announcement)
        try:
            [receipt] = await self.log.append([EntryDraft(entry, _NOBODY, 0)])
        except LogError:
            raise KeysError("the log takes no entries, so no signing key is announced") from None
        return receipt.position
