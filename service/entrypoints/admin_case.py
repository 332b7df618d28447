"""The commands `itinerary admin case ...`: one subscriber's case, by the reference that is printed in each prompt.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing else; nothing that it gets names anybody, and a case is found by its reference alone.
"""

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.table import Table

from service.domain.support import CaseView, OrderKind
from service.entrypoints.console import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Reason,
    Reference,
    Ticket,
    at_the_desk,
    moment,
)

__all__ = ["case_app"]

case_app = typer.Typer(
    help="A case, by the reference in its SMS: what it waits for, and what support may do about it.",
    no_args_is_help=True,
)


@case_app.command()
def show(
    reference: Reference, reason: Reason, ticket: Ticket, config: Config = CONFIG, as_json: AsJson = False
) -> None:
    """What a case waits for, what blocks it, and what became of its last texts; to look leaves an entry."""
    asked = at_the_desk(
        config, lambda desk: desk.case(OrderKind.SHOW, reference, reason, ticket, dry_run=False)
    )
    _print(asked, as_json=as_json)


def _act(kind: OrderKind, promise: str) -> None:
    """One declaration of what every act on a case is asked with."""

    def act(
        reference: Reference,
        reason: Reason,
        ticket: Ticket,
        config: Config = CONFIG,
        dry_run: DryRun = False,
        as_json: AsJson = False,
    ) -> None:
        asked = at_the_desk(config, lambda desk: desk.case(kind, reference, reason, ticket, dry_run=dry_run))
        _print(asked, as_json=as_json)

    case_app.command(kind.value, help=promise)(act)


for _kind, _promise in (
    (OrderKind.RESEND, "Send the prompt that waits for an answer once more; its ten minutes go on."),
    (OrderKind.WITHDRAW, "Take every check code of this subscriber back."),
    (OrderKind.LIFT, "Give back the tries that wrong digits have used up, of every way, and end the pauses."),
    (
        OrderKind.UNLOCK,
        "End the lock that the owner has set with SD, for an owner who can't answer the SIM's digits.",
    ),
):
    _act(_kind, _promise)


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
