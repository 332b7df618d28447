"""A directory that receives files: which file is complete, which is next, and what is known already."""

import os

import numpy as np
import pytest

from service.adapters.directory_feed import DirectoryFeed
from service.adapters.event_feed import read_events
from service.ports.feed import CellTable
from service.records.ledger import Ledger

NOON = 1_795_406_400
TABLE = CellTable(("w1",), np.zeros(1, np.int32), np.zeros(1), np.zeros(1))


class Place:
    """A directory, a source on it, a ledger and a clock."""

    def __init__(self, folder):
        self.folder = folder / "in"
        self.folder.mkdir()
        self.dead = folder / "dead"
        self.now = NOON
        self.lines = []
        self.ledger = Ledger()
        self.start()

    def start(self, only=None):
        """A process that begins."""
        self.feed = DirectoryFeed(
            self.folder,
            lambda source, dead: read_events(source, TABLE, dead),
            self.dead,
            self.lines.append,
            lambda: self.now,
            only,
        )

    def write(self, name, numbers, age=60, more=""):
        """A file with an event of each number, last changed so many seconds ago."""
        path = self.folder / name
        path.write_text("msisdn,time,cell\n" + "".join(f"{n},{NOON},w1\n" for n in numbers) + more)
        os.utime(path, (self.now - age,) * 2)
        return path

    async def taken(self):
        """The numbers of everything that is there now; the ledger follows."""
        found = []
        while (piece := await self.feed.next(self.ledger)) is not None:
            if piece.batch is not None:
                found += piece.batch.msisdn.tolist()
            self.ledger.count(piece.counts)
            if piece.done:
                self.ledger.finish(piece.feed, piece.also)
            elif piece.feed:
                self.ledger.advance(piece.feed, piece.mark, piece.read)
        return found


A, B, C = 8613800138000, 8613800138001, 8613800138002


@pytest.fixture
def place(tmp_path):
    """An empty directory."""
    return Place(tmp_path)


async def test_files_are_taken_in_order_of_name_and_once(place):
    """Whatever the order of their coming; a second look finds nothing, and nothing is deleted."""
    for name, number in (("b.csv", B), ("a.csv", A), ("c.csv", C)):
        place.write(name, [number])
    assert await place.taken() == [A, B, C]
    assert await place.taken() == []
    assert sorted(path.name for path in place.folder.iterdir()) == ["a.csv", "b.csv", "c.csv"]


async def test_a_file_is_taken_when_it_has_not_changed_for_some_seconds(place):
    """While it grows it is left alone, and those after it wait for it, but not for ever."""
    place.write("a.csv", [A], age=0)
    place.write("b.csv", [B])
    assert await place.taken() == []
    for _ in range(14):
        place.now += 2
        place.write("a.csv", [A], age=0)
        assert await place.taken() == []
    place.now += 2
    place.write("a.csv", [A], age=0)
    assert await place.taken() == [B]
    place.now += 3
    assert await place.taken() == [A]


async def test_a_file_from_a_clock_ahead_is_taken_too(place):
    """Its time of change lies in the future: then what counts is that it stays the same."""
    place.write("a.csv", [A], age=-1000)
    assert await place.taken() == []
    place.now += 3
    assert await place.taken() == [A]


async def test_half_made_files_and_our_own_are_not_looked_at(place):
    """By their names; and neither is a folder."""
    for name in (".a.csv", "a.csv.tmp", "a.csv.part", "x.dead.csv"):
        place.write(name, [A])
    (place.folder / "folder").mkdir()
    assert await place.taken() == []


async def test_the_same_bytes_count_once_under_any_name(place):
    """Known by their digest, after a restart as well; a changed file is another one."""
    place.write("a.csv", [A])
    place.write("b.csv", [A])
    assert await place.taken() == [A]
    place.start()
    assert await place.taken() == []
    place.now += 100
    place.write("a.csv", [A, B])
    assert await place.taken() == [A, B]


async def test_after_a_restart_a_file_goes_on_where_it_was(place):
    """Rows before the position are not brought again."""
    path = place.write("a.csv", [A, B, C])
    from_start = await place.feed.next(place.ledger)
    place.ledger.advance(from_start.feed, "", 2)
    place.start()
    assert await place.taken() == [C]
    assert path.exists()


async def test_a_bad_file_costs_itself_alone(place):
    """Wrong columns, cut off, empty: a line each, counted; the good ones around it count. Not told again."""
    place.write("a.csv", [A])
    for name, data in (("b.csv", b"x,y\n1,2\n"), ("c.parquet", b"PAR1 half"), ("d.csv", b"")):
        (place.folder / name).write_bytes(data)
        os.utime(place.folder / name, (NOON - 60,) * 2)
    place.write("e.csv", [B])
    assert await place.taken() == [A, B]
    assert [line.split(": ")[0].rpartition("/")[2] for line in place.lines] == ["b.csv", "c.parquet", "d.csv"]
    assert place.ledger.counts == {"files": 2, "bad_files": 3, "dead_letters": 0}
    place.start()
    assert await place.taken() == []
    assert len(place.lines) == 3


async def test_bad_rows_go_to_the_dead_letters_outside_the_directory(place):
    """With one line that says where; the directory stays as it is."""
    place.write("a.csv", [A, B], more="1,2,3\n")
    assert await place.taken() == [A, B]
    [letters] = place.dead.iterdir()
    assert letters.name.endswith("-a.csv.dead.csv")
    assert letters.stat().st_mode & 0o777 == 0o600
    assert "a.csv: row 4: column msisdn: expected E.164 digits" in place.lines[0]
    assert place.ledger.counts["dead_letters"] == 1


async def test_dead_letters_without_room_are_not_dropped(place):
    """The reading fails, and goes on from its position when there is room again."""
    place.write("a.csv", [A], more="1,2,3\n")
    place.dead.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="File exists"):
        await place.taken()
    place.dead.unlink()
    assert await place.taken() == [A]
    assert place.ledger.counts["dead_letters"] == 1


async def test_a_directory_that_goes_away_is_a_failure_of_its_own(place):
    """It is told to whoever asks, and when the directory is back the feed goes on."""
    away = place.folder.with_name("away")
    place.folder.rename(away)
    with pytest.raises(FileNotFoundError):
        await place.taken()
    away.rename(place.folder)
    place.write("a.csv", [A])
    assert await place.taken() == [A]


async def test_one_file_can_be_followed_alone(place):
    """Its neighbours are not looked at."""
    place.write("a.csv", [A])
    place.write("b.csv", [B])
    place.start(only="b.csv")
    assert await place.taken() == [B]
