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
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.entrypoints.console import (
    CONFIG,
    FAILED,
    USAGE,
    AsJson,
    Config,
    DryRun,
    Reason,
    Ticket,
    act_of,
    errors,
    fail,
    run,
    settings_of,
)
from service.ports.feed import FeedError
from service.wiring.cell_corrections import approve_correction, count_touched, propose_correction
from service.wiring.cells import build_cells

__all__ = ["cells_app"]

_EPOCH = date(1970, 1, 1)

cells_app = typer.Typer(help="Cell tables: judged offline, versioned, with a report.", no_args_is_help=True)


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
        fail("--valid-from: a day of the calendar, as 2026-11-20", USAGE)
    try:
        with _progress() as advance:
            told = build_cells(table, events or [], since, out, level.value, day, advance)
    except (FeedError, OSError) as error:
        fail(str(error), FAILED)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(told, out)


@cells_app.command()
def correct(
    files: Annotated[list[Path], typer.Argument(help="the retained feed, in the order it was ingested")],
    before: Annotated[Path, typer.Option(help="the cell table (or folder) that was used")],
    after: Annotated[Path, typer.Option(help="the one that should have been")],
    reason: Reason,
    ticket: Ticket,
    proposal: Annotated[
        Path | None, typer.Option(help="the proposal's file; correction-TICKET.json by default")
    ] = None,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Find everybody whose stays a bad table changed, and propose to correct them; another operator approves."""
    path = proposal or Path(f"correction-{ticket.replace('/', '-')}.json")
    settings, act = settings_of(config), act_of(reason, ticket)
    tables = (before, after)
    with _progress() as advance:
        touched = run(lambda: count_touched(settings, tables, files, act, advance))
    counts: dict[str, int] = {"touched": touched}
    if not dry_run:
        run(lambda: propose_correction(settings, path, tables, files, act))
    _tell(counts, as_json=as_json)
    if not dry_run:
        errors.print(
            f"a colleague approves it: itinerary cells approve {path}", highlight=False, soft_wrap=True
        )


@cells_app.command()
def approve(
    proposal: Annotated[Path, typer.Argument(help="the file that `cells correct` wrote for a colleague")],
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Carry out a colleague's proposal: records and the worker's memory are put right, and everybody touched is told.

    Stop the worker and give it the new table first; killed in between, run it again.
    """
    settings, act = settings_of(config), act_of(reason, ticket)
    with _progress() as advance:
        counts = run(lambda: approve_correction(settings, proposal, act, advance, dry_run=dry_run))
    _tell(counts, as_json=as_json)


def _tell(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(counts))
        return
    table = Table(show_header=False)
    for name, number in counts.items():
        table.add_row(name.replace("_", " "), f"{number:,}")
    Console().print(table)


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
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.advance(tasks[what], done)

        yield advance
