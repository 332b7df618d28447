"""The data space with all that lies in it, and the keys role, wherever it is.

Rule 1: what a process gets to work with is put together here.
Rule 2: nothing is asked of it here.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.adapters.key_file import KeyFile
from service.adapters.redis_cases import RedisCases
from service.adapters.redis_challenges import RedisChallenges
from service.adapters.redis_checks import RedisChecks, RedisThrottle
from service.adapters.redis_consents import RedisConsents
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_details import RedisDetails
from service.adapters.redis_feed_days import RedisFeedDays
from service.adapters.redis_records import RedisRecords
from service.adapters.redis_server import RedisServer
from service.adapters.redis_tickets import RedisNotices, RedisTickets
from service.adapters.redis_verifiers import RedisVerifiers
from service.adapters.shared_keys import STARTING, SharedKeys
from service.adapters.tombstone_file import TombstoneFile
from service.flows.erase import Erasures
from service.ports.check_keys import CheckKeys
from service.ports.keys import KeyService
from service.sealing.blinding import blind
from service.settings import Settings
from service.vault.consents import ConsentVault
from service.vault.entry_details import EntryDetails
from service.wiring.keys import keys_role, role_keys_of, tombstones_of
from service.wiring.servers import open_server

__all__ = ["STARTING", "SharedKeys", "Storage", "storage"]


@dataclass(frozen=True, slots=True)
class Storage:
    """The data space, the keys of this process, and the keys role."""

    data_space: RedisRecords
    conversations: RedisConversations
    tickets: RedisTickets
    notices: RedisNotices
    orders: RedisNotices
    cases: RedisCases
    feed_days: RedisFeedDays
    checks: RedisChecks
    card_sessions: RedisChecks
    throttle: RedisThrottle
    challenges: RedisChallenges
    verifiers: RedisVerifiers
    details: RedisDetails
    consents: RedisConsents
    tombstones: TombstoneFile
    role_keys: KeyFile
    keys_role: SharedKeys
    data_server: RedisServer

    @property
    def servers(self) -> Mapping[str, RedisServer]:
        """The servers of the store that this process itself asks, by key space."""
        held = self.keys_role.held
        beside = held.server if held is not None else None
        return {"data": self.data_server} | ({} if beside is None else {"keys": beside})

    @property
    def keys(self) -> KeyService:
        """The keys role, wherever it is."""
        return self.keys_role.keys

    @property
    def check_keys(self) -> CheckKeys:
        """The keys role for check codes, wherever it is."""
        return self.keys_role.checks

    @property
    def requester_key(self) -> bytes:
        """What addresses and numbers of checkers are hashed with."""
        return self.role_keys.requester_key

    @property
    def erasures(self) -> Erasures:
        """What finishes an erasure, and does it again on a store that was restored."""
        details = EntryDetails(self.details, secrets.token_bytes)
        consents = ConsentVault(self.consents, secrets.token_bytes)
        return Erasures(self.data_space, details, consents, self.tickets, self.tombstones)

    def index(self, digits: str) -> bytes:
        """The index of a number."""
        return blind(self.role_keys.index_key, digits)


@asynccontextmanager
async def storage(settings: Settings, patience: float = 3.0) -> AsyncIterator[Storage]:
    """Open the store and the keys role; `patience`: seconds for that role to start. Raises StoreError, KeysError with a remedy each."""
    async with AsyncExitStack() as stack:
        data_server = await open_server(settings, "data", settings.store.data_url, stack)
        role_keys = role_keys_of(settings)
        yield Storage(
            RedisRecords(data_server, "d", settings.store.bucket_bits),
            RedisConversations(data_server),
            RedisTickets(data_server),
            RedisNotices(data_server),
            RedisNotices(data_server, "n:{orders}"),
            RedisCases(data_server),
            RedisFeedDays(data_server),
            RedisChecks(data_server),
            RedisChecks(data_server, "w"),
            RedisThrottle(data_server),
            RedisChallenges(data_server),
            RedisVerifiers(data_server),
            RedisDetails(data_server, settings.store.bucket_bits),
            RedisConsents(data_server, settings.store.bucket_bits),
            tombstones_of(settings),
            role_keys,
            await stack.enter_async_context(keys_role(settings, patience)),
            data_server,
        )
