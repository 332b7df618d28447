"""What the roles ask of the log's sequencer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Draft", "EntryReceipt", "Log", "LogError", "LogTakenError"]


class LogError(Exception):
    """The log could not take an entry; whatever the entry was for must not happen."""


class LogTakenError(LogError):
    """Another process writes this log."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be written, and the subscription whose opening it shall allow."""

    entry: bytes = field(repr=False)
    index: bytes = field(repr=False)
    generation: int


@dataclass(frozen=True, slots=True)
class EntryReceipt:
    """The sequencer's word that an entry is on disk; the keys role checks its MAC, and that it is of this entry."""

    position: int
    hash: bytes  # of the leaf, RFC 6962
    entry: bytes = field(repr=False)
    index: bytes = field(repr=False)
    generation: int
    mac: bytes = field(repr=False)
    number: int = (
        0  # the subscription's own running number, where the caller has noted it; not the log's word
    )

    def signed(self) -> bytes:
        """The bytes that the MAC covers."""
        return (
            b"receipt/v1|" + self.position.to_bytes(8) + self.hash + self.index + self.generation.to_bytes(4)
        )


class Log(Protocol):
    """An append-only log.

    - `append` answers only when every entry is durable; receipts come in the order of the drafts.
    - Positions count from 0 without a gap; concurrent appends never share one.
    - While writes fail, every entry is refused with LogError; once the disk is well entries are taken again. What was
      refused takes no position.
    - What was acknowledged is there after a kill; a torn tail is cut off when the log is opened.
    """

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]: ...
