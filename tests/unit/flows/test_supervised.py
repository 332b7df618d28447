"""A worker tells its supervisor that it has begun, and that its steps come back."""

import asyncio
import socket

import pytest

from service.adapters.supervisor import Supervisor
from service.flows.follow import Follow
from service.ports.store import StoreError


@pytest.fixture(params=["path", "abstract"])
def told(request, tmp_path):
    """Where systemd listens, by either kind of address, and what it has heard."""
    address = str(tmp_path / "n") if request.param == "path" else f"@itinerary-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + address[1:] if address.startswith("@") else address)
        listening.setblocking(False)
        yield address, lambda: _all(listening)


def _all(listening):
    words = []
    while True:
        try:
            words.append(listening.recv(100).decode())
        except BlockingIOError:
            return words


def test_it_is_told_in_systemds_words_and_not_too_often(told):
    """Ready once; of many signs of life one a second."""
    address, words = told
    now = [0.0]
    supervisor = Supervisor(address, lambda: now[0])
    supervisor.ready()
    for _ in range(30):
        now[0] += 0.1
        supervisor.alive()
    assert words()[0] == "READY=1"
    supervisor.alive()
    now[0] += 5
    supervisor.alive()
    assert words() == ["WATCHDOG=1"]


def test_a_supervisor_that_is_not_there_stops_nobody(tmp_path):
    """None at all, and one that has gone."""
    for address in (None, "", str(tmp_path / "gone")):
        Supervisor(address, lambda: 0.0).ready()


class Ingesting:
    """A flow whose steps come back, fail, or hang."""

    due, ledger = True, None

    def __init__(self):
        self.process = {"failed_store": 0}
        self.settled = 0
        self.step = None

    async def settle(self, _complete):
        """One step."""
        self.settled += 1
        await self.step(self.settled)

    async def close(self):
        """The end."""


async def signs(step, until):
    """How often a worker gave a sign of life while it took these steps."""
    ingest, stop, heard = Ingesting(), asyncio.Event(), []
    ingest.step = step
    follow = Follow(ingest, [Silent()], None, lambda _: None, lambda: heard.append(ingest.settled))
    running = asyncio.create_task(follow.run(stop))
    async with asyncio.timeout(10):
        while not until(ingest, heard):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    return heard


class Silent:
    """A source that has nothing."""

    async def next(self, _ledger):
        """Nothing."""


async def test_a_store_that_fails_is_a_sign_of_life():
    """The worker tries again, and is not to be killed for it."""

    async def failing(_):
        raise StoreError("the store did not answer (TimeoutError)")

    heard = await signs(failing, lambda ingest, _: ingest.settled >= 2)
    assert heard[:2] == [0, 1]


async def test_a_step_that_never_comes_back_is_none():
    """After the second one nothing more is heard."""

    async def hanging(number):
        if number == 2:
            await asyncio.Event().wait()

    heard = await signs(hanging, lambda ingest, _: ingest.settled == 2)
    assert heard[-1] == 1
