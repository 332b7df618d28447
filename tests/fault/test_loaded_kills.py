"""Service and stores are killed under load, again and again: no text is lost, no proof brings data twice, nothing opens unseen."""

import os
import random
import statistics

import pytest

from tests.fault.loaded_system import LoadedSystem

HOURS = ["service", "keys", "data"]


async def survived(folder, citizens, kills):
    """Run it; what was seen, judged."""
    async with LoadedSystem(folder, citizens) as system:
        for what in kills:
            await system.kill(what)
    assert system.code == 0, "the service did not stop in good order"
    people = system.citizens
    assert [one.lost for one in people if one.lost] == [], "a text was never answered"
    assert sum(one.too_much for one in people) == 0, "a proof brought data twice"
    data = sum(one.replies for one in people)
    assert data >= len(people), "too little happened to prove anything"
    assert system.entries("disclose") >= data, "data left without an entry"
    audited = system.audited()
    assert audited.returncode == 0, audited.stdout + audited.stderr
    return system


def told(system):
    """A line for whoever reads the run."""
    people = system.citizens
    total = {name: sum(getattr(one, name) for one in people) for name in ("replies", "uncertain", "refused")}
    slowest = max(seconds for _, seconds in system.recoveries)
    median = statistics.median(seconds for _, seconds in system.recoveries)
    waited = max(one.slowest for one in people)
    return f"{total}, longest wait for an answer {waited:.1f} s, {len(system.recoveries)} kills, back after {median:.1f} s (median), {slowest:.1f} s (slowest)"


async def test_each_is_killed_once_under_load(folder):
    """The service, the store of keys, the store of data."""
    await survived(folder, 12, HOURS)


@pytest.mark.soak
async def test_a_hundred_kills_at_random(folder, capsys):
    """As long as LOADED_KILLS says: a hundred by default."""
    chance = random.Random(20)
    kills = [chance.choice(HOURS) for _ in range(int(os.environ.get("LOADED_KILLS", "100")))]
    system = await survived(folder, 30, kills)
    with capsys.disabled():
        print(told(system))  # noqa: T201 - what a soak is run for
