"""The real `itinerary ingest --follow` while what it stands on fails: each failure is told in a line, nothing is lost."""

import asyncio
import resource
import time

import pytest

from tests.fault.ingest_world import T0, Feed, Plant, as_csv
from tests.fault.test_ingest_kills import brought, finished, reference

PERSON = 8613800138000


async def until_told(worker, words):
    """Wait for a line; all of them that have these words."""
    deadline = time.monotonic() + 120
    while not (found := [line for line in worker.lines if words in line]):
        assert time.monotonic() < deadline, worker.lines
        await asyncio.sleep(0.02)
    return found


async def at_once():
    """No pause."""


async def test_a_store_that_dies_and_comes_back_costs_nothing(folder):
    """Both stores and the stream's server are killed while the feed comes, and started again."""
    feed = Feed.made(people=8, days=2)
    expected, counts = await reference(folder / "a", feed)
    async with Plant(folder / "b") as plant:
        await plant.enrol(feed.people)
        worker = await (await plant.work()).following()
        half = Feed(feed.people, feed.files[:40], feed.entries[:40])
        await brought(plant, half, at_once)
        await worker.past(0)
        for name in ("data", "feed", "keys"):
            await plant.kill(name)
        for file in feed.files[40:]:
            plant.drop(*file)
        await until_told(worker, "tried again until it works")
        assert worker.process.returncode is None
        for name in ("data", "feed", "keys"):
            await plant.serve(name)
        await brought(plant, Feed(feed.people, [], feed.entries[40:]), at_once)
        assert await finished(worker, feed) == counts
        assert (await worker.metrics())['failures_total{what="store"}'] >= 1
        await worker.stopped()
        assert len([line for line in worker.lines if "did not answer" in line]) <= 4
        assert await plant.itineraries(feed.people) == expected


async def test_a_full_disk_holds_the_worker_and_says_so(folder):
    """No checkpoint fits: nothing is amended, nothing more is read, one line; with room it goes on by itself."""
    async with Plant(folder) as plant:
        await plant.enrol([PERSON])
        worker = await (await plant.work(str(plant.files))).following()

        def limit(octets):
            resource.prlimit(worker.process.pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))

        for step in range(4):
            begin = T0 + step * 3 * 3600
            rows = [(PERSON, begin + 600 * n, "w1", begin + 600 * n) for n in range(18)]
            plant.drop(f"{step}.csv", as_csv(rows))
            if step == 0:
                await worker.until(files_total=1, waiting_seconds=0, pending_changes=0)
                before = await plant.itineraries([PERSON])
                limit(100)
        [line] = await until_told(worker, "make room or give access")
        assert "checkpoint: cannot be read or written (File too large)" in line
        await asyncio.sleep(0.5)
        assert await plant.itineraries([PERSON]) == before
        assert (await worker.metrics())['failures_total{what="checkpoint"}'] >= 1
        limit(resource.RLIM_INFINITY)
        await worker.until(files_total=4, waiting_seconds=0, pending_changes=0)
        assert len(await until_told(worker, "nothing was lost")) == 1
        await worker.stopped()
        [(itinerary, _)] = await plant.itineraries([PERSON])
        assert [stay.region for stay in itinerary.stays] == [420100]


async def test_sigterm_brings_everything_taken_into_the_vault(folder):
    """Long before it is due: settled, checkpointed, exit 0; the next run finds nothing to do."""
    async with Plant(folder, amend_seconds=30) as plant:
        await plant.enrol([PERSON])
        worker = await (await plant.work(str(plant.files))).following()
        plant.drop("a.csv", as_csv([(PERSON, T0 + 600 * n, "w1", T0 + 600 * n) for n in range(40)]))
        await worker.past(0)
        assert await plant.itineraries([PERSON]) == [None]
        said = await worker.stopped()
        assert (said["followed"]["events"], said["followed"]["written"]) == (40, 1)
        [(itinerary, _)] = await plant.itineraries([PERSON])
        assert len(itinerary.stays) == 1
        again = await (await plant.work(str(plant.files))).following()
        await asyncio.sleep(1)
        assert (await again.stopped())["followed"]["replayed"] == 0


@pytest.mark.soak
async def test_stopped_while_the_store_is_away_it_fails_and_loses_nothing(folder):
    """SIGTERM and no store: exit 1 with the reason; the next run reads again what was not settled."""
    async with Plant(folder, amend_seconds=30) as plant:
        await plant.enrol([PERSON])
        worker = await (await plant.work(str(plant.files))).following()
        plant.drop("a.csv", as_csv([(PERSON, T0 + 600 * n, "w1", T0 + 600 * n) for n in range(40)]))
        await worker.past(0)
        await plant.kill("data")
        worker.process.terminate()
        assert await asyncio.wait_for(worker.process.wait(), 120) == 1
        assert await until_told(worker, "the store did not answer")
        await plant.serve("data")
        again = await (await plant.work(str(plant.files))).following()
        await again.until(events_total=40, waiting_seconds=0, pending_changes=0)
        await again.stopped()
        [(itinerary, _)] = await plant.itineraries([PERSON])
        assert len(itinerary.stays) == 1


async def test_nothing_of_anybody_is_told(folder):
    """No line and no metric holds a number, a cell or a region, bad rows and entries included."""
    async with Plant(folder) as plant:
        await plant.enrol([PERSON])
        worker = await (await plant.work()).following()
        plant.drop(
            "a.csv", as_csv([(PERSON, T0, "w1", T0), (PERSON, -5, "s1", T0), ("x138001", T0, "w1", T0)])
        )
        await plant.send(b"13800138000,420100")
        await worker.until(files_total=1, entries_total=1, waiting_seconds=0)
        told = "".join(worker.lines) + str(await worker.metrics())
        await worker.stopped()
        for secret in ("138001", "420100", '"w1"', "s1"):
            assert secret not in told
        assert "a.csv: row 3: column time: expected whole unix seconds" in told
        assert "and 1 more set aside in" in told


@pytest.mark.parametrize("address", ["0.0.0.0:9102", "example.org:80", "127.0.0.1", "127.0.0.1:x"])
async def test_metrics_are_for_this_machine_alone(folder, address):
    """Another address is a wrong usage."""
    async with Plant(folder) as plant:
        process = await asyncio.create_subprocess_exec(
            *plant.command(str(plant.files), metrics=address), stderr=asyncio.subprocess.PIPE
        )
        assert b"loopback" in await process.stderr.read()
        assert await process.wait() == 2
