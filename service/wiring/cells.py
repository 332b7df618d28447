"""Cell tables, read and judged.

Rule 1: which reader and which judge belong together is decided here.
Rule 2: it folds nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from service.adapters.cell_file import as_given
from service.adapters.cell_folder import RegionOf, read_tables
from service.adapters.region_tables import load_regions
from service.domain.itinerary import start_of_day
from service.mobility.cell_versions import ALWAYS, CellVersions
from service.mobility.cells import Cells, cells_of
from service.ports.feed import CellTable, EventBatch

__all__ = ["cells_as_given", "dated", "known_cells"]


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
