"""Regions by their codes: which exist, which province they lie in, what they are called.

Rule 1: this file alone decides which code is a region, on which day, and how a region is named in a text.
Rule 2: it reads no file; the tables are handed in as rows, and it holds no fact about any place itself.

A region is an int as in `domain.itinerary`. What an operator's cell table may say, and what it means:

    420100   a prefecture, or a county-level division that its province runs itself (429004): that region
    110000   a municipality; 110100 and 110200 (its districts, its counties) are the same region
    440      a mobile country code (ITU-T E.212): the country, under the first of its codes (441 is 440 as well)
    454      Hong Kong, Macau and Taiwan by their network's code: 810000, 820000, 710000
    420106   a district, 420000 a province, 460 China, 901 a ship or an aeroplane: refused, they are no regions
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Country", "Region", "RegionError", "Regions"]

_WHOLE_PROVINCES = frozenset({110000, 120000, 310000, 500000, 710000, 810000, 820000})
"""Provinces that are one region each (see `domain.itinerary`)."""
_LETTERS = re.compile(r"[^\W\d_]+")
_MUNICIPALITIES = frozenset({11, 12, 31, 50})
_MCC_DIGITS, _GB_DIGITS = 3, 6


class RegionError(ValueError):
    """A code that is no region. Its text says what was expected."""


@dataclass(frozen=True, slots=True)
class Region:
    """A division of GB/T 2260 under one name; the days of its validity are Shanghai day ordinals, both included."""

    code: int
    name_zh: str
    name_en: str
    short_zh: str  # as a citizen says it: 武汉, 延边
    province: int  # the code of its province; its own for a province
    valid_from: int | None = None  # None: before the year 2000
    valid_to: int | None = None  # None: still valid

    def valid(self, day: int) -> bool:
        """Whether the code stood for this name on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Country:
    """A mobile country code and the region that it means."""

    mcc: int
    region: int
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Regions:
    """The tables as a value. A code that changed its name has several rows, the newest last."""

    _rows: Mapping[int, tuple[Region, ...]]
    _countries: Mapping[int, Country]

    @classmethod
    def of(cls, rows: Iterable[Region], countries: Iterable[Country]) -> "Regions":
        """From the rows of the tables, in any order."""
        by_code: dict[int, tuple[Region, ...]] = {}
        for row in sorted(rows, key=lambda row: (row.code, row.valid_from or 0)):
            by_code[row.code] = (*by_code.get(row.code, ()), row)
        return cls(by_code, {country.mcc: country for country in countries})

    def parse(self, text: str, on_day: int | None = None) -> int:
        """The region that a cell table's code means, on a Shanghai day (None: any day).

        Raises RegionError for anything else, saying what was expected.
        """
        digits = text.strip()
        if not (digits.isascii() and digits.isdigit()):
            raise RegionError("six digits of GB/T 2260, or a mobile country code of three digits")
        if len(digits) == _MCC_DIGITS and int(digits) in self._countries:
            return self._countries[int(digits)].region
        code = int(digits)
        if code // 10000 in _MUNICIPALITIES and code % 10000 in {100, 200}:
            code = code // 10000 * 10000
        if len(digits) != _GB_DIGITS or not self.known(code, on_day):
            raise RegionError(self._expected(digits))
        return code

    def known(self, region: int, on_day: int | None = None) -> bool:
        """Whether this is a region's code, on a Shanghai day (None: any day)."""
        if region in self._countries:
            return self._countries[region].region == region
        if region % 10000 == 0 and region not in _WHOLE_PROVINCES:
            return False
        return any(on_day is None or row.valid(on_day) for row in self._rows.get(region, ()))

    def codes(self) -> tuple[int, ...]:
        """Every code that is a region on some day."""
        return tuple(code for code in (*self._rows, *self._countries) if self.known(code))

    def is_province(self, code: int) -> bool:
        """Whether this is the code of a whole province."""
        return self.province_of(code) == code

    def province_of(self, region: int) -> int | None:
        """The code of the province that a region lies in, None abroad and for what is no region."""
        rows = self._rows.get(region)
        return rows[-1].province if rows else None

    def name(self, region: int, language: str, on_day: int | None = None) -> str:
        """The region in a text: 湖北武汉, Wuhan (Hubei); by the name of that day, else by the newest.

        `language` is `zh` or `en`. A code of no table is named by its digits, so that an answer never falls silent.
        """
        chinese = language == "zh"
        if country := self._countries.get(region):
            return country.name_zh if chinese else country.name_en
        if region not in self._rows:
            return str(region)
        row, province = self._row(region, on_day), self._row(self._rows[region][-1].province, on_day)
        if row.code == province.code:
            return row.short_zh if chinese else row.name_en
        return province.short_zh + row.short_zh if chinese else f"{row.name_en} ({province.name_en})"

    def named_in(self, text: str) -> bool:
        """Whether a text names a region or a country, in Chinese anywhere in it, in English as whole words."""
        rows = [row for some in self._rows.values() for row in some]
        chinese = {name for row in rows for name in (row.short_zh, row.name_zh)}
        chinese |= {country.name_zh for country in self._countries.values()}
        english = {row.name_en for row in rows} | {land.name_en for land in self._countries.values()}
        words = _words(text)
        return any(len(name) > 1 and name in text for name in chinese) or any(
            _words(name) in words for name in english
        )

    def _row(self, code: int, on_day: int | None) -> Region:
        rows = self._rows[code]
        return next((row for row in reversed(rows) if on_day is None or row.valid(on_day)), rows[-1])

    def _expected(self, digits: str) -> str:
        if len(digits) == _MCC_DIGITS:
            return "a mobile country code of a country abroad (in China: six digits of GB/T 2260)"
        parent = int(digits) // 100 * 100 if len(digits) == _GB_DIGITS else 0
        if digits[4:] != "00" and self.known(parent):
            return f"a prefecture, not a part of one ({parent})"
        return "a prefecture-level division of GB/T 2260 (six digits) that was valid on that day"


def _words(text: str) -> str:
    """Words of letters, each between spaces, for comparing whole words."""
    return f" {' '.join(_LETTERS.findall(text.casefold()))} "
