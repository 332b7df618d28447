"""The staff's desk: served by the process that may, asked by everybody else.

Rule 1: who is staff, and what a desk is made of, comes together here.
Rule 2: nothing is decided here about an act.

Where the configuration names no staff, whoever runs everything is: the own user, with every role, also without a served desk.
"""

import asyncio
import os
import pwd
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.adapters.desk_socket import DeskClient, DeskServer
from service.adapters.framed import ALONE, FOR_ALL
from service.adapters.shared_log import SharedLog
from service.adapters.socket_place import socket_place
from service.domain.disputes import DisputeError
from service.domain.verifiers import VerifierError
from service.flows.desk import StaffDesk, Tools
from service.flows.entries import LogUnavailableError
from service.flows.register import Registry
from service.flows.support_case import SupportCase, SupportError
from service.ports.desk import Desk, DeskError, Member, StaffRole
from service.ports.holders import LinkError
from service.ports.keys import KeysError
from service.ports.log import LogError
from service.ports.store import StoreError
from service.records.key_record import RecordError
from service.settings import DeskPlace, Settings, SettingsError
from service.vault.disputes import DisputeVault
from service.vault.support_desk import OrderPost
from service.wiring.acting import acting_in, names_a_place
from service.wiring.storage import Storage, storage
from service.wiring.support import administering

__all__ = ["CountedDisputes", "asked_desk", "members", "served_desk", "user_name"]

_AS_OF = (
    60.0  # seconds for which a count is told again: the page is everybody's, and counting reads every ticket
)

_REFUSALS = (
    DisputeError,
    VerifierError,
    SupportError,
    LogUnavailableError,
    LinkError,
    KeysError,
    LogError,
    StoreError,
    RecordError,
)


def user_name(user: int) -> str:
    """A user as the operating system calls it."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def members(settings: Settings) -> Callable[[int], Member | None]:
    """Who a user's number is. Raises SettingsError for a name that is no user."""
    try:
        known = {
            pwd.getpwnam(name).pw_uid: Member(name, frozenset(roles))
            for name, roles in settings.staff.users.items()
        }
    except KeyError:
        names = ", ".join(sorted(settings.staff.users))
        raise SettingsError(f"staff.users: one of these is no user of this system: {names}") from None
    own = os.getuid()
    if not known:
        known[own] = Member(user_name(own), frozenset(StaffRole))
    return known.get


class CountedDisputes:
    """Implements `ports.open_disputes.OpenDisputes` on the store."""

    def __init__(self, stored: Storage) -> None:
        self._vault = DisputeVault(stored.tickets, secrets.token_bytes)
        self._turn = asyncio.Lock()
        self._known: tuple[float, int] | None = None

    async def open_disputes(self) -> int | None:
        """See `ports.open_disputes.OpenDisputes`."""
        async with self._turn:
            if self._known is None or time.monotonic() - self._known[0] > _AS_OF:
                try:
                    count = sum([one.open async for one in self._vault.all()])
                except StoreError:
                    return None
                self._known = (time.monotonic(), count)
            return self._known[1]


@asynccontextmanager
async def served_desk(
    settings: Settings, stored: Storage, log: SharedLog | None = None, *, apart: bool = False
) -> AsyncIterator[None]:
    """Serve staff while the block runs; `apart` from the link role it asks link to correct records. Raises DeskError, LogError, SettingsError."""
    async with _tools(settings, stored, log, apart=apart) as tools:
        try:
            place = socket_place(settings.desk_socket)
        except PermissionError as error:
            raise SettingsError(f"staff.socket: {error}") from None
        server = DeskServer(
            place,
            members(settings),
            lambda name: StaffDesk(tools, name),
            _REFUSALS,
            FOR_ALL if settings.staff.users else ALONE,
        )
        await server.start()
        try:
            yield
        finally:
            await server.close()


@asynccontextmanager
async def asked_desk(place: Settings | DeskPlace) -> AsyncIterator[Desk]:
    """The desk that is served; where nobody is staff but the own user and nobody serves it, one of this process.

    Raises DeskError, and in the second case whatever a store, a log or keys can fail with.
    """
    try:
        client = await DeskClient.connect(socket_place(place.desk_socket))
    except DeskError:
        if isinstance(place, DeskPlace) or place.staff.users:
            raise
        async with storage(place) as stored, _tools(place, stored) as tools:
            yield StaffDesk(tools, user_name(os.getuid()))
        return
    try:
        yield client.desk
    finally:
        await client.close()


@asynccontextmanager
async def _tools(
    settings: Settings, stored: Storage, shared: SharedLog | None = None, *, apart: bool = False
) -> AsyncIterator[Tools]:
    post = OrderPost(stored.orders, stored.cases, stored.keys, secrets.token_bytes)
    async with administering(settings, stored, shared, apart=apart) as (administer, log):
        yield Tools(
            SupportCase(post, names_a_place, time.time),
            DisputeVault(stored.tickets, secrets.token_bytes),
            administer,
            Registry(stored.verifiers, log, stored.role_keys.requester_key, secrets.token_bytes, time.time),
            acting_in(log),
        )
