"""Subscriptions from the operator's register become known.

Rule 1: the order of enrolment stands here: blind, batch, hand to the keys role, count.
Rule 2: it reads no record and keeps no number.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from service.ports.feed import Subscriber
from service.ports.keys import Enrolled, Enrolment, KeyService

__all__ = ["enrol"]

_BATCH = 500


async def enrol(
    subscribers: Iterable[Subscriber],
    keys: KeyService,
    blind: Callable[[str], bytes],
    progress: Callable[[int], None],
) -> Counter[Enrolled]:
    """Enrol all; how many came to what. `progress` hears how many more have been done."""
    counts: Counter[Enrolled] = Counter()
    rest = iter(subscribers)
    while batch := list(islice(rest, _BATCH)):
        outcomes = await keys.enrol(
            [
                Enrolment(blind(row.msisdn.digits), row.document_type, row.last_four, row.activated_on)
                for row in batch
            ]
        )
        counts.update(outcomes)
        progress(len(batch))
    return counts
