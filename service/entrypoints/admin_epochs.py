"""The commands `itinerary admin epochs ...`: which epochs' keys live, and what may be done by hand.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing about an epoch; the process that holds the keys does, and does all of it by itself daily.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.audit.entries import Kind
from service.entrypoints.console import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Reason,
    Ticket,
    act_of,
    errors,
    moment,
    run,
    settings_of,
)
from service.ports.epochs import Epoch, EpochKeeping, EpochState, Swept
from service.settings import Settings
from service.wiring.acting import entered
from service.wiring.keys import keys_role

__all__ = ["epochs_app"]

_ROWS = 2000

epochs_app = typer.Typer(
    help="The epochs of the store's keys: begun, emptied and destroyed daily.", invoke_without_command=True
)


@epochs_app.callback()
def states(context: typer.Context, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every epoch whose key lives: current, tail (its queues run dry), sweep (not emptied yet), held, due."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(config)

    async def found() -> list[Epoch]:
        async with _keeping(settings) as keeping:
            return await keeping.epochs()

    epochs = run(found)
    if as_json:
        typer.echo(json.dumps([asdict(epoch) | {"state": epoch.state.value} for epoch in epochs]))
        return
    table = Table("epoch", "made for", "state", "empty", "may end from", "why it may not")
    for epoch in epochs:
        until = moment(epoch.until) if epoch.until else "-"
        empty = "yes" if epoch.empty else "no"
        table.add_row(
            str(epoch.number), _day(epoch.number), epoch.state.value, empty, until, epoch.why or "-"
        )
    Console().print(table)


@epochs_app.command()
def rotate(
    reason: Reason,
    ticket: Ticket,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="today's has begun: begin tomorrow's now, a day early")
    ] = False,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Begin an epoch now. Without this command one begins each midnight by itself."""
    settings = settings_of(config)

    async def begun() -> int:
        what = "epoch ahead" if ahead else "epoch"
        await entered(settings, Kind.STAFF_ROTATE, what, act_of(reason, ticket), dry_run=dry_run)
        async with _keeping(settings) as keeping:
            if dry_run:
                return await keeping.foreseen(ahead=ahead)
            return await keeping.rotate(ahead=ahead)

    number = run(begun)
    if as_json:
        typer.echo(json.dumps({"current": number, "dry_run": dry_run}))
    else:
        done = "would seal" if dry_run else "seals"
        typer.echo(f"epoch {number}, made for {_day(number)}, {done} from now on")


@epochs_app.command()
def sweep(
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Seal anew under the current epoch what lies under an older one, while serving; stopped, it begins anew."""
    settings = settings_of(config)

    async def passed() -> Swept | list[int]:
        await entered(settings, Kind.STAFF_SWEEP, "epochs", act_of(reason, ticket), dry_run=dry_run)
        async with _keeping(settings) as keeping:
            if dry_run:
                living = await keeping.epochs()
                return [one.number for one in living if one.state is not EpochState.CURRENT and not one.empty]
            with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
                task = progress.add_task("sweeping", total=None)
                swept = await keeping.sweep(_ROWS)
                while not swept.done:
                    progress.update(task, completed=swept.seen)
                    swept = await keeping.sweep(_ROWS)
        return swept

    swept = run(passed)
    if isinstance(swept, list):
        _foreseen(swept, as_json=as_json)
        return
    if as_json:
        typer.echo(json.dumps(asdict(swept)))
    else:
        typer.echo(
            f"{swept.seen:,} rows seen, {swept.moved:,} sealed anew, {swept.orphans:,} without keys, "
            f"{swept.unreadable:,} unreadable"
        )


def _foreseen(numbers: list[int], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"would_empty": numbers}))
        return
    named = ", ".join(f"{number} ({_day(number)})" for number in numbers)
    typer.echo(f"would seal anew what lies under: {named or 'no epoch; all are empty'}")


@asynccontextmanager
async def _keeping(settings: Settings) -> AsyncIterator[EpochKeeping]:
    async with keys_role(settings) as role:
        yield role.keeping


def _day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%d")
