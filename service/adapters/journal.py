"""Structured log lines, of which nothing but what is listed here can come out.

Rule 1: a key that is not in `ALLOWED` is dropped before a line is written, whoever passed it.
Rule 2: it formats nothing about a person: exceptions appear by the name of their type only.

A list of what may pass fails safe: a forgotten key is a missing word, not a leaked number.
"""

import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

__all__ = ["ALLOWED", "Journal", "journal"]

Journal = structlog.typing.FilteringBoundLogger

ALLOWED = frozenset(
    {"event", "level", "timestamp", "role", "error", "count", "host", "port", "path", "epoch", "store"}
)


def journal(stream: TextIO = sys.stderr) -> Journal:
    """A logger that writes JSON lines."""
    logger: Journal = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        cache_logger_on_first_use=False,
    )
    return logger


def _allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in fields.items() if key in ALLOWED}
