"""What may be changed in a key record, and behind which entry of the log.

Rule 1: a flag, a lock or the end of a subscription is written here only, as compare-and-swap, if it differs.
Rule 2: it derives no key and compares no digits.
"""

from collections.abc import Callable
from dataclasses import replace

from service.audit.entries import Kind
from service.ports.keys import KeysError, Way
from service.ports.log import EntryReceipt
from service.ports.store import KeySpace, Swap
from service.records.key_record import KeyRecord
from service.vault.epochs import living
from service.vault.proven import Proven
from service.vault.receipts import LOCKING, Receipts

__all__ = ["KeyChanges"]

_RACES = 16


class KeyChanges:
    """The changes of `ports.keys.KeyService`."""

    def __init__(self, space: KeySpace, receipts: Receipts, proven: Proven) -> None:
        self._space = space
        self._receipts = receipts
        self._proven = proven

    async def include(self, receipt: EntryReceipt, now: int) -> int:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.CONSENT_GIVEN}))
        record = await self._rewritten(
            receipt.index,
            receipt.generation,
            lambda record: replace(record, included_at=record.included_at or now),
        )
        return record.included_at

    async def note_disputes(self, index: bytes, generation: int, *, are_open: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, disputes=are_open))

    async def exclude(self, index: bytes, generation: int) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, included_at=0))

    async def note_notices(self, index: bytes, generation: int, *, wanted: bool) -> None:
        """See `ports.keys.KeyService`."""
        await self._rewritten(index, generation, lambda record: replace(record, notices=wanted))

    async def lock(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, LOCKING)
        change = lambda record: replace(record, locked_until=until)  # noqa: E731 - read where it is used
        await self._rewritten(receipt.index, receipt.generation, change)

    async def silence(self, receipt: EntryReceipt, until: int) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.REFUSE}))
        await self._rewritten(
            receipt.index,
            receipt.generation,
            lambda record: replace(record, silent_until=max(until, record.silent_until)),
        )

    async def note_second(self, index: bytes, generation: int, verifier: bytes) -> None:
        """A second verifier; b"" for none any more. Its digits were proved to be the owner's word. Raises KeysError."""
        await self._rewritten(index, generation, lambda record: replace(record, second=verifier))

    async def lift(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`."""
        self._receipts.check(receipt, frozenset({Kind.STAFF_LIFT}))
        await self._space.uncharge(receipt.index, [way.value for way in Way])

    async def erase(self, receipt: EntryReceipt) -> None:
        """See `ports.keys.KeyService`. With the wrapped secret everything that it sealed is gone."""
        self._receipts.check(receipt, frozenset({Kind.ERASE}))
        await self.erase_again(receipt.index, receipt.generation)
        await self._space.uncharge(receipt.index, [way.value for way in Way])

    async def erase_again(self, index: bytes, generation: int) -> bool:
        """For the keys role itself, after a restore: lives up to this one; whether there was anything left."""
        self._proven.forget(index)
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = living(data)
            if data is None or record is None or record.generation > generation:
                return False
            gone = KeyRecord.tombstone(record.document_type, record.activated_on, record.generation)
            [data] = await self._space.swap([Swap(index, data, gone.encode())])
            if data is None:
                return True
        raise KeysError("a key record kept changing; try again")

    async def _rewritten(
        self, index: bytes, generation: int, change: Callable[[KeyRecord], KeyRecord]
    ) -> KeyRecord:
        """A key record after a change, written only if it differs."""
        [data] = await self._space.read([index])
        for _ in range(_RACES):
            record = living(data)
            if record is None or record.generation != generation:
                raise KeysError("this subscription is not known any more; nothing was changed")
            changed = change(record)
            if changed == record:
                return record
            [data] = await self._space.swap([Swap(index, data, changed.encode())])
            if data is None:
                return changed
        raise KeysError("a key record kept changing; try again")
