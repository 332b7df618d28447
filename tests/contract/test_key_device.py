"""The key device's promises, held by the key file and by a PKCS#11 module (SoftHSM); and what each refuses."""

import asyncio
import hmac
import json
import random
import stat
from hashlib import sha256
from itertools import combinations

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass

from service.adapters.key_file import ROLE_FILES, KeyFile
from service.adapters.pkcs11_device import Pkcs11Device
from service.ports.device import DeviceError, Pepper


@pytest.fixture
def file_device(tmp_path):
    """A new key file."""
    return KeyFile.open(tmp_path / "keys.json", random.Random(1).randbytes, create=True)


@pytest.fixture(params=["file", "pkcs11"])
async def device(request):
    """Either, new."""
    if request.param == "file":
        yield request.getfixturevalue("file_device")
        return
    token = request.getfixturevalue("token")
    opened = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    yield opened
    await opened.close()


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
    await device.destroy(9)


async def test_a_destroyed_epoch_opens_nothing_any_more(device):
    """Not even when an epoch of the same name is made again; the others stay."""
    await device.create(7)
    await device.create(8)
    wrapped, other = await device.wrap(7, b"k" * 32), await device.wrap(8, b"l" * 32)
    await device.destroy(7)
    assert await device.epochs() == (8,)
    with pytest.raises(DeviceError, match="not in the device"):
        await device.unwrap(7, wrapped)
    await device.create(7)
    with pytest.raises(DeviceError, match="does not belong"):
        await device.unwrap(7, wrapped)
    assert await device.unwrap(8, other) == b"l" * 32


async def test_an_altered_wrapped_key_is_refused(device):
    """Each bit of it, and each length but the right one."""
    await device.create(7)
    wrapped = await device.wrap(7, b"k" * 32)
    altered = [
        wrapped[:at] + bytes([wrapped[at] ^ 1 << at % 8]) + wrapped[at + 1 :] for at in range(len(wrapped))
    ]
    for wrong in (*altered, b"", wrapped[:20], wrapped[:-8], wrapped + bytes(8)):
        with pytest.raises(DeviceError, match="does not belong"):
            await device.unwrap(7, wrong)


async def test_macs_differ_by_pepper_and_come_in_order(device):
    """HMAC-SHA256 is 32 bytes; the same message under the same pepper is the same MAC."""
    several = await device.macs([b"a", b"b", b"a"])
    assert [len(mac) for mac in several] == [32] * 3
    assert several[0] == several[2] != several[1]
    for one, other in combinations(Pepper, 2):
        assert await device.macs([b"a"], one) != await device.macs([b"a"], other)


async def test_calls_at_once_answer_each_their_own(device):
    """The module is called by one thread, whoever asks."""
    await device.create(7)
    wrapped = await asyncio.gather(*(device.wrap(7, bytes([place]) * 32) for place in range(50)))
    answers = await asyncio.gather(
        *(device.unwrap(7, one) for one in wrapped), device.macs([b"a"]), device.epochs()
    )
    assert answers[:50] == [bytes([place]) * 32 for place in range(50)]


async def test_macs_are_hmac_sha256_under_the_pepper_in_order(file_device, tmp_path):
    """As anybody with the file can compute."""
    pepper = bytes.fromhex(json.loads((tmp_path / "keys.json").read_text())["pepper"])
    expected = [hmac.new(pepper, message, sha256).digest() for message in (b"a", b"b")]
    assert await file_device.macs([b"a", b"b"]) == expected


async def test_the_file_outlives_the_process(file_device, tmp_path):
    """Epochs made at once are all in it."""
    device = file_device
    await asyncio.gather(*(device.create(epoch) for epoch in range(20)))
    wrapped = await device.wrap(3, b"k" * 32)
    again = KeyFile.open(tmp_path / "keys.json", random.Random(2).randbytes)
    assert sorted(await again.epochs()) == list(range(20))
    assert await again.unwrap(3, wrapped) == b"k" * 32
    assert (again.index_key, again.receipt_key) == (device.index_key, device.receipt_key)


def test_the_file_is_for_its_owner_alone(file_device, tmp_path):
    """0600 when made; refused when others may read it, with what to do."""
    path = tmp_path / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    with pytest.raises(DeviceError, match="chmod 600"):
        KeyFile.open(path, random.Random(1).randbytes)
    assert file_device.index_key


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


