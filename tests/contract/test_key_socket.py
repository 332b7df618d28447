"""The keys role's socket: who may ask what, and what happens to those who speak another language."""

import asyncio
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from service.adapters.key_file import KeyFile
from service.adapters.key_socket import Holding, KeyClient, KeyServer
from service.adapters.key_wire import OPERATIONS
from service.adapters.memory_log import MemoryLog
from service.adapters.memory_store import MemoryKeySpace, MemoryRecords
from service.adapters.prometheus_tally import PrometheusTally
from service.adapters.shared_keys import SharedKeys
from service.adapters.signing_file import SigningFile
from service.domain.identity import DocumentType, LastFour
from service.flows.tend_keys import TendKeys
from service.ports.key_callers import MAY, Caller
from service.ports.keys import Claim, Enrolled, Enrolment, KeysError, Verdict, Way
from service.sealing.signing import KeyUse, TokenType
from service.vault.check_keys import DeviceCheckKeys
from service.vault.epoch_keeping import Keeper
from service.vault.epochs import Epochs
from service.vault.key_service import DeviceKeys
from service.vault.signing_keys import DeviceSigning

INDEX = bytes(range(16))
ENROLMENT = Enrolment(INDEX, DocumentType.RESIDENT_ID, LastFour.parse("123X"), 20_000)
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
async def keys(tmp_path):
    """The keys role on memory."""
    chance = random.Random(2).randbytes
    device = KeyFile.open(tmp_path / "keys.json", random.Random(1).randbytes, create=True)
    space = MemoryKeySpace(lambda: 0.0)
    epochs = await Epochs.start(space, device, 20_780, chance)
    return Holding(
        DeviceKeys(space, device, device.receipt_key, epochs, chance, lambda: 0.0),
        DeviceCheckKeys(device, chance, lambda: 0.0),
        Keeper(epochs, space, MemoryRecords(), dict, chance, lambda: 0.0),
        DeviceSigning(SigningFile(tmp_path / "signing.json", chance), lambda: 0.0),
        None,
        _nothing,
    )


@pytest.fixture
async def served(keys, tmp_path):
    """A server whose callers have the roles that the test gives them."""
    given = set()
    server = KeyServer(keys, tmp_path / "keys.socket", lambda _: frozenset(given), 0o600)
    await server.start()
    yield tmp_path / "keys.socket", given
    await server.close()


def test_every_operation_of_the_ports_has_its_callers():
    """None that the table does not know, none in the table that no port has."""
    assert MAY.keys() == OPERATIONS.keys()
    assert all(MAY.values())


@pytest.mark.parametrize("role", list(Caller))
async def test_a_role_may_ask_what_the_table_says_and_nothing_else(served, role):
    """Each operation, with arguments that are none: those who may are told so, the others that they may not."""
    path, given = served
    given.add(role)
    client = await KeyClient.connect(path)
    for name in OPERATIONS:
        with pytest.raises(KeysError) as refusal:
            await client.call(name, "x", "x", **dict.fromkeys(OPERATIONS[name].keywords, "x"))
        allowed = "another type" in str(refusal.value)
        assert allowed is (role in MAY[name]), name
        assert allowed or "may not ask" in str(refusal.value)
    await client.close()


async def test_what_is_no_operation_is_refused(served):
    """Private parts of what is behind the port, and properties, can't be called by their names."""
    path, given = served
    given.update(Caller)
    client = await KeyClient.connect(path)
    for name in ("_secret", "__class__", "current_epoch", "close", "start", ""):
        client_operations = dict(OPERATIONS)
        assert name not in client_operations
        with pytest.raises((KeysError, KeyError)):
            await client.call(name)
    await client.close()


async def test_a_user_without_a_role_is_let_go(served):
    """Before a word is read."""
    path, given = served
    assert not given
    with pytest.raises(KeysError, match="no caller of the keys role"):
        await KeyClient.connect(path)


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\0",
        b"\xff\xff\xff\xff",
        b"\0\0\0\3\x93\1\2",
        b"\0\0\0\6\0\0\0\1\x93\1",
        b"\0",
    ],
)
async def test_another_language_ends_the_connection_and_nobody_elses(served, bytes_sent):
    """Whatever was sent; the next caller is served."""
    path, given = served
    given.update(Caller)
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(bytes_sent)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    client = await KeyClient.connect(path)
    assert await client.call("activations", [INDEX]) == [None]
    await client.close()


async def _shared(keys, path, *, may_hold=True):
    async def lead():
        return keys

    shared = SharedKeys(lead if may_hold else None, path, lambda _: frozenset(Caller), others=False)
    await shared.settle()
    return shared


