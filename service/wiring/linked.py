"""The link role's socket, for pages that another process serves.

Rule 1: when a process with the link role listens, and gives up listening, is decided here.
Rule 2: who may ask what is a table (`ports.link_callers`).
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.framed import ALONE, FOR_ALL
from service.adapters.link_socket import LinkPorts, LinkServer
from service.ports.holders import LinkError
from service.ports.open_disputes import OpenDisputes
from service.settings import Settings
from service.vault.corrector import Corrector
from service.wiring.callers import callers
from service.wiring.lookups import Lookups
from service.wiring.sockets import link_place
from service.wiring.storage import Storage

__all__ = ["link_served"]

_PAUSE = 1.0  # seconds between two looks whether another link's process has gone


@asynccontextmanager
async def link_served(
    settings: Settings, stored: Storage, talks: Lookups, disputes: OpenDisputes
) -> AsyncIterator[None]:
    """Answer the web role and the desk while the block runs, or as soon as no other link of this machine does."""
    mode = FOR_ALL if settings.keys.callers else ALONE
    corrector = Corrector(stored.keys, stored.data_space, secrets.token_bytes)
    ports = LinkPorts(talks.holders, talks.card, talks.standing, disputes, corrector)
    server = LinkServer(ports, link_place(settings), callers(settings), mode)
    with contextlib.suppress(LinkError):
        await server.settle()
    settling = asyncio.create_task(_settling(server))
    try:
        yield
    finally:
        settling.cancel()
        await asyncio.wait({settling})
        await server.close()


async def _settling(server: LinkServer) -> None:
    while True:
        await asyncio.sleep(_PAUSE)
        with contextlib.suppress(LinkError):  # the next time will do
            await server.settle()
