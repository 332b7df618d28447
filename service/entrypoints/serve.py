"""The service as a process: roles start, run until a signal, stop in the other order.

Rule 1: this file alone knows signals and which roles a process runs.
Rule 2: it answers nothing itself.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from functools import partial
from typing import Any

from service.entrypoints.closed_serve import closed_running
from service.entrypoints.garbage import seldom_collected
from service.entrypoints.web import WebServer, operator_pages
from service.entrypoints.web_pages import metrics_served, pages_served
from service.flows.tend_epochs import TendEpochs
from service.ports.keys import KeysError
from service.ports.log import Log, LogError
from service.ports.store import StoreError
from service.settings import Settings, SettingsError
from service.wiring.closing import Closing
from service.wiring.desk import CountedDisputes, served_desk
from service.wiring.linked import link_served
from service.wiring.lookups import Lookups, lookups
from service.wiring.operations import Journal, PrometheusTally, journal, journalled
from service.wiring.signing import tended
from service.wiring.storage import STARTING, SharedKeys, Storage, storage
from service.wiring.transparency import SharedLog, open_log
from service.wiring.vitals import vitals_of
from service.wiring.web_alone import PageParts, asked_pages, web_storage

__all__ = ["Role", "Running", "running", "running_on", "serve", "until_signal"]


class Role(StrEnum):
    """What one process may run.

    Web alone asks the link and the keys over their sockets. The keys are held by the first process that may hold the device, or by `--role keys`; others ask it over its
    socket. The log is written by the first process that needs it, or by `--role log`; others append through its
    socket. The desk answers staff, who has no other way in. The worker's work is done by `itinerary ingest`.
    """

    WEB = "web"
    LINK = "link"
    WORKER = "worker"
    KEYS = "keys"
    LOG = "log"
    DESK = "desk"


_ALONE = {Role.WEB, Role.LINK, Role.KEYS, Role.LOG, Role.DESK}
_TEND_PAUSE = 60.0  # seconds between two looks at the epochs
_TOLD_AFTER = 3.0  # seconds after which a process says that it waits for others
_CLOSING_PAUSE = 1.0  # seconds between two looks whether the ordered end has come
_LEAD_PAUSE = 1.0  # seconds between two looks whether the log, or the device, is free


class Running:
    """The roles under way."""

    def __init__(
        self, stored: Storage | None, talks: Lookups | None, web: WebServer | None, metrics: WebServer | None
    ) -> None:
        self.stored = stored
        self.talks = talks
        self.web = web
        self.metrics = metrics

    @property
    def url(self) -> str:
        """Where the web role serves."""
        if self.web is None:
            raise ValueError("this process does not run the web role")
        return f"http://{self.web.host}:{self.web.port}"


@asynccontextmanager
async def running(settings: Settings, roles: frozenset[Role]) -> AsyncIterator[Running]:
    """Start the roles; stop them when the block ends.

    Raises SettingsError for roles that cannot be alone yet, OSError where the web role's port is taken.
    """
    if not roles & _ALONE:
        names = ", ".join(sorted(roles))
        raise SettingsError(
            f"role {names}: cannot be a process of its own yet; add --role link, web, keys, log or desk"
        )
    if roles & _ALONE == {Role.WEB}:
        async with _web_alone(settings) as service:
            yield service
        return
    async with storage(settings, STARTING) as stored, running_on(settings, roles, stored) as service:
        yield service


@asynccontextmanager
async def _web_alone(settings: Settings) -> AsyncIterator[Running]:
    """The web role as a process of its own: it opens nothing that is not web's."""
    tally = PrometheusTally()
    async with AsyncExitStack() as stack:
        stored = await stack.enter_async_context(web_storage(settings))
        pages = await stack.enter_async_context(asked_pages(settings, stored, stored.keys_role, tally))
        operators = operator_pages(
            partial(vitals_of, settings, stored, None, None, pages.link), tally.exposition
        )
        metrics = await stack.enter_async_context(metrics_served(settings, operators))
        shown = operators if metrics is None else None
        web = await stack.enter_async_context(pages_served(settings, pages, shown))
        yield Running(None, None, web, metrics)


@asynccontextmanager
async def running_on(settings: Settings, roles: frozenset[Role], stored: Storage) -> AsyncIterator[Running]:
    """The same on a storage that is open, and stays open."""
    tally = PrometheusTally()
    async with AsyncExitStack() as stack:
        talks: Lookups | None = None
        if Role.LINK in roles:
            talks = await stack.enter_async_context(lookups(settings, stored, tally))
            log: SharedLog | None = talks.log
        else:
            log = await stack.enter_async_context(_log(settings, roles, stored))
        await stack.enter_async_context(_keys(roles, stored, log, tally))
        if log is not None:
            await stack.enter_async_context(tended(stored.keys_role, log, tally, time.time))
        if Role.DESK in roles:
            await stack.enter_async_context(served_desk(settings, stored, log, apart=talks is None))
        pages = None
        if talks is not None:
            disputes = CountedDisputes(stored)
            await stack.enter_async_context(link_served(settings, stored, talks, disputes))
            pages = PageParts(talks.checking, talks.card, disputes=disputes.open_disputes)
        elif Role.WEB in roles:
            pages = await stack.enter_async_context(asked_pages(settings, stored, stored.keys_role, tally))
        away = None if pages is None else pages.link
        look = partial(vitals_of, settings, stored, log, talks, away)
        operators = operator_pages(look, tally.exposition)
        metrics = await stack.enter_async_context(metrics_served(settings, operators))
        web = None
        if Role.WEB in roles and pages is not None:
            shown = operators if metrics is None else None
            web = await stack.enter_async_context(pages_served(settings, pages, shown))
        yield Running(stored, talks, web, metrics)


