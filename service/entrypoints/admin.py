"""The commands `itinerary admin ...`: disputes, looked at by support and decided by two operators.

Rule 1: this file alone parses their options, prints what came of them, and says who the operator is: the
operating system's user.
Rule 2: it decides nothing else, and prints the clear part of a ticket only; nothing that it gets names anybody.
"""

import asyncio
import json
import os
import pwd
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from service.domain.disputes import DisputeError, Ticket, Verdict
from service.domain.itinerary import SHANGHAI_OFFSET
from service.flows.entries import LogUnavailableError
from service.ports.device import DeviceError
from service.ports.keys import KeysError
from service.ports.log import LogError
from service.ports.store import StoreError
from service.settings import Settings, SettingsError
from service.wiring.support import disputes as looked_at
from service.wiring.support import support

__all__ = ["admin_app"]

_FAILED, _USAGE = 1, 2
_REFUSALS = (DisputeError, LogUnavailableError, StoreError, KeysError, DeviceError, LogError, OSError)
_HIDDEN = frozenset({"index", "generation", "sealed"})

admin_app = typer.Typer(help="Support and operators: disputes.", no_args_is_help=True)
_list_app = typer.Typer(help="Disputes, as support may see them.", no_args_is_help=True)
_dispute_app = typer.Typer(
    help="Decide a dispute: one operator proposes, another approves.", no_args_is_help=True
)
admin_app.add_typer(_list_app, name="disputes")
admin_app.add_typer(_dispute_app, name="dispute")
_errors = Console(stderr=True)

Config = Annotated[Path, typer.Option(help="the configuration file (TOML)", envvar="ITINERARY_CONFIG")]
AsJson = Annotated[bool, typer.Option("--json", help="the result as JSON on standard output")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
Reference = Annotated[str, typer.Argument(metavar="REF", help="the reference that the subscriber was told")]
_Result = TypeVar("_Result")


@_list_app.command("list")
def list_all(config: Config = Path("itinerary.toml"), as_json: AsJson = False) -> None:
    """Every dispute that is known, open ones first."""

    async def found(settings: Settings) -> list[Ticket]:
        async with looked_at(settings) as vault:
            return await vault.sorted()

    tickets = _run(config, found)
    if as_json:
        typer.echo(json.dumps([_plain(ticket) for ticket in tickets]))
        return
    table = Table("reference", "opened", "status", "region was", "days", "last event")
    for ticket in tickets:
        last = ticket.events[-1]
        table.add_row(
            ticket.reference,
            _moment(ticket.opened_at),
            ticket.status.value,
            _certainty(ticket),
            str(ticket.days),
            f"{_moment(last.at)} {last.what}",
        )
    Console().print(table)


@_list_app.command()
def show(reference: Reference, config: Config = Path("itinerary.toml"), as_json: AsJson = False) -> None:
    """One dispute with its events."""

    async def found(settings: Settings) -> Ticket:
        async with looked_at(settings) as vault:
            return (await vault.found(reference)).ticket

    _print(_run(config, found), as_json=as_json)


@_dispute_app.command()
def propose(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="why, in one line that names no number and no place")],
    ticket: Annotated[str, typer.Option(help="its number in your own ticket system, like NET-1234")],
    strike: Annotated[
        bool, typer.Option("--strike", help="the stay is wrong: it shall count no more")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="the stay is right: it stays")] = False,
    config: Config = Path("itinerary.toml"),
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose a decision; another operator approves it."""
    if strike == keep:
        _fail("say what you propose: --strike or --keep", _USAGE)
    verdict = Verdict.STRIKE if strike else Verdict.KEEP

    async def done(settings: Settings) -> Ticket:
        async with support(settings) as administer:
            return await administer.propose(reference, verdict, _operator(), reason, ticket, dry_run=dry_run)

    _print(_run(config, done), as_json=as_json)


@_dispute_app.command()
def approve(
    reference: Reference,
    config: Config = Path("itinerary.toml"),
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve a colleague's proposal: it is carried out, and the subscriber is told."""

    async def done(settings: Settings) -> Ticket:
        async with support(settings) as administer:
            return await administer.approve(reference, _operator(), dry_run=dry_run)

    _print(_run(config, done), as_json=as_json)


def _operator() -> str:
    """The operating system's user: the real one, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _run(config: Path, act: Callable[[Settings], Coroutine[Any, Any, _Result]]) -> _Result:
    try:
        return asyncio.run(act(Settings.load(config)))
    except SettingsError as error:
        _fail(str(error), _USAGE)
    except _REFUSALS as error:
        _fail(str(error))


def _print(ticket: Ticket, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(ticket)))
        return
    table = Table(title=f"dispute {ticket.reference}", title_justify="left", show_header=False)
    table.add_row("opened", _moment(ticket.opened_at))
    table.add_row("status", ticket.status.value)
    table.add_row("the region was", f"{_certainty(ticket)}, on {ticket.days} days")
    for event in ticket.events:
        table.add_row(_moment(event.at), " by ".join(_filled([event.what, event.by])))
    Console().print(table)


def _plain(ticket: Ticket) -> dict[str, object]:
    """The clear part, as JSON has it; times are unix seconds."""
    return {
        name: getattr(value, "value", value) for name, value in asdict(ticket).items() if name not in _HIDDEN
    }


def _certainty(ticket: Ticket) -> str:
    return "certain" if ticket.certain else "border"


def _moment(time: int) -> str:
    return (datetime.fromtimestamp(time, UTC) + timedelta(seconds=SHANGHAI_OFFSET)).strftime("%Y-%m-%d %H:%M")


def _filled(words: Sequence[str]) -> list[str]:
    return [word for word in words if word]


def _fail(line: str, code: int = _FAILED) -> NoReturn:
    _errors.print(line, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)
