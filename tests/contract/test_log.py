"""The log's promises, held by the sequencer in a directory and by its twin in memory."""

import asyncio
import os
import subprocess
import sys

import pytest

from service.adapters.memory_log import MemoryLog
from service.adapters.tiled_log import TiledLog
from service.audit.note import SIGNATURE, Signer
from service.audit.tree import leaf_hash
from service.ports.log import Draft, LogError
from service.sealing.keyring import receipt_mac
from tests.log_directory import RECEIPT_KEY, SIGNER, draft, entries_of, entry, head_of, written


def opened(directory, every=60.0):
    """The sequencer; it publishes when a test says so, or at its end."""
    return TiledLog.open(directory, RECEIPT_KEY, SIGNER, every)


@pytest.fixture(params=["memory", "directory"])
def log(request, tmp_path):
    """A log of either kind."""
    return MemoryLog(RECEIPT_KEY) if request.param == "memory" else opened(tmp_path)


async def test_receipts_come_in_order_and_carry_the_logs_mac(log):
    """Positions from 0 without a gap; hash of the leaf; a MAC over all of it."""
    receipts = await log.append([draft(0), draft(1)]) + await log.append([]) + await log.append([draft(2)])
    await log.close()
    assert [receipt.position for receipt in receipts] == [0, 1, 2]
    for number, receipt in enumerate(receipts):
        assert receipt.hash == leaf_hash(draft(number).entry)
        assert receipt.mac == receipt_mac(RECEIPT_KEY, receipt.signed())


async def test_concurrent_appends_never_share_a_position(log):
    """Two hundred callers at once, one to three entries each: each caller's stand together and in order."""
    drafts = {caller: [draft(3 * caller + at) for at in range(1 + caller % 3)] for caller in range(200)}
    given = await asyncio.gather(*(log.append(some) for some in drafts.values()))
    await log.close()
    positions = [receipt.position for receipts in given for receipt in receipts]
    assert sorted(positions) == list(range(len(positions)))
    for some, receipts in zip(drafts.values(), given, strict=True):
        first = receipts[0].position
        assert [receipt.position for receipt in receipts] == list(range(first, first + len(some)))
        assert [receipt.hash for receipt in receipts] == [leaf_hash(one.entry) for one in some]


async def test_what_is_published_is_what_was_acknowledged(tmp_path):
    """Several tiles, in steps that meet their edges; entries stand at their receipts' positions."""
    log = opened(tmp_path)
    made = []
    for step in (1, 254, 1, 1, 255, 256, 257, 300):
        made += [draft(len(made) + at) for at in range(step)]
        await log.append(made[-step:])
        await log.publish()
        assert head_of(tmp_path).size == len(made)
        assert entries_of(tmp_path) == [one.entry for one in made]
    await log.close()
    assert not list(tmp_path.glob("tile/0/000.p")), "partial forms of a full tile are removed"


async def test_a_checkpoint_follows_by_itself_and_only_when_something_is_new(tmp_path):
    """A moment after an entry there is one; then the file is left alone."""
    log = opened(tmp_path, every=0.02)
    await log.append([draft(0)])
    for _ in range(200):
        await asyncio.sleep(0.01)
        if (tmp_path / "checkpoint").exists():
            break
    written_at = (tmp_path / "checkpoint").stat().st_mtime_ns
    await asyncio.sleep(0.1)
    assert (tmp_path / "checkpoint").stat().st_mtime_ns == written_at
    await log.close()


async def test_a_log_goes_on_where_it_ended(tmp_path):
    """Opened anew after any number of entries, published or not; segments whose entries are in tiles are gone."""
    made = []
    for step in (0, 3, 253, 1, 0, 600):
        log = opened(tmp_path)
        assert log.size == len(made)
        fresh = [draft(len(made) + at) for at in range(step)]
        receipts = await log.append(fresh)
        assert [receipt.position for receipt in receipts] == list(range(len(made), len(made) + step))
        made += fresh
        await log.close()
        assert len(list((tmp_path / "ahead").iterdir())) == 1
    assert entries_of(tmp_path) == [one.entry for one in made]


async def test_a_torn_tail_is_cut_off_at_any_byte(tmp_path):
    """Whole records stay, half of one goes, and appending goes on behind them."""
    log = opened(tmp_path)
    await log.append([draft(0), draft(1)])
    await log.append([draft(2)])
    await abandoned(log)
    [segment] = (tmp_path / "ahead").iterdir()
    whole = segment.read_bytes()
    last = len(whole) - len(draft(2).entry) - 2 - 32
    for cut in range(last, len(whole)):
        segment.write_bytes(whole[:cut])
        log = opened(tmp_path)
        assert (log.cut, log.size) == (cut - last, 2)
        [receipt] = await log.append([draft(7)])
        assert receipt.position == 2
        await abandoned(log)


async def abandoned(log):
    """As if the process had been killed: nothing is finished, the lock is gone."""
    if log._publishing is not None:
        log._publishing.cancel()
    log._writer.shutdown()
    log._publisher.shutdown()
    log._ahead.close()
    os.close(log._lock)


