"""TLS to a store and to a message centre: a server is taken with a certificate of our authority for its name, or not at all."""

import asyncio
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from redis import Redis

from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_server import RedisServer
from service.adapters.smpp_link import SmppLink, SmppSettings, trusting
from service.ports.sms import Fate
from service.ports.store import StoreError
from tests.contract.authority import Authority
from tests.fault.test_link import TIMERS, Centre
from tests.fault.wire import Segments
from tests.ports import BUS, free_port


@pytest.fixture
def authority(tmp_path):
    """Ours."""
    return Authority(tmp_path)


@pytest.fixture
def stranger(tmp_path):
    """Another one, which we do not know."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    return Authority(folder)


@pytest.fixture
def store(authority, tmp_path, request):
    """A server that speaks TLS alone, under a certificate for 127.0.0.1; its port."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("needs a server with TLS: apt-get install redis-server")
    cert, key = authority.certificate()
    port = free_port()
    said = tmp_path / "server.log"
    files = [
        "--tls-cert-file",
        str(cert),
        "--tls-key-file",
        str(key),
        "--tls-ca-cert-file",
        str(authority.file),
    ]
    listens = ["--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--tls-auth-clients", "no"]
    kept = ["--dir", str(tmp_path), "--appendonly", "yes", "--save", "", "--hash-max-listpack-value", "1024"]
    if getattr(request, "param", "") == "cluster":
        kept += ["--cluster-enabled", "yes", "--tls-cluster", "yes", "--cluster-port", str(port + BUS)]
    with said.open("wb") as log:
        process = subprocess.Popen([program, *listens, *files, *kept], stdout=log, stderr=log)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    if process.poll() is not None:
        pytest.skip(f"needs a server with TLS: {program} has none")
    yield port
    process.kill()
    process.wait()


async def test_records_go_over_tls(store, authority):
    """Written, read, its configuration seen, and its scripts run."""
    server = RedisServer(f"rediss://127.0.0.1:{store}/0", ca_file=authority.file)
    talks, index = RedisConversations(server), bytes(16)
    assert await server.faults() == []
    assert await talks.commit(index, None, b"state", 60, [(index + b"text", b"sealed")])
    assert await talks.read(index) == b"state"
    assert [held.value async for held in talks.pending([0])] == [b"sealed"]
    await server.close()


@pytest.mark.parametrize("wrong", ["authority", "name", "plain"])
async def test_a_store_that_cannot_prove_its_name_is_no_store(store, authority, stranger, wrong):
    """Of another authority, called by a name that is not in its certificate, or without TLS: an error, and nothing said."""
    url = {"authority": "rediss://127.0.0.1", "name": "rediss://localhost", "plain": "redis://127.0.0.1"}[
        wrong
    ]
    server = RedisServer(f"{url}:{store}/0", ca_file=(stranger if wrong == "authority" else authority).file)
    with pytest.raises(StoreError, match="the store did not answer"):
        await server.call("SET", "number", "8613800138000")
    await server.close()


def serving_all_slots(port, authority):
    """A cluster of one server."""
    with Redis("127.0.0.1", port, ssl=True, ssl_ca_certs=str(authority.file)) as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
            time.sleep(0.05)


@pytest.mark.parametrize("store", ["cluster"], indirect=True)
async def test_a_cluster_is_spoken_to_over_tls_or_not_at_all(store, authority, stranger):
    """Whichever of its servers is asked; of another authority, or in the clear: an error, and nothing said."""
    serving_all_slots(store, authority)
    server = RedisServer(f"clusters://127.0.0.1:{store}", ca_file=authority.file)
    assert await server.faults() == []
    assert await RedisConversations(server).commit(bytes(16), None, b"state", 60, [])
    assert await RedisConversations(server).read(bytes(16)) == b"state"
    await server.close()
    for url, trusted in (("clusters", stranger), ("cluster", authority)):
        server = RedisServer(f"{url}://127.0.0.1:{store}", ca_file=trusted.file)
        with pytest.raises(StoreError):
            await server.alive()
        await server.close()


async def bound_over(centre, certificate, trusted):
    """A link to a centre behind TLS; whether it binds, and it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(centre.accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    settings = SmppSettings("127.0.0.1", port, "id", "pw", timers=TIMERS, tls=trusting(trusted))
    link = SmppLink(settings, Segments(), centre.tally, lambda: 0.0)
    running = asyncio.create_task(link.run(centre.inbound))
    return server, link, running


async def test_texts_go_over_tls(authority):
    """Bound, a text out, a text in."""
    centre = Centre()
    server, centre.link, running = await bound_over(centre, authority.certificate(), authority.file)
    async with asyncio.timeout(10):
        await centre.bound()
        await centre.link.wait_bound()
        sending = centre.send()
        await centre.answer(await centre.submitted())
        assert (await sending).fate is Fate.ACCEPTED
        await centre.deliver()
        assert await centre.wire.pdu()
    assert [text for _, text in centre.texts] == ["CXMYD"]
    running.cancel()
    await asyncio.wait([running])
    server.close()
    await centre.wire.close()


@pytest.mark.parametrize("wrong", ["authority", "name"])
async def test_a_centre_that_cannot_prove_its_name_gets_no_password(authority, stranger, wrong):
    """It is counted as untrusted, and tried again like one that cannot be reached."""
    centre = Centre()
    certificate = authority.certificate("elsewhere.example" if wrong == "name" else "127.0.0.1")
    trusted = (stranger if wrong == "authority" else authority).file
    server, link, running = await bound_over(centre, certificate, trusted)
    await asyncio.sleep(1)  # it has tried several times by then
    assert centre.tally.counts["link", "untrusted"] > 1
    assert not link.bound
    assert centre.wires == []
    running.cancel()
    await asyncio.wait([running])
    server.close()
