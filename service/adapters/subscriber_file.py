"""Subscribers to enrol from CSV: msisdn, document_type, document_last_four, activated_on.

Rule 1: this file alone knows the layout of an enrolment file.
Rule 2: it decides nothing about numbers and documents (`domain.identity`), and enrols nobody.
"""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import date
from io import BufferedReader
from pathlib import Path

from service.adapters.dead_letters import DeadLetters, DeadRow
from service.adapters.text_lines import header, records
from service.domain.identity import DocumentType, IdentityError, LastFour, Msisdn
from service.ports.feed import FeedError, Subscriber

__all__ = ["SUBSCRIBER_COLUMNS", "read_subscribers"]

SUBSCRIBER_COLUMNS = ("msisdn", "document_type", "document_last_four", "activated_on")

_EPOCH = date(1970, 1, 1)
_ISO_DATE = len("2026-11-23")


def read_subscribers(
    source: Path | BufferedReader, dead: DeadLetters, country_code: int = 86
) -> Iterator[Subscriber]:
    """Every good row in the order of the file; the others go to `dead`, where they are counted.

    Raises FeedError for a file that cannot be read or lacks a column.
    """
    name = str(source) if isinstance(source, Path) else "-"
    try:
        with source.open("rb") if isinstance(source, Path) else nullcontext(source) as stream:
            for row in _rows(stream, name, country_code):
                if isinstance(row, DeadRow):
                    dead.write([row])
                else:
                    yield row
    except OSError as error:
        raise FeedError.of(name, f"a file that can be read ({error.strerror})") from error


def _rows(stream: BufferedReader, name: str, country_code: int) -> Iterator[Subscriber | DeadRow]:
    columns = header(stream, name, SUBSCRIBER_COLUMNS)
    shape = f"a line of {len(columns)} fields in UTF-8: {','.join(columns)}"
    for number, values, line in records(stream, name, columns):
        if values is None:
            yield DeadRow(number, "", shape, line=line)
            continue
        parsed = _parsed(values, country_code)
        if isinstance(parsed, Subscriber):
            yield parsed
        else:
            yield DeadRow(number, *parsed, tuple(values[column] for column in SUBSCRIBER_COLUMNS))


def _parsed(values: Mapping[str, str], country_code: int) -> Subscriber | tuple[str, str]:
    """The subscriber, or the first column that is wrong and what was expected there."""
    column = "msisdn"
    try:
        msisdn = Msisdn.parse(values[column], country_code=country_code)
        column = "document_type"
        document_type = _document_type(values[column])
        column = "document_last_four"
        last_four = LastFour.parse(values[column])
        column = "activated_on"
        return Subscriber(msisdn, document_type, last_four, _day(values[column]))
    except ValueError as error:
        return column, str(error)


def _document_type(text: str) -> DocumentType:
    try:
        return DocumentType(text)
    except ValueError:
        raise IdentityError(f"one of {', '.join(DocumentType)}") from None


def _day(text: str) -> int:
    try:
        day = (date.fromisoformat(text) - _EPOCH).days if len(text) == _ISO_DATE else -1
    except ValueError:
        day = -1
    if day < 0:
        raise IdentityError("a day since 1970, written 2026-11-23")
    return day
