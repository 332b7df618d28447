"""A service that has closed, as a process: it answers that it has, until a signal.

Rule 1: what is left of each role is decided here: link and web say so, the log is served, and written until it is certified.
Rule 2: it opens no store and holds no key but the log's, which it lets go of once everything is certified.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from service.entrypoints.closed_pages import add_certificate, add_closed
from service.entrypoints.log_pages import log_pages
from service.entrypoints.transparency_page import transparency_page
from service.entrypoints.web import WebServer, application, limits_of, operator_pages, served
from service.entrypoints.web_pages import metrics_served
from service.ports.device import DeviceError
from service.ports.log import LogError
from service.ports.vitals import BindVital, Vitals
from service.settings import Settings
from service.wiring.closed_link import closed_link
from service.wiring.closing import Closing
from service.wiring.keys import role_keys_of
from service.wiring.operations import PrometheusTally
from service.wiring.public_log import published
from service.wiring.transparency import open_log

__all__ = ["closed_running"]

_LOOK = 1.0  # seconds between two looks for the certificate, and between two tries to write the log


@asynccontextmanager
async def closed_running(
    settings: Settings, closing: Closing, *, link: bool, web: bool, log: bool
) -> AsyncIterator[WebServer | None]:
    """What is left of these roles, until the block ends. Raises SettingsError, OSError where a port is taken."""
    tally = PrometheusTally()
    async with AsyncExitStack() as stack:
        if log:
            await stack.enter_async_context(_log_until_certified(settings, closing))
        bound = await stack.enter_async_context(closed_link(settings, closing, tally)) if link else None

        async def look() -> Vitals:
            return Vitals({}, None, binds=None if bound is None else BindVital(1, int(bound.bound)))

        operators, server = operator_pages(look, tally.exposition), None
        await stack.enter_async_context(metrics_served(settings, operators))
        if web:
            app = application()
            if settings.http.metrics is None:
                app.include_router(operators)
            source, order = published(settings), closing.order
            add_certificate(app, closing)
            app.include_router(log_pages(source))
            app.include_router(transparency_page(source))
            add_closed(app, closing, 0 if order is None else order.on)
            http = settings.http
            server = WebServer(app, http.host, http.port, http.proxies, limits_of(settings))
            await stack.enter_async_context(served(server))
        yield server


@asynccontextmanager
async def _log_until_certified(settings: Settings, closing: Closing) -> AsyncIterator[None]:
    """Whoever carries the end out appends through this process; nothing else has anything to enter."""
    task = asyncio.create_task(_logged(settings, closing))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _logged(settings: Settings, closing: Closing) -> None:
    while closing.certificate is None:
        with contextlib.suppress(LogError, DeviceError):  # another process writes it; looked for again
            log = await open_log(settings, role_keys_of(settings))
            try:
                await closing.until(lambda: closing.certificate is not None)
            finally:
                await log.close()
        await asyncio.sleep(_LOOK)
