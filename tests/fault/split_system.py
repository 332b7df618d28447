"""The loaded system as an operator runs it: a process for each role, two for the link.

this process           citizens, the simulator's centre, a proxy on each wire
itinerary serve        keys · log · link · web · a second link, its clock a faked one where libfaketime is installed
itinerary ingest       the worker, following a directory
two Valkey servers     keys and data; data and log each on a small disk of its own, where we may mount one
"""

import asyncio
import itertools
import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from redis.asyncio import Redis

from service.adapters.embedded_valkey import EmbeddedValkey
from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.configured import configured
from tests.fault.loaded_system import FED, FIRST, ITINERARY, PATIENCE, Citizen, LoadedSystem
from tests.fault.operators_view import journals, pages, personal
from tests.fault.proxies import Proxy, StoreProxy
from tests.ports import free_ports

FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
# The log has room for hours; the store's file is written anew now and then.
DISKS = {"data": "96m", "log": "384m"}
COMMANDS = {
    "keys": ["serve", "--role", "keys"],
    "log": ["serve", "--role", "log"],
    "link": ["serve", "--role", "link"],
    "link2": ["serve", "--role", "link"],
    "web": ["serve", "--role", "web"],
    "worker": ["ingest", "--follow", "spool"],
}
CONFIGURED = {
    "web": "link",
    "worker": "link",
}  # whose configuration a process has, where it has none of its own


