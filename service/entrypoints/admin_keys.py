"""The commands `itinerary admin keys ...`: the signing keys' states, and a rotation by hand.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing about a key, and nothing that it gets holds a private one.
"""

import json
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
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
    moment,
    run,
    settings_of,
)
from service.sealing.signing import Draft, KeyUse, SigningKey
from service.wiring.acting import entered
from service.wiring.keys import keys_role
from service.wiring.operations import PrometheusTally
from service.wiring.signing import tending

__all__ = ["keys_app"]

_TIMES = {
    "announced_at": "announced",
    "active_from": "signs from",
    "active_until": "signs until",
    "verify_until": "verifies until",
}

keys_app = typer.Typer(help="The keys that sign cards and receipts.", invoke_without_command=True)


@keys_app.callback()
def states(context: typer.Context, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every signing key with its state: announced, active, verify-only, retired (for 30 days)."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(config)

    async def found() -> list[SigningKey]:
        async with keys_role(settings) as role:
            return [key for use in KeyUse for key in await role.signing.named(use)]

    _print(run(found), as_json=as_json)


@keys_app.command()
def rotate(
    reason: Reason,
    ticket: Ticket,
    use: Annotated[
        list[KeyUse] | None, typer.Option(help="a set of keys; repeatable; both by default")
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once", help="a key was stolen: a new one signs now, and what the old one signed is void"
        ),
    ] = False,
    config: Config = CONFIG,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Announce the next key now; it signs in 48 hours. Without this command keys rotate weekly by themselves."""
    settings, uses = settings_of(config), tuple(use or KeyUse)
    what = f"{'at once' if at_once else 'ahead'} {' '.join(uses)}"

    async def done() -> list[SigningKey] | list[Draft]:
        await entered(settings, Kind.STAFF_ROTATE, what, act_of(reason, ticket), dry_run=dry_run)
        async with tending(settings, PrometheusTally(), time.time) as tend:
            if dry_run:
                return [await tend.foreseen(one, at_once=at_once) for one in uses]
            return [await tend.rotate(one, at_once=at_once) for one in uses]

    _print(run(done), as_json=as_json)


def _print(keys: Sequence[SigningKey | Draft], *, as_json: bool) -> None:
    now = int(time.time())
    if as_json:
        typer.echo(json.dumps([_plain(key, now) for key in keys]))
        return
    table = Table("set", "key", "state", "log entry", "times")  # one below the other: a line has 80 columns
    for key in sorted(keys, key=lambda key: (_life(key).use, _life(key).serial)):
        told = _plain(key, now)
        times = "\n".join(
            f"{name:<14} {moment(getattr(_life(key), field))}" for field, name in _TIMES.items()
        )
        place = "none yet" if told["log_index"] is None else str(told["log_index"])
        table.add_row(str(told["set"]), str(told["kid"] or "-"), str(told["state"]), place, times)
    Console().print(table)


def _plain(key: SigningKey | Draft, now: int) -> dict[str, object]:
    """As JSON has it; times are unix seconds. A key that was not made has no name and no place."""
    made = key if isinstance(key, SigningKey) else None
    return {
        "set": _life(key).use.value,
        "kid": made.kid if made else None,
        "state": made.state(now).value if made else "would be made",
        **{name: getattr(_life(key), name) for name in _TIMES},
        "log_index": made.position if made else None,
    }


def _life(key: SigningKey | Draft) -> Draft:
    return key.life if isinstance(key, SigningKey) else key
