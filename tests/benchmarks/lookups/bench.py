"""Full lookups a second: handsets, simulator, service and back, in real processes, beside the bare work.

A full lookup is two SMS in (query, last four) and two out (challenge, reply) over SMPP on loopback, with the sealed stores,
the proof, the entry in the log on disk, and the opening. Each number asks once. What runs stands in `system`.

`bare` is the work that no service can leave out, done in a loop without a dialogue: eight PDUs (two texts in, two out, their
responses) encoded and decoded, the store's round trips on the same two servers with as many in flight (two states read and
committed with their outgoing text, one charge, one key record, one itinerary, two settled), one HMAC for the proof, one
itinerary opened and one entry of a batch on disk. Kannel relays as many messages beside it, where it is installed.

    BENCH=lookups               the service as one process: the rate that it takes, 70 % of it, processor time of each process
    BENCH="lookups --flame"     and lookups-flame.svg, sampled from lookups of its own
    BENCH="lookups --links"     keys, log and one, two, four links, each a process, beside the one
    BENCH="lookups --growth"    the same lookups beside 10^3, 10^5, 10^6 and 10^7 subscriptions (2.4 GB of memory, as much disk)

`LOOKUPS=3000` runs fewer of them: a twelfth warms up, a quarter is the calm part. What ten times the usual rate does for a
minute is a soak: `tests/fault/test_surge.py`.
"""

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.entrypoints.garbage import seldom_collected
from tests.benchmarks.lookups.ballast import filled
from tests.benchmarks.lookups.bare import bare_lookups
from tests.benchmarks.lookups.commands import asked_of, budget
from tests.benchmarks.lookups.flame import drawn
from tests.benchmarks.lookups.handsets import Load, Phones, saturated, steady
from tests.benchmarks.lookups.kannel import kannel_relays
from tests.benchmarks.lookups.system import System, used

__all__ = ["main"]

