"""Cases sealed for the link, and orders of support sealed to it.

Rule 1: whose case a reference is, is sealed and opened here only; support holds no key that opens it.
Rule 2: it decides nothing about a case or an order.

    case  = epoch (2 bytes) | sealed under the queue key, bound to its reference
    order = epoch (2 bytes) | posted to the notice key, bound to its name
"""

from collections.abc import Callable

from service.domain.support import CaseView, Filed, Order
from service.ports.cases import Cases
from service.ports.keys import KeysError, KeyService
from service.ports.notices import Notices
from service.records.key_record import RecordError
from service.records.support_record import (
    decode_filed,
    decode_order,
    decode_view,
    encode_filed,
    encode_order,
    encode_view,
)
from service.sealing.envelope import KEY_BYTES, NONCE_BYTES, SealError, post, seal, unpost, unseal

__all__ = ["CaseFiles", "OrderDesk", "OrderPost"]

CASE_SECONDS = 86_400
_ANSWER_SECONDS = 120
_NAME_BYTES = 16
_BOUND = b"order/v1|"


class CaseFiles:
    """For the link: whose case a reference is, for a day."""

    def __init__(self, cases: Cases, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._cases = cases
        self._keys = keys
        self._entropy = entropy
        self._opened: dict[int, bytes] = {}

    async def put(self, reference: str, filed: Filed) -> None:
        """Keep a case. Raises StoreError, KeysError."""
        epoch = self._keys.current_epoch
        key = await self._key(epoch)
        sealed = seal(key, self._entropy(NONCE_BYTES), encode_filed(filed), _case(reference))
        await self._cases.put(reference, epoch.to_bytes(2) + sealed, CASE_SECONDS)

    async def find(self, reference: str) -> Filed | None:
        """Whose it is; None where nobody's, two have it, or its epoch is gone. Raises StoreError."""
        stored = await self._cases.read(reference)
        if stored is None:
            return None
        try:
            key = await self._key(int.from_bytes(stored[:2]))
            return decode_filed(unseal(key, stored[2:], _case(reference)))
        except (KeysError, SealError, RecordError):
            return None

    async def _key(self, epoch: int) -> bytes:
        if epoch not in self._opened:
            fresh = await self._keys.derive_queue(epoch)
            self._opened = {known: self._opened[known] for known in sorted(self._opened)[-1:]} | {
                epoch: fresh
            }
        return self._opened[epoch]


class OrderPost:
    """For support: leaves orders, takes answers."""

    def __init__(
        self, orders: Notices, cases: Cases, keys: KeyService, entropy: Callable[[int], bytes]
    ) -> None:
        self._orders = orders
        self._cases = cases
        self._keys = keys
        self._entropy = entropy

    async def leave(self, order: Order) -> bytes:
        """Leave an order; the name that its answer will have. Raises StoreError, KeysError."""
        name, epoch = self._entropy(_NAME_BYTES), self._keys.current_epoch
        public = await self._keys.notice_public(epoch)
        posted = post(public, self._entropy(KEY_BYTES), encode_order(order), _BOUND + name)
        await self._orders.put(name, epoch.to_bytes(2) + posted)
        return name

    async def answered(self, name: bytes) -> CaseView | None:
        """The answer, once. Raises StoreError, RecordError."""
        found = await self._cases.answered(name)
        return None if found is None else decode_view(found)


class OrderDesk:
    """For the link: takes orders, leaves answers."""

    def __init__(self, orders: Notices, cases: Cases, keys: KeyService) -> None:
        self._orders = orders
        self._cases = cases
        self._keys = keys

    async def waiting(self, most: int) -> dict[bytes, Order | None]:
        """Some orders by name; None for one that does not open. Raises StoreError."""
        return {
            name: await self._opened(name, value)
            for name, value in (await self._orders.waiting(most)).items()
        }

    async def settle(self, name: bytes, view: CaseView | None) -> None:
        """Answer an order, if there is anything to say, and take it away. Raises StoreError."""
        if view is not None:
            await self._cases.answer(name, encode_view(view), _ANSWER_SECONDS)
        await self._orders.settle(name)

    async def _opened(self, name: bytes, stored: bytes) -> Order | None:
        try:
            key = await self._keys.derive_notice(int.from_bytes(stored[:2]))
            return decode_order(unpost(key, stored[2:], _BOUND + name))
        except (KeysError, SealError, RecordError):
            return None


def _case(reference: str) -> bytes:
    return b"case/v1|" + reference.encode()
