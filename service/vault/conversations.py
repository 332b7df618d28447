"""Conversations, outgoing texts and parts of texts, sealed under the current epoch's queue key.

Rule 1: these values are sealed and opened here only, bound to the place that they lie in.
Rule 2: it decides nothing about them.

    stored = epoch (2 bytes) | sealed        in the outbox: holder (4 bytes) | epoch | sealed
"""

import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from service.domain.conversation import Conversation
from service.domain.outgoing import Outgoing
from service.ports.keys import KeysError, KeyService
from service.ports.presence import HOLDER_BYTES
from service.ports.store import Conversations
from service.records.conversation_record import (
    ConversationRecordError,
    decode_conversation,
    decode_outgoing,
    encode_conversation,
    encode_outgoing,
)
from service.sealing.blinding import INDEX_BYTES
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unseal

__all__ = ["ConversationVault", "Held", "Posted"]

_DAMAGED = (SealError, ConversationRecordError, KeysError)
"""Altered in the store, of another version, or of an epoch whose key is gone."""

_SLOT = 8  # bytes that tell one text of a number from another

_PART_SECONDS = 3600
"""How long the parts of a text wait for each other."""


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation as it was read, and what its next version has to replace."""

    index: bytes
    talk: Conversation
    stored: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Posted:
    """A text in the outbox, as it was last seen there. The key begins with the index."""

    key: bytes
    outgoing: Outgoing
    stored: bytes = field(repr=False)

    @property
    def index(self) -> bytes:
        """Whose text it is."""
        return self.key[:INDEX_BYTES]

    @property
    def holder(self) -> bytes:
        """The link process that sends it."""
        return self.stored[:HOLDER_BYTES]


class ConversationVault:
    """Typed and open on this side, sealed on the other. Also keeps the parts of long texts (`ports.sms.Segments`)."""

    def __init__(
        self,
        store: Conversations,
        index_key: bytes,
        keys: KeyService,
        entropy: Callable[[int], bytes],
        holder: bytes = bytes(HOLDER_BYTES),
    ) -> None:
        """Names and digests hold across epochs, so they are made with the link's own key, `index_key`.

        `holder`: this process among those that share the store; it sends what it has put into the outbox.
        """
        self.holder = holder
        self._store = store
        self._index_key = index_key
        self._epoch = 0
        self._opening: dict[int, bytes] = {}
        self._keys = keys
        self._entropy = entropy
        self.unreadable = 0

    def digest(self, index: bytes, text: str) -> bytes:
        """A keyed digest by which the same text of the same number is known again."""
        return hmac.digest(self._index_key, b"echo/v1|" + index + text.encode(), sha256)[:8]

    async def read(self, index: bytes) -> Held:
        """The conversation with a number; a new one where there is none, or none that opens."""
        stored = await self._store.read(index)
        if stored is None:
            return Held(index, Conversation(), None)
        try:
            return Held(index, decode_conversation(await self._unseal(stored, b"talk|" + index)), stored)
        except _DAMAGED:
            return Held(index, Conversation(), stored)  # the next commit replaces it

    async def commit(
        self, held: Held, talk: Conversation, texts: Sequence[Outgoing], seconds: int
    ) -> list[Posted] | None:
        """State and texts in one step, or None where another process was first."""
        await self._follow()
        posted = [
            self._posted(held.index + (_slot(text.slot) or self._entropy(_SLOT)), text) for text in texts
        ]
        outgoing = [(post.key, post.stored) for post in posted]
        state = self._seal(encode_conversation(talk), b"talk|" + held.index)
        done = await self._store.commit(held.index, held.stored, state, seconds, outgoing)
        return posted if done else None

    async def pending(self, gone: Callable[[bytes], bool] = lambda _: False) -> AsyncIterator[Posted]:
        """What lies in the outbox and is ours, or of a holder who has `gone`.

        What does not open is counted in `unreadable` and left for inspection.
        """
        async for held in self._store.pending():
            holder = held.value[:HOLDER_BYTES]
            if holder != self.holder and not gone(holder):
                continue
            try:
                outgoing = decode_outgoing(await self._unseal(held.value[HOLDER_BYTES:], b"out|" + held.key))
            except _DAMAGED:
                self.unreadable += 1
                continue
            yield Posted(held.key, outgoing, held.value)

    async def replace(self, posted: Posted, outgoing: Outgoing) -> Posted | None:
        """Change a text in the outbox; None where it has left, or somebody else has changed it since."""
        await self._follow()
        changed = self._posted(posted.key, outgoing)
        done = await self._store.replace(posted.index, posted.key, posted.stored, changed.stored)
        return changed if done else None

    async def drop_slot(self, index: bytes, slot: str) -> None:
        """Take what waits in a slot out of the outbox, if anything does."""
        await self._store.settle(index, [index + _slot(slot)])

    async def clear(self, index: bytes) -> None:
        """Take all that is for a number out of the outbox."""
        await self._store.clear(index)

    async def take(self, posted: Posted) -> Posted | None:
        """Become the holder of a text whose holder has gone; None where somebody else has, or it was changed."""
        return await self.replace(posted, posted.outgoing)

    async def settle(self, posted: Posted) -> None:
        """Take a text out of the outbox; what has taken its place in a slot meanwhile stays."""
        if posted.outgoing.slot:
            await self._store.replace(posted.index, posted.key, posted.stored, None)
        else:
            await self._store.settle(posted.index, [posted.key])

    async def keep(
        self, reference: bytes, number: int, total: int, octets: bytes
    ) -> tuple[bytes, ...] | None:
        """See `ports.sms.Segments`; the reference is blinded, since it names two numbers."""
        await self._follow()
        name = self._reference(reference)
        part = self._seal(octets, b"part|%d|" % number + name)
        parts = await self._store.keep_part(name, number, total, part, _PART_SECONDS)
        if parts is None:
            return None
        return tuple(
            [await self._unseal(part, b"part|%d|" % place + name) for place, part in enumerate(parts, 1)]
        )

    async def drop(self, reference: bytes) -> None:
        """See `ports.sms.Segments`."""
        await self._store.drop_parts(self._reference(reference))

    def _posted(self, key: bytes, outgoing: Outgoing) -> Posted:
        return Posted(key, outgoing, self.holder + self._seal(encode_outgoing(outgoing), b"out|" + key))

    def _reference(self, reference: bytes) -> bytes:
        return hmac.digest(self._index_key, b"part/v1|" + reference, sha256)[:INDEX_BYTES]

    async def _follow(self) -> None:
        """Seal under the current epoch from now on; keys older than the one before it serve nobody any more."""
        epoch = self._keys.current_epoch
        if epoch != self._epoch:
            self._opening[epoch] = await self._keys.derive_queue(epoch)
            newest = sorted(self._opening)[-2:]
            self._opening = {known: self._opening[known] for known in newest}
            self._epoch = epoch

    def _seal(self, plain: bytes, bound: bytes) -> bytes:
        sealed = seal(self._opening[self._epoch], self._entropy(NONCE_BYTES), plain, bound)
        return self._epoch.to_bytes(2) + sealed

    async def _unseal(self, stored: bytes, bound: bytes) -> bytes:
        epoch = int.from_bytes(stored[:2])
        if epoch not in self._opening:
            self._opening[epoch] = await self._keys.derive_queue(epoch)
        return unseal(self._opening[epoch], stored[2:], bound)


def _slot(name: str) -> bytes:
    return name.encode().ljust(_SLOT, b"\0") if name else b""
