"""The commands `itinerary admin ...`: disputes, looked at by support and decided by two operators.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing else, and prints the clear part of a ticket only; nothing that it gets names anybody.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.domain.disputes import Ticket, Verdict
from service.entrypoints.admin_backup import backup_app
from service.entrypoints.admin_case import case_app
from service.entrypoints.admin_epochs import epochs_app
from service.entrypoints.admin_keys import keys_app
from service.entrypoints.admin_sunset import sunset_app
from service.entrypoints.admin_verifiers import verifiers_app
from service.entrypoints.console import (
    CONFIG,
    USAGE,
    AsJson,
    Config,
    DryRun,
    Reason,
    Reference,
    act_of,
    at_the_desk,
    fail,
    moment,
    run,
    settings_of,
)
from service.entrypoints.console import Ticket as TicketNumber
from service.wiring.support import restored

__all__ = ["admin_app"]

_HIDDEN = frozenset({"index", "generation", "sealed"})

admin_app = typer.Typer(
    help="Support and operators: cases, disputes, signing keys, registered verifiers.", no_args_is_help=True
)
_list_app = typer.Typer(help="Disputes, as support may see them.", no_args_is_help=True)
_dispute_app = typer.Typer(
    help="Decide a dispute: one operator proposes, another approves.", no_args_is_help=True
)
admin_app.add_typer(backup_app, name="backup")
admin_app.add_typer(case_app, name="case")
admin_app.add_typer(epochs_app, name="epochs")
admin_app.add_typer(keys_app, name="keys")
admin_app.add_typer(sunset_app, name="sunset")
admin_app.add_typer(verifiers_app, name="verifiers")
admin_app.add_typer(_list_app, name="disputes")
admin_app.add_typer(_dispute_app, name="dispute")


@admin_app.command()
def restore(
    reason: Reason,
    ticket: TicketNumber,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """After the stores were restored from a copy: erase again whatever has been erased since. Start it before the service."""
    settings = settings_of(config)
    count = run(lambda: restored(settings, act_of(reason, ticket), dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps({"erasures": count}))
        return
    done = "would be held" if dry_run else "held"
    again = "would be" if dry_run else "is"
    typer.echo(f"{count} erasures {done} against the stores; whatever had come back {again} erased again")


@_list_app.command("list")
def list_all(reason: Reason, ticket: TicketNumber, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every dispute that is known, open ones first; to look leaves an entry."""
    tickets = at_the_desk(config, lambda desk: desk.disputes(reason, ticket))
    if as_json:
        typer.echo(json.dumps([_plain(one) for one in tickets]))
        return
    table = Table("reference", "opened", "status", "region was", "days", "last event")
    for one in tickets:
        last = one.events[-1]
        table.add_row(
            one.reference,
            moment(one.opened_at),
            one.status.value,
            _certainty(one),
            str(one.days),
            f"{moment(last.at)} {last.what}",
        )
    Console().print(table)


@_list_app.command()
def show(
    reference: Reference,
    reason: Reason,
    ticket: TicketNumber,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """One dispute with its events; to look leaves an entry in its subscriber's record."""
    _print(at_the_desk(config, lambda desk: desk.dispute(reference, reason, ticket)), as_json=as_json)


@_dispute_app.command()
def propose(
    reference: Reference,
    reason: Reason,
    ticket: TicketNumber,
    strike: Annotated[
        bool, typer.Option("--strike", help="the stay is wrong: it shall count no more")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="the stay is right: it stays")] = False,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Propose a decision; another operator approves it."""
    if strike == keep:
        fail("say what you propose: --strike or --keep", USAGE)
    verdict = Verdict.STRIKE if strike else Verdict.KEEP

    proposed = at_the_desk(
        config, lambda desk: desk.propose(reference, verdict, reason, ticket, dry_run=dry_run)
    )
    _print(proposed, as_json=as_json)


@_dispute_app.command()
def approve(
    reference: Reference,
    reason: Reason,
    ticket: TicketNumber,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Approve a colleague's proposal: it is carried out, and the subscriber is told."""
    approved = at_the_desk(config, lambda desk: desk.approve(reference, reason, ticket, dry_run=dry_run))
    _print(approved, as_json=as_json)


def _print(ticket: Ticket, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(ticket)))
        return
    table = Table(title=f"dispute {ticket.reference}", title_justify="left", show_header=False)
    table.add_row("opened", moment(ticket.opened_at))
    table.add_row("status", ticket.status.value)
    table.add_row("the region was", f"{_certainty(ticket)}, on {ticket.days} days")
    for event in ticket.events:
        table.add_row(moment(event.at), " by ".join(_filled([event.what, event.by])))
    Console().print(table)


def _plain(ticket: Ticket) -> dict[str, object]:
    """The clear part, as JSON has it; times are unix seconds."""
    return {
        name: getattr(value, "value", value) for name, value in asdict(ticket).items() if name not in _HIDDEN
    }


def _certainty(ticket: Ticket) -> str:
    return "certain" if ticket.certain else "border"


def _filled(words: Sequence[str]) -> list[str]:
    return [word for word in words if word]
