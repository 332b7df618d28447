"""What the kernel tells of a subscription: rows of one structured array.

Rule 1: this file alone says what a change looks like and what each kind means.
Rule 2: it knows neither how changes come about nor who stores them.

    SEEN    the first event of a day:              coverage of `day_of(last)`; refreshes an open record's `last`
    OPEN    a stay passed four hours or grew:      the record's open stay becomes (region, start, last, certain)
    CLOSED  a stay worth keeping has ended:        the open stay, if any, is replaced by this closed one
"""

from enum import IntEnum

import numpy as np

__all__ = ["CHANGE", "ChangeKind"]


class ChangeKind(IntEnum):
    """What a change means to the record that it is applied to."""

    SEEN = 0
    OPEN = 1
    CLOSED = 2


CHANGE = np.dtype(
    [
        ("row", np.int32),  # the subscription's row in the kernel's state
        (
            "ordinal",
            np.uint32,
        ),  # counts the changes of this subscription from 1, modulo 2^16; a replay repeats it
        ("kind", np.uint8),  # ChangeKind
        ("certain", np.uint8),  # 1 where core cells carry the stay (Certainty)
        ("region", np.int32),  # region of the stay; 0 for SEEN without an open stay
        ("start", np.int64),  # unix seconds; 0 for SEEN without an open stay
        ("last", np.int64),  # unix seconds of the latest event of the stay; for SEEN of the event itself
    ]
)
