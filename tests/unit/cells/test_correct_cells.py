"""A bad cell is corrected for everybody it touched: as if the new table had been there from the beginning."""

import random
from dataclasses import replace

import numpy as np
import pytest

from service.adapters.key_file import KeyFile
from service.adapters.memory_details import MemoryDetails
from service.adapters.memory_log import MemoryLog
from service.adapters.memory_store import MemoryKeySpace, MemoryRecords
from service.adapters.memory_tickets import MemoryNotices
from service.domain.amendments import RETENTION_SECONDS
from service.domain.disputes import Decision, DisputeError
from service.domain.identity import DocumentType, LastFour
from service.domain.itinerary import start_of_day
from service.flows.correct import Correct
from service.flows.correct_cells import CorrectCells
from service.flows.entries import Entries
from service.flows.ingest import Ingest
from service.flows.numbers import Numbers
from service.flows.refold import Refold
from service.mobility.cell_versions import ALWAYS, CellVersions
from service.mobility.cells import Cells
from service.ports.feed import EventBatch
from service.ports.keys import Enrolment, Want
from service.sealing.blinding import blind, blind_all
from service.vault.amender import Amender
from service.vault.corrector import Corrector
from service.vault.entry_details import EntryDetails
from service.vault.key_service import DeviceKeys
from service.vault.notices import NoticeSealer
from service.vault.records import opened

HOME, AWAY, HOUR = 320500, 310000, 3600
TODAY = 20_780
NOON = start_of_day(TODAY - 3) + 12 * HOUR
NOW = start_of_day(TODAY) + 12 * HOUR
NAMES = ("home", "bad", "away")
VISITOR, RESIDENT, NEIGHBOUR, RUNNING, LATER = range(8613800138000, 8613800138005)
DECISION = Decision("li", "wang", "a tower of another region", "NET-1234")


def tables(bad):
    """Three core cells; the second of them in this region."""
    region = np.array([HOME, bad, AWAY], np.int32)
    return CellVersions.of([(ALWAYS, NAMES, Cells(region, np.full(3, 64, np.int32), np.zeros(3, np.int32)))])


OLD, NEW = tables(AWAY), tables(HOME)


def at(number, cell, begin, hours):
    """Ten minutes from event to event."""
    return [(number, NOON + begin * HOUR + step * 600, NAMES.index(cell)) for step in range(6 * hours)]


def feed(*parts):
    """One batch in the order of time."""
    rows = np.array(sorted((time, number, cell) for part in parts for number, time, cell in part), np.int64)
    time, number, cell = rows.T
    return [EventBatch(number.copy(), time.copy(), cell.astype(np.int32), time.copy())]


FEED = feed(
    at(VISITOR, "home", 0, 10) + at(VISITOR, "away", 10, 9) + at(VISITOR, "home", 19, 10),
    at(RESIDENT, "home", 0, 10) + at(RESIDENT, "bad", 10, 9) + at(RESIDENT, "home", 19, 10),
    at(NEIGHBOUR, "home", 0, 29),
    at(RUNNING, "home", 0, 20) + at(RUNNING, "bad", 20, 9),
    at(LATER, "bad", 0, 9) + at(LATER, "home", 9, 20),
)
MORE = feed(
    at(RUNNING, "bad", 29, 9) + at(RUNNING, "away", 38, 9),
    at(RESIDENT, "bad", 29, 20),
    at(NEIGHBOUR, "away", 29, 9),
)


class Checkpoint:
    """The worker's checkpoint, in memory."""

    def __init__(self):
        self.content = None

    async def load(self):
        return None if self.content is None else iter([self.content])

    async def save(self, pieces):
        self.content = b"".join(bytes(piece) for piece in pieces)


class Mark:
    """How far a correction has come, in memory."""

    def __init__(self):
        self.content = b""

    def read(self):
        return self.content

    def write(self, content):
        self.content = content


class KilledError(Exception):
    """The process dies here."""


