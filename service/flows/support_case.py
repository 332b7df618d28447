"""Support's side of a case: an order, left for the link role, and its answer.

Rule 1: an order is left only with a reason and a ticket, and with words that name nobody and no place.
Rule 2: it opens nothing and knows nobody: what comes back is what the link says.
"""

import asyncio
from collections.abc import Callable

from service.domain.acts import Act
from service.domain.disputes import DisputeError
from service.domain.support import CaseView, Order, OrderKind
from service.flows.acting import spoken
from service.vault.support_desk import OrderPost

__all__ = ["SupportCase", "SupportError"]

_PATIENCE = 15.0
_PAUSE = 0.2


class SupportError(Exception):
    """An order that could not be left or was not carried out; one line that tells what to do."""


class SupportCase:
    """Leaves orders and waits for their answers. `names_a_place` tells whether words name a region."""

    def __init__(
        self,
        post: OrderPost,
        names_a_place: Callable[[str], bool],
        clock: Callable[[], float],
        patience: float = _PATIENCE,
    ) -> None:
        self._post = post
        self._names_a_place = names_a_place
        self._clock = clock
        self._patience = patience

    async def __call__(
        self,
        kind: OrderKind,
        case: str,
        by: str,
        reason: str,
        ticket: str,
        *,
        dry_run: bool = False,
    ) -> CaseView:
        """What the link answers. Raises SupportError, StoreError, KeysError, RecordError."""
        try:
            spoken(Act(by, reason, ticket), self._names_a_place)
        except DisputeError as error:
            raise SupportError(str(error)) from None
        order = Order(kind, case.strip().upper(), by, reason, ticket, dry_run, int(self._clock()))
        name = await self._post.leave(order)
        for _ in range(max(1, int(self._patience / _PAUSE))):
            view = await self._post.answered(name)
            if view is not None:
                return _told(view)
            await asyncio.sleep(_PAUSE)
        raise SupportError("no answer: is a process with --role link running on this store?")


def _told(view: CaseView) -> CaseView:
    if view.done == "no such case":
        raise SupportError("no case with this reference in the last 24 hours, or two numbers have it")
    if view.done.startswith(("not done", "too late")):
        raise SupportError(view.done)
    return view
