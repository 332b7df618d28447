"""What a network engineer is told of a cell table, for programs.

Rule 1: this file alone knows the shape of the report's machine form.
Rule 2: it finds nothing out; `flows.cells` did. The form for readers is `cell_pages`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from service.domain.regions import Regions
from service.mobility.doubts import Doubt
from service.mobility.judgement import JudgedBy
from service.ports.built_cells import Built

__all__ = ["cells_told", "report"]

_WORST = 10


def report(built: Built, path: Path, valid_from: str | None, regions: Regions) -> dict[str, Any]:
    """Everything as JSON has it: counts, borders, doubted positions, cells without one, changes."""
    by = {how.name.lower(): len(built.rows(how)) for how in JudgedBy}
    return {
        "table": path.name,
        "level": built.level.name,
        "valid_from": valid_from,
        "cells": len(built.cells),
        "core": len(built.cells) - built.soft,
        "soft": built.soft,
        "regions": len(set(built.cells.region.tolist())),
        "events": built.events,
        "judged_by": by,
        "borders": [
            {
                "regions": list(border.regions),
                "names": [regions.name(code, "en") for code in border.regions],
                "soft": len(border.rows),
                "worst": cells_told(built, border.rows[:_WORST].tolist()),
            }
            for border in built.borders
        ],
        "doubted": cells_told(built, built.doubted().tolist()),
        "without_position": {
            how.name.lower(): [built.table.names[row] for row in built.rows(how).tolist()]
            for how in (JudgedBy.CO_OCCURRENCE, JudgedBy.ALONE)
        },
        "changes": _changes(built),
    }


def cells_told(built: Built, rows: Iterable[int]) -> list[Mapping[str, object]]:
    """Rows of a table as JSON has them."""
    return [_cell(built, row) for row in rows]


def _cell(built: Built, row: int) -> Mapping[str, object]:
    table, doubts = built.table, built.doubts
    lat, lon, km = (float(values[row]) for values in (table.lat, table.lon, doubts.km))
    fields: dict[str, object] = {
        "cell": table.names[row],
        "region": int(built.cells.region[row]),
        "evidence": int(built.cells.evidence[row]),
        "other": int(built.cells.other[row]) or None,
        "judged_by": JudgedBy(built.judged_by[row]).name.lower(),
        "lat": _number(lat),
        "lon": _number(lon),
    }
    if doubts.doubt[row] != Doubt.NONE:
        fields |= {"doubt": Doubt(doubts.doubt[row]).name.lower(), "km": _number(round(km, 1))}
    return fields


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None  # noqa: PLR0124 (NaN)


def _changes(built: Built) -> dict[str, list[str]] | None:
    changes = built.changes
    if changes is None:
        return None
    return {name: list(getattr(changes, name)) for name in changes.__slots__}
