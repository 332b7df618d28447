"""Cell tables, read, judged and built.

Rule 1: which reader, judge and writer belong together is decided here.
Rule 2: it folds nothing.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from service.adapters.cell_file import as_given
from service.adapters.cell_folder import RegionOf, read_tables, write_table
from service.adapters.cell_pages import page
from service.adapters.cell_report import report
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, read_events
from service.adapters.region_tables import load_regions
from service.domain.itinerary import start_of_day
from service.flows.cells import Progress, build
from service.mobility.cell_versions import ALWAYS, CellVersions
from service.mobility.cells import DISTRICT, PREFECTURE, Cells, cells_of
from service.ports.feed import CellTable, EventBatch

__all__ = ["build_cells", "cells_as_given", "dated", "known_cells"]

_EPOCH = date(1970, 1, 1)
_LEVELS = {level.name: level for level in (PREFECTURE, DISTRICT)}


def known_cells(path: Path) -> CellVersions:
    """The tables of a file or folder, whose codes are regions that exist. Raises FeedError with every fault."""
    return _versions(path, load_regions().parse)


def cells_as_given(path: Path) -> CellVersions:
    """The tables of a file or folder, their codes as given. Raises FeedError with every fault."""
    return _versions(path, lambda code, _: as_given(code))


def dated(batches: Iterable[EventBatch], cells: CellVersions) -> Iterator[EventBatch]:
    """The same events, each with the row of the table that is valid at its own time."""
    for batch in batches:
        yield replace(batch, cell=cells.at(batch.cell, batch.time))


def build_cells(
    file: Path,
    events: Iterable[Path],
    former: Path | None,
    folder: Path,
    level: str,
    since: int | None,
    progress: Progress,
) -> dict[str, Any]:
    """Judge a table and write it with its report into a folder; the report.

    `since`: the Shanghai day from which on it is valid. Prefectures have to exist on that day, districts are taken as given.
    Raises FeedError with every fault.
    """
    regions = load_regions()
    by_level: dict[str, RegionOf] = {"prefecture": regions.parse, "district": lambda code, _: as_given(code)}
    region_of = by_level[level]
    table = read_tables(file, lambda code, day: region_of(code, since if day is None else day))[-1].table
    before = None if former is None else read_tables(former, lambda code, _: as_given(code))[-1].table
    built = build(table, _events(events, table), before, _LEVELS[level], progress)
    path = write_table(folder, level, since, built.table)
    day = None if since is None else (_EPOCH + timedelta(since)).isoformat()
    told = report(built, path, day, regions)
    (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "report.html").write_text(page(built, told, regions), encoding="utf-8")
    return told


def _events(files: Iterable[Path], table: CellTable) -> Iterator[EventBatch]:
    for file in files:
        with DeadLetters.beside(file, EVENT_COLUMNS) as dead:
            yield from read_events(file, table, dead)


def _versions(path: Path, region_of: RegionOf) -> CellVersions:
    return CellVersions.of(
        [
            (
                ALWAYS if dated.since is None else start_of_day(dated.since),
                dated.table.names,
                _judged(dated.table),
            )
            for dated in read_tables(path, region_of)
        ]
    )


def _judged(table: CellTable) -> Cells:
    """What was built is taken as it is, a raw table is judged on the fly."""
    return cells_of(table.region, table.lat, table.lon) if table.judged is None else table.judged