class World:
    """A vault, a worker, and what corrects them."""

    def __init__(self, folder):
        self.chance = random.Random(7)
        self.device = KeyFile.open(folder / "keys.json", self.chance.randbytes, create=True)
        self.data, self.checkpoint, self.mark = MemoryRecords(), Checkpoint(), Mark()
        self.log, self.notices = MemoryLog(self.device.receipt_key), MemoryNotices()

    async def start(self):
        """Everybody is enrolled; the last one's subscription began on the feed's second day."""
        space = MemoryKeySpace(lambda: NOW)
        self.keys = await DeviceKeys.start(
            space, self.device, self.device.receipt_key, TODAY, self.chance.randbytes, lambda: NOW
        )
        numbers = (VISITOR, RESIDENT, NEIGHBOUR, RUNNING, LATER)
        await self.keys.enrol(
            [
                Enrolment(
                    self.index(number),
                    DocumentType.RESIDENT_ID,
                    LastFour.parse("1234"),
                    TODAY - (2 if number == LATER else 400),
                )
                for number in numbers
            ]
        )
        return self

    def index(self, number):
        return blind(self.device.index_key, str(number))

    def numbers(self):
        return Numbers(self.keys, lambda some: blind_all(self.device.index_key, some), lambda: NOW)

    async def ingest(self, tables, batches, name="file"):
        """A run of the worker."""
        amender = Amender(self.keys, self.data, self.chance.randbytes)
        ingest = Ingest(amender, self.numbers(), self.checkpoint, lambda: NOW)
        await ingest.start()
        await ingest.take(name, batches, tables.cells)
        await ingest.close()

    async def refold(self, *feeds, now=NOW):
        """Who is touched."""
        refold = Refold(self.numbers(), OLD, NEW)
        for batches in feeds:
            await refold.scan(batches)
        for batches in feeds:
            await refold.fold(batches)
        return list(refold.differing(now))

    async def correct(self, *feeds, decision=DECISION, lives=0):
        """The whole correction; what came of it."""
        entries = Entries(
            self.keys, self.log, EntryDetails(MemoryDetails(), self.chance.randbytes), self.chance.randbytes
        )
        sealer = NoticeSealer(self.notices, self.keys, self.chance.randbytes)
        correct = Correct(
            self.keys, entries, Corrector(self.keys, self.data, self.chance.randbytes), sealer, lambda: NOW
        )
        flow = CorrectCells(correct, self.checkpoint, self.mark)
        differing = [replace(one, generation=one.generation + lives) for one in await self.refold(*feeds)]
        return dict(await flow(differing, decision, lambda _: None))

    async def stays(self, number, *, struck=False):
        """(region, start, end) of a record, without what was struck, or that alone; None: still open."""
        index = self.index(number)
        [key] = await self.keys.derive_itinerary_for_amend([Want(index, None)])
        [stored] = await self.data.read([index])
        if stored is None:
            return []
        itinerary, _ = opened(index, key, stored)
        return [
            (stay.region, stay.start, None if stay.open else stay.end)  # an open end is refreshed once a day
            for stay in sorted(itinerary.stays, key=lambda stay: stay.start)
            if bool(stay.struck_on) == struck
        ]


@pytest.fixture
async def world(tmp_path):
    """A worker that has folded the feed under the bad table."""
    world = await World(tmp_path).start()
    await world.ingest(OLD, FEED)
    return world


@pytest.fixture
async def right(tmp_path):
    """What it should have been."""
    (tmp_path / "right").mkdir()
    world = await World(tmp_path / "right").start()
    await world.ingest(NEW, FEED)
    return world


async def test_exactly_those_whose_stays_differ_are_named(world):
    """Neither who was really there, nor who never used the cell, nor whose event was before the subscription."""
    assert {one.number for one in await world.refold(FEED)} == {RESIDENT, RUNNING}


async def test_what_no_record_keeps_any_more_is_not_corrected(world):
    """A stay whose end has left the retention is in no record: from the second after on nobody is named for it."""
    [resident] = [one for one in await world.refold(FEED) if one.number == RESIDENT]
    last = max(strike.end for strike in resident.correction.strikes)
    kept = await world.refold(FEED, now=last + RETENTION_SECONDS)
    gone = await world.refold(FEED, now=last + RETENTION_SECONDS + 1)
    assert last in {strike.end for one in kept for strike in one.correction.strikes}
    assert last not in {strike.end for one in gone for strike in one.correction.strikes}
    assert await world.refold(FEED, now=NOW + 2 * RETENTION_SECONDS) == []


