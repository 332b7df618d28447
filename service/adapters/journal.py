"""Structured log lines, of which nothing but what is listed here can come out.

Rule 1: a key that is not in `ALLOWED` is dropped before a line is written, whoever passed it; then what looks like a
        number, a region or a code is cut out of what is left.
Rule 2: it formats nothing about a person: exceptions appear by the name of their type, libraries' messages without
        their arguments.

    ours ────────────────────────────────┐
    a library's logging ── its template ─┼─ allowed keys ─ scrubbed values ─ time ─ one line of JSON
    the event loop ─────── its message ──┘

A list of what may pass fails safe: a forgotten key is a missing word, not a leaked number. The scrubber behind it is
for texts of errors, which name files and rows: it may cut too much, and never decides what is logged.
"""

import asyncio
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

__all__ = ["ALLOWED", "Journal", "journal", "journalled"]

Journal = structlog.typing.FilteringBoundLogger

ALLOWED = frozenset(
    {"event", "level", "role", "error", "count", "host", "port", "path", "epoch", "store", "library"}
)

_CUT = "…"
_LONGEST = 500
_DATE = re.compile(
    r"20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])(\d{4}|\d{6})?"
)  # of a feed's file: 20261125, 20261125093000
_DIGITS = re.compile(r"[\d０-９]{6,}")  # a number, a region's code, a document
_CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")  # a check code
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")  # a region's name, or a text


def journal(stream: TextIO = sys.stderr) -> Journal:
    """A logger that writes JSON lines."""
    logger: Journal = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.stdlib.add_log_level,
            _allowed,
            _scrubbed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=False,
    )
    return logger


def journalled(log: Journal) -> None:
    """From now on libraries and the running event loop speak through the journal, in this process."""
    logging.basicConfig(handlers=[_Libraries(log)], level=logging.WARNING, force=True)

    def unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        log.error(
            str(context.get("message", "")), error=_type_of(context.get("exception")), library="asyncio"
        )

    asyncio.get_running_loop().set_exception_handler(unhandled)


class _Libraries(logging.Handler):
    """Messages of libraries, by their templates: what would be filled in may be anybody's."""

    def __init__(self, log: Journal) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        first = str(record.msg).partition("\n")[0]
        exception = record.exc_info[1] if record.exc_info else None
        self._log.log(record.levelno, first, error=_type_of(exception), library=record.name)


def _type_of(exception: BaseException | None) -> str | None:
    return None if exception is None else type(exception).__name__


def _allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in fields.items() if key in ALLOWED and value is not None}


def _scrubbed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _scrub(value) for key, value in fields.items()}


def _scrub(value: Any) -> str | int | float:
    """What is neither a small number nor a text is shown as one."""
    if isinstance(value, (bool, int, float)) and abs(value) < 10**6:
        return value
    text = str(value)[:_LONGEST]
    for pattern in (_CODE, _HAN):
        text = pattern.sub(_CUT, text)
    return _DIGITS.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else _CUT, text)
