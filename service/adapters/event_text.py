"""Events in CSV and NDJSON: blocks of lines, fast where every line is sound, line by line where one is not.

Rule 1: this file alone knows how a line of text becomes columns.
Rule 2: it does not judge values; `event_columns` does.

    block of lines --arrow--> table                                  (nearly always)
                  `--line by line--> table, line numbers, broken lines   (a block with a fault)
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.json as pajson

from service.adapters.dead_letters import DeadRow
from service.adapters.event_columns import ARRIVAL, EXPECTED, REQUIRED
from service.adapters.text_lines import blocks, fields, header
from service.ports.feed import FeedError

__all__ = ["Block", "csv_blocks", "ndjson_blocks"]

_BLOCK = 16 << 20  # half a million lines of CSV; a block with a fault takes ten times its bytes for a while
_SIMPLE_QUOTES = re.compile(rb'(^|,)"([^",\r\n]*)"(?=,|\r?$)', re.MULTILINE)

_Values = tuple[str | None, ...]
_LineParser = Callable[[str], _Values | None]


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines. `table` has the event columns of the fast way, None where that way failed."""

    table: pa.Table | None = field(repr=False)
    data: bytes = field(repr=False)
    first_line: int
    columns: tuple[str, ...]
    parse: _LineParser = field(repr=False)
    shape: str  # what a line should look like

    def by_line(self) -> tuple[pa.Table, list[int], list[DeadRow]]:
        """The slow way: the same table without broken lines, each row's line number, and the broken lines."""
        rows: list[_Values] = []
        numbers: list[int] = []
        broken: list[DeadRow] = []
        for number, raw in enumerate(self.data.split(b"\n"), self.first_line):
            line = raw.removesuffix(b"\r")
            if not line.strip():
                continue
            values = _decoded(line, self.parse)
            if values is None:
                text = line.decode("utf-8", "surrogateescape")
                broken.append(DeadRow(number, "", self.shape, line=text))
            else:
                rows.append(values)
                numbers.append(number)
        by_column = zip(*rows, strict=True) if rows else ((),) * len(self.columns)
        arrays = [pa.array(column, pa.string()) for column in by_column]
        return pa.table(arrays, names=list(self.columns)), numbers, broken


def _decoded(line: bytes, parse: _LineParser) -> _Values | None:
    try:
        return parse(line.decode("utf-8"))
    except UnicodeDecodeError:
        return None


def csv_blocks(stream: BinaryIO, name: str) -> Iterator[Block]:
    """Blocks of a CSV with a header. Raises FeedError for wrong columns."""
    names = header(stream, name, REQUIRED)
    columns = tuple(column for column in (*REQUIRED, ARRIVAL) if column in names)
    places = [names.index(column) for column in columns]
    shape = f"a line of {len(names)} fields in UTF-8: {','.join(names)}"

    def parse(line: str) -> _Values | None:
        found = fields(line)
        if found is None or len(found) != len(names):
            return None
        return tuple(found[place].strip() or None for place in places)

    number = 2
    for data in blocks(stream, name, _BLOCK):
        yield Block(_csv_table(data, names, columns), data, number, columns, parse, shape)
        number += data.count(b"\n")


def _csv_table(data: bytes, names: Sequence[str], columns: Sequence[str]) -> pa.Table | None:
    plain = _SIMPLE_QUOTES.sub(rb"\1\2", data) if b'"' in data else data
    if b'"' in plain:
        return None
    unique = [name if name in columns else f"unused {place}" for place, name in enumerate(names)]
    try:
        return pacsv.read_csv(
            pa.py_buffer(plain),
            pacsv.ReadOptions(column_names=unique),
            pacsv.ParseOptions(quote_char=False),
            pacsv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid:
        return None


def ndjson_blocks(stream: BinaryIO, name: str) -> Iterator[Block]:
    """Blocks of newline-delimited JSON objects. Raises FeedError if the first one is no event."""
    columns = (*REQUIRED, ARRIVAL)
    shape = f"a JSON object with {', '.join(REQUIRED)}"
    number, begun = 1, False
    for data in blocks(stream, name, _BLOCK):
        if not begun and data.strip():
            _check_first(data, name)
            begun = True
        yield Block(_json_table(data, columns), data, number, columns, _json_values, shape)
        number += data.count(b"\n")
    if not begun:
        raise FeedError.of(name, f"{shape} on each line; the file is empty")


def _check_first(data: bytes, name: str) -> None:
    try:
        first = json.loads(data.lstrip().split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return  # a broken line like any other
    missing = [column for column in REQUIRED if not isinstance(first, dict) or column not in first]
    if missing:
        raise FeedError.of(name, f"the fields {','.join(REQUIRED)}; missing: {','.join(missing)}", row=1)


def _json_table(data: bytes, columns: Sequence[str]) -> pa.Table | None:
    try:
        first = json.loads(data.lstrip().split(b"\n", 1)[0])
        types = [pa.string() if isinstance(first.get(column), str) else pa.int64() for column in columns]
        schema = pa.schema(list(zip(columns, types, strict=True)))
        options = pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        return pajson.read_json(pa.py_buffer(data), parse_options=options)
    except (ValueError, AttributeError, RecursionError):  # ArrowInvalid is a ValueError
        return None


def _json_values(line: str) -> _Values | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return tuple(_json_text(found.get(column), column) for column in EXPECTED)


def _json_text(value: object, column: str) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None if column == "cell" else "?"
    return str(value)
