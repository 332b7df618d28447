"""The promises about signing keys that never leave, held by the file."""

import asyncio
import random
import stat
from concurrent.futures import ThreadPoolExecutor

import pkcs11
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import Attribute, ObjectClass

from service.adapters.pkcs11_device import Pkcs11Device
from service.adapters.pkcs11_signing import Pkcs11Signing
from service.adapters.signing_file import SigningFile
from service.ports.device import DeviceError
from service.sealing.signing import Draft, KeyUse, SigningKey

LIFE = Draft(KeyUse.CARD, 1, 10, 10, 20, 30)


@pytest.fixture
def opened(tmp_path):
    """A process's view of the same file of keys."""
    return lambda: SigningFile(tmp_path / "signing.json", random.SystemRandom().randbytes)


@pytest.fixture(params=["file", "pkcs11"])
async def views(request):
    """Two views of the same keys: in the file or in a PKCS#11 module (SoftHSM)."""
    if request.param == "file":
        made = request.getfixturevalue("opened")
        yield made(), made()
        return
    token = request.getfixturevalue("token")
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    both = Pkcs11Signing(device), Pkcs11Signing(device)
    yield both
    for key in await both[0].keys():
        await both[0].forget(key)
    await device.close()


async def test_a_key_is_made_once_whoever_asks(views):
    """Twenty at the same time: one key."""
    made = await asyncio.gather(*(views[number % 2].create(LIFE) for number in range(20)))
    assert len(set(made)) == 1
    assert await views[0].keys() == (made[0],)
    assert made[0].position is None


def test_processes_that_race_make_one_key(opened):
    """As many threads as would be processes, each with a file of its own: what one has written no other overwrites."""
    drafts = [Draft(KeyUse.CARD, serial, 10, 10, 20, 30) for serial in range(1, 9)]

    def make(draft):
        return asyncio.run(opened().create(draft))

    with ThreadPoolExecutor(16) as threads:
        made = list(threads.map(make, drafts * 2))
    assert made[:8] == made[8:]
    assert set(asyncio.run(opened().keys())) == set(made)


async def test_what_it_signs_verifies_under_the_public_side(views):
    """Ed25519 of RFC 8032; another message does not."""
    device = views[0]
    key = await device.create(LIFE)
    signature = await device.sign(key, b"message")
    Ed25519PublicKey.from_public_bytes(key.public).verify(signature, b"message")
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, b"massage")


async def test_times_and_place_are_noted_for_every_process(views):
    """A process that has read before sees what another one has changed since."""
    one, other = views
    key = await one.create(LIFE)
    await one.create(Draft(KeyUse.RECEIPT, 1, 10, 10, 20, 30))
    assert len(await other.keys()) == 2
    changed = SigningKey(Draft(KeyUse.CARD, 1, 10, 10, 15, 25), key.public, 7)
    await one.keep(changed)
    assert changed in await other.keys()


async def test_a_destroyed_key_signs_no_more_and_a_forgotten_one_is_gone(views):
    """For any process; the public side stays until it is forgotten."""
    one, other = views
    key = await one.create(LIFE)
    assert await other.sign(key, b"m")
    await one.destroy(key)
    await one.destroy(key)
    with pytest.raises(DeviceError, match="not in the device"):
        await other.sign(key, b"m")
    assert await other.keys() == (key,)
    await one.forget(key)
    assert await other.keys() == ()


async def test_a_destroyed_key_leaves_no_byte_in_the_file(opened, tmp_path):
    """Of its private side."""
    key = await opened().create(LIFE)
    seed = (tmp_path / "signing.json").read_text().split('"seed": "')[1][:64]
    await opened().destroy(key)
    assert seed not in (tmp_path / "signing.json").read_text()


async def test_a_private_key_never_leaves_the_module(token):
    """Neither its value nor a wrapped form of it."""
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    signing = Pkcs11Signing(device)
    made = await signing.create(LIFE)

    def look(session):
        [private] = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        with pytest.raises(pkcs11.AttributeSensitive):
            private[Attribute.VALUE]
        return private[Attribute.EXTRACTABLE], private[Attribute.SENSITIVE]

    assert await device.on_session(look) == (False, True)
    await signing.forget(made)
    await device.close()


async def test_the_file_is_for_its_owner_alone(opened, tmp_path):
    """0600 when made; refused when others may read it, with what to do."""
    await opened().create(LIFE)
    path = tmp_path / "signing.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    with pytest.raises(DeviceError, match="chmod 600"):
        await opened().keys()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": 3'])
async def test_a_damaged_file_is_one_line_without_a_key(opened, content, tmp_path):
    """And is not written over."""
    path = tmp_path / "signing.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(DeviceError, match="no readable file") as error:
        await opened().create(LIFE)
    assert "\n" not in str(error.value)
    assert path.read_text() == content
