"""A stream of Arrow batches on real servers: read once, in order, by our own position; losses are noticed."""

import io
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from service.adapters.event_feed import EventFormat, read_events
from service.adapters.redis_feed import RedisFeed
from service.ports.feed import CellTable
from service.records.ledger import Ledger

pytestmark = pytest.mark.parametrize("server", ["wheel", "debian", "url"], indirect=True)  # no memory twin
NOON = 1_795_406_400
TABLE = CellTable(("w1",), np.zeros(1, np.int32), np.zeros(1), np.zeros(1))
NAME = "redis://here:6379?stream=events"


def batch(*numbers, time=NOON):
    """An entry with an event of each number."""
    count = len(numbers)
    table = pa.table({"msisdn": list(numbers), "time": [time] * count, "cell": ["w1"] * count})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


class Stream:
    """A stream, a source on it, and a ledger."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.lines = []
        self.ledger = Ledger()
        self.start()

    def start(self):
        """A process that begins."""
        self.feed = RedisFeed(
            self.server,
            "events",
            NAME,
            lambda source, dead: read_events(source, TABLE, dead, EventFormat.ARROW),
            self.folder,
            self.lines.append,
        )

    async def add(self, *entries, field="batch"):
        """Entries come."""
        for entry in entries:
            await self.server.call("XADD", "events", "*", field, entry)

    async def taken(self):
        """The numbers of everything that is there now; the ledger follows."""
        found = []
        while (piece := await self.feed.next(self.ledger)) is not None:
            found += piece.batch.msisdn.tolist() if piece.batch is not None else []
            self.ledger.count(piece.counts)
            self.ledger.advance(piece.feed, piece.mark, piece.read)
        return found


@pytest.fixture
async def stream(server):
    """A stream that nobody has written to yet."""
    with tempfile.TemporaryDirectory() as folder:
        yield Stream(server, Path(folder))


A = 8613800138000


async def test_every_entry_is_read_once_and_in_order(stream):
    """Nothing where there is no stream; then each entry, after a restart those behind the position."""
    assert await stream.taken() == []
    await stream.add(*(batch(A + n) for n in range(40)))
    assert await stream.taken() == [A + n for n in range(40)]
    stream.start()
    assert await stream.taken() == []
    await stream.add(batch(A, A + 1))
    assert await stream.taken() == [A, A + 1]
    assert stream.ledger.counts == {"entries": 41, "bad_entries": 0, "dead_letters": 0}
    assert stream.ledger.position(NAME)[1] == 41


async def test_reading_changes_nothing_on_the_server(stream):
    """No group, no trimming: a second worker would find all of it."""
    await stream.add(batch(A), batch(A))
    await stream.taken()
    assert await stream.server.call("XLEN", "events") == 2
    assert await stream.server.call("XINFO", "GROUPS", "events") == []


async def test_trimming_what_was_read_is_the_operators_business(stream):
    """No alarm; nor for what was trimmed before we ever came."""
    await stream.add(*(batch(A + n) for n in range(6)))
    await stream.server.call("XTRIM", "events", "MAXLEN", "4")
    assert await stream.taken() == [A + n for n in range(2, 6)]
    await stream.server.call("XTRIM", "events", "MAXLEN", "1")
    await stream.add(batch(A))
    assert await stream.taken() == [A]
    assert not stream.lines
    assert stream.ledger.counts["lost_entries"] == 0


async def test_trimming_what_was_not_read_is_an_alarm_with_its_number(stream):
    """Once, with how many; the rest is read. All gone is noticed as well."""
    await stream.add(batch(A))
    assert await stream.taken() == [A]
    await stream.add(*(batch(A + n) for n in range(5)))
    await stream.server.call("XTRIM", "events", "MAXLEN", "2")
    assert await stream.taken() == [A + 3, A + 4]
    await stream.add(batch(A), batch(A))
    await stream.server.call("XTRIM", "events", "MAXLEN", "0")
    assert await stream.taken() == []
    told = [line.removeprefix(f"{NAME}: ").split(" were")[0] for line in stream.lines]
    assert told == ["3 entries", "2 entries"]
    assert stream.ledger.counts["lost_entries"] == 5
    await stream.add(batch(A))
    assert await stream.taken() == [A]


async def test_a_bad_entry_costs_itself_alone(stream):
    """No Arrow, half of it, wrong columns, two fields: a line each, kept for its owner, the others are read."""
    other = io.BytesIO()
    with pa.ipc.new_stream(other, pa.schema([("x", pa.int64())])):
        pass
    await stream.add(batch(A), b"13800138000", batch(A + 1)[:-60], other.getvalue())
    await stream.server.call("XADD", "events", "*", "a", "1", "b", "2")
    await stream.add(batch(A + 2), field="other")
    assert await stream.taken() == [A, A + 2]
    assert stream.ledger.counts["bad_entries"] == 4
    assert len(stream.lines) == 4
    assert all(line.startswith(f"{NAME} entry ") for line in stream.lines)
    kept = sorted(stream.folder.iterdir())
    assert len(kept) == 4
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept)


async def test_bad_rows_of_an_entry_go_to_the_dead_letters(stream):
    """Milliseconds, say; the good rows of the entry count."""
    table = pa.table({"msisdn": [A, A], "time": [NOON, NOON * 1000], "cell": ["w1", "w1"]})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    await stream.add(out.getvalue())
    assert await stream.taken() == [A]
    assert stream.ledger.counts["dead_letters"] == 1
    assert "row 2: column time: expected whole unix seconds" in stream.lines[0]


async def test_a_stream_that_was_made_anew_is_told_and_not_mistaken(stream):
    """Its last entry lies before our position: one line, not one a second, and nothing is read twice."""
    await stream.add(batch(A))
    assert await stream.taken() == [A]
    await stream.server.call("DEL", "events")
    await stream.server.call("XADD", "events", "1-1", "batch", batch(A))
    for _ in range(3):
        assert await stream.taken() == []
    [line] = stream.lines
    assert "was it made anew?" in line


async def test_another_kind_of_key_is_told(stream):
    """One line, and it is asked again."""
    await stream.server.call("SET", "events", "x")
    for _ in range(3):
        assert await stream.taken() == []
    assert stream.lines == [f"{NAME}: that key is no stream; name another, or delete it"]
    await stream.server.call("DEL", "events")
    await stream.add(batch(A))
    assert await stream.taken() == [A]
