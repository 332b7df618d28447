"""Key records as a proof has just found them.

Rule 1: how many are kept is decided here.
Rule 2: none of them is believed: whoever writes compares with what is there by then.
"""

from collections import OrderedDict
from collections.abc import Iterable

__all__ = ["Proven"]

_MOST = 4096


class Proven:
    """A proof is followed by the reservation of its entry's number: what was read once need not be read again."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, bytes] = OrderedDict()

    def keep(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Records by index; the oldest go."""
        self._rows.update(rows)
        while len(self._rows) > _MOST:
            self._rows.popitem(last=False)

    def take(self, index: bytes) -> bytes | None:
        """A record, once."""
        return self._rows.pop(index, None)

    def forget(self, index: bytes) -> None:
        """Whatever is kept of it."""
        self._rows.pop(index, None)