async def test_afterwards_every_record_is_as_if_the_new_table_had_always_been_there(world, right):
    """False stays are struck and stay in the record; the right ones stand beside them; each is told once."""
    before = await world.stays(RESIDENT)
    assert AWAY in {region for region, *_ in before}
    counts = await world.correct(FEED)
    assert counts == {"written": 2, "state_corrected": 2}
    await world.ingest(NEW, [], "nothing")
    for number in (VISITOR, RESIDENT, NEIGHBOUR, RUNNING, LATER):
        assert await world.stays(number) == await right.stays(number)
    assert AWAY in {region for region, *_ in await world.stays(RESIDENT, struck=True)}
    assert len(await world.notices.waiting(9)) == 2


async def test_the_worker_goes_on_in_the_right_region(world, right):
    """Who was on the bad cell when the feed ended is at home in the next file too, from the right beginning on."""
    await world.correct(FEED)
    for one in (world, right):
        await one.ingest(NEW, MORE, "more")
    for number in (RESIDENT, NEIGHBOUR, RUNNING):
        assert await world.stays(number) == await right.stays(number)
    assert (await world.stays(RUNNING))[0][:2] == (HOME, NOON)


async def test_twice_changes_nothing(world):
    """No record, no entry, no notice, no state."""
    await world.correct(FEED)
    stored, entries, notices = (
        dict(world.data.rows),
        len(world.log.entries),
        len(await world.notices.waiting(9)),
    )
    checkpoint = world.checkpoint.content
    counts = await world.correct(FEED)
    assert counts == {"done_before": 2, "state_right": 2}
    assert (dict(world.data.rows), len(world.log.entries)) == (stored, entries)
    assert (len(await world.notices.waiting(9)), world.checkpoint.content) == (notices, checkpoint)


@pytest.mark.parametrize("killed_after", [0, 1, 2])
async def test_killed_in_between_it_goes_on(killed_after, world, right):
    """After the first record's mark, in the midst of the second one, before the worker's state: the end is the same."""

    class Breaking(Mark):
        def write(self, content):
            if self.left == 0:
                raise KilledError
            self.left -= 1
            super().write(content)

    async def full(_pieces):
        raise KilledError

    world.mark = Breaking()
    world.mark.left = killed_after
    save, world.checkpoint.save = world.checkpoint.save, full
    with pytest.raises(KilledError):
        await world.correct(FEED)
    world.mark.left, world.checkpoint.save = 9, save
    await world.correct(FEED)
    await world.ingest(NEW, [], "nothing")
    for number in (RESIDENT, RUNNING):
        assert await world.stays(number) == await right.stays(number)
    assert len(await world.notices.waiting(9)) == 2


async def test_nobody_is_told_twice_where_the_kill_came_between_a_notice_and_its_mark(world):
    """The first notice has gone out already when the command runs again: its subscriber hears nothing a second time."""

    class Breaking(Mark):
        def write(self, content):
            raise KilledError(len(content))

    world.mark = Breaking()
    with pytest.raises(KilledError):
        await world.correct(FEED)
    [sent] = await world.notices.waiting(9)
    await world.notices.settle(sent)
    world.mark = Mark()
    await world.correct(FEED)
    waiting = await world.notices.waiting(9)
    assert len(waiting) == 1
    assert sent not in waiting


async def test_a_worker_that_has_moved_on_is_left_alone_and_said_so(world):
    """The retained feed ends before what was folded: the records are right, the state waits for the newer files."""
    await world.ingest(OLD, MORE, "more")
    counts = await world.correct(FEED)
    assert counts["state_moved_on"] == 2
    world.mark = Mark()
    counts = await world.correct(FEED, MORE)
    assert "state_moved_on" not in counts


async def test_another_life_of_a_number_is_left_alone(world):
    """Neither the record nor the state of whoever has the number now is the one that was found in the feed."""
    stored, checkpoint = dict(world.data.rows), world.checkpoint.content
    assert await world.correct(FEED, lives=1) == {"gone": 2, "state_not_there": 2}
    assert (dict(world.data.rows), world.checkpoint.content) == (stored, checkpoint)
    assert await world.notices.waiting(9) == {}


async def test_one_operator_alone_corrects_nothing(world):
    """Who proposes does not approve."""
    entries = len(world.log.entries)
    with pytest.raises(DisputeError):
        await world.correct(FEED, decision=Decision("li", "li", "a tower", "NET-1234"))
    assert len(world.log.entries) == entries
