"""Both key spaces, the device, and the keys role on top of them.

Rule 1: which store and which device a configuration means is decided here.
Rule 2: nothing is asked of them here.
"""

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.key_file import KeyFile
from service.adapters.redis_challenges import RedisChallenges
from service.adapters.redis_checks import RedisChecks, RedisThrottle
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_feed_days import RedisFeedDays
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.adapters.redis_tickets import RedisNotices, RedisTickets
from service.domain.itinerary import day_of
from service.ports.device import KeyDevice
from service.ports.store import StoreError
from service.sealing.blinding import blind
from service.settings import Settings, SettingsError
from service.vault.check_keys import DeviceCheckKeys
from service.vault.key_service import DeviceKeys
from service.wiring.keys import device_of, role_keys_of

__all__ = ["Storage", "storage"]


@dataclass(frozen=True, slots=True)
class Storage:
    """Both key spaces, the device and the keys role on top of them."""

    key_space: RedisKeySpace
    data_space: RedisRecords
    conversations: RedisConversations
    tickets: RedisTickets
    notices: RedisNotices
    feed_days: RedisFeedDays
    checks: RedisChecks
    card_sessions: RedisChecks
    throttle: RedisThrottle
    challenges: RedisChallenges
    role_keys: KeyFile
    device: KeyDevice
    keys: DeviceKeys
    check_keys: DeviceCheckKeys
    servers: Mapping[str, RedisServer]  # by key space

    def index(self, digits: str) -> bytes:
        """The index of a number."""
        return blind(self.role_keys.index_key, digits)


@asynccontextmanager
async def storage(settings: Settings) -> AsyncIterator[Storage]:
    """Open the stores, the device and the keys role. Raises StoreError, DeviceError with a remedy each."""
    async with AsyncExitStack() as stack:
        keys_server = await _server(settings, "keys", settings.store.keys_url, stack)
        data_server = await _server(settings, "data", settings.store.data_url, stack)
        role_keys = role_keys_of(settings)
        device = await stack.enter_async_context(device_of(settings, role_keys))
        key_space = RedisKeySpace(keys_server, settings.store.bucket_bits)
        today = day_of(int(time.time()))
        yield Storage(
            key_space,
            RedisRecords(data_server, "d", settings.store.bucket_bits),
            RedisConversations(data_server),
            RedisTickets(data_server),
            RedisNotices(data_server),
            RedisFeedDays(data_server),
            RedisChecks(data_server),
            RedisChecks(data_server, "w"),
            RedisThrottle(data_server),
            RedisChallenges(data_server),
            role_keys,
            device,
            await DeviceKeys.start(key_space, device, role_keys.receipt_key, today, secrets.token_bytes),
            DeviceCheckKeys(device, secrets.token_bytes, time.monotonic),
            {"keys": keys_server, "data": data_server},
        )


async def _server(settings: Settings, name: str, url: str | None, stack: AsyncExitStack) -> RedisServer:
    """A server by its URL, or an embedded one in its own directory."""
    if url is None:
        if settings.store.directory is None:
            raise SettingsError("store: give URLs or a directory")
        embedded = EmbeddedValkey(settings.store.directory / name)
        await embedded.start()
        stack.push_async_callback(embedded.stop)
        url = embedded.url
    server = RedisServer(url)
    stack.push_async_callback(server.close)
    faults = await server.faults()
    if faults:
        raise StoreError(f"{name}: " + "; ".join(faults))
    return server
