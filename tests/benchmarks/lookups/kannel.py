"""Kannel relaying as many short messages as full lookups are made of: a yardstick that has no dialogue, no seal and no log.

A handset's text is delivered to Kannel by one bind and submitted by another, to another handset of the same centre: one in
and one out. A lookup is two of each, so a lookup's messages are two relays. Kannel keeps nothing on disk here.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.smsc import Account, SmscServer
from tests.kannel import Bind, configured
from tests.ports import free_port

__all__ = ["kannel_relays"]

_FROM, _TO = 8613700000000, 8613600000000
_QUIET = 4  # its log level: panics alone
_PATIENCE = 60  # seconds; a relay that takes longer has lost something


async def kannel_relays(folder: Path, count: int, in_flight: int) -> float | None:
    """Relays a second, `in_flight` at once; None where Kannel is not installed."""
    if shutil.which("bearerbox") is None:
        return None
    centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
    accounts = [Account("inward", "secret", window=in_flight), Account("outward", "secret")]
    smsc = SmscServer(centre, accounts, FaultBox(), clock=time.time)
    await smsc.start("127.0.0.1", 0)
    try:
        async with _bearerbox(folder, smsc):
            return await _relayed(centre, count, in_flight)
    finally:
        await smsc.stop()


@asynccontextmanager
async def _bearerbox(folder: Path, smsc: SmscServer) -> AsyncIterator[None]:
    inward = Bind("inward", smsc.port, more={"transceiver-mode": "true", "reroute-smsc-id": "outward"})
    outward = Bind("outward", smsc.port, more={"max-pending-submits": 100})
    path = configured(folder, admin=free_port(), box=free_port(), binds=[inward, outward], level=_QUIET)
    quiet = asyncio.subprocess.DEVNULL
    box = await asyncio.create_subprocess_exec("bearerbox", str(path), stdout=quiet, stderr=quiet)
    try:
        await _bound(smsc)
        yield
    finally:
        box.terminate()
        await box.wait()


async def _bound(smsc: SmscServer) -> None:
    for _ in range(20 * _PATIENCE):
        if smsc.bound == 2:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("Kannel did not bind")


async def _heard(centre: Centre, msisdn: str) -> None:
    async for _ in centre.stream(msisdn):
        return


async def _relayed(centre: Centre, count: int, in_flight: int) -> float:
    gate = asyncio.Semaphore(in_flight)

    async def one(place: int) -> None:
        async with gate:
            waiting = asyncio.create_task(_heard(centre, str(_TO + place)))
            await asyncio.sleep(0)
            await centre.send(str(_FROM + place), str(_TO + place), "CXMYD")
            await waiting

    begun = time.perf_counter()
    async with asyncio.timeout(_PATIENCE):
        await asyncio.gather(*(one(place) for place in range(count)))
    return count / (time.perf_counter() - begun)
