"""The log's promises, held by the append file."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from service.adapters.log_file import LogFile
from service.audit.entries import Kind, leaf, tag
from service.audit.tree import leaf_hash
from service.ports.log import Draft, LogError
from service.sealing.keyring import receipt_mac

KEY = b"r" * 32


def draft(number):
    """An entry about somebody."""
    return Draft(leaf(Kind.DISCLOSE, 1_795_400_000, tag(b"k" * 32, number), b"s" * 16, b"d"), b"i" * 16, 1)


@pytest.fixture
def path(tmp_path):
    """Where the log lies."""
    return tmp_path / "log" / "entries.jsonl"


async def test_receipts_come_in_order_and_carry_the_logs_mac(path):
    """Positions from 0 without a gap; hash of the leaf; a MAC over all of it."""
    log = LogFile.open(path, KEY)
    receipts = await log.append([draft(0), draft(1)]) + await log.append([draft(2)])
    assert [receipt.position for receipt in receipts] == [0, 1, 2]
    for number, receipt in enumerate(receipts):
        assert receipt.hash == leaf_hash(draft(number).entry)
        assert receipt.mac == receipt_mac(KEY, receipt.signed())
    await log.close()
    lines = path.read_bytes().splitlines()
    assert lines == [draft(number).entry for number in range(3)]
    assert all(set(json.loads(line)) == {"v", "t", "k", "tag", "c"} for line in lines)


async def test_concurrent_appends_never_share_a_position(path):
    """Two hundred at once; file and receipts agree."""
    log = LogFile.open(path, KEY)
    receipts = [receipt for [receipt] in await asyncio.gather(*(log.append([draft(n)]) for n in range(200)))]
    await log.close()
    assert sorted(receipt.position for receipt in receipts) == list(range(200))
    lines = path.read_bytes().splitlines()
    for number, receipt in enumerate(receipts):
        assert lines[receipt.position] == draft(number).entry


async def test_a_torn_tail_is_cut_off_at_any_byte(path):
    """Whole entries stay, half of one goes, and appending goes on behind them."""
    log = LogFile.open(path, KEY)
    await log.append([draft(n) for n in range(3)])
    await log.close()
    whole = path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole)):
        path.write_bytes(whole[:cut])
        log = LogFile.open(path, KEY)
        assert log.cut == cut - last
        [receipt] = await log.append([draft(7)])
        await log.close()
        assert receipt.position == 2
        assert path.read_bytes() == whole[:last] + draft(7).entry + b"\n"


async def test_one_process_writes_a_log(path):
    """The second one is refused with a remedy."""
    log = LogFile.open(path, KEY)
    with pytest.raises(LogError, match="another process"):
        LogFile.open(path, KEY)
    await log.close()
    await LogFile.open(path, KEY).close()


async def test_after_a_failed_write_nothing_more_is_taken(path):
    """A full disk (a limit on the file's size): LogError, for this entry and all others, until opened anew."""
    script = """
import asyncio, resource, signal, sys
from pathlib import Path
from tests.contract.test_log import draft, KEY
from service.adapters.log_file import LogFile
from service.ports.log import LogError
async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = LogFile.open(Path(sys.argv[1]), KEY)
    size = len(draft(0).entry) + 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * size + 10, resource.RLIM_INFINITY))
    await log.append([draft(0), draft(1)])
    for _ in range(2):
        try:
            await log.append([draft(2)])
        except LogError:
            print("refused")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        await log.append([draft(3)])
    except LogError:
        print("refused")
    await log.close()
asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["refused"] * 3
    log = LogFile.open(path, KEY)
    assert log.cut == 10
    [receipt] = await log.append([draft(2)])
    assert receipt.position == 2
    await log.close()


async def test_what_was_acknowledged_survives_kill_9(path):
    """A writer that says each position it has a receipt for, killed in the middle."""
    script = """
import asyncio, sys
from pathlib import Path
from tests.contract.test_log import draft, KEY
from service.adapters.log_file import LogFile
async def main():
    log = LogFile.open(Path(sys.argv[1]), KEY)
    for number in range(100_000):
        [receipt] = await log.append([draft(number)])
        print(receipt.position, flush=True)
asyncio.run(main())
"""
    writer = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    )
    for line in writer.stdout:
        if int(line) >= 50:
            break
    os.kill(writer.pid, signal.SIGKILL)
    said = [50, *(int(line) for line in writer.stdout if line.endswith("\n"))]
    writer.wait()
    writer.stdout.close()
    log = LogFile.open(path, KEY)
    await log.close()
    lines = path.read_bytes().splitlines()
    assert len(lines) > max(said)
    assert lines == [draft(number).entry for number in range(len(lines))]
