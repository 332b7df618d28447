"""Full lookups a second: handsets, simulator, service and back, in real processes, beside the bare work.

A full lookup is two SMS in (query, last four) and two out (challenge, reply) over SMPP on loopback, with the sealed stores,
the proof, the entry in the log on disk, and the opening. Each number asks once. What runs:

    this process         handsets, the simulator's centre and its SMPP side: their CPU is counted in
    itinerary serve      link and web, one process
    two Valkey servers   keys and data, `appendfsync always`, started by the service

`bare` is the work that no service can leave out, done in a loop without a dialogue: eight PDUs (two texts in, two out, their
responses) encoded and decoded, the store's round trips on the same two servers with as many in flight (two states read and
committed with their outgoing text, one charge, one key record, one itinerary, two settled), one HMAC for the proof, one
itinerary opened and one entry of a batch on disk. Kannel relays as many messages beside it, where it is installed.

`LOOKUPS=3000` runs fewer of them: a twelfth warms up, a quarter is the calm part.
"""

import asyncio
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.adapters.embedded_valkey import EmbeddedValkey
from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.benchmarks.bare_lookup import bare_lookups
from tests.benchmarks.kannel import kannel_relays
from tests.benchmarks.store_commands import asked_of, budget

__all__ = ["main"]

_NUMBERS, _IN_FLIGHT = int(os.environ.get("LOOKUPS", "12000")), 256
_WARM, _FULL = _NUMBERS // 12, _NUMBERS * 3 // 4
_PROGRAM = str(Path(sys.executable).with_name("itinerary"))
_PACKS = Path(__file__).parents[2] / "config" / "packs"
_FIRST = 8613900000000
_LAST_FOUR = "123X"


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of lookups came to; times in seconds."""

    rate: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """The latency that this share of lookups stays below."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Phones:
    """Handsets that ask once each and wait for what is answered."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.repeated = 0

    async def lookup(self, msisdn: str) -> float:
        """One full lookup; how long it took from the query to the reply."""
        texts: asyncio.Queue[str] = asyncio.Queue()

        async def listen() -> None:
            async for message in self._centre.stream(msisdn):
                if message.sender == "10086":
                    texts.put_nowait(message.text)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        begun = time.perf_counter()
        await self._centre.send(msisdn, "10086", "CXMYD")
        await texts.get()
        await self._centre.send(msisdn, "10086", _LAST_FOUR)
        while "湖北武汉" not in (reply := await texts.get()):
            if "回复证件号" not in reply:
                raise RuntimeError(f"a lookup was not answered as it must be: {reply}")
            self.repeated += 1  # a prompt of unknown fate comes twice: the link is too slow for its own timer
        listening.cancel()
        return time.perf_counter() - begun


async def saturated(phones: Phones, numbers: list[str], in_flight: int) -> Load:
    """As many lookups as the service takes, `in_flight` at once."""
    gate, begun = asyncio.Semaphore(in_flight), time.perf_counter()

    async def one(number: str) -> float:
        async with gate:
            return await phones.lookup(number)

    latencies = await asyncio.gather(*(one(number) for number in numbers))
    return Load(len(numbers) / (time.perf_counter() - begun), latencies)


async def steady(phones: Phones, numbers: list[str], rate: float) -> Load:
    """Lookups that begin at a fixed rate, whether or not the former ones are answered (an open loop)."""
    begun = time.perf_counter()

    async def one(place: int, number: str) -> float:
        await asyncio.sleep(max(0.0, begun + place / rate - time.perf_counter()))
        return await phones.lookup(number)

    latencies = await asyncio.gather(*(one(place, number) for place, number in enumerate(numbers)))
    return Load(len(numbers) / (time.perf_counter() - begun), latencies)


def _files(folder: Path) -> None:
    """A register, a cell, and five hours in Wuhan for everybody."""
    now = int(time.time())
    activated = (datetime.now(UTC) - timedelta(days=100)).date().isoformat()
    with (folder / "subscribers.csv").open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["msisdn", "document_type", "document_last_four", "activated_on"])
        rows.writerows([_FIRST + place, "resident_id", _LAST_FOUR, activated] for place in range(_NUMBERS))
    (folder / "cells.csv").write_text("cell,region\n1,420100\n", encoding="ascii")
    with (folder / "events.csv").open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["msisdn", "time", "cell"])
        for hour in range(48, 42, -1):
            rows.writerows([_FIRST + place, now - hour * 3600, 1] for place in range(_NUMBERS))


def _configuration(folder: Path, smpp_port: int) -> Path:
    (folder / "password").write_text("secret", encoding="ascii")
    path = folder / "itinerary.toml"
    path.write_text(
        f"""key_file = "keys.json"
