"""A cell table is judged, and told about.

Rule 1: the order of building a table stands here, and what a network engineer is told of it.
Rule 2: it writes nothing, and nothing of a phone is in what it answers.

    (1) events, if there are any: which cells serve the same phones   (2) judge   (3) compare with the former table
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from service.mobility.borders import borders_of
from service.mobility.cells import CORE, Level, cells_of
from service.mobility.co_occurrence import CoOccurrence
from service.mobility.judgement import judged
from service.ports.built_cells import Built, Changes
from service.ports.feed import CellTable, EventBatch

__all__ = ["Progress", "build"]

Progress = Callable[[str, int, int | None], None]
"""Told what goes on, how much of it was done since, and how much there is (None: not known)."""
_MOVED = 0.001  # degrees, about 100 m


def build(
    table: CellTable,
    batches: Iterable[EventBatch],
    former: CellTable | None,
    level: Level,
    progress: Progress,
) -> Built:
    """Judge a table; `batches` have the table's own rows as cells, and may be none."""
    # (1) Who is served together.
    seen: CoOccurrence | None = None
    events = 0
    for batch in batches:
        seen = seen or CoOccurrence(len(table.names))
        seen.add(batch.msisdn, batch.time, batch.cell)
        events += len(batch)
        progress("reading events", len(batch), None)
    # (2) Judge.
    total = len(table.names)
    judgement = judged(
        table.region, table.lat, table.lon, seen, level, lambda done: progress("judging cells", done, total)
    )
    cells = judgement.cells
    now = replace(table, judged=cells, judged_by=judgement.judged_by)
    # (3) Compare.
    changes = None if former is None else _changes(former, now, level)
    borders = tuple(borders_of(cells))
    return Built(now, cells, level, judgement.judged_by, judgement.doubts, borders, events, changes)


def _changes(former: CellTable, now: CellTable, level: Level) -> Changes:
    before, after = _by_name(former, level), _by_name(now, level)
    both = [name for name in sorted(after) if name in before]
    pairs = [(name, before[name], after[name]) for name in both]
    return Changes(
        tuple(name for name in sorted(after) if name not in before),
        tuple(name for name in sorted(before) if name not in after),
        tuple(name for name, old, new in pairs if old[0] != new[0]),
        tuple(name for name, old, new in pairs if _moved(old[2], new[2]) or _moved(old[3], new[3])),
        tuple(name for name, old, new in pairs if old[1] == CORE > new[1]),
        tuple(name for name, old, new in pairs if old[1] < CORE == new[1]),
    )


def _by_name(table: CellTable, level: Level) -> dict[str, tuple[int, int, float, float]]:
    cells = table.judged or cells_of(table.region, table.lat, table.lon, level)
    columns = (cells.region, cells.evidence, table.lat, table.lon)
    return dict(zip(table.names, zip(*(column.tolist() for column in columns), strict=True), strict=True))


def _moved(before: float, after: float) -> bool:
    if np.isnan(before) or np.isnan(after):
        return bool(np.isnan(before) != np.isnan(after))
    return abs(before - after) > _MOVED