@asynccontextmanager
async def _keys(
    roles: frozenset[Role], stored: Storage, log: Log | None, tally: PrometheusTally
) -> AsyncIterator[None]:
    """The keys, held for others even if this process itself never asks for one, and their epochs."""
    if Role.KEYS not in roles or log is None:
        yield
        return
    tasks = {
        asyncio.create_task(_leading(stored.keys_role.settle, KeysError)),
        asyncio.create_task(
            _tending(stored.keys_role, TendEpochs(stored.keys_role.keeping, log, tally, time.time), tally)
        ),
    }
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _tending(role: SharedKeys, tend: TendEpochs, tally: PrometheusTally) -> None:
    """Epochs begin and end by themselves in the process that holds the device."""
    while True:
        if role.held is not None:
            try:
                await tend()
            except (KeysError, StoreError, LogError) as error:  # told by the figures; the next time will do
                tally.count("epochs", _failure(error))
        await asyncio.sleep(_TEND_PAUSE)


def _failure(error: Exception) -> str:
    """By its family: what a figure can be told apart by is listed."""
    return next(kind.__name__ for kind in (StoreError, LogError, KeysError) if isinstance(error, kind))


@asynccontextmanager
async def _log(
    settings: Settings, roles: frozenset[Role], stored: Storage
) -> AsyncIterator[SharedLog | None]:
    """The log, written by this process for others; where link runs too it is link's own call."""
    if not roles & {Role.LOG, Role.KEYS}:  # an epoch's end is entered by whoever ends it
        yield None
        return
    # Keys and log each want the other: keys answers already while it waits, or both would end again and again.
    log = await open_log(settings, stored.role_keys, STARTING)
    leading = asyncio.create_task(_leading(log.settle, LogError))
    try:
        yield log
    finally:
        leading.cancel()
        await asyncio.wait({leading})
        await log.close()


async def _leading(settle: Callable[[], Awaitable[None]], failure: type[Exception]) -> None:
    """Where another process has the log, or the keys, for now: become the one as soon as it has gone."""
    while True:
        await asyncio.sleep(_LEAD_PAUSE)
        with contextlib.suppress(failure):  # the next time will do
            await settle()


def _signalled() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


async def until_signal() -> None:
    """Wait for SIGINT or SIGTERM."""
    await _signalled().wait()


async def _until(stop: asyncio.Event, closing: Closing) -> None:
    """Wait for the signal, or for the moment that two persons have ordered."""
    while not stop.is_set() and not closing.due:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _CLOSING_PAUSE)


async def _starting(start: asyncio.Task[Any] | None, stop: asyncio.Event, log: Journal) -> None:
    """Roles may wait for others: that is told, and a signal ends it."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), _TOLD_AFTER)
    if not stop.is_set():
        log.info("still starting: waits for the store, keys or log")
        await stop.wait()
    if start is not None:
        start.cancel()


def _told(log: Journal, settings: Settings, roles: frozenset[Role], service: Running) -> None:
    """What has started."""
    for role in sorted(roles & _ALONE):
        log.info("role started", role=role.value)
    if Role.KEYS in roles and settings.store.backups == "none":
        log.warning("no backups are kept: nothing brings back a lost store")
    if service.metrics is not None:
        log.info("metrics served", host=service.metrics.host, port=service.metrics.port)
    if service.talks is not None and service.talks.found:
        log.info("outbox taken over", count=service.talks.found)


async def serve(settings: Settings, roles: frozenset[Role]) -> None:
    """Run until a signal; from the ordered end on, what is left of the roles."""
    log, stop, closing = journal(), _signalled(), Closing(settings)
    journalled(log)
    if not closing.due:
        starting = asyncio.create_task(_starting(asyncio.current_task(), stop, log))
        try:
            async with running(settings, roles) as service:
                starting.cancel()
                _told(log, settings, roles, service)
                with seldom_collected():
                    await _until(stop, closing)
        except asyncio.CancelledError:
            if not stop.is_set():
                raise
        finally:
            starting.cancel()
    if not stop.is_set():
        log.info("closed for good")
        left = {"link": Role.LINK in roles, "web": Role.WEB in roles, "log": Role.LOG in roles}
        async with closed_running(settings, closing, **left):
            await stop.wait()
    log.info("stopped")
