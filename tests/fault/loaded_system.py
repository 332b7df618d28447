"""A loaded system of real processes: citizens who ask and answer without end, while something goes wrong.

    this process        citizens, the simulator's centre and its SMPP side
    itinerary serve     all roles
    two Valkey servers  keys and data

What a citizen sees is judged as it comes: a text is never left without an answer, and a proof never brings data twice.
"""

import asyncio
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.adapters.embedded_valkey import EmbeddedValkey
from service.audit.entries import Entry
from service.audit.tiles import unbundle
from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.configured import configured

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
FED = {"ingest": {"cells": "cells.csv"}}
FIRST, ENDING = 8613900000000, "123X"
PATIENCE = 90.0  # seconds for one answer, whatever goes wrong meanwhile
_CASE = re.compile(r"回复证件号.*编号(\w{5})")
_DATA = "停留超4小时"  # with a check code or, where none could be made, without
_ENDS = (_DATA, "可能未送达", "核验次数已满", "未能完成", "验证已超时")  # what a proof comes to


class Citizen:
    """Asks, proves, reads, and begins again; keeps what went wrong.

    A prompt carries its case; each case is one grant, so data comes at most as often as there were cases.
    """

    def __init__(self, centre, number):
        self.centre = centre
        self.number = str(number)
        self.texts = asyncio.Queue()
        self.lost = []  # the last texts of a thread in which one was never answered
        self.cases = set()
        self.replies = self.uncertain = self.refused = 0
        self.retired, self.slowest = False, 0.0
        self.listening = asyncio.create_task(self._listen())

    async def _listen(self):
        async for message in self.centre.stream(self.number):
            if message.sender == "10086":
                self.replies += _DATA in message.text
                self.uncertain += "可能未送达" in message.text
                self.cases.update(_CASE.findall(message.text))
                self.texts.put_nowait(message.text)

    async def live(self, stop):
        """One lookup after the other, until it is told to stop, or its tries are used up."""
        owed: tuple[
            str, ...
        ] = ()  # told that an answer may be lost, it may have been the one before; data may still come instead
        while not stop.is_set() and not self.retired:
            await self.centre.send(self.number, "10086", "CXMYD")
            asked = await self._answered("回复证件号", "核验次数已满", "未能完成", *owed)
            owed = ()
            if asked and _DATA not in asked:
                await self.centre.send(self.number, "10086", ENDING)
                said = await self._answered(*_ENDS, proving=asked)
                owed = (_DATA,) if "可能未送达" in said else ()
            await asyncio.sleep(0.05)
        self.listening.cancel()

    async def _answered(self, *words, proving=""):
        """Wait for a text with one of these. Others are late ones about what was before; a prompt of another case is answered."""
        begun = time.monotonic()
        while (left := begun + PATIENCE - time.monotonic()) > 0:
            try:
                said = await asyncio.wait_for(self.texts.get(), left)
            except TimeoutError:
                break
            if any(word in said for word in words):
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.refused += "未能完成" in said
                self.retired |= "核验次数已满" in said  # kills between a charge and its refund
                return said
            if proving and _CASE.findall(said) not in ([], _CASE.findall(proving)):
                proving = said
                await self.centre.send(self.number, "10086", ENDING)
        thread = [f"{one.at[14:23]} {one.sender[-5:]} {one.text}" for one in self.centre.thread(self.number)]
        self.lost.append("\n".join(thread[-8:]))
        return ""

    @property
    def too_much(self):
        """Replies with data beyond the grants."""
        return max(0, self.replies - len(self.cases))


class LoadedSystem:
    """Everything of it."""

    config = "itinerary.toml"  # of commands

    def __init__(self, folder, citizens, enrolled=None):
        """So many citizens ask without end; more may be enrolled."""
        self.folder = folder
        self.count, self.enrolled = citizens, enrolled or citizens
        self.servers = {}
        self.stop = asyncio.Event()

    async def __aenter__(self):
        """Start it and wait for the first reply."""
        self._files()
        self.centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
        self.smsc = SmscServer(self.centre, [Account("itinerary", "secret")], FaultBox(), clock=time.time)
        await self.smsc.start("127.0.0.1", 0)
        for name in ("keys", "data"):
            await self._serve(name)
        self._configure()
        for command in (["init"], ["enrol", "subscribers.csv"], ["ingest", "events.csv"]):
            await asyncio.to_thread(self._called, command)
        self._start()
        self.citizens = [Citizen(self.centre, FIRST + place) for place in range(self.count)]
        self.lives = [asyncio.create_task(one.live(self.stop)) for one in self.citizens]
        await self._answered()
        return self

    async def __aexit__(self, *_):
        """Everything ends, in order."""
        self.stop.set()
        await asyncio.wait(self.lives, timeout=PATIENCE + 5)
        self.service.terminate()
        self.code = await asyncio.to_thread(self.service.wait, 20)
        await self.smsc.stop()
        for server in self.servers.values():
            await server.stop()

    async def _answered(self):
        before = sum(one.replies for one in self.citizens)
        until = time.monotonic() + PATIENCE
        while sum(one.replies for one in self.citizens) < before + len(self.citizens) // 2:
            assert time.monotonic() < until, "nobody was answered any more"
            await asyncio.sleep(0.02)

    def entries(self, kind):
        """How many entries of a kind the log's public files hold."""
        try:
            size = int((self.folder / "log" / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
            found, tiles = 0, self.folder / "log" / "tile" / "entries"
            for tile in range(-(-size // 256)):
                width = min(256, size - tile * 256)
                name = f"x{tile // 1000:03}/{tile % 1000:03}" if tile >= 1000 else f"{tile:03}"
                file = tiles / (name if width == 256 else f"{name}.p/{width}")
                found += sum(Entry.parse(one).kind == kind for one in unbundle(file.read_bytes(), width))
        except FileNotFoundError:
            return 0  # a newer checkpoint has come meanwhile
        return found

    def audited(self):
        """What `itinerary audit` says of the log from its bytes alone."""
        key = self._called(["log-key"]).stdout.strip()
        return subprocess.run(
            [ITINERARY, "audit", "log", "--key", key],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def _called(self, command):
        return subprocess.run(
            [ITINERARY, *command, "--config", self.config],
            cwd=self.folder,
            check=True,
            capture_output=True,
            text=True,
        )

    async def _serve(self, name):
        self.servers[name] = EmbeddedValkey(self.folder / name)
        await self.servers[name].start()

    def _start(self):
        with (self.folder / "journal").open("ab") as journal:
            self.service = subprocess.Popen(
                [ITINERARY, "serve", "--config", "itinerary.toml"], cwd=self.folder, stderr=journal
            )

    def _files(self):
        now = int(time.time())
        activated = (datetime.now(UTC) - timedelta(days=100)).date().isoformat()
        people = [f"{FIRST + place},resident_id,{ENDING},{activated}" for place in range(self.enrolled)]
        events = [
            f"{FIRST + place},{now - hour * 3600},1"
            for hour in range(48, 42, -1)
            for place in range(self.enrolled)
        ]
        head = "msisdn,document_type,document_last_four,activated_on"
        (self.folder / "subscribers.csv").write_text("\n".join([head, *people, ""]))
        (self.folder / "cells.csv").write_text("cell,region\n1,420100\n")
        (self.folder / "events.csv").write_text("\n".join(["msisdn,time,cell", *events, ""]))

    def _configure(self):
        configured(self.folder / self.config, self.stores, smpp={"port": self.smsc.port}, **FED)

    @property
    def stores(self):
        """Where the two servers are."""
        return {f"{name}_url": server.url for name, server in self.servers.items()}
