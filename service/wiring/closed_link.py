"""The link of a service that has closed: it has words, and nothing else.

Rule 1: what is left of the link role is decided here.
Rule 2: no store, no key and no log is opened for it.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.held_segments import HeldSegments
from service.adapters.pack_files import load_packs
from service.adapters.smpp_link import SmppLink
from service.flows.closed import Closed
from service.ports.tally import Tally
from service.settings import Settings
from service.wiring.closing import Closing
from service.wiring.lookups import bind_of

__all__ = ["closed_link"]


@asynccontextmanager
async def closed_link(settings: Settings, closing: Closing, tally: Tally) -> AsyncIterator[SmppLink]:
    """Answer every text with the closing text until the block ends. Raises SettingsError, PackError."""
    order = closing.order
    link = SmppLink(bind_of(settings), HeldSegments(), tally, secrets.SystemRandom().random)
    answer = Closed(
        load_packs(settings.packs.directory),
        link,
        0 if order is None else order.on,
        closing.certified_at,
        secrets.token_bytes(32),
        tally,
        time.time,
    )
    running = asyncio.create_task(link.run(answer))
    try:
        yield link
    finally:
        await link.stop()
        await asyncio.wait({running}, timeout=5)
        running.cancel()
