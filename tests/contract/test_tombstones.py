"""Each promise of `ports.tombstones`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.adapters.memory_tombstones import MemoryTombstones
from service.adapters.tombstone_file import TombstoneFile
from service.ports.tombstones import Tombstone, TombstonesError


@pytest.fixture(params=["memory", "file"])
def tombstones(request, tmp_path):
    """An empty one."""
    return MemoryTombstones() if request.param == "memory" else TombstoneFile(tmp_path / "log" / "erased")


def some(number):
    """So many erasures."""
    return [Tombstone(secrets.token_bytes(16), 1 + n, n * 10**9, 1_790_000_000 + n) for n in range(number)]


async def test_they_come_back_in_their_order(tombstones):
    """All of them, every time; none at first."""
    assert await tombstones.all() == []
    known = some(20)
    for one in known:
        await tombstones.append(one)
    assert await tombstones.all() == known
    assert await tombstones.all() == known


async def test_concurrent_ones_are_all_there(tombstones):
    """None is written into another."""
    known = some(50)
    await asyncio.gather(*(tombstones.append(one) for one in known))
    assert sorted(await tombstones.all(), key=lambda one: one.at) == known


async def test_a_torn_line_harms_no_other(tmp_path):
    """A crash in the middle of a write: that one was not acknowledged; the next one stands on its own line."""
    path = tmp_path / "erased"
    one, other = some(2)
    await TombstoneFile(path).append(one)
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole + whole[:end])
        assert await TombstoneFile(path).all() == [one]
        await TombstoneFile(path).append(other)
        assert [found for found in await TombstoneFile(path).all() if found != one] == [other]
        path.write_bytes(whole)


async def test_its_group_may_read_it_and_nobody_else_anything(tmp_path):
    """The link writes, the keys role of another user reads."""
    [one] = some(1)
    await TombstoneFile(tmp_path / "erased").append(one)
    assert (tmp_path / "erased").stat().st_mode & 0o777 == 0o640


async def test_a_place_that_cannot_be_written_is_told(tmp_path):
    """In one line that names no subscription."""
    (tmp_path / "erased").mkdir()
    [one] = some(1)
    for act in (TombstoneFile(tmp_path / "erased").append(one), TombstoneFile(tmp_path / "erased").all()):
        with pytest.raises(TombstonesError) as error:
            await act
        assert one.index.hex() not in str(error.value)
