"""Everything fails in a loaded system: no text is lost, no proof brings data twice, nothing is opened without its entry.

Nor does anything that an operator sees tell of a person, whatever went wrong.
"""

import os
import random
import statistics
import time

import pytest

from tests.fault.faults_under_load import FAULTS, missing
from tests.fault.split_system import SplitSystem

ALWAYS = [
    "links restarted one by one",
    "store of data killed",
    "store of keys killed",
    "log, a link and keys killed",
    "link cut in mid-PDU",
    "centre throttles",
    "store errs and has written",
]
"""What a test run has time for; everything else is in the soak."""


async def survived(folder, citizens, chosen):
    """Run it; what must hold is looked at after each fault. The system, and each fault's seconds to recovery."""
    seen = []
    async with SplitSystem(folder, citizens) as system:
        lacks = missing(system)
        for name in chosen:
            if name in lacks:
                continue
            await FAULTS[name](system)
            ended = time.monotonic()
            await system.well()
            seen.append((name, time.monotonic() - ended))
            print(f"{name}: back after {seen[-1][1]:.1f} s")  # noqa: T201
            await system.holds()
        await system.tells_of_nobody()
        await system.ended()
        assert set(system.codes.values()) == {0}, system.codes
        assert system.signs >= {b"READY=1", b"WATCHDOG=1"}, "the worker tells systemd nothing"
        assert sum(one.replies for one in system.citizens) >= citizens, (
            "too little happened to prove anything"
        )
        await system.holds()
        audited = system.audited()
        assert audited.returncode == 0, audited.stdout + audited.stderr
    return system, seen, lacks


def told(system, seen, lacks):
    """A table for whoever reads the run."""
    lines = [f"{'fault':28} {'times':>5} {'median s':>9} {'slowest s':>9}"]
    for name in FAULTS:
        took = [seconds for one, seconds in seen if one == name]
        if took:
            lines.append(f"{name:28} {len(took):5} {statistics.median(took):9.1f} {max(took):9.1f}")
        elif name in lacks:
            lines.append(f"{name:28} needs {lacks[name]}")
    people = system.citizens
    total = {name: sum(getattr(one, name) for one in people) for name in ("replies", "uncertain", "refused")}
    waited = max(one.slowest for one in people)
    lines.append(
        f"{system.restarts} processes ended with 1 because what they need was not there, and were started again"
    )
    lines.append(f"{total}; longest wait for an answer {waited:.1f} s; lost 0, twice 0, without entry 0")
    return "\n".join(lines)


async def test_what_fails_under_load(folder):
    """Links restarted and killed, stores killed, a wire cut, a centre that has had enough, a store that errs and has written."""
    print(told(*await survived(folder, 12, ALWAYS)))  # noqa: T201


@pytest.mark.soak
async def test_everything_fails_once_under_load(folder, capsys):
    """Each fault, in their order."""
    found = await survived(folder, 12, FAULTS)
    with capsys.disabled():
        print("\n" + told(*found))  # noqa: T201


@pytest.mark.soak
async def test_faults_at_random_for_hours(folder, capsys):
    """As many as FAULTS says: 300 by default, about an hour; FAULT_SEED repeats their order."""
    seed = int(os.environ.get("FAULT_SEED", random.randrange(10**6)))
    chance, count = random.Random(seed), int(os.environ.get("FAULTS", "300"))
    with capsys.disabled():
        print(f"\nFAULT_SEED={seed} FAULTS={count}")  # noqa: T201
    found = await survived(folder, 30, [chance.choice(sorted(FAULTS)) for _ in range(count)])
    with capsys.disabled():
        print(told(*found))  # noqa: T201 - what a soak is run for
