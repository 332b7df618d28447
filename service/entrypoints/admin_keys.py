"""The commands `itinerary admin keys ...`: the signing keys' states, and a rotation by hand.

Rule 1: this file alone parses their options and prints what came of them.
Rule 2: it decides nothing about a key, and nothing that it gets holds a private one.
"""

import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from service.entrypoints.console import AsJson, Config, moment, run, settings_of
from service.sealing.signing import KeyUse, SigningKey
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
def states(context: typer.Context, config: Config = Path("itinerary.toml"), as_json: AsJson = False) -> None:
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
    use: Annotated[
        list[KeyUse] | None, typer.Option(help="a set of keys; repeatable; both by default")
    ] = None,
    at_once: Annotated[
        bool,
        typer.Option(
            "--at-once", help="a key was stolen: a new one signs now, and what the old one signed is void"
        ),
    ] = False,
    config: Config = Path("itinerary.toml"),
    as_json: AsJson = False,
) -> None:
    """Announce the next key now; it signs in 48 hours. Without this command keys rotate weekly by themselves."""
    settings = settings_of(config)

    async def done() -> list[SigningKey]:
        async with tending(settings, PrometheusTally(), time.time) as tend:
            return [await tend.rotate(one, at_once=at_once) for one in use or KeyUse]

    _print(run(done), as_json=as_json)


def _print(keys: list[SigningKey], *, as_json: bool) -> None:
    now = int(time.time())
    if as_json:
        typer.echo(json.dumps([_plain(key, now) for key in keys]))
        return
    table = Table("set", "key", "state", "log entry", "times")  # one below the other: a line has 80 columns
    for key in sorted(keys, key=lambda key: (key.life.use, key.life.serial)):
        times = "\n".join(f"{told:<14} {moment(getattr(key.life, name))}" for name, told in _TIMES.items())
        place = "none yet" if key.position is None else str(key.position)
        table.add_row(key.life.use.value, key.kid, key.state(now).value, place, times)
    Console().print(table)


def _plain(key: SigningKey, now: int) -> dict[str, object]:
    """As JSON has it; times are unix seconds."""
    times = {name: getattr(key.life, name) for name in _TIMES}
    return {
        "set": key.life.use.value,
        "kid": key.kid,
        "state": key.state(now).value,
        **times,
        "log_index": key.position,
    }
