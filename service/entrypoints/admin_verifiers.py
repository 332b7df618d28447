"""The commands `itinerary admin verifiers ...`: organisations that may ask in their own name.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing else; a secret is printed once, when it is made.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.domain.verifiers import Verifier
from service.entrypoints.console import AsJson, Config, moment, operator, run, settings_of, tell
from service.flows.register import Act, Registered
from service.wiring.support import registry

__all__ = ["verifiers_app"]

verifiers_app = typer.Typer(
    help="Registered verifiers: the holder of a number reads their name as registered.", no_args_is_help=True
)

Code = Annotated[str, typer.Argument(metavar="CODE", help="its unified social credit code, 18 characters")]
Reason = Annotated[str, typer.Option(help="why, in one line")]
Ticket = Annotated[str, typer.Option(help="its number in your own ticket system, like NET-1234")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]


@verifiers_app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Option(help="as holders will read it: at most 24 letters")],
    reason: Reason,
    ticket: Ticket,
    config: Config = Path("itinerary.toml"),
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Register an organisation. Its secret is printed once, and kept nowhere."""

    async def done() -> Registered:
        async with registry(settings_of(config)) as verifiers:
            return await verifiers.add(code, name, Act(operator(), reason, ticket), dry_run=dry_run)

    made = run(done)
    if as_json:
        typer.echo(json.dumps({**_plain(made.verifier), "secret": made.secret}, ensure_ascii=False))
        return
    _print([made.verifier])
    if made.secret:
        tell("its secret, shown once; whoever has it asks in this name:")
        typer.echo(made.secret)


@verifiers_app.command("list")
def list_all(config: Config = Path("itinerary.toml"), as_json: AsJson = False) -> None:
    """Everybody who is or was registered."""

    async def found() -> list[Verifier]:
        async with registry(settings_of(config)) as verifiers:
            return await verifiers.all()

    verifiers = run(found)
    if as_json:
        typer.echo(json.dumps([_plain(verifier) for verifier in verifiers], ensure_ascii=False))
    else:
        _print(verifiers)


@verifiers_app.command()
def end(
    code: Code,
    reason: Reason,
    ticket: Ticket,
    config: Config = Path("itinerary.toml"),
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """End a registration: its secret proves nothing any more. It can be registered anew, with a new one."""

    async def done() -> Verifier:
        async with registry(settings_of(config)) as verifiers:
            return await verifiers.end(code, Act(operator(), reason, ticket), dry_run=dry_run)

    ended = run(done)
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