_LOOKUPS, _IN_FLIGHT = int(os.environ.get("LOOKUPS", "12000")), 256
_WARM, _CALM = _LOOKUPS // 12, _LOOKUPS // 4
_BITS, _MANY_BITS = 10, 18  # of buckets: for the few that ask, and where ten million lie beside them
_LINKS = (1, 2, 4)
_SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
_PICTURE = Path("lookups-flame.svg")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: as many as it takes; seconds of each process for one lookup; what the stores were asked."""

    load: Load
    spent: Counter[str]
    commands: Counter[tuple[str, str]]


async def _measured(system: System, pids: dict[str, int], numbers: Sequence[str]) -> Measured:
    """A twelfth warms up, so that scripts are loaded and keys derived; the others count."""
    phones, warm = Phones(system.centre), len(numbers) // 12
    await saturated(phones, numbers[:warm], 64)
    before, commands = used(pids), await asked_of(system.urls)
    load = await saturated(phones, numbers[warm:], _IN_FLIGHT)
    spent, count = used(pids), len(numbers) - warm
    spent.subtract(before)
    asked = await asked_of(system.urls) - commands
    return Measured(load, Counter({name: seconds / count for name, seconds in spent.items()}), asked)


async def _plain(show: Console, *, flame: bool) -> None:
    sampled = _CALM if flame else 0
    async with _system(show, _LOOKUPS + sampled, _BITS) as system:
        bare = await bare_lookups(system.folder, _LOOKUPS // 2, _IN_FLIGHT)
        relays = await kannel_relays(system.folder, _LOOKUPS, _IN_FLIGHT)
        async with system.serving() as pids:
            numbers, phones = system.numbers, Phones(system.centre)
            found = await _measured(system, pids, numbers[: _LOOKUPS - _CALM])
            calm = await steady(phones, numbers[_LOOKUPS - _CALM : _LOOKUPS], 0.7 * found.load.rate)
            if flame:
                async with drawn(pids["service"], _PICTURE):
                    await saturated(phones, numbers[_LOOKUPS:], _IN_FLIGHT)
    rows = {f"{_IN_FLIGHT} in flight": found.load, "at 70 % of that": calm}
    table = _loads("Full lookups, everything counted in", rows)
    table.add_row("bare work", f"{bare:,.0f}", "", "")
    if relays is not None:
        table.add_row("Kannel, a lookup's messages", f"{relays / 2:,.0f}", "", "")
    show.print(table)
    show.print(f"{found.load.rate:.0f} full lookups/s")
    show.print(f"{found.load.rate / bare:.2f} of the bare work")
    if relays is None:
        show.print("Kannel relays nothing beside it: apt-get install kannel")
    show.print(_spent({"service": found.spent}))
    show.print(budget(found.commands, _LOOKUPS - _CALM - (_LOOKUPS - _CALM) // 12))
    if flame:
        show.print(f"the service's time, drawn: {_PICTURE}")


async def _links(show: Console) -> None:
    """The same number of lookups by one process, and by keys, log and several links."""
    found: dict[str, Measured] = {}
    async with _system(show, _LOOKUPS * (1 + len(_LINKS)), _BITS) as system:
        bare = await bare_lookups(system.folder, _LOOKUPS // 2, _IN_FLIGHT)
        for place, links in enumerate((0, *_LINKS)):
            numbers = system.numbers[place * _LOOKUPS : (place + 1) * _LOOKUPS]
            async with system.serving(links) as pids:
                name = f"keys, log, {links} link" + "s" * (links > 1) if links else "one process"
                found[name] = await _measured(system, pids, numbers)
    show.print(_loads("Several processes", {name: one.load for name, one in found.items()}, bare))
    show.print(_spent({name: one.spent for name, one in found.items()}))


async def _growth(show: Console) -> None:
    """The same lookups while ever more subscriptions lie beside them."""
    found: dict[str, Measured] = {}
    async with _system(show, _LOOKUPS * len(_SIZES), _MANY_BITS) as system:
        there = 0
        for place, size in enumerate(_SIZES):
            more = max(0, size - there - system.people)
            with Progress(console=show, transient=True) as progress:
                task = progress.add_task(f"{size:,} subscriptions", total=2 * more)
                await filled(system.urls, _MANY_BITS, more, partial(progress.advance, task))
            there += more
            numbers = system.numbers[place * _LOOKUPS : (place + 1) * _LOOKUPS]
            async with system.serving() as pids:
                found[f"{max(size, system.people):,} subscriptions"] = await _measured(system, pids, numbers)
    show.print(_loads("Growth", {name: one.load for name, one in found.items()}))
    show.print(_spent({name: one.spent for name, one in found.items()}))


@asynccontextmanager
async def _system(show: Console, people: int, bits: int) -> AsyncIterator[System]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        with show.status(f"enrolling {people:,} numbers"):
            system = await System(Path(name), people, bits).__aenter__()
        try:
            yield system
        finally:
            await system.__aexit__()


def _loads(title: str, rows: dict[str, Load], bare: float | None = None) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("", "lookups/s", "p50 ms", "p99 ms", *(() if bare is None else ("of bare",))):
        table.add_column(column, justify="right" if column else "left")
    for name, load in rows.items():
        ratio = () if bare is None else (f"{load.rate / bare:.2f}",)
        times = (load.median, load.percentile(0.99))
        table.add_row(name, f"{load.rate:,.0f}", *(f"{time * 1000:.1f}" for time in times), *ratio)
    return table


def _spent(runs: dict[str, Counter[str]]) -> Table:
    """Each process's milliseconds for one lookup; links together."""
    table = Table(title="Processor time of one lookup, ms", title_justify="left")
    for column in ("", *runs):
        table.add_column(column, justify="right" if column else "left")
    folded = [_folded(spent) for spent in runs.values()]
    for name in dict.fromkeys(name for spent in folded for name in spent):
        table.add_row(name, *(f"{spent[name] * 1000:.2f}" if name in spent else "" for spent in folded))
    table.add_row("all", *(f"{spent.total() * 1000:.2f}" for spent in folded))
    return table


def _folded(spent: Counter[str]) -> Counter[str]:
    folded: Counter[str] = Counter()
    for name, seconds in spent.items():
        folded["links" if name.startswith("link ") else name] += seconds
    return folded


def main(*, flame: bool = False, links: bool = False, growth: bool = False) -> None:
    """Run what was asked for."""
    show = Console()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, seldom_collected():
        if links:
            runner.run(_links(show))
        elif growth:
            runner.run(_growth(show))
        else:
            runner.run(_plain(show, flame=flame))
