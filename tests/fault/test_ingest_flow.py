"""The worker's flow on real stores, between its steps: numbers that change hands, and work that is done twice."""

import secrets

import numpy as np
import pytest

from service.adapters.checkpoint_file import CheckpointFile
from service.domain.itinerary import day_of, start_of_day
from service.flows.ingest import Ingest
from service.flows.numbers import Numbers
from service.mobility.cells import Cells
from service.ports.feed import EventBatch, Piece
from service.ports.store import StoreError
from service.sealing.blinding import blind_all
from service.vault.amender import Amender
from tests.fault.ingest_world import T0, Plant

OWNER, OTHER = 8613800138000, 8613800138001
HOUR, DAY = 3600, 86_400
WUHAN, SHENZHEN = 420100, 440300
CELLS = Cells(np.array([WUHAN, SHENZHEN], np.int32), np.full(2, 64, np.int32), np.zeros(2, np.int32))
TODAY = day_of(T0)
LATER = T0 + 10 * DAY  # by then everybody has been silent for a day


def stay(number, begin, hours, cell=0):
    """Events every ten minutes in one cell."""
    time = np.arange(begin, begin + int(hours * HOUR) + 1, 600, dtype=np.int64)
    numbers = np.full(len(time), number, np.int64)
    return EventBatch(numbers, time, np.full(len(time), cell, np.int32), time)


class Desk:
    """A plant, and the flow in this process with a clock of its own."""

    def __init__(self, plant):
        self.plant = plant
        self.now = T0 + 30 * DAY

    async def worker(self, again=30):
        """A worker that starts."""
        plant = self.plant
        ingest = Ingest(
            Amender(plant.keys, plant.records, secrets.token_bytes),
            Numbers(
                plant.keys,
                lambda numbers: blind_all(plant.device.index_key, numbers),
                lambda: self.now,
                again,
            ),
            CheckpointFile(plant.folder / "ingest", plant.keys, secrets.token_bytes),
            lambda: self.now,
        )
        await ingest.start()
        return ingest

    async def stays(self, number):
        """Region, start and end of each stay that is stored for the number's owner of today."""
        [found] = await self.plant.itineraries([number])
        return [(stay.region, stay.start, stay.end) for stay in found[0].stays] if found else None

    async def days(self, number):
        """On how many days the number was seen."""
        [found] = await self.plant.itineraries([number])
        return found[0].coverage.bits.bit_count() if found else 0


@pytest.fixture
async def desk(folder):
    """A desk without anybody."""
    async with Plant(folder) as plant:
        yield Desk(plant)


async def test_a_number_recycled_between_fold_and_amendment_gives_its_owner_nothing_of_the_former(desk):
    """What waits was folded for the former owner: it is refused, and the new one starts empty on its first day."""
    await desk.plant.enrol([OWNER])
    ingest = await desk.worker()
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 6)), CELLS)
    await desk.plant.enrol([OWNER], day=TODAY + 1, last_four="9876")
    await ingest.settle()
    assert ingest.process["former"] == 1
    assert await desk.stays(OWNER) is None
    tomorrow = start_of_day(TODAY + 1)
    both = stay(OWNER, tomorrow - 3 * HOUR, 10, cell=1)
    await ingest.fold(Piece("feed", 2, both), CELLS)
    await ingest.settle(LATER)
    assert await desk.stays(OWNER) == [(SHENZHEN, tomorrow, tomorrow + 7 * HOUR)]
    assert await desk.days(OWNER) == 1
    assert ingest.ledger.counts["before_activation"] == 18


async def test_a_number_recycled_before_a_kill_gives_its_owner_nothing_either(desk):
    """The changes that a checkpoint holds for the former owner are refused after the restart."""
    await desk.plant.enrol([OWNER])
    ingest = await desk.worker()
    ingest._amender = Broken()
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 6)), CELLS)
    with pytest.raises(StoreError):
        await ingest.settle()
    await desk.plant.enrol([OWNER], day=TODAY + 1, last_four="9876")
    again = await desk.worker()
    assert again.process["former"] == 1
    assert await desk.stays(OWNER) is None


async def test_a_number_recycled_while_it_is_followed_becomes_its_new_owners(desk):
    """Asked again after half a minute: the former's open stay does not go on, and pending changes are dropped."""
    await desk.plant.enrol([OWNER, OTHER])
    ingest = await desk.worker()
    for number in (OWNER, OTHER):
        await ingest.fold(Piece("feed", 1, stay(number, T0, 6)), CELLS)
    await desk.plant.enrol([OWNER], day=TODAY + 1, last_four="9876")
    desk.now += 31
    tomorrow = start_of_day(TODAY + 1)
    for number in (OWNER, OTHER):
        await ingest.fold(Piece("feed", 2, stay(number, tomorrow, 5)), CELLS)
    await ingest.settle(LATER)
    assert ingest.process["former"] == 0
    assert await desk.stays(OWNER) == [(WUHAN, tomorrow, tomorrow + 5 * HOUR)]
    assert len(await desk.stays(OTHER)) == 1


