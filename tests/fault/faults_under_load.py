"""What goes wrong in a loaded system: each fault once, by its name, ended by itself.

A fault needs what it needs of the machine; `possible` names those that this one can have, `missing` says what the others lack.
"""

import asyncio
import os
import signal
import time

from sms_gateway_sim.faults import Faults
from tests.fault.loaded_system import FIRST
from tests.fault.split_system import COMMANDS, FAKETIME

_A_WHILE = 2.0  # seconds that a fault lasts
_SILENCE = 7.0  # seconds, longer than the centre waits for an acknowledgement


def killed(name):
    """A process ends by kill -9, and its supervisor starts it again."""

    async def fault(system):
        if name == "worker":  # with something in its hands
            rows = [f"{FIRST + place},{int(time.time())},1" for place in range(system.count)]
            file = system.folder / "spool" / f"{time.monotonic_ns()}.csv"
            file.write_text("\n".join(["msisdn,time,cell", *rows, ""]))
        await system.kill(name)
        system.start(name)

    return fault


def killed_in_a_row(*names):
    """One after the other, without waiting: a part of the machine is lost, with all that could stand in for it."""

    async def fault(system):
        for name in names:
            await system.kill(name)
        for name in names:
            system.start(name)

    return fault


def store_killed(name):
    """A store's server, the same."""

    async def fault(system):
        os.kill(system.servers[name].pid, signal.SIGKILL)
        await system.servers[name].stop()
        await system.serve(name)

    return fault


async def restarted_one_by_one(system):
    """A new version is rolled out: each link process stops in good order, starts, and is bound before the next one stops."""
    for name in ("link", "link2"):
        await system.end(name)
        assert system.codes[name] == 0, system.journal(name)
        system.start(name)
        async with asyncio.timeout(60):
            while system.smsc.bound < 2:  # noqa: ASYNC110 - the simulator tells nobody
                await asyncio.sleep(0.05)


async def link_cut_in_a_pdu(system):
    """On each bind in turn, half of whatever was said last."""
    for wire in system.centre_wires.values():
        wire.cut_in_a_pdu()
        await asyncio.sleep(_A_WHILE / 2)


async def link_silent(system):
    """One bind stays connected and says nothing; the centre brings what is not acknowledged to the other one."""
    system.centre_wires["link"].hold()
    await asyncio.sleep(_SILENCE)
    system.centre_wires["link"].go_on()


async def centre_throttles(system):
    """ESME_RTHROTTLED to the next submits, more than one pause long."""
    system.faults.set("submit", Faults(throttle=15))
    await asyncio.sleep(_A_WHILE)


async def centre_slow(system):
    """Every message takes half a second, either way."""
    for direction in ("submit", "deliver"):
        system.faults.set(direction, Faults(delay_seconds=0.5))
    await asyncio.sleep(_A_WHILE)
    system.faults.clear()


async def centre_doubles(system):
    """What handsets send comes twice, to one process and to the other."""
    system.faults.set("deliver", Faults(duplicate=40))
    await asyncio.sleep(_A_WHILE)
    system.faults.clear()


async def centre_never_answers(system):
    """Submits arrive, and are not answered until the link gives them up; data among them is told as uncertain."""
    system.faults.set("submit", Faults(no_response=6))
    await asyncio.sleep(_A_WHILE)


async def store_errs_and_has_written(system):
    """Both links get errors for what was carried out."""
    for wire in system.store_wires.values():
        wire.errors = 60
    await asyncio.sleep(_A_WHILE)


async def store_answers_lost(system):
    """Both links lose connections after what they asked for was carried out."""
    for wire in system.store_wires.values():
        wire.losses = 8
    await asyncio.sleep(_A_WHILE)


async def store_stands_still(system):
    """Nothing comes back for longer than the client waits."""
    for wire in system.store_wires.values():
        wire.hold()
    await asyncio.sleep(_SILENCE)
    for wire in system.store_wires.values():
        wire.hang_up()
        wire.go_on()


def full(name):
    """A disk without a free octet, until somebody makes room."""

    async def fault(system):
        filler = system.disks[name] / "filler"
        await asyncio.to_thread(_fill, filler)
        await asyncio.sleep(_A_WHILE)
        filler.unlink()
        if name in system.servers:  # a server that cannot write what it acknowledged may end itself
            await system.servers[name].stop()
            await system.serve(name)

    return fault


def _fill(path):
    size = 1 << 20
    with path.open("wb", buffering=0) as file:
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2


def clock_jumps(seconds):
    """One link's clock; back again after a while, a jump, too. Beyond ten minutes dialogues would be told to have expired."""

    async def fault(system):
        clock = system.folder / "clock"
        clock.write_text(f"{seconds:+d}")
        await asyncio.sleep(_A_WHILE + 1)
        clock.write_text("+0")
        await asyncio.sleep(1.5)

    return fault


FAULTS = {
    **{f"{name} killed": killed(name) for name in COMMANDS},
    "log, a link and keys killed": killed_in_a_row("log", "link", "keys"),
    "everything killed": killed_in_a_row(*COMMANDS),
    "store of keys killed": store_killed("keys"),
    "store of data killed": store_killed("data"),
    "links restarted one by one": restarted_one_by_one,
    "link cut in mid-PDU": link_cut_in_a_pdu,
    "link silent": link_silent,
    "centre throttles": centre_throttles,
    "centre slow": centre_slow,
    "centre brings texts twice": centre_doubles,
    "centre never answers": centre_never_answers,
    "store errs and has written": store_errs_and_has_written,
    "store's answers lost": store_answers_lost,
    "store stands still": store_stands_still,
    "log's disk full": full("log"),
    "data's disk full": full("data"),
    "clock ahead by 5 min": clock_jumps(300),
    "clock behind by 5 min": clock_jumps(-300),
}


def missing(system):
    """Faults that this machine cannot have, and what they lack."""
    lacks = {}
    for name in FAULTS:
        if "disk full" in name and not system.disks:
            lacks[name] = "the right to mount a small disk (root)"
        if name.startswith("clock") and not FAKETIME:
            lacks[name] = "libfaketime: apt-get install faketime"
    return lacks
