"""The commands `itinerary admin sunset ...`: the end of the service, by two persons, for good.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing; what it prints holds nothing of anybody.

    propose --on WHEN    approve    (the moment comes: every role refuses by itself)    carry-out    forget, for each role's file
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from service.audit.closing import Certificate
from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.sunset import Order
from service.entrypoints.console import (
    CONFIG,
    USAGE,
    AsJson,
    Config,
    DryRun,
    Reason,
    Ticket,
    act_of,
    errors,
    fail,
    moment,
    run,
    settings_of,
    tell,
)
from service.settings import Settings
from service.wiring.sunset import Closing, carry_out, certificate_of, forget_keys, left, sunset

__all__ = ["sunset_app"]

sunset_app = typer.Typer(
    help="Close the service for good: ordered by two persons, keys destroyed, certified in the log.",
    no_args_is_help=True,
)


@sunset_app.command()
def propose(
    on: Annotated[str, typer.Option(metavar="WHEN", help="in Shanghai: 2027-06-30, or 2027-06-30T12:00:00")],
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose the moment from which on nothing is looked up, recorded or enrolled; another person approves it."""
    settings, at = settings_of(config), _moment(on)

    async def done() -> Order:
        async with sunset(settings) as flow:
            return await flow.propose(at, act_of(reason, ticket), dry_run=dry_run)

    order = run(done)
    _told({"proposed": order.on, "by": order.proposed_by, "dry_run": dry_run}, as_json=as_json)
    if not dry_run:
        tell("a colleague approves it: itinerary admin sunset approve")


@sunset_app.command()
def approve(
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve a colleague's proposal. It can't be taken back: from its moment on every role refuses by itself."""
    settings = settings_of(config)

    async def done() -> Order:
        async with sunset(settings) as flow:
            return await flow.approve(act_of(reason, ticket), dry_run=dry_run)

    order = run(done)
    _told(_fields(order) | {"dry_run": dry_run}, as_json=as_json)


@sunset_app.command()
def show(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """What is ordered, whether its moment has come, and how far the destruction is."""
    settings = settings_of(config)
    closing = Closing(settings)

    async def known() -> Certificate | None:
        return certificate_of(settings)

    certificate, order, proposal = run(known), closing.order, closing.files.proposal()
    fields: dict[str, object] = {"state": _state(closing, certificate, proposed=proposal is not None)}
    if order is not None:
        fields |= _fields(order)
    elif proposal is not None:
        fields |= {"proposed_by": proposal[1]}
    if certificate is not None:
        fields |= {"certified": certificate.at, "keys_destroyed": len(certificate.destroyed)}
    _told(fields, as_json=as_json)


@sunset_app.command("carry-out")
def carry_out_now(
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Destroy every key and certify it, once the moment has come. Killed at any step, run it again."""
    settings, act = settings_of(config), act_of(reason, ticket)
    names = run(lambda: left(settings)) if not _certified(settings) else []
    if dry_run:
        _told({"would_destroy": names}, as_json=as_json)
        return
    columns = (TextColumn("destroying {task.description}"), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("", total=len(names))
        certificate = run(
            lambda: carry_out(settings, act, lambda name: progress.update(task, description=name, advance=1))
        )
    _told(
        {"certified": certificate.at, "destroyed": list(certificate.destroyed), "order": certificate.order},
        as_json=as_json,
    )


@sunset_app.command()
def forget(
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Once it is certified: empty the key file of this configuration. For each role that has a file of its own."""
    settings, act = settings_of(config), act_of(reason, ticket)
    names = run(lambda: forget_keys(settings, act, dry_run=dry_run))
    _told({"would_forget" if dry_run else "forgotten": names}, as_json=as_json)


def _certified(settings: Settings) -> bool:
    return Closing(settings).certificate is not None


def _state(closing: Closing, certificate: Certificate | None, *, proposed: bool) -> str:
    if certificate is not None:
        return "closed for good"
    if closing.order is not None:
        return "refusing; keys not destroyed yet" if closing.due else "ordered"
    return "proposed" if proposed else "nothing proposed"


def _fields(order: Order) -> dict[str, object]:
    return {
        "on": order.on,
        "proposed_by": order.proposed_by,
        "approved_by": order.approved_by,
        "reason": order.reason,
        "ticket": order.ticket,
    }


def _moment(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC) - timedelta(seconds=SHANGHAI_OFFSET)
        return int(at.timestamp())
    except (ValueError, OverflowError):
        fail("--on: a day or a moment, as 2027-06-30 or 2027-06-30T12:00:00", USAGE)


_TIMES = frozenset({"on", "proposed", "certified"})


def _told(fields: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(fields, ensure_ascii=False))
        return
    table = Table(show_header=False)
    for name, value in fields.items():
        shown = moment(value) if name in _TIMES and isinstance(value, int) else value
        shown = "\n".join(map(str, shown)) if isinstance(shown, list) else str(shown)
        table.add_row(name.replace("_", " "), shown)
    Console().print(table)
