"""Everything that a lookup passes through, in real processes: what is enrolled, what runs, what it has used.

Rule 1: this file alone starts and ends processes of the benchmark, and reads their processor time.
Rule 2: it asks nothing of the service.

    this process            handsets, the simulator's centre and its SMPP side
    itinerary serve         link and web, keys and log in it; or keys, log and each link a process of its own
    two Valkey servers      keys and data, `appendfsync always`
"""

import asyncio
import csv
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from service.adapters.embedded_valkey import EmbeddedValkey
from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.benchmarks.lookups.handsets import LAST_FOUR

__all__ = ["STORES", "System", "used"]

STORES = ("keys", "data")
_PROGRAM = str(Path(sys.executable).with_name("itinerary"))
_PACKS = Path(__file__).parents[3] / "config" / "packs"
_FIRST = 8613900000000
_BEGUN_IN = 30.0  # seconds
_SOCKETS = {"keys": "keys.json.socket", "log": "log/socket"}
_GRACE = 20.0  # seconds for a process to end


class System:
    """The simulator, both stores, and so many people who have been five hours in Wuhan."""

    def __init__(self, folder: Path, people: int, bucket_bits: int) -> None:
        self.folder = folder
        self.people = people
        self._bits = bucket_bits
        self._servers = {name: EmbeddedValkey(folder / "store" / name) for name in STORES}
        self.centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
        self._smsc = SmscServer(self.centre, [Account("itinerary", "secret")], FaultBox(), clock=time.time)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start it, and enrol everybody."""
        await self._smsc.start("127.0.0.1", 0)
        self._stack.push_async_callback(self._smsc.stop)
        for server in self._servers.values():
            await server.start()
            self._stack.push_async_callback(server.stop)
        _files(self.folder, self.people)
        self._configure()
        for command in (["init"], ["enrol", "subscribers.csv"], ["ingest", "events.csv"]):
            await asyncio.to_thread(self._called, command)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def numbers(self) -> list[str]:
        """Who may ask."""
        return [str(_FIRST + place) for place in range(self.people)]

    @property
    def urls(self) -> dict[str, str]:
        """Where both stores are."""
        return {name: server.url for name, server in self._servers.items()}

    @asynccontextmanager
    async def serving(self, links: int = 0) -> AsyncIterator[dict[str, int]]:
        """The service, with so many links as processes of their own (0: all of it is one); every process by its name."""
        roles: dict[str, list[str]] = {"service": ["--config", "itinerary.toml"]}
        if links:
            roles = {name: ["--role", name, "--config", f"{name}.toml"] for name in _SOCKETS}
            roles |= {
                f"link {number}": ["--role", "link", "--config", "link.toml"]
                for number in range(1, links + 1)
            }
        async with AsyncExitStack() as stack:
            pids = {"handsets and centre": os.getpid()}
            pids |= {f"store of {name}": server.pid or 0 for name, server in self._servers.items()}
            for name, arguments in roles.items():
                if name == "link 1":
                    await self._listening()
                process = await stack.enter_async_context(self._running(arguments))
                pids[name] = process.pid
            await self._bound(max(1, links))
            yield pids

    @asynccontextmanager
    async def _running(self, arguments: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
        with (self.folder / "journal").open("ab") as journal:
            process = await asyncio.create_subprocess_exec(
                _PROGRAM, "serve", *arguments, cwd=self.folder, stderr=journal
            )
        try:
            yield process
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), _GRACE)

    async def _listening(self) -> None:
        """Whoever comes later finds keys and log there."""
        until = time.monotonic() + _BEGUN_IN
        while not all((self.folder / place).is_socket() for place in _SOCKETS.values()):
            if time.monotonic() > until:
                raise RuntimeError(f"keys or log did not begin; see {self.folder / 'journal'}")
            await asyncio.sleep(0.05)

    async def _bound(self, binds: int) -> None:
        until = time.monotonic() + _BEGUN_IN
        while self._smsc.bound < binds:
            if time.monotonic() > until:
                raise RuntimeError("the service did not bind")
            await asyncio.sleep(0.05)

    def _called(self, command: list[str]) -> None:
        subprocess.run(
            [_PROGRAM, *command, "--config", "itinerary.toml"],
            cwd=self.folder,
            check=True,
            capture_output=True,
        )

    def _configure(self) -> None:
        """One configuration for all in one process, and one for each role."""
        (self.folder / "password").write_text("secret", encoding="ascii")
        for name in ("itinerary", "keys", "log", "link"):
            here = {role: str(name in {"itinerary", role}).lower() for role in _SOCKETS}
            text = f"""key_file = "keys.json"
log_directory = "log"
log_here = {here["log"]}
[keys]
here = {here["keys"]}
[store]
directory = "store"
bucket_bits = {self._bits}
[smpp]
port = {self._smsc.port}
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
"""
            (self.folder / f"{name}.toml").write_text(text, encoding="utf-8")


def used(pids: Mapping[str, int]) -> Counter[str]:
    """Seconds of processor time that each process has used so far (proc(5), fields 14 and 15)."""
    return Counter({name: _seconds(pid) for name, pid in pids.items()})


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _files(folder: Path, people: int) -> None:
    """A register, a cell, and five hours in Wuhan for everybody."""
    now = int(time.time())
    activated = (datetime.now(UTC) - timedelta(days=100)).date().isoformat()
    with (folder / "subscribers.csv").open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["msisdn", "document_type", "document_last_four", "activated_on"])
        rows.writerows([_FIRST + place, "resident_id", LAST_FOUR, activated] for place in range(people))
    (folder / "cells.csv").write_text("cell,region\n1,420100\n", encoding="ascii")
    with (folder / "events.csv").open("w", encoding="ascii", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["msisdn", "time", "cell"])
        for hour in range(48, 42, -1):
            rows.writerows([_FIRST + place, now - hour * 3600, 1] for place in range(people))
