"""The commands `itinerary admin case ...`: one subscriber's case, by the reference that is printed in each prompt.

Rule 1: this file alone parses their options, prints what came of them, and says who the operator is.
Rule 2: it decides nothing else; nothing that it gets names anybody, and a case is found by its reference alone.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.domain.support import CaseView, OrderKind
from service.entrypoints.console import AsJson, Config, moment, operator, run, settings_of
from service.wiring.support import cases

__all__ = ["case_app"]

case_app = typer.Typer(
    help="A case, by the reference in its SMS: what it waits for, and what support may do about it.",
    no_args_is_help=True,
)

Reference = Annotated[str, typer.Argument(metavar="REF", help="the reference that the subscriber was told")]
Reason = Annotated[str, typer.Option(help="why, in one line that names no number and no place")]
Ticket = Annotated[str, typer.Option(help="its number in your own ticket system, like NET-1234")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
_CONFIG = Path("itinerary.toml")


@case_app.command()
def show(reference: Reference, config: Config = _CONFIG, as_json: AsJson = False) -> None:
    """What a case waits for, what blocks it, and what became of its last texts."""
    _print(_ordered(OrderKind.SHOW, reference, config), as_json=as_json)


@case_app.command()
def resend(
    reference: Reference,
    reason: Reason,
    ticket: Ticket,
    config: Config = _CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send the prompt that waits for an answer once more; its ten minutes go on."""
    _print(_ordered(OrderKind.RESEND, reference, config, reason, ticket, dry_run=dry_run), as_json=as_json)


@case_app.command()
def withdraw(
    reference: Reference,
    reason: Reason,
    ticket: Ticket,
    config: Config = _CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take every check code of this subscriber back."""
    _print(_ordered(OrderKind.WITHDRAW, reference, config, reason, ticket, dry_run=dry_run), as_json=as_json)


@case_app.command()
def lift(
    reference: Reference,
    reason: Reason,
    ticket: Ticket,
    config: Config = _CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give back the tries that wrong digits have used up, of every way, and end the pauses."""
    _print(_ordered(OrderKind.LIFT, reference, config, reason, ticket, dry_run=dry_run), as_json=as_json)


@case_app.command()
def unlock(
    reference: Reference,
    reason: Reason,
    ticket: Ticket,
    config: Config = _CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """End the lock that the owner has set with SD, for an owner who can't answer the SIM's digits."""
    _print(_ordered(OrderKind.UNLOCK, reference, config, reason, ticket, dry_run=dry_run), as_json=as_json)


def _ordered(
    kind: OrderKind,
    reference: str,
    config: Path,
    reason: str = "",
    ticket: str = "",
    *,
    dry_run: bool = False,
) -> CaseView:
    async def done() -> CaseView:
        async with cases(settings_of(config)) as order:
            return await order(kind, reference, operator(), reason, ticket, dry_run=dry_run)

    return run(done)


def _print(view: CaseView, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(view)))
        return
    table = Table(title=f"case {view.case}: {view.done}", title_justify="left", show_header=False)
    rows = {
        "waits for": "nothing" if view.phase == "idle" else f"{view.phase} ({view.purpose})",
        "until": _moment(view.expires_at),
        "language": view.language,
        "wrong tries of this prompt": str(view.wrong_tries),
        "the SIM's digits come first until": _moment(view.sim_first_until),
        "the way by the SIM is paused until": _moment(view.sim_paused_until),
        "no lock or unlock after wrong digits": "for an hour" if view.lock_guesses else "",
        "stopped by STOP": "yes" if view.stopped else "",
        "answered last": _moment(view.answered_at),
        "check codes that live": str(view.live_codes),
        "entry in the log": str(view.entry) if view.entry else "",
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, value)
    for text in view.texts:
        table.add_row(
            f"text of {_moment(text.at)}", text.fate + (f", {text.reported}" if text.reported else "")
        )
    Console().print(table)


def _moment(time: int) -> str:
    return moment(time) if time else ""
