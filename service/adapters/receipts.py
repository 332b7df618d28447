"""Receipts, as every log gives them.

Rule 1: this file alone says what a receipt of these drafts is.
Rule 2: it does not know whether they are on disk.
"""

from collections.abc import Sequence

from service.ports.log import Draft, EntryReceipt
from service.sealing.keyring import receipt_mac

__all__ = ["receipts"]


def receipts(
    key: bytes, position: int, drafts: Sequence[Draft], hashes: Sequence[bytes]
) -> list[EntryReceipt]:
    """One for each draft; the first stands at `position`."""
    given = []
    for at, (draft, leaf) in enumerate(zip(drafts, hashes, strict=True), position):
        bare = EntryReceipt(at, leaf, draft.entry, draft.index, draft.generation, b"")
        mac = receipt_mac(key, bare.signed())
        given.append(EntryReceipt(at, leaf, draft.entry, draft.index, draft.generation, mac))
    return given
