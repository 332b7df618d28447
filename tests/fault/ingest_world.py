"""A plant with a worker in it: real servers, the real `itinerary ingest --follow`, a feed, and keys to look afterwards."""

import asyncio
import csv
import io
import json
import os
import random
import re
import secrets
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.key_file import KeyFile
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.domain.identity import DocumentType, LastFour
from service.domain.itinerary import day_of
from service.ports.keys import Enrolment, Want
from service.sealing.blinding import blind
from service.vault.key_service import DeviceKeys
from service.vault.records import opened
from tests.configured import configured

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
T0 = 1_750_003_200
BEFORE = day_of(T0) - 30
COLUMNS = ("msisdn", "time", "cell", "arrival")
CELLS = """cell,region
w1,420100
w2,420100
s1,440300
s2,440300
b1,110000
hk,454
"""
_STEP = 1800  # seconds of the feed in one step
_PATIENCE = 120  # seconds for what takes two on a machine that does nothing else


def arrow(rows):
    """Rows as an Arrow IPC stream."""
    columns = list(zip(*rows, strict=True)) or [()] * 4
    kinds = (pa.int64(), pa.int64(), pa.string(), pa.int64())
    table = pa.table([pa.array(c, k) for c, k in zip(columns, kinds, strict=True)], names=list(COLUMNS))
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def parquet(rows):
    """Rows as a Parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.ipc.open_stream(arrow(rows)).read_all(), out)
    return out.getvalue()


def as_csv(rows):
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue().encode()


def ndjson(rows):
    """Rows as lines of JSON."""
    return b"".join(json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() + b"\n" for row in rows)


FORMATS = (("csv", as_csv), ("ndjson", ndjson), ("parquet", parquet), ("arrow", arrow))


def signalling(numbers, days, chance):
    """Events of these numbers in the order of their arrival: moving, silent for a day or two, late, doubled."""
    rows = []
    for number in numbers:
        time, cells = T0 + chance.randrange(3600), ("w1", "w2")
        leave = time + chance.randrange(5 * 3600, 30 * 3600)
        while time < T0 + days * 86_400:
            if time > leave:
                cells = chance.choice([("w1", "w2"), ("s1", "s2"), ("b1", "b1"), ("hk", "hk")])
                leave = time + chance.randrange(2 * 3600, 30 * 3600)
                time += chance.choice([0, 0, 0, 30 * 3600])
            late = chance.choices([chance.randrange(20), chance.randrange(600), 5 * 3600], [80, 17, 3])[0]
            cell = "nowhere" if chance.random() < 0.01 else chance.choice(cells)
            rows += [(number, time, cell, time + late)] * chance.choices([1, 2], [97, 3])[0]
            time += chance.randrange(300, 2400)
    return sorted(rows, key=lambda row: row[3])


def steps_of(rows):
    """The rows in pieces of half an hour of arrivals."""
    steps = {}
    for row in rows:
        steps.setdefault((row[3] - T0) // _STEP, []).append(row)
    return [steps[step] for step in sorted(steps)]


@dataclass
class Feed:
    """What arrives: files of people of their own, entries of people of their own."""

    people: list[int]
    files: list[tuple[str, bytes]] = field(repr=False)
    entries: list[bytes] = field(repr=False)
    events: int = 0

    @classmethod
    def made(cls, people=24, days=3, seed=11):
        """A feed with some bad files, entries and rows in it; the same for the same seed."""
        chance = random.Random(seed)
        ours = [8613800138000 + number for number in range(people)]
        strangers = [8613900139000, 8613900139001]
        halves = [ours[::2] + strangers[:1], ours[1::2] + strangers[1:]]
        rows, others = (signalling(numbers, days, chance) for numbers in halves)
        files, entries = [], []
        for number, step in enumerate(steps_of(rows)):
            name, form = FORMATS[number % len(FORMATS)]
            at = step[0][3]
            wrong = [(12, at, "w1", at), (ours[0], 1000, "w1", at)] if number % 17 == 3 else []
            files.append((f"{number:05}.{name}", form(step + wrong)))
            if number % 29 == 5:
                files.append((f"{number:05}x.parquet", parquet(step)[:-9]))
        for number, step in enumerate(steps_of(others)):
            entries.append(arrow(step))
            if number % 31 == 7:
                entries.append(b"no arrow at all")
        return cls(ours, files, entries, len(rows) + len(others))


@dataclass
class Worker:
    """One run of the worker."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    port: int = 0

    async def following(self):
        """Wait until it says that it follows."""
        if self.port:
            return self
        while not self.port:
            line = (await asyncio.wait_for(self.process.stderr.readline(), _PATIENCE)).decode()
            assert line, self.lines
            self.lines.append(line)
            if found := re.search(r"metrics on port (\d+)", line):
                self.port = int(found[1])
        self.reading = asyncio.create_task(self._read())
        return self

    async def _read(self):
        async for line in self.process.stderr:
            self.lines.append(line.decode())

    async def metrics(self):
        """Its figures by name."""
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        return {
            name.removeprefix("itinerary_ingest_"): float(value)
            for name, _, value in (line.rpartition(" ") for line in text.splitlines() if line[0] != "#")
        }

    async def until(self, seconds=_PATIENCE, **wanted):
        """Wait until the metrics are so."""
        deadline = time.monotonic() + seconds
        while True:
            found = await self.metrics()
            if all(found[name] == value for name, value in wanted.items()):
                return found
            assert time.monotonic() < deadline, (wanted, found, self.lines[-5:])
            await asyncio.sleep(0.05)

    async def past(self, events):
        """Wait until it has folded more than so many events."""
        deadline = time.monotonic() + _PATIENCE
        while (await self.metrics())["events_total"] <= events:
            assert time.monotonic() < deadline, self.lines
            await asyncio.sleep(0.005)

    async def killed(self):
        """As the machine's power would."""
        self.process.kill()
        await self.process.wait()

    async def stopped(self):
        """SIGTERM; what it says at its end."""
        self.process.send_signal(signal.SIGTERM)
        out = await asyncio.wait_for(self.process.stdout.read(), _PATIENCE)
        assert await self.process.wait() == 0, self.lines
        return json.loads(out)


