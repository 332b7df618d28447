"""The commands `itinerary cells ...`.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing else; every command calls one function.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.ports.feed import FeedError
from service.wiring.cells import build_cells

__all__ = ["cells_app"]

_FAILED, _USAGE = 1, 2
_EPOCH = date(1970, 1, 1)

cells_app = typer.Typer(help="Cell tables: judged offline, versioned, with a report.", no_args_is_help=True)
_errors = Console(stderr=True)


class LevelName(StrEnum):
    """At which level regions are told apart."""

    PREFECTURE = "prefecture"
    DISTRICT = "district"


@cells_app.command()
def build(
    table: Annotated[Path, typer.Argument(help="the operator's table, CSV: cell, region, lat, lon")],
    out: Annotated[Path, typer.Option(help="the folder for the table and its report")],
    level: Annotated[LevelName, typer.Option(help="districts: codes as given")] = LevelName.PREFECTURE,
    events: Annotated[
        list[Path] | None,
        typer.Option(
            help="signalling events: they judge cells without a position, and find misplaced towers; repeatable"
        ),
    ] = None,
    valid_from: Annotated[
        str | None, typer.Option(help="the day (Asia/Shanghai) from which the table is valid, as 2026-11-20")
    ] = None,
    since: Annotated[
        Path | None, typer.Option(help="the former table, or its folder: what has changed?")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the report as JSON on standard output")] = False,
) -> None:
    """Judge a cell table offline: a versioned table for ingest and stays, and a report for network engineers."""
    try:
        day = None if valid_from is None else (date.fromisoformat(valid_from) - _EPOCH).days
    except ValueError:
        _fail("--valid-from: a day of the calendar, as 2026-11-20", _USAGE)
    try:
        with _progress() as advance:
            told = build_cells(table, events or [], since, out, level.value, day, advance)
    except (FeedError, OSError) as error:
        _fail(str(error), _FAILED)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(told, out)


def _show(told: dict[str, Any], out: Path) -> None:
    table = Table(title=told["table"], title_justify="left", show_header=False)
    rows = {name: told[name] for name in ("cells", "core", "soft", "regions", "events")}
    rows |= {f"judged by {how}".replace("_", "-"): count for how, count in told["judged_by"].items()}
    rows |= {"borders": len(told["borders"]), "doubted positions": len(told["doubted"])}
    for name, number in rows.items():
        table.add_row(name, f"{number:,}")
    console = Console()
    console.print(table)
    console.print(f"the report is {out / 'report.html'}", highlight=False, soft_wrap=True)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """A line for each thing that goes on, on a terminal; nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_errors, transient=True, disable=not _errors.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.advance(tasks[what], done)

        yield advance


def _fail(line: str, code: int) -> NoReturn:
    _errors.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)