async def test_damage_before_acknowledged_entries_is_no_torn_tail(tmp_path):
    """A flipped bit in an earlier record: refused with the place, never cut off with all that came later."""
    log = opened(tmp_path)
    await log.append([draft(0)])
    await log.append([draft(1)])
    await abandoned(log)
    [segment] = (tmp_path / "ahead").iterdir()
    whole = segment.read_bytes()
    for at in range(0, len(whole) // 2 - 1, 7):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        segment.write_bytes(damaged)
        with pytest.raises(LogError, match="damaged at byte 0, before entries that were acknowledged"):
            opened(tmp_path)
    segment.write_bytes(whole)
    log = opened(tmp_path)
    assert log.size == 2
    await log.close()


async def test_one_process_writes_a_log(tmp_path):
    """The second one is refused with a remedy."""
    log = opened(tmp_path)
    with pytest.raises(LogError, match="another process"):
        opened(tmp_path)
    await log.close()
    await opened(tmp_path).close()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path: (path / "checkpoint").unlink(), "tiles without a checkpoint"),
        (lambda path: (path / "checkpoint").write_bytes(b"nothing"), "damaged"),
        (lambda path: written(path, [entry(9)], Signer(SIGNER.name, SIGNATURE, b"o" * 32)), "another key"),
        (lambda path: written(path, [entry(9)], Signer("other", SIGNATURE, b"s" * 32)), "the log of other"),
        (
            lambda path: written(path, [entry(0)]),
            "are missing; restore the log",
        ),  # a checkpoint that went back
        (lambda path: (path / "tile/0/000.p/3").write_bytes(bytes(96)), "not those of its checkpoint"),
        (lambda path: (path / "tile/0/000.p/3").unlink(), "missing"),
        (lambda path: (path / "tile/0/000.p/3").write_bytes(b"short"), "too short"),
        (
            lambda path: [*map(_remove, (path / "ahead").iterdir()), (path / "ahead").rmdir()],
            "ahead: missing",
        ),
    ],
)
async def test_a_log_that_is_not_its_own_is_refused(tmp_path, spoil, message):
    """Another key, name, tree or age; what is missing is named, and nothing is written over."""
    log = opened(tmp_path)
    await log.append([draft(number) for number in range(3)])
    await log.close()
    spoil(tmp_path)
    with pytest.raises(LogError, match=message):
        opened(tmp_path)


def _remove(path):
    path.unlink()


async def test_a_tile_is_never_written_over(tmp_path):
    """Other bytes in a tile's place: no checkpoint, entries safe; the tile put right, it goes on."""
    log = opened(tmp_path)
    (tmp_path / "tile/0/000.p").mkdir(parents=True)
    (tmp_path / "tile/0/000.p/1").write_bytes(b"other")
    await log.append([draft(0)])
    with pytest.raises(LogError, match="other bytes stand there"):
        await log.publish()
    assert (tmp_path / "tile/0/000.p/1").read_bytes() == b"other"
    assert not (tmp_path / "checkpoint").exists()
    (tmp_path / "tile/0/000.p/1").unlink()
    await log.close()
    assert entries_of(tmp_path) == [entry(0)]


async def test_an_entry_that_no_bundle_holds_is_refused(tmp_path):
    """65,535 bytes at most; nothing else is lost by it."""
    log = opened(tmp_path)
    with pytest.raises(LogError, match="65535"):
        await log.append([Draft(bytes(65_536), b"i" * 16, 1)])
    [receipt] = await log.append([draft(0)])
    assert receipt.position == 0
    await log.close()


async def test_a_closed_log_takes_nothing(tmp_path):
    """And says so instead of waiting."""
    log = opened(tmp_path)
    await log.close()
    with pytest.raises(LogError, match="closed"):
        await log.append([draft(0)])


@pytest.mark.parametrize("count", [0, 1, 300])
async def test_the_append_file_of_before_is_taken_over(tmp_path, count):
    """One JSON line an entry; a torn line is left; a start that died in the middle does it again."""
    old = tmp_path / "entries.jsonl"
    lines = [entry(number) for number in range(count)]
    content = b"".join(line + b"\n" for line in lines) + b'{"torn'
    old.write_bytes(content)
    log = opened(tmp_path)
    await abandoned(log)
    old.write_bytes(content)  # killed just before it was renamed
    log = opened(tmp_path)
    [receipt] = await log.append([draft(count)])
    assert receipt.position == count
    await log.close()
    assert entries_of(tmp_path) == [*lines, entry(count)]
    assert not old.exists()
    old.write_bytes(b"other\n")
    with pytest.raises(LogError, match="move it away"):
        opened(tmp_path)


async def test_while_the_disk_is_full_entries_are_refused_and_then_taken_again(tmp_path):
    """A limit on the size of files stands for the full disk. What was refused takes no position and is not there."""
    script = """
import asyncio, resource, signal, sys
from pathlib import Path
from service.ports.log import LogError
from tests.contract.test_log import draft, opened
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = opened(Path(sys.argv[1]))
    await log.append([draft(0), draft(1)])
    [segment] = Path(sys.argv[1], "ahead").iterdir()
    limit(segment.stat().st_size + 10)
    for refused in (2, 3):
        try:
            await log.append([draft(refused)])
        except LogError as error:
            print("refused" if "File too large" in str(error) else error)
    limit(100)
    try:
        await log.publish()
    except LogError as error:
        print("unpublished")
    limit(resource.RLIM_INFINITY)
    print([receipt.position for receipt in await log.append([draft(4), draft(5)])])
    await log.close()
asyncio.run(main())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["refused", "refused", "unpublished", "[2, 3]"]
    assert entries_of(tmp_path) == [entry(number) for number in (0, 1, 4, 5)]
