"""The commands `itinerary admin verifiers ...`: organisations that may ask in their own name.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing else; a secret is printed once, when it is made.
"""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.domain.verifiers import Verifier
from service.entrypoints.console import (
    CONFIG,
    AsJson,
    Config,
    DryRun,
    Reason,
    Ticket,
    at_the_desk,
    moment,
    tell,
)

__all__ = ["verifiers_app"]

verifiers_app = typer.Typer(
    help="Registered verifiers: the holder of a number reads their name as registered.", no_args_is_help=True
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="its unified social credit code, 18 characters")]


@verifiers_app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="as holders will read it: at most 24 letters")],
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Register an organisation. Its secret is printed once, and kept nowhere."""
    made = at_the_desk(config, lambda desk: desk.register(code, name, reason, ticket, dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps({**_plain(made.verifier), "secret": made.secret}, ensure_ascii=False))
        return
    _print([made.verifier])
    if made.secret:
        tell("its secret, shown once; whoever has it asks in this name:")
        typer.echo(made.secret)


@verifiers_app.command("list")
def list_all(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Everybody who is or was registered."""
    verifiers = at_the_desk(config, lambda desk: desk.verifiers())
    if as_json:
        typer.echo(json.dumps([_plain(verifier) for verifier in verifiers], ensure_ascii=False))
    else:
        _print(verifiers)


@verifiers_app.command()
def end(
    code: Code,
    reason: Reason,
    ticket: Ticket,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """End a registration: its secret proves nothing any more. It can be registered anew, with a new one."""
    ended = at_the_desk(config, lambda desk: desk.unregister(code, reason, ticket, dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps(_plain(ended), ensure_ascii=False))
    else:
        _print([ended])


def _plain(verifier: Verifier) -> dict[str, object]:
    """Without the hash of the secret; times are unix seconds."""
    return {name: value for name, value in asdict(verifier).items() if name != "tag"}


def _print(verifiers: list[Verifier]) -> None:
    table = Table("code", "name", "registered", "ended")
    for one in verifiers:
        table.add_row(one.code, one.name, moment(one.added_at), moment(one.ended_at) if one.ended_at else "")
    Console().print(table)