async def test_a_module_outlives_the_process_and_gives_no_key_away(token):
    """Whoever logs in again finds the same keys; their values can't be asked for, whoever asks."""
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    await device.create(7)
    wrapped, macs = await device.wrap(7, b"k" * 32), await device.macs([b"a"])
    await device.close()
    again = await Pkcs11Device.open(token.module, token.label, token.pin)
    assert (await again.epochs(), await again.unwrap(7, wrapped)) == ((7,), b"k" * 32)
    assert await again.macs([b"a"]) == macs
    await again.close()
    with token.session() as session:
        keys = list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY}))
        assert len(keys) == 1 + len(Pepper)
        for key in keys:
            with pytest.raises(pkcs11.AttributeSensitive):
                key[Attribute.VALUE]


async def test_an_unmade_token_a_wrong_pin_and_no_module_are_one_line_each(token, tmp_path):
    """With what to do, and without the PIN."""
    for module, label, pin, remedy in (
        (token.module, token.label, token.pin, "run `itinerary init`"),
        (token.module, "another", token.pin, "make it with the module's own tool"),
        (token.module, token.label, "0000", "hsm.pin_file"),
        (tmp_path / "none.so", token.label, token.pin, "no PKCS#11 module that works"),
    ):
        with pytest.raises(DeviceError, match=remedy) as error:
            await Pkcs11Device.open(module, label, pin)
        assert "\n" not in str(error.value)
        assert pin not in str(error.value)


async def test_a_closed_device_says_so(token):
    """Not with the binding's words."""
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    await device.close()
    with pytest.raises(DeviceError, match="closed"):
        await device.epochs()


async def test_each_roles_file_holds_what_that_role_may_and_no_more(file_device, tmp_path):
    """For its owner alone; asked for another role's key it says so, and it is never filled up."""
    made = file_device.split(tmp_path / "roles")
    assert {path.stem for path in made} == ROLE_FILES.keys()
    names = ("index_key", "receipt_key", "log_key", "requester_key")
    for path in made:
        assert path.stat().st_mode & 0o777 == 0o600
        role = KeyFile.open(path, random.Random(3).randbytes)
        assert json.loads(path.read_text()).keys() == {"version", "role", *ROLE_FILES[path.stem]}
        for name in names:
            if name in ROLE_FILES[path.stem]:
                assert getattr(role, name) == getattr(file_device, name)
            else:
                with pytest.raises(DeviceError, match="another role's"):
                    getattr(role, name)
    keys = KeyFile.open(tmp_path / "roles" / "keys.json", random.Random(3).randbytes)
    assert await keys.macs([b"a"]) == await file_device.macs([b"a"])


async def test_a_destroyed_pepper_makes_nothing_any_more(device):
    """It is not there any more, twice is no error, and the others stay."""
    assert set(await device.peppers()) == set(Pepper)
    [before] = await device.macs([b"m"], Pepper.CHECK_PLACE)
    for _ in range(2):
        await device.destroy_pepper(Pepper.DOCUMENT)
    assert set(await device.peppers()) == {Pepper.CHECK_PLACE, Pepper.CHECK_SALT}
    with pytest.raises(DeviceError, match="not in the device any more"):
        await device.macs([b"m"])
    assert await device.macs([b"m"], Pepper.CHECK_PLACE) == [before]


async def test_a_token_without_peppers_opens_for_who_ends_it(token):
    """Killed in between, the one who destroys goes on; the service does not start."""
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    await device.destroy_pepper(Pepper.DOCUMENT)
    await device.close()
    with pytest.raises(DeviceError, match="has no key pepper"):
        await Pkcs11Device.open(token.module, token.label, token.pin)
    device = await Pkcs11Device.open(token.module, token.label, token.pin, ending=True)
    assert Pepper.DOCUMENT not in await device.peppers()
    await device.close()


async def test_a_key_file_that_has_ended_makes_no_key(file_device, tmp_path):
    """Neither an epoch's nor, when it is opened, what earlier versions lacked."""
    await file_device.destroy_pepper(Pepper.CHECK_PLACE)
    assert await file_device.forget(["index_key", "log_key"]) == ["index_key", "log_key"]
    assert await file_device.forget(["index_key"]) == []
    again = KeyFile.open(tmp_path / "keys.json", random.Random(2).randbytes, create=True)
    assert again.held() == ["receipt_key", "requester_key"]
    assert Pepper.CHECK_PLACE not in await again.peppers()
    with pytest.raises(DeviceError, match="destroyed for good"):
        await again.create(7)
    with pytest.raises(DeviceError, match="holds no index_key"):
        assert again.index_key
