"""Whether a copy of both key spaces could take the store's place: every row of it opens under the keys that there are.

Rule 1: a copy's row is opened here only to see that it opens; what is in it is not decoded and not answered.
Rule 2: it reads no copy; rows are brought by whoever has it, and what is not right with one is a count.
"""

from collections.abc import Sequence
from dataclasses import replace

from service.ports.epochs import CopiedRow, CopyCounts
from service.ports.keys import KeysError
from service.records.itinerary_record import split
from service.records.key_record import RecordError
from service.sealing.envelope import SealError
from service.vault.epochs import Epochs, decoded
from service.vault.records import opened_body
from service.vault.sweep import record_key

__all__ = ["Copy", "fault_of"]

_PRESENT = 0.9
"""How much of what the store holds a copy has to have: people come and go while it is looked at, but not so many."""


class Copy:
    """One copy, as far as it has been looked at."""

    def __init__(self, epochs: Epochs) -> None:
        self._epochs = epochs
        self.counts = CopyCounts()

    def look(self, rows: Sequence[CopiedRow]) -> CopyCounts:
        """Some rows more. The epochs that live have been prepared."""
        for row in rows:
            try:
                self._one(row)
            except (KeysError, SealError, RecordError):
                self.counts = replace(self.counts, unreadable=self.counts.unreadable + 1)
        return self.counts

    def _one(self, row: CopiedRow) -> None:
        record = decoded(row.key) if row.key else None
        if row.record is None:
            if record is None:
                return
            if not record.erased:
                self._epochs.secret(row.index, record)
                self._under(record.epoch)
            self.counts = replace(self.counts, keys=self.counts.keys + 1)
            return
        header, _, _ = split(row.record)
        if record is None or record.erased or record.generation != header.generation:
            self.counts = replace(self.counts, orphans=self.counts.orphans + 1)
            return
        secret = self._epochs.secret(row.index, record)
        opened_body(row.index, record_key(self._epochs, header.epoch, row.index, record, secret), row.record)
        self._under(header.epoch)
        self.counts = replace(self.counts, data=self.counts.data + 1)

    def _under(self, epoch: int) -> None:
        was = self.counts
        self.counts = replace(was, oldest=min(was.oldest or epoch, epoch), newest=max(was.newest, epoch))


def fault_of(copy: CopyCounts, held: CopyCounts) -> str:
    """Why a copy could not take the place of a store that holds so many rows; "" where it could."""
    if copy.unreadable:
        return f"{copy.unreadable} rows of the copy do not open: it is damaged, of another store, or too old"
    for name, has, wanted in (
        ("key records", copy.keys, held.keys),
        ("itineraries", copy.data + copy.orphans, held.data),
    ):
        if has < _PRESENT * wanted:
            return f"the copy has {has} {name}, the store {wanted}: it is not whole"
    return ""
