"""Events from files: every good row once and in order, every other one to the dead letters."""

import csv
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, EventFormat, digest, read_events
from service.ports.feed import UNKNOWN_CELL, CellTable, EventBatch, FeedError

NOON = 1_795_406_400  # 2026-11-23 12:00 in Shanghai
NUMBER = 8613800138000
CELLS = CellTable(("46001", "west", "east"), np.zeros(3, np.int32), np.zeros(3), np.zeros(3))

Row = tuple[object, object, object, object]  # as EVENT_COLUMNS
Written = tuple[list[tuple[int, int, int, int]], list[dict[str, str]]]

GOOD: list[Row] = [
    (NUMBER, NOON, "west", NOON + 3),
    (NUMBER + 1, NOON + 1, "46001", NOON + 1),
    (NUMBER, NOON - 5, "nowhere", NOON + 9),
]
READ = [
    (NUMBER, NOON, 1, NOON + 3),
    (NUMBER + 1, NOON + 1, 0, NOON + 1),
    (NUMBER, NOON - 5, UNKNOWN_CELL, NOON + 9),
]


def as_csv(path: Path, rows: list[Row]) -> Path:
    """The rows as CSV; None is an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(EVENT_COLUMNS)
        out.writerows([["" if value is None else value for value in row] for row in rows])
    return path


def as_ndjson(path: Path, rows: list[Row]) -> Path:
    """The rows as NDJSON."""
    lines = [json.dumps(dict(zip(EVENT_COLUMNS, row, strict=True))) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def table(rows: list[Row]) -> pa.Table:
    """The rows as an Arrow table, numbers as integers and cells as text."""
    columns = list(zip(*rows, strict=True)) or [()] * 4
    kinds = (pa.int64(), pa.int64(), pa.string(), pa.int64())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=list(EVENT_COLUMNS))


def as_parquet(path: Path, rows: list[Row]) -> Path:
    """The rows as Parquet."""
    pq.write_table(table(rows), path)
    return path


def as_ipc_file(path: Path, rows: list[Row]) -> Path:
    """The rows as an Arrow IPC file."""
    with pa.ipc.new_file(path, table(rows).schema) as writer:
        writer.write_table(table(rows))
    return path


def as_ipc_stream(path: Path, rows: list[Row]) -> Path:
    """The rows as an Arrow IPC stream."""
    with path.open("wb") as sink, pa.ipc.new_stream(sink, table(rows).schema) as writer:
        writer.write_table(table(rows))
    return path


WRITERS: list[Callable[[Path, list[Row]], Path]] = [
    as_csv,
    as_ndjson,
    as_parquet,
    as_ipc_file,
    as_ipc_stream,
]


def tuples(batches: Iterator[EventBatch]) -> list[tuple[int, int, int, int]]:
    """The rows of all batches."""
    found = []
    for batch in batches:
        arrays = (batch.msisdn, batch.time, batch.cell, batch.arrival)
        assert [array.dtype for array in arrays] == [np.int64, np.int64, np.int32, np.int64]
        found += list(zip(*(array.tolist() for array in arrays), strict=True))
    return found


def read(path: Path, form: EventFormat | None = None) -> Written:
    """Good rows and dead letters of a file."""
    letters = path.with_suffix(".dead")
    with DeadLetters(letters, EVENT_COLUMNS) as dead:
        feed = read_events(path, CELLS, dead, form)
        found = tuples(iter(feed))
        assert (feed.rows, feed.bad) == (len(found), dead.count)
    if not letters.exists():
        return found, []
    with letters.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return found, list(csv.DictReader(file))


def refused(path: Path) -> str:
    """The one line that a file is refused with."""
    with pytest.raises(FeedError) as error:
        read(path)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_gives_the_same_arrays(write: Callable[[Path, list[Row]], Path], tmp_path: Path) -> None:
    """CSV, NDJSON, Parquet, Arrow IPC as file and as stream: the format is seen by the first bytes."""
    assert read(write(tmp_path / "events", GOOD)) == (READ, [])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(10**6 - 2, 10**15 + 2), st.none(), st.integers(-(2**63), 2**63 - 1)),
            st.one_of(
                st.sampled_from([0, -1, 946_684_799, 946_684_800, 4_102_444_799, 4_102_444_800, NOON * 1000]),
                st.integers(NOON - 10, NOON + 10),
                st.none(),
            ),
            st.one_of(st.none(), st.sampled_from(["west", "46001", "a,b", "é", "007", "null", "NaN"])),
            st.one_of(st.none(), st.integers(NOON - 10, NOON + 10), st.just(-1)),
        ),
        max_size=12,
    )
)
def test_formats_agree_on_every_row(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    """Whatever the numbers: the same rows are good, the same are dead, at the same columns, in every format."""
    folder = tmp_path_factory.mktemp("formats")
    outcomes = []
    for write in WRITERS if rows else WRITERS[2:]:
        found, dead = read(write(folder / write.__name__, rows))
        header = 1 if write is as_csv else 0
        assert len(found) + len(dead) == len(rows)
        outcomes.append((found, [(int(letter["row"]) - header, letter["column"]) for letter in dead]))
    assert all(outcome == outcomes[0] for outcome in outcomes)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (f"+{NUMBER},{NOON},west,{NOON}", "msisdn"),
        (f"0{NUMBER},{NOON},west,{NOON}", "msisdn"),
        (f"0x174876E800,{NOON},west,{NOON}", "msisdn"),
        (f",{NOON},west,{NOON}", "msisdn"),
        (f"-{NUMBER},{NOON},west,{NOON}", "msisdn"),
        (f"123456,{NOON},west,{NOON}", "msisdn"),
        (f"1234567890123456,{NOON},west,{NOON}", "msisdn"),
        (f"１３８００１３８０００,{NOON},west,{NOON}", "msisdn"),
        (f"nan,{NOON},west,{NOON}", "msisdn"),
        (f"{NUMBER},{NOON}000,west,{NOON}", "time"),
        (f"{NUMBER},{NOON}.5,west,{NOON}", "time"),
        (f"{NUMBER},2026-11-23T12:00:00,west,{NOON}", "time"),
        (f"{NUMBER},99999999999999999999,west,{NOON}", "time"),
        (f"{NUMBER},-1,west,{NOON}", "time"),
        (f"{NUMBER},,west,{NOON}", "time"),
        (f"{NUMBER},{NOON},,{NOON}", "cell"),
        (f"{NUMBER},{NOON},west,x", "arrival"),
        (f"{NUMBER},{NOON},west", ""),
        (f"{NUMBER},{NOON},west,{NOON},1", ""),
        (f'{NUMBER},{NOON},"west,{NOON}', ""),
        (f'{NUMBER},{NOON},a"b,"{NOON}', ""),
        ("garbage", ""),
        ("\x00\x01\x02", ""),
    ],
)
def test_a_bad_line_costs_itself_alone(line: str, column: str, tmp_path: Path) -> None:
    """The rows around it are read; its number, its column and its content are in the dead letters."""
    path = tmp_path / "events.csv"
    good = [",".join(str(value) for value in row) for row in GOOD]
    path.write_text("\n".join([",".join(EVENT_COLUMNS), good[0], good[1], line, "", good[2], ""]), "utf-8")
    found, dead = read(path)
    assert found == READ
    assert [(letter["row"], letter["column"]) for letter in dead] == [("4", column)]
    assert dead[0]["expected"]
    kept = [dead[0][name] for name in EVENT_COLUMNS]
    assert dead[0]["line"] == line if column == "" else kept == line.split(",")


def test_a_line_that_is_no_utf_8_costs_itself_alone(tmp_path: Path) -> None:
    """And its bytes are kept as they were."""
    path = tmp_path / "events.csv"
    good = b"\r\n".join(",".join(str(value) for value in row).encode() for row in GOOD)
    path.write_bytes(b"\xef\xbb\xbfmsisdn,time,cell,arrival\r\n" + b"\xff\xfe,1,2,3\r\n" + good)
    found, _ = read(path)
    assert found == READ
    assert b"\xff\xfe,1,2,3" in path.with_suffix(".dead").read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1,2]",
        "null",
        '{"msisdn": 8613800138000}',
        '{"msisdn": true, "time": 1795406400, "cell": "west"}',
        '{"msisdn": 8613800138000, "time": 1795406400.5, "cell": "west"}',
        '{"msisdn": 8613800138000, "time": NaN, "cell": "west"}',
        '{"msisdn": 8613800138000, "time": 1e400, "cell": "west"}',
        '{"msisdn": 8613800138000, "time": 1795406400, "cell": ["west"]}',
        '{"msisdn": 8613800138000, "time": 1795406400, "cell": true}',
        '{"msisdn": 86138001380001380013800, "time": 1795406400, "cell": "west"}',
        "[" * 100_000,
    ],
)
def test_a_bad_object_costs_itself_alone(line: str, tmp_path: Path) -> None:
    """NDJSON with something else on one of its lines."""
    path = as_ndjson(tmp_path / "events.ndjson", GOOD)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], line, "", *lines[1:]]))
    found, dead = read(path)
    assert found == READ
    assert [letter["row"] for letter in dead] == ["2"]


def as_kind(values: list[object], kind: pa.DataType) -> pa.Array:
    """An array of this type, dictionaries included."""
    if pa.types.is_dictionary(kind):
        return pa.array(values).cast(kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values).cast(kind)


def test_numbers_may_be_text_and_cells_integers(tmp_path: Path) -> None:
    """46001 and "46001" are one cell; a number may stand in quotes; pandas may have made floats of integers."""
    rows: list[Row] = [(str(NUMBER), str(NOON), 46001, None)]
    expected = [(NUMBER, NOON, 0, NOON)]
    assert read(as_ndjson(tmp_path / "a.ndjson", rows))[0] == expected
    quoted = tmp_path / "b.csv"
    quoted.write_text(
        f'cell,"time",extra,msisdn\n"46001","{NOON}",x,"{NUMBER}"\n46001,{NOON},"x,y",{NUMBER}\n'
    )
    assert read(quoted)[0] == expected * 2
    for kinds in (
        (pa.string(), pa.large_string(), pa.int32(), pa.float64()),
        (pa.float64(), pa.float64(), pa.float64(), pa.null()),
        (pa.uint64(), pa.uint32(), pa.dictionary(pa.int8(), pa.int64()), pa.int64()),
        (
            pa.string_view(),
            pa.dictionary(pa.int8(), pa.string()),
            pa.dictionary(pa.int8(), pa.float64()),
            pa.int64(),
        ),
    ):
        columns = [
            as_kind([value, None], kind)
            for value, kind in zip((NUMBER, NOON, 46001, None), kinds, strict=True)
        ]
        wide = pa.table(columns, names=list(EVENT_COLUMNS)).slice(0, 1)
        with pa.ipc.new_file(tmp_path / "c.arrow", wide.schema) as writer:
            writer.write_table(wide)
        assert read(tmp_path / "c.arrow") == (expected, []), kinds


def test_not_a_number_is_a_bad_row(tmp_path: Path) -> None:
    """NaN, infinity and fractions in a floating column."""
    values = [float(NOON), float("nan"), float("inf"), NOON + 0.5, -1e300]
    batch = pa.table({"msisdn": [NUMBER] * 5, "time": values, "cell": ["west"] * 5})
    pq.write_table(batch, tmp_path / "events.parquet")
    found, dead = read(tmp_path / "events.parquet")
    assert found == [(NUMBER, NOON, 1, NOON)]
    assert [(letter["row"], letter["column"]) for letter in dead] == [
        (str(row), "time") for row in (2, 3, 4, 5)
    ]


@pytest.mark.parametrize("write", WRITERS)
def test_an_event_without_arrival_arrived_when_it_happened(
    write: Callable[[Path, list[Row]], Path], tmp_path: Path
) -> None:
    """Row by row, and for a whole file without that column."""
    rows: list[Row] = [(NUMBER, NOON, "east", None), (NUMBER, NOON, "east", NOON + 7)]
    found, dead = read(write(tmp_path / "events", rows))
    assert [row[3] for row in found] == [NOON, NOON + 7]
    assert not dead


def test_a_csv_may_lack_the_column_arrival(tmp_path: Path) -> None:
    """It is optional."""
    path = tmp_path / "events.csv"
    path.write_text(f"msisdn,time,cell\n{NUMBER},{NOON},east\n")
    assert read(path) == ([(NUMBER, NOON, 2, NOON)], [])


def test_dead_letters_are_for_their_owner_alone_and_can_be_read_again(tmp_path: Path) -> None:
    """They hold personal data: mode 0600, even where a file lay before; put right, they are a file of events."""
    path = as_csv(tmp_path / "events.csv", [*GOOD, (NUMBER, NOON * 1000, "west", NOON)])
    letters = path.with_suffix(".dead")
    letters.write_text("of a former run")
    letters.chmod(0o644)
    read(path)
    assert stat.S_IMODE(letters.stat().st_mode) == 0o600
    letters.write_text(letters.read_text().replace(str(NOON * 1000), str(NOON)))
    assert read(letters.rename(tmp_path / "again.csv"))[0] == [(NUMBER, NOON, 1, NOON)]


def test_without_a_bad_row_there_are_no_dead_letters(tmp_path: Path) -> None:
    """No empty file is left behind."""
    read(as_csv(tmp_path / "events.csv", GOOD))
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "missing: msisdn,time,cell"),
        (b"msisdn,cell\n1,2\n", "missing: time"),
        (b"msisdn,time,cell,time\n", "column time: expected each column once"),
        (b'{"msisdn": 1, "cell": 2}\n', "missing: time"),
        (b"PAR1 and nothing more", "whole Parquet"),
        (b"ARROW1\0\0 and nothing more", "whole Arrow"),
        (b"\xff\xff\xff\xff\x10\x00\x00\x00garbage", "whole Arrow"),
        (bytes(range(256)) * 10, "missing"),
        (b"x" * (40 << 20), "missing"),
        (b"msisdn,time,cell\n" + b"x" * (40 << 20), "at most one MiB"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    """Empty, other columns, garbage: what was expected is said, and nothing of the content."""
    path = tmp_path / "events"
    path.write_bytes(content)
    sentence = refused(path)
    assert says in sentence
    assert sentence.startswith(str(path))


@pytest.mark.parametrize("write", WRITERS[2:])
def test_half_a_columnar_file_is_refused(write: Callable[[Path, list[Row]], Path], tmp_path: Path) -> None:
    """Cut at any byte it gets one clear line; only a stream may end after a batch, and then its rows are whole."""
    path = write(tmp_path / "events", GOOD * 50)
    whole = path.read_bytes()
    for cut in range(8, len(whole) - 8, max(1, len(whole) // 40)):
        path.write_bytes(whole[:cut])
        if write is not as_ipc_stream or not whole_batches(path):
            assert "whole" in refused(path)


def whole_batches(path: Path) -> bool:
    """Whether a stream that was cut off ends between two of its parts, judged by what can be read of it."""
    try:
        found, dead = read(path)
    except FeedError:
        return False
    assert (found, dead) in [([], []), (READ * 50, [])]
    return True


def test_a_column_of_another_type_is_refused(tmp_path: Path) -> None:
    """A timestamp is no unix time; the line names the column and its type."""
    batch = pa.table({"msisdn": [NUMBER], "time": pa.array([NOON], pa.timestamp("s")), "cell": ["west"]})
    pq.write_table(batch, tmp_path / "events.parquet")
    assert "column time: expected a column of integers or text" in refused(tmp_path / "events.parquet")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """And its digest too."""
    assert "a file that can be read (No such file or directory)" in refused(tmp_path / "absent")
    with pytest.raises(FeedError, match="can be read"):
        digest(tmp_path / "absent")


@pytest.mark.parametrize("write", WRITERS)
def test_every_format_comes_through_a_pipe(write: Callable[[Path, list[Row]], Path], tmp_path: Path) -> None:
    """Standard input need not be a file that one can go back in."""
    content = write(tmp_path / "events", GOOD * 1000).read_bytes()
    out, into = os.pipe()

    def pour() -> None:
        with os.fdopen(into, "wb") as sink:
            sink.write(content)

    writer = threading.Thread(target=pour)
    writer.start()
    with os.fdopen(out, "rb") as stream, DeadLetters(tmp_path / "dead", EVENT_COLUMNS) as dead:
        feed = read_events(stream, CELLS, dead)
        assert tuples(iter(feed)) == READ * 1000
        assert feed.done is None
    writer.join()


def test_a_file_is_read_in_pieces_and_progress_is_told(tmp_path: Path) -> None:
    """Lines that lie across two blocks are read once; progress ends at 1; row numbers go on counting."""
    lines = "".join(f"{NUMBER + i},{NOON},west,{NOON}\n" for i in range(600_000))
    path = tmp_path / "events.csv"
    path.write_text(",".join(EVENT_COLUMNS) + "\n" + lines + f"x,{NOON},west,{NOON}\n")
    with DeadLetters(tmp_path / "dead", EVENT_COLUMNS) as dead:
        feed = read_events(path, CELLS, dead)
        progress, numbers = [], []
        for batch in feed:
            progress.append(feed.done or 0)
            numbers.append(batch.msisdn)
    assert len(progress) > 1
    assert progress == sorted(progress)
    assert progress[-1] == 1
    assert np.array_equal(np.concatenate(numbers), np.arange(NUMBER, NUMBER + 600_000))
    assert (feed.rows, feed.bad) == (600_000, 1)
    assert "600002,msisdn" in (tmp_path / "dead").read_text()


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    """SHA-256, as sha256sum prints it."""
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert digest(path).hex().startswith("ba7816bf8f01cfea")


def test_nothing_personal_shows(tmp_path: Path) -> None:
    """Neither a batch nor an error shows a number."""
    path = as_csv(tmp_path / "events.csv", GOOD)
    with DeadLetters(tmp_path / "dead", EVENT_COLUMNS) as dead:
        batch = next(iter(read_events(path, CELLS, dead)))
    assert str(NUMBER) not in repr(batch)
    path.write_text(f"{NUMBER},1,2\n")
    assert str(NUMBER) not in refused(path)


def test_a_given_format_wins_over_the_first_bytes(tmp_path: Path) -> None:
    """A CSV told to be Parquet is a damaged Parquet file."""
    path = as_csv(tmp_path / "events.csv", GOOD)
    with pytest.raises(FeedError, match="whole Parquet"):
        read(path, EventFormat.PARQUET)
    assert read(path, EventFormat.CSV)[0] == READ


def test_dead_letters_that_cannot_be_written_stop_the_reading(tmp_path: Path) -> None:
    """A bad row is never dropped in silence."""
    path = as_csv(tmp_path / "events.csv", [(None, NOON, "west", None)])
    with (
        DeadLetters(tmp_path / "absent" / "dead", EVENT_COLUMNS) as dead,
        pytest.raises(FeedError, match="a place to write dead letters to"),
    ):
        list(read_events(path, CELLS, dead))
