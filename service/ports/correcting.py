"""What a correction asks of whoever may open itineraries. In production this is a socket between two roles."""

from enum import Enum
from typing import Protocol

from service.domain.corrections import Correction
from service.ports.log import EntryReceipt

__all__ = ["Corrected", "Correcting"]


class Corrected(Enum):
    """What became of a correction."""

    WRITTEN = "written"
    REPLAYED = "replayed"  # the same correction had been applied before
    NOTHING = "nothing"  # the record holds no such stay (any more)
    GONE = "gone"  # that life of the number is over, or it was erased
    UNREADABLE = "unreadable"  # the record was altered in the store: it is left as it is


class Correcting(Protocol):
    """Corrections that two operators decided, each against its entry.

    - `correct` applies one to whom its entry is about; applied twice it changes nothing. What it answers tells nothing of
      where anybody was. Raises LinkError where nobody answers, StoreError, KeysError for a receipt that opens nothing.
    """

    async def correct(self, receipt: EntryReceipt, correction: Correction, now: int) -> Corrected: ...
