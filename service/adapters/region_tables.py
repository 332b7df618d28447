"""The region tables that ship with the service, from CSV to a value.

Rule 1: this file alone knows the layout of regions.csv and countries.csv.
Rule 2: it decides nothing about codes and names; `domain.regions` does.
"""

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files

from service.domain.regions import Country, Region, Regions

__all__ = ["load_regions"]

_EPOCH = date(1970, 1, 1)


def load_regions() -> Regions:
    """Read both tables. They belong to the package; a missing or broken one is a broken installation."""
    return Regions.of(
        (
            Region(
                int(row["code"]),
                row["name_zh"],
                row["name_en"],
                row["short_zh"],
                int(row["province"]),
                _day(row["valid_from"]),
                _day(row["valid_to"]),
            )
            for row in _rows("regions.csv")
        ),
        (
            Country(int(row["mcc"]), int(row["region"]), row["name_zh"], row["name_en"])
            for row in _rows("countries.csv")
        ),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files("service.data") / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> int | None:
    return (date.fromisoformat(text) - _EPOCH).days if text else None