class SplitSystem(LoadedSystem):
    """Everything of it. What goes wrong with it is done by `faults_under_load`."""

    config = "whole.toml"

    def __init__(self, folder, citizens, enrolled=None, *, small_disks=True):
        """`small_disks`: whether data and log may run full; many people do not fit on them."""
        super().__init__(folder, citizens, enrolled or 20 * citizens)
        self.spare = iter(
            () if enrolled else range(citizens, self.enrolled)
        )  # who comes for whom has no tries left
        self.processes, self.disks, self.codes = {}, {}, {}
        self.small_disks = small_disks
        self.centre_wires, self.store_wires, self.ports, self.lives = {}, {}, {}, []
        self.figures = dict(
            zip(COMMANDS, free_ports(len(COMMANDS)), strict=True)
        )  # where each tells its figures
        self.faults = FaultBox()
        self.restarts = 0  # of processes that ended by themselves
        self.heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)  # what the worker tells its supervisor

    async def __aenter__(self):
        """Start it and wait for the first replies."""
        try:
            await self._begin()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _begin(self):
        self._files()
        self.centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
        self.smsc = SmscServer(self.centre, [Account("itinerary", "secret")], self.faults, clock=time.time)
        await self.smsc.start("127.0.0.1", 0)
        self._mount()
        for name in ("keys", "data"):
            self.servers[name] = EmbeddedValkey(self.folder / name)
            await self.serve(name)
        await self._wires()
        self._configure()
        for command in (["init"], ["enrol", "subscribers.csv"], ["ingest", "events.csv"]):
            await asyncio.to_thread(self._called, command)
        self.heard.bind(str(self.folder / "notify"))
        self.heard.setblocking(False)
        for name in COMMANDS:
            self.start(name)
        self.citizens = [Citizen(self.centre, FIRST + place) for place in range(self.count)]
        self.lives = [asyncio.create_task(one.live(self.stop)) for one in self.citizens]
        await self.well(2 * PATIENCE)

    async def ended(self):
        """Citizens stop asking once they are answered, and every process ends in good order."""
        self.stop.set()
        if self.lives:
            await asyncio.wait(self.lives, timeout=PATIENCE + 5)
        for name in ("web", "link", "link2", "worker", "log", "keys"):
            if name in self.processes:
                await self.end(name)

    async def __aexit__(self, *_):
        """Nothing is left of it but its folder."""
        await self.ended()
        self.heard.close()
        await self.smsc.stop()
        for proxy in (*self.centre_wires.values(), *self.store_wires.values()):
            await proxy.stop()
        for server in self.servers.values():
            await server.stop()
        for disk in self.disks.values():
            await asyncio.to_thread(subprocess.run, ["umount", "--lazy", str(disk)], check=True)

    async def serve(self, name):
        """Start a store's server."""
        await self.servers[name].start()
        async with Redis.from_url(self.servers[name].url) as client:
            await client.config_set("auto-aof-rewrite-min-size", "16mb")

    def start(self, name):
        """Start a process."""
        config = CONFIGURED.get(name, name)
        environment = dict(os.environ)
        if name == "worker":
            environment["NOTIFY_SOCKET"] = str(self.folder / "notify")
        if name == "link2" and FAKETIME:
            environment |= {
                "LD_PRELOAD": str(FAKETIME[0]),
                "FAKETIME_TIMESTAMP_FILE": str(self.folder / "clock"),
                "FAKETIME_CACHE_DURATION": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "NO_FAKE_STAT": "1",
            }
        with (self.folder / f"{name}.journal").open("ab") as journal:
            self.processes[name] = subprocess.Popen(
                [
                    ITINERARY,
                    *COMMANDS[name],
                    "--config",
                    f"{config}.toml",
                    "--metrics",
                    f"127.0.0.1:{self.figures[name]}",
                ],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=journal,
                env=environment,
            )

    async def end(self, name):
        """Stop a process in good order."""
        process = self.processes[name]
        if process.poll() is None:
            process.terminate()
        try:
            self.codes[name] = await asyncio.to_thread(process.wait, 30)
        except subprocess.TimeoutExpired:
            await self.kill(name)
            self.codes[name] = "did not end"

    def journal(self, name):
        """The last lines of what a process has told, and how it ended."""
        lines = (self.folder / f"{name}.journal").read_text(encoding="utf-8").splitlines()
        return "\n".join([*lines[-12:], f"{name} ended with {self.codes.get(name)}"])

    async def kill(self, name):
        """As the machine's power would."""
        self.processes[name].kill()
        await asyncio.to_thread(self.processes[name].wait)

    async def well(self, patience=PATIENCE):
        """Wait until every process runs, every bind is up, and half of the citizens have been answered with data anew."""
        before = {one.number: one.replies for one in self.citizens}
        until = time.monotonic() + patience
        while True:
            self._succeeded()
            again = sum(one.replies > before.get(one.number, 0) for one in self.citizens)
            binds = sum(name.startswith("link") for name in self.processes)
            if again >= self.count // 2 and self.smsc.bound >= binds:
                return
            assert time.monotonic() < until, f"{again} answered again, {self.smsc.bound} binds"
            await self._supervised()
            await asyncio.sleep(0.05)

    def _succeeded(self):
        """Kills between a charge and its refund use up a citizen's tries of the day; somebody else asks then."""
        active = sum(not one.retired for one in self.citizens)
        for place in itertools.islice(self.spare, self.count - active):
            self.citizens.append(Citizen(self.centre, FIRST + place))
            self.lives.append(asyncio.create_task(self.citizens[-1].live(self.stop)))

    async def _supervised(self):
        """Who could not reach in time what it needs ends with 1, and is started again two seconds later, as by the units."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                assert process.returncode == 1, f"{name} ended with {process.returncode}"
                self.restarts += 1
                await asyncio.sleep(2)
                self.start(name)

    async def holds(self):
        """What must hold at any moment: nobody lost, nothing twice, no data without its entry in the public log."""
        lost = [thread for one in self.citizens for thread in one.lost]
        assert not lost, "a text was never answered:\n" + "\n\n".join(lost[:3])
        assert sum(one.too_much for one in self.citizens) == 0, "a proof brought data twice"
        data, until = sum(one.replies for one in self.citizens), time.monotonic() + 30
        while (entered := self.entries("disclose")) < data:
            assert time.monotonic() < until, f"{data} replies, and {entered} entries"
            await asyncio.sleep(0.2)

    async def tells_of_nobody(self):
        """Whatever went wrong, no journal and no page for operators tells of a person."""
        seen = journals(self) | await pages(self)
        assert all(seen[f"{name} metrics"] for name in COMMANDS)
        assert personal(seen, self.citizens) == []

    @property
    def signs(self):
        """What the worker has told its supervisor, as far as nobody has looked yet."""
        words = set()
        with suppress(BlockingIOError):
            while True:
                words.add(self.heard.recv(100))
        return words

    def _mount(self):
        """A small disk for each, where we may."""
        if not self.small_disks or shutil.which("mount") is None or os.geteuid() != 0:
            return
        for name, size in DISKS.items():
            place = self.folder / name
            place.mkdir(mode=0o700)
            command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)]
            if subprocess.run(command, check=False, capture_output=True).returncode == 0:
                self.disks[name] = place

    async def _wires(self):
        store = self.servers["data"].url.removeprefix("unix://")
        for name in ("link", "link2"):
            self.centre_wires[name] = Proxy(lambda: asyncio.open_connection("127.0.0.1", self.smsc.port))
            self.ports[name] = await self.centre_wires[name].listen_tcp()
            self.store_wires[name] = StoreProxy(lambda: asyncio.open_unix_connection(store))
            await self.store_wires[name].listen_unix(str(self.folder / f"{name}.store"))

    def _files(self):
        super()._files()
        (self.folder / "clock").write_text("+0")
        (self.folder / "spool").mkdir()

    def _configure(self):
        for name in ("whole", *COMMANDS):
            if name not in CONFIGURED:
                self._configured(name)

    def _configured(self, name):
        """`whole` is of commands; they hold keys and log themselves while no process does."""
        wire, stores = self.folder / f"{name}.store", self.stores
        if wire.exists():
            stores["data_url"] = f"unix://{wire}"
        configured(
            self.folder / f"{name}.toml",
            stores,
            log_here=name in {"whole", "log"},
            keys={"here": name in {"whole", "keys"}},
            smpp={"port": self.ports.get(name, self.smsc.port)},
            **FED,
        )