async def _nothing():
    """Memory has nothing to let go of."""


async def test_the_first_holds_and_the_others_ask(keys, tmp_path):
    """What one enrols the other proves; when the holder goes, another that may takes its place."""
    path = tmp_path / "keys.socket"
    first, second = await _shared(keys, path), await _shared(keys, path)
    third = await _shared(keys, path, may_hold=False)
    assert [one.held is not None for one in (first, second, third)] == [True, False, False]
    assert {one.current_epoch for one in (first, second, third)} == {20_780}
    assert await second.keys.enrol([ENROLMENT]) == [Enrolled.NEW]
    claim = Claim(INDEX, LastFour.parse("123X"), Way.OPEN)
    assert await first.keys.verify([claim]) == await third.keys.verify([claim]) == [Verdict.PROVED]
    await first.close()
    assert await second.keys.verify([claim]) == [Verdict.PROVED]
    assert second.held is not None
    assert await third.keys.verify([claim]) == [Verdict.PROVED]
    assert third.held is None
    await second.close()
    with pytest.raises(KeysError):
        await third.keys.verify([claim])
    await third.close()


async def test_calls_at_once_get_their_own_answers(keys, tmp_path):
    """Running numbers asked for by several callers at once are all different."""
    path = tmp_path / "keys.socket"
    holder, asked = await _shared(keys, path), await _shared(keys, path)
    await holder.keys.enrol([ENROLMENT])
    found = await asyncio.gather(
        *(one.keys.derive_log([INDEX]) for one in (holder, asked) for _ in range(100))
    )
    assert sorted(key.number for [key] in found) == list(range(1, 201))
    await asked.close()
    await holder.close()


async def test_a_holder_that_goes_in_the_middle_of_a_call_is_told(tmp_path):
    """Whoever waits gets a KeysError, never silence."""
    path = tmp_path / "keys.socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        connecting = asyncio.create_task(KeyClient.connect(path))
        peer, _ = await asyncio.to_thread(listening.accept)
        peer.close()
    with pytest.raises(KeysError):
        await asyncio.wait_for(connecting, 5)


ASKING = """
import asyncio, os
from pathlib import Path
from service.adapters.key_socket import KeyClient
from service.domain.check_codes import CheckCode
from service.ports.keys import KeysError
async def main():
    client = await KeyClient.connect(Path("{path}"))
    for name, argument in (("check_place", []), ("derive_queue", 20780), ("enrol", [])):
        try:
            await client.call(name, argument)
            print(name)
        except KeysError:
            pass
os.setgid({user})
os.setuid({user})
try:
    asyncio.run(main())
except KeysError:
    print("nobody")
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to ask as another user")
async def test_the_system_says_who_asks(keys, open_folder):
    """A process of the web's user may do what web may; one of a user without a role nothing."""
    path = open_folder / "s"
    users = {65_534: frozenset({Caller.WEB})}
    server = KeyServer(keys, path, lambda user: users.get(user, frozenset()), 0o666)
    await server.start()

    async def said(user):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ASKING.format(user=user, path=path), cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        return (await process.communicate())[0].decode().split()

    assert await said(65_534) == ["check_place"]
    assert await said(65_533) == ["nobody"]
    await server.close()


async def test_tokens_are_signed_for_whoever_asks_over_the_socket(served):
    """An operator's process has the keys made and announced; a web process has tokens signed, and makes no key."""
    path, given = served
    given.add(Caller.OPERATOR)
    operator = SharedKeys(None, path, lambda _: frozenset(), others=False)
    await operator.settle()
    log = MemoryLog(b"r" * 32)
    await TendKeys(operator.signing, log, PrometheusTally(), lambda: 0.0)()
    assert [key.position for key in await operator.signing.named(KeyUse.RECEIPT)] == [1]
    with pytest.raises(KeysError, match="may not ask"):
        await operator.signing.sign(TokenType.CARD, {})
    await operator.close()
    given.clear()
    given.add(Caller.WEB)
    web = SharedKeys(None, path, lambda _: frozenset(), others=False)
    await web.settle()
    claims = {"iat": 0, "regions": [420100], "masked": "138****8000", "window": ["2026-11-09", "2026-11-23"]}
    keys = KeySet.import_key_set(await web.signing.published())
    signed = await web.signing.sign(TokenType.CARD, claims)
    assert jwt.decode(signed, keys, algorithms=["Ed25519"]).claims == claims
    with pytest.raises(KeysError, match="may not ask"):
        await web.signing.sweep_signing()
    await web.close()
