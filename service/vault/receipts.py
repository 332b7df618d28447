"""Receipts of the log, checked before anything is done behind them.

Rule 1: whether a receipt is the log's, of the right kind and of the present, is decided here.
Rule 2: what is done behind one is not known here.
"""

import hmac
from collections.abc import Callable

from service.audit.entries import Entry, Kind
from service.audit.tree import leaf_hash
from service.ports.keys import KeysError
from service.ports.log import EntryReceipt
from service.sealing import keyring

__all__ = ["DISPUTING", "LOCKING", "OPENING", "Receipts"]

OPENING = frozenset({Kind.DISCLOSE, Kind.CHECK, Kind.PREDICATE, Kind.CONSENT_USED, Kind.CORRECTION})
DISPUTING = OPENING | {
    Kind.DISPUTE,
    Kind.STAFF_PROPOSE,
    Kind.STAFF_APPROVE,
}  # what is told says what is disputed
LOCKING = frozenset({Kind.LOCK, Kind.UNLOCK, Kind.STAFF_UNLOCK})
"""Kinds of entries behind which something may be done: what is public about an act has to be true."""

_HOUR = 3600


class Receipts:
    """Checks receipts under the key that the log and the keys role share."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        self._key = key
        self._clock = clock

    def check(self, receipt: EntryReceipt, kinds: frozenset[Kind]) -> None:
        """A receipt is the log's, of an entry of such a kind, and good for an hour or two: not for ever. Raises KeysError."""
        mac = keyring.receipt_mac(self._key, receipt.signed())
        if not hmac.compare_digest(mac, receipt.mac) or leaf_hash(receipt.entry) != receipt.hash:
            raise KeysError("no valid receipt of the log; nothing is opened")
        entry = Entry.parse(receipt.entry)
        if entry.kind not in kinds or abs(int(self._clock()) // _HOUR - entry.hour) > 1:
            raise KeysError("an entry of another kind, or of another hour, opens nothing here")
