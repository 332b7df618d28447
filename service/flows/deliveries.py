"""What became of the last texts of each case: the centre's answers and the handsets' reports.

Rule 1: a report is matched with its text here, by whatever the centre's identifiers may mean.
Rule 2: it lives in the link's memory and knows cases alone: no number, no text; after a restart it is empty.
"""

from collections import OrderedDict

from service.domain.support import Delivery
from service.ports.sms import Submitted
from service.smpp.receipts import Receipt, meanings

__all__ = ["Deliveries"]

_CASES = 50_000
_TEXTS = 5


class Deliveries:
    """The newest cases' last texts."""

    def __init__(self) -> None:
        self._cases: OrderedDict[str, list[Delivery]] = OrderedDict()
        self._places: OrderedDict[str | int, tuple[str, Delivery]] = OrderedDict()

    def sent(self, case: str, submitted: Submitted, now: int) -> None:
        """A text of a case has got its fate."""
        if not case:
            return
        delivery = Delivery(now, submitted.fate.value)
        self._cases.setdefault(case, []).append(delivery)
        self._cases.move_to_end(case)
        del self._cases[case][:-_TEXTS]
        for meaning in meanings(submitted.message_ids[-1]) if submitted.message_ids else ():
            self._places[meaning] = (case, delivery)
        while len(self._cases) > _CASES:
            self._cases.popitem(last=False)
        while len(self._places) > 4 * _CASES:
            self._places.popitem(last=False)

    def reported(self, receipt: Receipt) -> None:
        """A handset's report; of a text that is not remembered it says nothing here."""
        for meaning in meanings(receipt.message_id):
            case, delivery = self._places.pop(meaning, ("", None))
            texts = self._cases.get(case, [])
            if delivery is not None and delivery in texts:
                place = texts.index(delivery)
                texts[place] = Delivery(delivery.at, delivery.fate, receipt.state.value)

    def of(self, case: str) -> tuple[Delivery, ...]:
        """The last texts of a case, oldest first."""
        return tuple(self._cases.get(case, ()))
