"""The command `itinerary`.

Rule 1: this file alone parses the command line, prints results and chooses exit codes.
Rule 2: it decides nothing else; every command calls one function.

    0 done    1 refused or failed, one line why    2 wrong usage or configuration, every fault at once
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.entrypoints.admin import admin_app
from service.entrypoints.audit import audit_commands
from service.entrypoints.cells import cells_app
from service.entrypoints.console import (
    FAILED,
    REFUSALS,
    USAGE,
    AsJson,
    Config,
    errors,
    fail,
    run,
    settings_of,
    tell,
)
from service.entrypoints.demo import demo_run
from service.entrypoints.ingest_summary import show_ingested
from service.entrypoints.serve import Role
from service.entrypoints.serve import serve as serve_roles
from service.ports.device import DeviceError
from service.settings import Settings
from service.wiring.closing import Closing
from service.wiring.files import enrol_file, ingest_files, stays_of
from service.wiring.following import check_sources, follow_feeds, is_stream
from service.wiring.keys import create_keys, split_keys
from service.wiring.operations import Supervisor, journal, journalled

__all__ = ["app", "main"]


app = typer.Typer(
    help="A consent-gated personal itinerary lookup by SMS, for mobile operators.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(cells_app, name="cells")
app.add_typer(audit_commands)
app.add_typer(admin_app, name="admin")


@app.command()
def serve(
    config: Config = Path("itinerary.toml"),
    role: Annotated[list[Role] | None, typer.Option(help="a role to run; repeatable; all by default")] = None,
    metrics: Annotated[
        str | None,
        typer.Option(
            help="serve /metrics, /healthz and /readyz on HOST:PORT, loopback; instead of http.metrics"
        ),
    ] = None,
) -> None:
    """Run the service until Ctrl-C."""
    settings = settings_of(config)

    async def served() -> None:
        await serve_roles(settings.with_metrics(metrics), frozenset(role or Role))

    run(served)


@app.command()
def init(
    config: Config = Path("itinerary.toml"),
    split: Annotated[
        Path | None, typer.Option(help="also write a key file for each role into this folder")
    ] = None,
) -> None:
    """Make the key file that the configuration names, and the keys in its hardware module, where there are none."""
    settings = settings_of(config)
    run(lambda: create_keys(settings))
    file = settings.key_file
    errors.print(
        f"keys are in {file}: only a file, so whoever reads it has them all"
        if settings.hsm is None
        else f"the roles' keys are in {file}; the device's are in the module, token {settings.hsm.token}",
        markup=False,
        soft_wrap=True,
    )
    if split is not None:
        for path in _split(settings, split):
            tell(f"{path}: for the user of this role alone")


@app.command()
def enrol(
    file: Annotated[
        Path, typer.Argument(help="CSV: msisdn,document_type,document_last_four,activated_on; - for stdin")
    ],
    config: Config = Path("itinerary.toml"),
    as_json: AsJson = False,
) -> None:
    """Make subscriptions known."""
    settings = settings_of(config)
    with _progress("enrolling", "subscriptions") as advance:
        counts = run(lambda: enrol_file(settings, file, advance, tell))
    _show({str(file): counts}, as_json=as_json)


@app.command()
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="signalling events: CSV, NDJSON, Parquet or Arrow IPC; - for stdin. "
            "With --follow: directories that receive files, and redis://HOST:PORT/DB?stream=NAME",
        ),
    ],
    cells: Annotated[Path | None, typer.Option(help="the cell table: cell, region, lat, lon")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="go on with what arrives, until SIGTERM")] = False,
    metrics: Annotated[
        str | None, typer.Option(help="with --follow: serve /metrics on HOST:PORT, loopback")
    ] = None,
    config: Config = Path("itinerary.toml"),
    as_json: AsJson = False,
) -> None:
    """Fold signalling events into the sealed store. The same file twice changes nothing."""
    settings = settings_of(config)
    table = cells or settings.ingest.cells
    if table is None:
        fail("name a cell table: --cells FILE, or ingest.cells in the configuration", USAGE)
    if follow:
        counts = run(lambda: _followed(settings, sources, table, metrics))
    else:
        files = _files(sources, metrics)
        with _progress("ingesting", "events") as advance:
            counts = run(lambda: ingest_files(settings, files, table, advance, tell))
    if as_json:
        typer.echo(json.dumps(counts))
    else:
        show_ingested(counts, Console())
    if any(count["bad_files"] for count in counts.values()) and not follow:
        raise typer.Exit(FAILED)


@app.command()
def stays(
    files: Annotated[list[Path], typer.Argument(help="signalling events, as for ingest")],
    cells: Annotated[Path, typer.Option(help="the cell table; region codes are taken as given")],
    out: Annotated[Path, typer.Option(help="where the stays go: CSV, or Parquet if the name ends so")],
    coverage: Annotated[
        Path | None,
        typer.Option(help="where the days with data go: msisdn, day, seen, reason; CSV or Parquet"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Derive stays offline, without a store."""
    try:
        with _progress("deriving", "events") as advance:
            counts = stays_of(files, cells, out, advance, coverage)
    except REFUSALS as error:
        fail(str(error))
    _show({str(out): counts}, as_json=as_json)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="exit after one lookup")] = False,
    data: Annotated[Path, typer.Option(help="where the demo keeps everything")] = Path("var/demo"),
    as_json: AsJson = False,
) -> None:
    """Everything on one machine: store, simulator, service, a sample month; one lookup before your eyes."""
    run(lambda: demo_run(data, once=once, as_json=as_json))


def main() -> None:
    """Entry point."""
    app()


@contextmanager
def _progress(what: str, unit: str) -> Iterator[Callable[[int], None]]:
    """A line that moves on a terminal, and nothing elsewhere."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda count: progress.advance(task, count)


def _split(settings: Settings, folder: Path) -> list[Path]:
    try:
        return split_keys(settings, folder)
    except (DeviceError, OSError) as error:
        fail(str(error))


def _files(sources: list[str], metrics: str | None) -> list[Path]:
    """What can be ingested without --follow; every fault at once."""
    faults = [f"{source}: a stream has no end; add --follow" for source in sources if is_stream(source)]
    faults += [
        f"{source}: a directory; add --follow, or name its files"
        for source in sources
        if Path(source).is_dir()
    ]
    faults += ["--metrics: only with --follow"] if metrics is not None else []
    if faults:
        fail("\n".join(faults), USAGE)
    return [Path(source) for source in sources]


async def _followed(
    settings: Settings, sources: list[str], table: Path, metrics: str | None
) -> dict[str, dict[str, int]]:
    """SIGTERM and Ctrl-C end it in good order."""
    check_sources(sources, metrics or settings.ingest.metrics)
    stop, log = asyncio.Event(), journal()
    journalled(log)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    supervisor = Supervisor(os.environ.get("NOTIFY_SOCKET"), time.monotonic)
    watching = asyncio.create_task(_closed(Closing(settings), stop))
    try:
        return await follow_feeds(settings, sources, table, metrics, stop, log.info, log.warning, supervisor)
    finally:
        watching.cancel()


async def _closed(closing: Closing, stop: asyncio.Event) -> None:
    """From the ordered end on nothing is taken; what cannot be kept any more is said on the way out."""
    await closing.until(lambda: closing.due)
    stop.set()


def _show(counts: Mapping[str, Mapping[str, int]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(counts))
        return
    for name, fields in counts.items():
        table = Table(title=name, title_justify="left", show_header=False)
        for key, number in fields.items():
            table.add_row(key.replace("_", " "), f"{number:,}")
        Console().print(table)
