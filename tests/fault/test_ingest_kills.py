"""The worker is killed, again and again: at the end every record and every count is as if it had never been."""

import asyncio
import random

import pytest

from tests.fault.ingest_world import Feed, Plant

SUMS = ("events", "files", "entries", "dead_letters", "bad_files", "bad_entries", "lost_entries")


def sums(figures):
    """What was read and what was set aside, without what a process did."""
    return {
        name: value
        for name, value in figures.items()
        if name.removesuffix("_total") in SUMS or name.startswith("set_aside")
    }


async def brought(plant, feed, pace):
    """The feed comes, a file and an entry at a time; `pace` waits between them."""
    files, entries = iter(feed.files), iter(feed.entries)
    for _ in range(max(len(feed.files), len(feed.entries))):
        if (file := next(files, None)) is not None:
            plant.drop(*file)
        if (entry := next(entries, None)) is not None:
            await plant.send(entry)
        await pace()


async def finished(worker, feed):
    """Wait until all of the feed is in the vault; the sums."""
    await worker.following()
    bad = sum(name.endswith("x.parquet") for name, _ in feed.files)
    return sums(
        await worker.until(
            entries_total=len(feed.entries),
            files_total=len(feed.files) - bad,
            bad_files_total=bad,
            waiting_seconds=0,
        )
    )


async def reference(folder, feed):
    """Everything brought to a worker that nobody disturbs."""
    async with Plant(folder) as plant:
        await plant.enrol(feed.people)
        worker = await plant.work()
        await brought(plant, feed, lambda: asyncio.sleep(0))
        counted = await finished(worker, feed)
        await worker.stopped()
        return await plant.itineraries(feed.people), counted


async def disturbed(folder, feed, kills, chance):
    """The same feed, the worker killed so many times while it comes; most times in the middle of its work."""
    async with Plant(folder) as plant:
        await plant.enrol(feed.people)
        allowed = asyncio.Semaphore(0)
        bringing = asyncio.create_task(brought(plant, feed, allowed.acquire))
        share = max(len(feed.files), len(feed.entries)) // (kills + 1)
        for _ in range(kills):
            worker = await plant.work()
            if chance.random() < 0.8:
                await worker.following()
                before = (await worker.metrics())["events_total"]
                allowed.release()
                await worker.past(before)
                life = chance.random() * 0.6
                for _ in range(share - 1):
                    await asyncio.sleep(life / share)
                    allowed.release()
            else:
                await asyncio.sleep(chance.random() * 1.5)
            await worker.killed()
        for _ in range(len(feed.files) + len(feed.entries)):
            allowed.release()
        await bringing
        worker = await plant.work()
        counted = await finished(worker, feed)
        await worker.stopped()
        return await plant.itineraries(feed.people), counted


async def compared(folder, feed, kills, seed):
    """Both runs, held against each other."""
    expected, counts = await reference(folder / "a", feed)
    found, counts_found = await disturbed(folder / "b", feed, kills, random.Random(seed))
    assert counts_found == counts
    assert counts["events_total"] == feed.events
    assert sum(len(record[0].stays) for record in expected) > 2 * len(feed.people)
    assert found == expected


async def test_eight_kills_change_nothing(folder):
    """Directory and stream, killed at random instants, bad files and entries among the good."""
    await compared(folder, Feed.made(), 8, seed=1)


@pytest.mark.soak
async def test_a_hundred_kills_change_nothing(folder):
    """The same, a hundred times, with a longer feed."""
    await compared(folder, Feed.made(people=60, days=9, seed=5), 100, seed=2)
