"""Subscriptions from the operator's register become known.

Rule 1: the order of enrolment stands here: blind, batch, forget former owners' dialogues, hand to the keys role, count.
Rule 2: it reads no record and keeps no number.

A dialogue belongs to a number, a subscription to one life of it. So what is remembered of a dialogue goes before a
number gets a new life, and once more behind it: a kill in between leaves nothing to the new owner.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice

from service.ports.feed import Subscriber
from service.ports.keys import Enrolled, Enrolment, KeyService

__all__ = ["enrol"]

_BATCH = 500


async def enrol(
    subscribers: Iterable[Subscriber],
    keys: KeyService,
    blind: Callable[[str], bytes],
    forget: Callable[[bytes], Awaitable[None]],
    progress: Callable[[int], None],
) -> Counter[Enrolled]:
    """Enrol all; how many came to what. `progress` hears how many more have been done."""
    counts: Counter[Enrolled] = Counter()
    rest = iter(subscribers)
    while batch := list(islice(rest, _BATCH)):
        enrolments = [
            Enrolment(blind(row.msisdn.digits), row.document_type, row.last_four, row.activated_on)
            for row in batch
        ]
        for index in await _renewed(enrolments, keys):
            await forget(index)
        outcomes = await keys.enrol(enrolments)
        for enrolment, outcome in zip(enrolments, outcomes, strict=True):
            if outcome is Enrolled.RENEWED:
                await forget(enrolment.index)
        counts.update(outcomes)
        progress(len(batch))
    return counts


async def _renewed(enrolments: Sequence[Enrolment], keys: KeyService) -> set[bytes]:
    """Numbers that are about to have a new life."""
    known = await keys.activations([enrolment.index for enrolment in enrolments])
    return {
        enrolment.index
        for enrolment, life in zip(enrolments, known, strict=True)
        if life is not None and enrolment.activated_on > life.activated_on
    }
