"""The key device's promises, held by the key file; and what the file refuses."""

import asyncio
import hmac
import json
import random
import stat
from hashlib import sha256

import pytest

from service.adapters.key_file import KeyFile
from service.ports.device import DeviceError


@pytest.fixture
def device(tmp_path):
    """A new key file."""
    return KeyFile.open(tmp_path / "keys.json", random.Random(1).randbytes, create=True)


async def test_each_epoch_has_a_key_of_its_own(device):
    """Made once; what one wraps, the other does not unwrap."""
    assert await device.epochs() == ()
    await device.create(7)
    wrapped = await device.wrap(7, b"k" * 32)
    await device.create(7)
    await device.create(8)
    assert sorted(await device.epochs()) == [7, 8]
    assert await device.unwrap(7, wrapped) == b"k" * 32
    with pytest.raises(DeviceError):
        await device.unwrap(8, wrapped)


async def test_an_epoch_that_is_not_there_fails(device):
    """Never made, or destroyed: the same error."""
    for call in (device.wrap, device.unwrap):
        with pytest.raises(DeviceError, match="not in the device"):
            await call(9, b"k" * 32)


async def test_macs_are_hmac_sha256_under_the_pepper_in_order(device, tmp_path):
    """As anybody with the file can compute."""
    pepper = bytes.fromhex(json.loads((tmp_path / "keys.json").read_text())["pepper"])
    expected = [hmac.new(pepper, message, sha256).digest() for message in (b"a", b"b")]
    assert await device.macs([b"a", b"b"]) == expected


async def test_the_file_outlives_the_process(device, tmp_path):
    """Epochs made at once are all in it."""
    await asyncio.gather(*(device.create(epoch) for epoch in range(20)))
    wrapped = await device.wrap(3, b"k" * 32)
    again = KeyFile.open(tmp_path / "keys.json", random.Random(2).randbytes)
    assert sorted(await again.epochs()) == list(range(20))
    assert await again.unwrap(3, wrapped) == b"k" * 32
    assert (again.index_key, again.receipt_key) == (device.index_key, device.receipt_key)


def test_the_file_is_for_its_owner_alone(device, tmp_path):
    """0600 when made; refused when others may read it, with what to do."""
    path = tmp_path / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(DeviceError, match="chmod 600"):
        KeyFile.open(path, random.Random(1).randbytes)
    assert device.index_key


@pytest.mark.parametrize("content", ["", "{", "nothing", '{"index_key": "ab'])
def test_a_damaged_file_is_one_line_without_a_key(content, tmp_path):
    """And a missing one is never made by the way."""
    path = tmp_path / "keys.json"
    with pytest.raises(DeviceError, match="no readable key file"):
        KeyFile.open(path, random.Random(1).randbytes)
    assert not path.exists()
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(DeviceError) as error:
        KeyFile.open(path, random.Random(1).randbytes)
    assert "\n" not in str(error.value)
    assert "index_key" not in str(error.value)