log_directory = "log"
[store]
directory = "store"
bucket_bits = 10
[smpp]
port = {smpp_port}
system_id = "itinerary"
password_file = "password"
window = 500
segments_per_second = 100000
[http]
port = 0
[ingest]
directory = "ingest"
cells = "cells.csv"
[packs]
directory = "{_PACKS}"
""",
        encoding="utf-8",
    )
    return path


async def _run(show: Console) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        Progress(console=show, transient=True) as progress,
    ):
        folder = Path(name)
        task = progress.add_task(f"enrolling {_NUMBERS:,} numbers", total=5)
        _files(folder)
        centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
        smsc = SmscServer(centre, [Account("itinerary", "secret")], FaultBox(), clock=time.time)
        await smsc.start("127.0.0.1", 0)
        config = _configuration(folder, smsc.port)
        async with _stores(folder) as stores:
            for command in (
                ["init"],
                ["enrol", str(folder / "subscribers.csv")],
                ["ingest", str(folder / "events.csv")],
            ):
                await asyncio.to_thread(_called, [_PROGRAM, *command, "--config", str(config)])
            progress.update(task, advance=1, description="bare work")
            bare = await bare_lookups(folder, _NUMBERS // 2, _IN_FLIGHT)
            relays = await kannel_relays(folder, _NUMBERS, _IN_FLIGHT)
            progress.update(task, advance=1, description="full lookups")
            service = await asyncio.create_subprocess_exec(
                _PROGRAM, "serve", "--config", str(config), stderr=subprocess.DEVNULL
            )
            try:
                await _bound(smsc)
                phones, numbers = Phones(centre), [str(_FIRST + place) for place in range(_NUMBERS)]
                await saturated(phones, numbers[:_WARM], 64)  # warm: scripts are loaded, keys derived
                pids = {"service": service.pid, "handsets and centre": os.getpid(), **stores.pids}
                before, commands = (
                    {name: _cpu(pid) for name, pid in pids.items()},
                    await asked_of(stores.urls),
                )
                full = await saturated(phones, numbers[_WARM:_FULL], _IN_FLIGHT)
                spent = {name: (_cpu(pid) - before[name]) / (_FULL - _WARM) for name, pid in pids.items()}
                commands = await asked_of(stores.urls) - commands
                progress.update(task, advance=1, description="at 70 % of that")
                calm = await steady(phones, numbers[_FULL:], 0.7 * full.rate)
            finally:
                service.terminate()
                await service.wait()
                await smsc.stop()
    _table(show, full, calm, bare, relays)
    _spent(show, spent)
    show.print(budget(commands, _FULL - _WARM))


async def _bound(smsc: SmscServer) -> None:
    """Wait for the service's bind."""
    for _ in range(600):
        if smsc.bound:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("the service did not bind")


class _stores:  # noqa: N801 - reads as a context
    """Both servers, up for the whole run; every process of it attaches."""

    def __init__(self, folder: Path) -> None:
        self._servers = [EmbeddedValkey(folder / "store" / name) for name in ("keys", "data")]

    async def __aenter__(self) -> Self:
        for server in self._servers:
            await server.start()
        return self

    @property
    def pids(self) -> dict[str, int]:
        """Both servers' processes."""
        names = ("store of keys", "store of data")
        return {name: server.pid for name, server in zip(names, self._servers, strict=True) if server.pid}

    @property
    def urls(self) -> dict[str, str]:
        """Where both are."""
        return {name: server.url for name, server in zip(("keys", "data"), self._servers, strict=True)}

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            await server.stop()


def _called(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _table(show: Console, full: Load, calm: Load, bare: float, relays: float | None) -> None:
    table = Table(title="Full lookups, everything counted in", title_justify="left")
    for column in ("", "lookups/s", "p50 ms", "p99 ms"):
        table.add_column(column, justify="right" if column else "left")
    for name, load in ((f"{_IN_FLIGHT} in flight", full), ("at 70 % of that", calm)):
        p50, p99 = statistics.median(load.latencies), load.percentile(0.99)
        table.add_row(name, f"{load.rate:,.0f}", f"{p50 * 1000:.1f}", f"{p99 * 1000:.1f}")
    table.add_row("bare work", f"{bare:,.0f}", "", "")
    if relays is not None:
        table.add_row("Kannel, a lookup's messages", f"{relays / 2:,.0f}", "", "")
    show.print(table)
    show.print(f"{full.rate:.0f} full lookups/s")
    show.print(f"{full.rate / bare:.2f} of the bare work")
    if relays is None:
        show.print("Kannel relays nothing beside it: apt-get install kannel")


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _spent(show: Console, spent: dict[str, float]) -> None:
    table = Table(title="Processor time of one lookup", title_justify="left")
    table.add_column("")
    table.add_column("ms", justify="right")
    for name, seconds in spent.items():
        table.add_row(name, f"{seconds * 1000:.2f}")
    show.print(table)


def main() -> None:
    """Run it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(Console()))
