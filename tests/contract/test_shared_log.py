"""One log for several processes: the first writes it, the others append over its socket, and one takes over."""

import asyncio
import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.adapters.log_socket import LogClient
from service.adapters.shared_log import SharedLog
from service.adapters.tiled_log import TiledLog
from service.audit.tree import leaf_hash
from service.ports.log import Draft, LogError
from service.sealing.keyring import receipt_mac
from tests.log_directory import RECEIPT_KEY, SIGNER, draft, entries_of, entry


async def opened(folder):
    """As another process would open it."""
    lead = functools.partial(TiledLog.open, folder, RECEIPT_KEY, SIGNER, 60.0)
    return await SharedLog.open(lead, folder / "socket")


async def test_the_second_appends_through_the_first(short_path):
    """Positions go through all of them; receipts are the sequencer's; the socket is for this user alone."""
    first, second, third = [await opened(short_path) for _ in range(3)]
    assert (first.leads, second.leads, third.leads) == (True, False, False)
    assert (short_path / "socket").stat().st_mode & 0o777 == 0o600
    given = await asyncio.gather(
        *(log.append([draft(number)]) for number, log in enumerate([first, second, third] * 50))
    )
    assert sorted(receipt.position for [receipt] in given) == list(range(150))
    for number, [receipt] in enumerate(given):
        assert receipt.hash == leaf_hash(entry(number))
        assert receipt.index == draft(number).index
        assert receipt.mac == receipt_mac(RECEIPT_KEY, receipt.signed())
    for log in (third, second, first):
        await log.close()
    assert sorted(entries_of(short_path)) == sorted(entry(number) for number in range(150))


async def test_refusals_come_through_too(short_path):
    """An entry that no bundle holds; then one that it does."""
    first, second = [await opened(short_path) for _ in range(2)]
    assert await second.append([]) == []
    with pytest.raises(LogError, match="more than"):
        await second.append([Draft(bytes(70_000), b"i" * 16, 1)])
    [receipt] = await second.append([draft(0)])
    assert receipt.position == 0
    await second.close()
    await first.close()


async def test_when_the_writer_goes_another_one_takes_over(short_path):
    """Closed in order: the next append leads."""
    first, second = [await opened(short_path) for _ in range(2)]
    await first.append([draft(0)])
    await first.close()
    receipts = []
    while not receipts:
        try:
            receipts = await second.append([draft(1)])
        except LogError:  # it was told that the other is going
            await asyncio.sleep(0.01)
    assert second.leads
    assert receipts[0].position == 1
    await second.close()


async def test_when_the_writer_is_killed_another_one_takes_over(short_path):
    """A kill -9 while appends are under way: each is answered, the log has all that were acknowledged."""
    script = """
import asyncio, sys
from pathlib import Path
from tests.contract.test_shared_log import opened
async def main():
    log = await opened(Path(sys.argv[1]))
    print(log.leads, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    writer = subprocess.Popen([sys.executable, "-c", script, str(short_path)], stdout=subprocess.PIPE)  # noqa: ASYNC220
    assert writer.stdout.readline() == b"True\n"
    log = await opened(short_path)
    assert not log.leads
    acknowledged, refused = {}, 0
    for number in range(400):
        if number == 100:
            writer.kill()
        try:
            [receipt] = await log.append([draft(number)])
            acknowledged[receipt.position] = entry(number)
        except LogError:
            refused += 1
            await asyncio.sleep(0.01)
    writer.wait()
    writer.stdout.close()
    assert log.leads
    assert refused < 100
    await log.close()
    entries = entries_of(short_path)
    assert all(entries[position] == content for position, content in acknowledged.items())


async def test_what_is_no_request_is_refused_and_harms_nobody(short_path):
    """Garbage, half a frame, a frame that says too much, a count that is not there."""
    log = await opened(short_path)
    for garbage in (
        b"\x00\x00\x00\x02xx",
        b"\xff" * 64,
        b"\x00\x00\x00\x09" + b"i" * 4 + b"\x00\x05abc",
        b"half",
    ):
        reader, writer = await asyncio.open_unix_connection(short_path / "socket")
        writer.write(garbage)
        writer.write_eof()
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    client = await LogClient.connect(short_path / "socket")
    [receipt] = await client.append([draft(0)])
    assert receipt.position == 0
    await client.close()
    await log.close()


async def test_a_path_that_is_too_long_for_a_socket_is_this_processs_log_alone(tmp_path):
    """As without a socket: the second is refused."""
    folder = tmp_path / ("long" * 25)
    first = await opened(folder)
    await first.append([draft(0)])
    assert not (folder / "socket").exists()
    lead = functools.partial(TiledLog.open, folder, RECEIPT_KEY, SIGNER, 60.0)
    second = SharedLog(lead, folder / "socket")
    with pytest.raises(LogError, match="another process writes this log"):
        await second.settle()
    await first.close()


APPENDING = """
import asyncio, os
from pathlib import Path
from service.adapters.log_socket import LogClient
from service.audit.entries import Kind, leaf
from service.ports.log import Draft, LogError
async def main():
    client = await LogClient.connect(Path("{path}"))
    await client.append([Draft(leaf(Kind.QUERY, 0, bytes(16), bytes(16), b""), bytes(16), 1)])
os.setgid({user})
os.setuid({user})
try:
    asyncio.run(main())
    print("taken")
except LogError:
    print("refused")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to append as another user")
async def test_the_system_says_who_appends(open_folder, tmp_path):
    """A user that the configuration names appends; another one is let go before a word is read."""
    lead = functools.partial(TiledLog.open, tmp_path, RECEIPT_KEY, SIGNER, 60.0)
    log = await SharedLog.open(lead, open_folder / "socket", {65_534}.__contains__)

    async def said(user):
        command = APPENDING.format(user=user, path=open_folder / "socket")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE
        )
        return (await process.communicate())[0].decode().split()

    assert await said(65_534) == ["taken"]
    assert await said(65_533) == ["refused"]
    await log.close()