async def test_somebody_who_enrols_is_found_within_half_a_minute(desk):
    """Before, nothing of the number is kept; then its events count, without a restart."""
    ingest = await desk.worker()
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 5)), CELLS)
    await desk.plant.enrol([OWNER])
    desk.now += 29
    await ingest.fold(Piece("feed", 2, stay(OWNER, T0 + 5 * HOUR, 1)), CELLS)
    assert len(ingest._known.subscriptions) == 0
    desk.now += 2
    await ingest.fold(Piece("feed", 3, stay(OWNER, T0 + 8 * HOUR, 5)), CELLS)
    await ingest.settle(LATER)
    assert await desk.stays(OWNER) == [(WUHAN, T0 + 8 * HOUR, T0 + 13 * HOUR)]


async def test_a_subscription_that_is_no_more_is_forgotten(desk):
    """Its key record is deleted, as an erasure does: the row is emptied, and later events find nobody."""
    await desk.plant.enrol([OWNER])
    ingest = await desk.worker()
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 6)), CELLS)
    await desk.plant.key_space.delete([desk.plant.index(OWNER)])
    await ingest.settle()
    assert ingest.process["unknown"] == 1
    assert not ingest._known.subscriptions.state[:1].view(np.uint8).any()
    await ingest.fold(Piece("feed", 2, stay(OWNER, T0 + 6 * HOUR, 6)), CELLS)
    await ingest.settle()
    assert ingest._known.subscriptions.state[0]["cur"] == 0


async def test_killed_between_checkpoint_and_amendment_nothing_is_lost(desk):
    """The next worker amends what the checkpoint holds; a third one finds all of it applied."""
    await desk.plant.enrol([OWNER])
    ingest = await desk.worker()
    ingest._amender = Broken()
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 6)), CELLS)
    with pytest.raises(StoreError):
        await ingest.settle()
    second = await desk.worker()
    assert second.process["written"] == 1
    third = await desk.worker()
    assert third.process["replayed"] == 1
    await third.close()
    fourth = await desk.worker()
    assert not fourth.process
    await fourth.fold(Piece("feed", 2, stay(OTHER, T0, 1)), CELLS)
    await fourth.settle(LATER)
    assert await desk.stays(OWNER) == [(WUHAN, T0, T0 + 6 * HOUR)]
    assert fourth.ledger.position("feed") == ("", 2)


async def test_killed_before_the_checkpoint_the_feed_may_come_in_another_order(desk):
    """No record has seen what no checkpoint has: read again in another order it counts once."""
    await desk.plant.enrol([OWNER, OTHER])
    ingest = await desk.worker()
    await ingest.fold(Piece("one", 1, stay(OWNER, T0, 6)), CELLS)
    again = await desk.worker()
    await again.fold(Piece("two", 1, stay(OTHER, T0, 6)), CELLS)
    await again.fold(Piece("one", 1, stay(OWNER, T0, 6)), CELLS)
    await again.settle(LATER)
    assert await desk.stays(OWNER) == await desk.stays(OTHER) == [(WUHAN, T0, T0 + 6 * HOUR)]
    assert again.ledger.counts["events"] == 2 * 37


async def test_a_change_waits_at_most_as_long_as_is_promised(desk):
    """Nothing is due before its time, everything twenty seconds after the oldest event was folded."""
    await desk.plant.enrol([OWNER])
    ingest = await desk.worker()
    assert not ingest.due
    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 1)), CELLS)
    desk.now += 19
    await ingest.fold(Piece("feed", 2, stay(OWNER, T0 + HOUR, 1)), CELLS)
    assert not ingest.due
    desk.now += 2
    assert ingest.due
    await ingest.settle()
    assert not ingest.due
    assert ingest.waiting == 0


async def test_the_silent_are_closed_by_the_feeds_clock(desk):
    """Not by ours, not by an event of a wrong year, and not while a feed is behind."""
    await desk.plant.enrol([OWNER, OTHER])
    ingest = await desk.worker()

    async def is_open():
        [found] = await desk.plant.itineraries([OWNER])
        return found[0].stays[-1].open

    await ingest.fold(Piece("feed", 1, stay(OWNER, T0, 6)), CELLS)
    await ingest.settle(T0 + 6 * HOUR)
    assert await is_open()
    await ingest.fold(Piece("feed", 2, stay(OTHER, T0 + 40 * HOUR, 1)), CELLS)
    await ingest.settle()
    assert await is_open()
    desk.now = T0 + 20 * HOUR
    await ingest.fold(Piece("feed", 3, stay(OTHER, T0 + 41 * HOUR, 1)), CELLS)
    await ingest.settle(4_000_000_000)
    assert await is_open()
    desk.now = T0 + 50 * HOUR
    await ingest.fold(Piece("feed", 4, stay(OTHER, T0 + 42 * HOUR, 1)), CELLS)
    await ingest.settle(T0 + 42 * HOUR)
    assert not await is_open()


class Broken:
    """A vault whose store is away."""

    async def amend_rows(self, *_batch):
        """It fails."""
        raise StoreError("the store did not answer")
