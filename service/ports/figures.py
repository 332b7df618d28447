"""How an ingestion goes, in figures for an operator.

Rule 1: these are sums, ages and sizes; nothing here can hold anything of a person.
Rule 2: it does not say how they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Figures"]


@dataclass(frozen=True, slots=True)
class Figures:
    """`sums` are of all runs, from the checkpoint: what was read, and what was set aside. `process` is this run's."""

    sums: Mapping[str, int]
    process: Mapping[str, int]  # what became of amendments, and failures by their kind
    newest: int  # unix seconds: the newest arrival that was folded, 0 before the first
    waiting: float  # seconds for which the oldest folded event has been waiting for its record
    pending: int  # changes that wait
    subscriptions: int
    checkpoint: float  # seconds that the last one took
