"""What a process of the web role alone has (TRUST 6): check records, challenges, verifiers, its paces; whom it may ask.

Rule 1: a web process holds one key, which names requesters, and never the device or the log.
Rule 2: what opens a conversation, a holder or an itinerary cannot even be imported from here; the contracts say so.

    pages -- Holders, WebCards, StandingAnswers --> the link role's socket        pages -- check_open, sign --> the keys role's socket
"""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.adapters.key_file import KeyFile
from service.adapters.link_socket import LinkClient
from service.adapters.pack_files import load_packs
from service.adapters.redis_challenges import RedisChallenges
from service.adapters.redis_checks import RedisChecks, RedisThrottle
from service.adapters.redis_server import RedisServer
from service.adapters.redis_verifiers import RedisVerifiers
from service.adapters.region_tables import load_regions
from service.adapters.shared_keys import STARTING, SharedKeys
from service.flows.card_tokens import CardTokens
from service.ports.check_keys import CheckKeys
from service.ports.key_callers import Caller
from service.ports.keys import KeyService
from service.ports.tally import Tally
from service.ports.web_cards import WebCards
from service.settings import Settings
from service.wiring.servers import open_server
from service.wiring.sockets import keys_place, link_place
from service.wiring.verifying import Checking, CheckParts, checking

__all__ = ["PageParts", "WebStorage", "asked_pages", "web_storage"]


@dataclass(frozen=True, slots=True)
class WebStorage:
    """The store, as far as it is web's; the keys role, asked."""

    checks: RedisChecks
    throttle: RedisThrottle
    challenges: RedisChallenges
    verifiers: RedisVerifiers
    requester_key: bytes
    keys_role: SharedKeys
    data_server: RedisServer

    @property
    def servers(self) -> Mapping[str, RedisServer]:
        """See `wiring.storage.Storage`."""
        return {"data": self.data_server}

    @property
    def keys(self) -> KeyService:
        """The keys role."""
        return self.keys_role.keys

    @property
    def check_keys(self) -> CheckKeys:
        """The keys role for check codes."""
        return self.keys_role.checks


@dataclass(frozen=True, slots=True)
class PageParts:
    """What the pages call. `link`: whether the link role answers just now, where it is another process."""

    checking: Checking
    cards: WebCards
    link: Callable[[], Awaitable[bool]] | None = None
    disputes: Callable[[], Awaitable[int | None]] | None = None  # how many are open


@asynccontextmanager
async def web_storage(settings: Settings) -> AsyncIterator[WebStorage]:
    """Open it. Raises StoreError, KeysError with a remedy each, DeviceError for the key file."""
    async with AsyncExitStack() as stack:
        server = await open_server(settings, "data", settings.store.data_url, stack)
        role_keys = KeyFile.open(settings.key_file, secrets.token_bytes, roles_only=True)
        asked = SharedKeys(None, keys_place(settings), _nobody, others=False)
        stack.push_async_callback(asked.close)
        await asked.settle(STARTING)
        yield WebStorage(
            RedisChecks(server),
            RedisThrottle(server),
            RedisChallenges(server),
            RedisVerifiers(server),
            role_keys.requester_key,
            asked,
            server,
        )


@asynccontextmanager
async def asked_pages(
    settings: Settings, stored: CheckParts, keys_role: SharedKeys, tally: Tally
) -> AsyncIterator[PageParts]:
    """Pages whose holders' side is another process; it need not be there yet."""
    link, clock = LinkClient(link_place(settings)), time.time
    tokens = CardTokens(keys_role.signing, stored.checks, stored.check_keys, settings.log_origin, clock)
    packs = load_packs(settings.packs.directory)
    try:
        yield PageParts(
            checking(settings, stored, link, link, packs, load_regions(), tokens, tally, clock),
            link,
            link.takes_checks,
            link.open_disputes,
        )
    finally:
        await link.close()


def _nobody(_user: int) -> frozenset[Caller]:
    """Nobody may ask anything of a process that only asks."""
    return frozenset()
