"""The end of every key, and a thief who has every copy: dumps of both spaces, and all files that are left."""

import copy
import json
import re
from dataclasses import replace
from itertools import product

import pytest

from service.adapters.signing_file import SigningFile
from service.domain.itinerary import DAY
from service.ports.device import DeviceError, Pepper
from service.ports.keys import KeysError
from service.sealing.envelope import SealError, unwrap
from service.sealing.signing import Draft, KeyUse
from service.vault.key_ending import KeyEnding
from service.vault.revealer import Revealer

NUMBERS = ["8613800138000", "8613800138001"]
_KEY = re.compile(r"[0-9a-f]{64}")


@pytest.fixture
def ending(vault, tmp_path):
    """What ends the keys of this vault; its signing file beside."""
    vault.signing = SigningFile(tmp_path / "signing.json", vault.chance.randbytes)
    names = ("index_key", "requester_key")
    return KeyEnding(vault.device, vault.signing, vault.key_space, names, vault.device.forget)


async def opened(vault, keys, data):
    """How many itineraries a thief gets out of these copies of both spaces, with the device as it is now."""
    thief = copy.copy(vault)
    thief.key_space, thief.data = copy.deepcopy(keys), copy.deepcopy(data)
    try:
        thief.keys = await thief.keys_role()
        revealer = Revealer(thief.keys, thief.data)
        return len([await revealer.reveal(vault.receipt(number)) for number in NUMBERS])
    except (KeysError, DeviceError):
        return 0


def keys_in(*texts):
    """Whatever could be a key in these."""
    return {bytes.fromhex(found) for text in texts for found in _KEY.findall(text)}


def unwraps(candidates, space):
    """Epochs of a copy whose material any of these keys opens."""
    found = set()
    for key, (epoch, wrapped) in product(candidates, space._epochs.items()):
        try:
            unwrap(key, wrapped)
        except SealError:
            continue
        found.add(epoch)
    return found


@pytest.mark.parametrize("vault", ["here"], indirect=True)
async def test_nothing_opens_afterwards_from_any_copy(vault, ending, tmp_path):
    """A copy of yesterday, one of the last second, and one of afterwards; every file that is left tried as a key."""
    index = {number: vault.index(number) for number in NUMBERS}
    vault.index = index.__getitem__  # the thief has known these all along
    for number in NUMBERS:
        await vault.enrol(number)
        await vault.stay(number, 1)
    mac = vault.device.receipt_key
    older = copy.deepcopy(vault.key_space), copy.deepcopy(vault.data)
    vault.now += DAY
    await vault.keeper.rotate(ahead=False)
    for number in NUMBERS:
        await vault.stay(number, 2)
    last = copy.deepcopy(vault.key_space), copy.deepcopy(vault.data)
    made = await vault.signing.create(Draft(KeyUse.CARD, 1, 1, 2, 3, 4))
    await vault.signing.keep(replace(made, position=5))
    file, signing = tmp_path / "keys.json", tmp_path / "signing.json"
    # What this test tries succeeds before the end.
    assert [await opened(vault, *some) for some in (older, last)] == [2, 2]
    assert unwraps(keys_in(file.read_text()), last[0]) == set(await vault.device.epochs())
    before = keys_in(file.read_text(), signing.read_text())
    steps = await ending.steps()
    names = [step.name for step in steps]
    assert names[: len(names) - 6] == [f"epoch/{epoch}" for epoch in sorted(await vault.device.epochs())]
    assert names[-6:] == [*(one.value for one in Pepper), "sign/card/1", "index_key", "requester_key"]
    for step in steps:
        await step.do()
        await step.do()
    assert await vault.device.epochs() == ()
    after = copy.deepcopy(vault.key_space), copy.deepcopy(vault.data)
    for space, data in product((older, last, after), repeat=2):
        assert await opened(vault, space[0], data[1]) == 0
    left = keys_in(file.read_text(), signing.read_text())
    public = {bytes.fromhex(row["public"]) for row in json.loads(signing.read_text())["keys"]}
    assert left == public | {mac, bytes.fromhex(json.loads(file.read_text())["log_key"])}
    assert left < before
    assert unwraps(left, older[0]) | unwraps(left, last[0]) == set()
    # What verifiers need is still there.
    [key] = await vault.signing.keys()
    with pytest.raises(DeviceError):
        await vault.signing.sign(key, b"m")
    assert [one["kid"] for one in (await ending.public())["keys"]] == [key.kid]
