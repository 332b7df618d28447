"""The log's twin in memory, for stories and tests: the same promises but durability.

Rule 1: positions, hashes and receipts are those that the sequencer would give.
Rule 2: it keeps nothing; production never wires it.
"""

from collections.abc import Sequence

from service.adapters.receipts import receipts
from service.audit.tree import leaf_hash
from service.ports.log import Draft, EntryReceipt

__all__ = ["MemoryLog"]


class MemoryLog:
    """A `Log` as a list of entries."""

    def __init__(self, receipt_key: bytes) -> None:
        self._receipt_key = receipt_key
        self.entries: list[bytes] = []

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`."""
        position = len(self.entries)
        self.entries += [draft.entry for draft in drafts]
        return receipts(self._receipt_key, position, drafts, [leaf_hash(draft.entry) for draft in drafts])

    async def close(self) -> None:
        """Nothing to let go of."""