class Plant:
    """Stores, a device and a folder; workers come and go."""

    def __init__(self, folder, amend_seconds=0.1):
        self.folder = folder
        self.files = folder / "in"
        self.amend_seconds = amend_seconds
        self.servers = {}

    async def __aenter__(self):
        """Start everything but the worker."""
        self.files.mkdir(parents=True)
        (self.folder / "cells.csv").write_text(CELLS)
        for name in ("keys", "data", "feed"):
            await self.serve(name)
        self.device = KeyFile.open(self.folder / "keys.json", secrets.token_bytes, create=True)
        await self.connect()
        configured(
            self.folder / "itinerary.toml",
            store={
                "keys_url": self.servers["keys"].url,
                "data_url": self.servers["data"].url,
            },
            ingest={"cells": "cells.csv", "amend_seconds": self.amend_seconds},
        )
        return self

    async def serve(self, name):
        """Start a server, again if it was killed."""
        self.servers[name] = EmbeddedValkey(self.folder / name)
        await self.servers[name].start()

    async def kill(self, name):
        """End a server as the machine's power would."""
        os.kill(self.servers[name].pid, signal.SIGKILL)
        await self.servers[name].stop()

    async def connect(self):
        """Our own way to the stores."""
        self.clients = {name: RedisServer(server.url) for name, server in self.servers.items()}
        self.key_space = RedisKeySpace(self.clients["keys"], 4)
        self.records = RedisRecords(self.clients["data"], "d", 4)
        self.keys = await DeviceKeys.start(
            self.key_space,
            self.device,
            self.device.receipt_key,
            day_of(int(time.time())),
            secrets.token_bytes,
            time.time,
        )

    async def __aexit__(self, *_):
        """Everything ends."""
        for client in self.clients.values():
            await client.close()
        for server in self.servers.values():
            await server.stop()

    @property
    def stream(self):
        """The address of the stream."""
        return f"{self.servers['feed'].url}?stream=events"

    def index(self, number):
        """A number's index."""
        return blind(self.device.index_key, str(number))

    async def enrol(self, numbers, day=BEFORE, last_four="1234"):
        """Make numbers known."""
        claims = [
            Enrolment(self.index(n), DocumentType.RESIDENT_ID, LastFour.parse(last_four), day)
            for n in numbers
        ]
        await self.keys.enrol(claims)

    async def work(self, *sources):
        """Start a worker; by default it follows directory and stream."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*(sources or (str(self.files), self.stream))),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return Worker(process)

    def command(self, *sources, metrics="127.0.0.1:0"):
        """What starts a worker."""
        config = f"--config={self.folder / 'itinerary.toml'}"
        return [ITINERARY, "ingest", *sources, "--follow", "--json", f"--metrics={metrics}", config]

    def drop(self, name, data):
        """A file comes, renamed into place and long settled."""
        half = self.files / f".{name}"
        half.write_bytes(data)
        os.utime(half, (T0, T0))
        half.rename(self.files / name)

    async def send(self, entry, stream="events"):
        """An entry comes."""
        await self.clients["feed"].call("XADD", stream, "*", "batch", entry)

    async def itineraries(self, numbers):
        """Each number's itinerary and last ordinal, opened with its key; None where nothing is stored."""
        indices = [self.index(number) for number in numbers]
        keys = await self.keys.derive_itinerary_for_amend([Want(index, None) for index in indices])
        stored = await self.records.read(indices)
        return [
            opened(index, key, value) if key and value else None
            for index, key, value in zip(indices, keys, stored, strict=True)
        ]
