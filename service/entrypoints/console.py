"""What the commands have in common: how one is run, how it fails, and in whose name.

Rule 1: this file alone turns errors into exit codes: 1 refused or failed, 2 wrong usage or configuration.
Rule 2: it knows no command; an error's own text is the one line that is shown.
"""

import asyncio
import os
import pwd
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from traceback import extract_tb
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop
from rich.console import Console

from service.domain.acts import Act
from service.domain.disputes import DisputeError
from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.packs import PackError
from service.domain.sunset import SunsetError
from service.domain.verifiers import VerifierError
from service.entrypoints.demo import DemoError
from service.flows.access import FindingError
from service.flows.acting import spoken
from service.flows.entries import LogUnavailableError
from service.flows.support_case import SupportError
from service.flows.tend_keys import RotationError
from service.ports.checkpoints import CheckpointError
from service.ports.desk import Desk, DeskError
from service.ports.device import DeviceError
from service.ports.feed import FeedError
from service.ports.keys import KeysError
from service.ports.log import LogError
from service.ports.store import StoreError
from service.ports.tombstones import TombstonesError
from service.records.key_record import RecordError
from service.settings import DeskPlace, Settings, SettingsError
from service.wiring.acting import names_a_place
from service.wiring.desk import asked_desk

__all__ = [
    "CONFIG",
    "FAILED",
    "REFUSALS",
    "USAGE",
    "AsJson",
    "Config",
    "DryRun",
    "Reason",
    "Reference",
    "Ticket",
    "act_of",
    "at_the_desk",
    "errors",
    "fail",
    "moment",
    "operator",
    "run",
    "settings_of",
    "tell",
]

FAILED, USAGE = 1, 2
REFUSALS = (
    DeskError,
    FeedError,
    DisputeError,
    SunsetError,
    VerifierError,
    RecordError,
    LogUnavailableError,
    FindingError,
    RotationError,
    StoreError,
    KeysError,
    DeviceError,
    LogError,
    CheckpointError,
    TombstonesError,
    SupportError,
    DemoError,
    OSError,
)
Config = Annotated[Path, typer.Option(help="the configuration file (TOML)", envvar="ITINERARY_CONFIG")]
Reference = Annotated[str, typer.Argument(metavar="REF", help="the reference that the subscriber was told")]


def _reason(text: str) -> str:
    """Judged before anything is opened; again by whoever writes the entry. Exit 1 for words that can't be kept."""
    return _judged(text, Act("", text, "X-1"))


def _ticket(text: str) -> str:
    return _judged(text, Act("", "x", text))


def _judged(text: str, act: Act) -> str:
    try:
        spoken(act, names_a_place)
    except DisputeError as error:
        fail(str(error))
    return text


Reason = Annotated[
    str, typer.Option(help="why, in one line that names no number and no place", callback=_reason)
]
Ticket = Annotated[
    str, typer.Option(help="its number in your own ticket system, like NET-1234", callback=_ticket)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done, and do nothing")]
AsJson = Annotated[bool, typer.Option("--json", help="the result as JSON on standard output")]
CONFIG = Path("itinerary.toml")
_Result = TypeVar("_Result")

errors = Console(stderr=True)


def settings_of(path: Path) -> Settings:
    """The configuration; every fault of it at once, and exit 2, where it cannot be used."""
    try:
        return Settings.load(path)
    except SettingsError as error:
        fail(str(error), USAGE)


def run(start: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run to the end, on the fastest event loop there is."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(start())
    except (SettingsError, PackError) as error:
        fail(str(error), USAGE)
    except REFUSALS as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:  # noqa: BLE001 - its own text may hold anything, so nobody may print it
        places = [
            f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in extract_tb(error.__traceback__)
        ]
        fail(
            "\n".join(
                [f"a fault of the program: {type(error).__name__}, in", *places, "please report these lines"]
            )
        )


def at_the_desk(path: Path, ask: Callable[[Desk], Coroutine[Any, Any, _Result]]) -> _Result:
    """What the desk answers, in the name of the operating system's user; his file may have nothing but the desk's place."""
    try:
        place = DeskPlace.load(path) or Settings.load(path)
    except SettingsError as error:
        fail(str(error), USAGE)

    async def asked() -> _Result:
        async with asked_desk(place) as desk:
            return await ask(desk)

    return run(asked)


def tell(line: str) -> None:
    """A line for people, on standard error, as it is."""
    errors.print(line, markup=False, highlight=False, soft_wrap=True)


def fail(line: str, code: int = FAILED) -> NoReturn:
    """Say why, and end."""
    tell(line)
    raise typer.Exit(code)


def operator() -> str:
    """The operating system's user: the real one, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def act_of(reason: str, ticket: str) -> Act:
    """An act in the name of whoever runs this."""
    return Act(operator(), reason, ticket)


def moment(time: int) -> str:
    """A unix second as an operator in China reads it."""
    return (datetime.fromtimestamp(time, UTC) + timedelta(seconds=SHANGHAI_OFFSET)).strftime("%Y-%m-%d %H:%M")
