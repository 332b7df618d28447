"""Each promise of `ports.checkpoints`, held by the sealed file."""

import os
import resource
import secrets
import subprocess
import sys
import time

import pytest

from service.adapters.checkpoint_file import CheckpointFile
from service.adapters.key_file import KeyFile
from service.adapters.memory_store import MemoryKeySpace
from service.ports.checkpoints import CheckpointError
from service.vault.key_service import DeviceKeys

MIB = 1 << 20
BIG = [secrets.token_bytes(3 * MIB), b"", memoryview(bytes(9 * MIB)), b"the end"]


async def keys_role(folder, space, epoch=20_780):
    """A keys role over a device in this folder."""
    device = KeyFile.open(folder / "keys.json", secrets.token_bytes, create=True)
    return await DeviceKeys.start(space, device, device.receipt_key, epoch, secrets.token_bytes, time.time)


@pytest.fixture
def space():
    """A key space."""
    return MemoryKeySpace(time.time)


@pytest.fixture
async def file(tmp_path, space):
    """A checkpoint in a directory that nobody has made yet."""
    return CheckpointFile(tmp_path / "ingest", await keys_role(tmp_path, space), secrets.token_bytes)


async def loaded(file):
    """All of it."""
    return b"".join(await file.load())


async def test_what_was_saved_last_is_loaded(file):
    """None before the first time; pieces of any size, nothing at all, and the newest wins."""
    assert await file.load() is None
    for pieces in (BIG, [], [b"small"]):
        await file.save(iter(pieces))
        assert await loaded(file) == b"".join(pieces)


async def test_a_checkpoint_of_another_epoch_opens(file, tmp_path, space):
    """The worker's key changes with the epoch; the one that the file names still opens it."""
    await file.save([b"yesterday's"])
    await KeyFile.open(tmp_path / "keys.json", secrets.token_bytes).create(20_781)
    tomorrow = await keys_role(tmp_path, space, 20_781)
    assert tomorrow.current_epoch == 20_781
    later = CheckpointFile(tmp_path / "ingest", tomorrow, secrets.token_bytes)
    assert await loaded(later) == b"yesterday's"
    await later.save([b"today's"])
    assert await loaded(later) == b"today's"
    assert (tmp_path / "ingest" / "checkpoint").read_bytes()[6:8] == (20_781).to_bytes(2)


async def test_nothing_of_it_can_be_read_without_the_key(file, tmp_path):
    """No piece appears in the file, and the file is its owner's."""
    await file.save([b"13800138000" * 1000])
    path = tmp_path / "ingest" / "checkpoint"
    assert b"138001" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_every_alteration_is_noticed(file, tmp_path):
    """A byte anywhere, chunks cut off, swapped or doubled, a chunk of the former checkpoint in its place."""
    path = tmp_path / "ingest" / "checkpoint"
    await file.save(BIG)
    former = path.read_bytes()
    await file.save(BIG)
    good = path.read_bytes()
    head, size = 24, (1 << 22) + 28 + 4
    chunks = [good[at : at + size] for at in range(head, len(good), size)]
    assert len(chunks) == 4
    wrong = [
        good[:-1],
        good[: head + size],
        good[: head + 2],
        good[:10],
        good[:head],
        good + b"\0",
        good[:head] + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        good[:head] + b"".join([chunks[0], *chunks]),
        good[:head] + former[head : head + size] + b"".join(chunks[1:]),
        *(
            good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
            for at in (0, 12, head + 1, head + 9, len(good) - 1)
        ),
    ]
    for bytes_ in wrong:
        path.write_bytes(bytes_)
        with pytest.raises(CheckpointError, match="ingest anew"):
            await loaded(file)
    path.write_bytes(good)
    assert await loaded(file) == b"".join(BIG)


async def test_a_save_that_fails_leaves_the_former(file, tmp_path):
    """The pieces end in an error: the old checkpoint is whole, and no half of a new one holds its room."""

    def broken():
        yield BIG[0] * 3
        raise OSError(28, os.strerror(28))

    await file.save([b"former"])
    with pytest.raises(CheckpointError, match="No space left"):
        await file.save(broken())
    assert await loaded(file) == b"former"
    assert [path.name for path in (tmp_path / "ingest").iterdir()] == ["checkpoint"]


async def test_one_process_at_a_time(file, tmp_path):
    """A second worker is told so; when the first one has ended, however it did, the next may work."""
    code = (
        "import sys, secrets, pathlib\n"
        "from service.adapters.checkpoint_file import CheckpointFile\n"
        "with CheckpointFile(pathlib.Path(sys.argv[1]), None, secrets.token_bytes).alone():\n"
        "    print('mine', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", code, str(tmp_path / "ingest")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(CheckpointError, match="another ingest works here"), file.alone():
            pass
        other.kill()
    with file.alone():
        pass


async def test_a_large_one_costs_no_large_memory(file):
    """400 MB saved and loaded in pieces: the process grows by a few chunks."""
    piece = bytes(MIB)
    await file.save([piece])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await file.save(piece for _ in range(400))
    assert sum(map(len, await file.load())) == 400 * MIB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
