"""The command `itinerary admin backup verify`: whether a backup could take the store's place.

Rule 1: this file alone parses its options and prints what came of it: counts and epochs, nothing of anybody.
Rule 2: it decides nothing about a backup; the process that holds the keys does, and remembers it.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from service.entrypoints.console import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Reason,
    Ticket,
    act_of,
    errors,
    run,
    settings_of,
)
from service.ports.epochs import CopyCounts
from service.wiring.backups import backup_verified

__all__ = ["backup_app"]

_WHAT = "a server's folder, its appendonlydir, or a snapshot; of a cluster one for each master"
Copies = Annotated[list[Path], typer.Option(exists=True, help=_WHAT)]

backup_app = typer.Typer(
    help="Backups of the store: an old epoch's key is destroyed once a newer one has been verified.",
    no_args_is_help=True,
)


@backup_app.callback()
def backups() -> None:
    """So that `verify` is a word of its own."""


@backup_app.command()
def verify(
    keys: Copies,
    data: Copies,
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Open a copy of the backup beside the store, see that every row opens under the keys that there are, remember it."""
    settings = settings_of(config)

    async def looked_through() -> CopyCounts:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task("rows", total=None)
            return await backup_verified(
                settings,
                keys,
                data,
                act_of(reason, ticket),
                lambda counts: progress.update(task, completed=counts.keys + counts.data + counts.orphans),
                dry_run=dry_run,
            )

    counts = run(looked_through)
    if as_json:
        typer.echo(json.dumps(asdict(counts)))
        return
    typer.echo(
        f"{'would count as verified' if dry_run else 'verified'}: {counts.keys:,} key records, {counts.data:,} itineraries, {counts.orphans:,} without keys; "
        f"it does without the epochs before {counts.oldest}"
    )
