"""How often a process that serves looks for garbage in cycles.

Rule 1: this file alone tunes the collector, and only for as long as a process serves.
Rule 2: it frees nothing itself: whatever is not in a cycle goes by its count, as ever.

A text in hand is some hundred small objects in tasks and futures, of hundreds of texts at once. By default they are
walked after every 700 new ones, all of the program's modules with them now and then: a quarter of a lookup's time.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

_YOUNG = 20_000
"""New objects between two looks at them: about a megabyte that garbage in cycles may keep."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Until the block ends: what is loaded now is left alone, and what is new is looked at more seldom."""
    _, middle, old = before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, middle, old)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
