"""The log's sequencer, killed: at random by the system, and at each single step it takes with its disk."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from service.adapters.tiled_log import TiledLog
from service.audit.tiles import Edge
from service.audit.tree import leaf_hash
from tests.log_directory import RECEIPT_KEY, SIGNER, entries_of, entry, head_of

WRITER = """
import asyncio, sys
from pathlib import Path
from service.adapters.tiled_log import TiledLog
from tests.log_directory import RECEIPT_KEY, SIGNER, draft
async def main():
    log = TiledLog.open(Path(sys.argv[1]), RECEIPT_KEY, SIGNER, every=0.005)
    print(log.size - 1, flush=True)
    async def caller():
        while True:
            given = await log.append([draft(next(numbers)) for _ in range(7)])
            sys.stdout.write("".join(f"{one.position} {one.hash.hex()}\\n" for one in given))
            sys.stdout.flush()
    numbers = iter(range(10**9))
    await asyncio.gather(caller(), caller(), caller())
asyncio.run(main())
"""


def killed_after(directory, seconds):
    """A writer with three callers, killed; every receipt that it gave: position -> hash."""
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(directory)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    size = int(writer.stdout.readline()) + 1
    time.sleep(seconds)
    os.kill(writer.pid, signal.SIGKILL)
    said = writer.stdout.read().decode()
    writer.wait()
    writer.stdout.close()
    lines = [line.split() for line in said[: said.rfind("\n") + 1].splitlines()]
    return size, {int(position): bytes.fromhex(digest) for position, digest in lines}


async def kill_again_and_again(directory, times, chance):
    """After each kill: it opens, with every acknowledged entry at its place, and what was published is still so."""
    known, head = {}, None
    for _ in range(times):
        size, receipts = killed_after(directory, chance.uniform(0.01, 0.4))
        assert size > max(known, default=-1)
        known |= receipts
        log = TiledLog.open(directory, RECEIPT_KEY, SIGNER, 60)
        await log.publish()
        await log.close()
        hashes = [leaf_hash(some) for some in entries_of(directory)]
        assert len(hashes) > max(known)
        assert all(hashes[position] == digest for position, digest in known.items())
        edge = Edge()
        if head is not None:
            edge.append(hashes[: head.size])
            assert edge.root() == head.root, "a checkpoint was taken back"
        head = head_of(directory)
    return known


async def test_every_acknowledged_entry_survives_eight_kills(tmp_path):
    """A real process, kill -9 at random moments, the same log each time."""
    known = await kill_again_and_again(tmp_path, 8, random.Random())
    assert len(known) > 100


@pytest.mark.soak
async def test_every_acknowledged_entry_survives_a_hundred_kills(tmp_path):
    """The same for longer: over a hundred thousand entries."""
    known = await kill_again_and_again(tmp_path, 100, random.Random())
    assert len(known) > 10_000


STEPS = """
import asyncio, os, sys
from pathlib import Path
from service.adapters.tiled_log import TiledLog
from tests.log_directory import RECEIPT_KEY, SIGNER, draft

NAMES = ["write", "fsync", "fdatasync", "open", "ftruncate", "rename", "replace", "unlink", "mkdir", "chmod", "rmdir"]

async def story(directory, told):
    '''Two tiles' edges are crossed, three checkpoints made; each receipt is told.'''
    log = TiledLog.open(directory, RECEIPT_KEY, SIGNER, 60)
    for step in (3, 252, 2, 300):
        given = await log.append([draft(log.size + at) for at in range(step)])
        real_write(told, b"%d\\n" % given[-1].position)
        await log.publish()
    await log.close()

def dies_at(step, kind):
    '''From now on the process ends at its step-th operation: before it, or with a write half done.'''
    counted = 0
    def wrapped(name, real):
        def call(*arguments, **named):
            nonlocal counted
            counted += 1
            if counted == step:
                if kind == "half" and name == "write":
                    real(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                elif kind == "after":
                    real(*arguments, **named)
                os._exit(9)
            return real(*arguments, **named)
        return call
    for name in NAMES:
        setattr(os, name, wrapped(name, getattr(os, name)))

real_write = os.write
base = Path(sys.argv[1])
for kind in ("before", "half", "after"):
    step = 0
    while True:
        step += 1
        directory = base / f"{kind}{step}"
        inward, told = os.pipe()
        child = os.fork()
        if not child:
            os.close(inward)
            dies_at(step, kind)
            asyncio.run(story(directory, told))
            os._exit(0)
        os.close(told)
        with os.fdopen(inward) as heard:
            positions = [int(line) for line in heard]
        _, status = os.waitpid(child, 0)
        print(directory.name, max(positions, default=-1), flush=True)
        if status == 0:
            break
"""


@pytest.fixture
def in_memory(tmp_path):
    """A folder in memory where there is one: a kill does not care for the disk, and a thousand of them wait for it."""
    shared = Path("/dev/shm")  # noqa: S108 - a fresh folder in it
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else tmp_path) as folder:
        yield Path(folder)


async def test_a_kill_at_any_single_step_loses_nothing(in_memory):
    """Before, in the middle of, and after each call to the system that the sequencer makes on its way."""
    done = subprocess.run(  # noqa: ASYNC221 - nothing else runs here
        [sys.executable, "-c", STEPS, str(in_memory)], capture_output=True, text=True, check=True
    )
    told = dict(line.split() for line in done.stdout.splitlines())
    assert len(told) > 300
    for name, acknowledged in told.items():
        directory = in_memory / name
        log = TiledLog.open(directory, RECEIPT_KEY, SIGNER, 60)
        assert log.size > int(acknowledged), name
        size = log.size
        await log.close()
        if size:
            assert entries_of(directory) == [entry(number) for number in range(size)], name
