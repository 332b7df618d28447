"""Who is made of what: the only file that names concrete adapters.

Rule 1: production, demo and tests put the service together here.
Rule 2: nothing is decided here; whatever is opened is closed again, in the other order.

    storage ─┬─ keys ─┬─ answering   vault, entries, revealer, link, sender          (role link)
             │        ├─ amending    amender, checkpoints                            (role worker)
             │        └─ enrolling                                                   (role enrol)
             └─ device (key file)
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.key_file import KeyFile
from service.adapters.log_file import LogFile
from service.adapters.pack_files import load_packs
from service.adapters.redis_conversations import RedisConversations
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.adapters.region_tables import load_regions
from service.adapters.smpp_link import SmppLink, SmppSettings
from service.domain.dialogue import Fresh
from service.domain.itinerary import day_of
from service.domain.stay_rule import DWELL_4H
from service.flows.answer import Answer, Answering
from service.flows.entries import Entries
from service.flows.send import Sender
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.sealing.blinding import blind
from service.settings import Settings, SettingsError
from service.vault.conversations import ConversationVault
from service.vault.key_service import DeviceKeys
from service.vault.revealer import Revealer

__all__ = ["Lookups", "Storage", "lookups", "storage"]

_CASE_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U to misread
_CASE_LENGTH = 5


@dataclass(frozen=True, slots=True)
class Storage:
    """Both key spaces, the device and the keys role on top of them."""

    key_space: RedisKeySpace
    data_space: RedisRecords
    conversations: RedisConversations
    device: KeyFile
    keys: DeviceKeys

    def index(self, digits: str) -> bytes:
        """The index of a number."""
        return blind(self.device.index_key, digits)


@dataclass(frozen=True, slots=True)
class Lookups:
    """The running dialogue: its link, and what has been found in the outbox at the start."""

    link: SmppLink
    answer: Answer
    sender: Sender
    found: int


@asynccontextmanager
async def storage(settings: Settings, *, create_keys: bool = False) -> AsyncIterator[Storage]:
    """Open the stores, the device and the keys role. Raises StoreError, DeviceError with a remedy each."""
    async with AsyncExitStack() as stack:
        keys_server = await _server(settings, "keys", settings.store.keys_url, stack)
        data_server = await _server(settings, "data", settings.store.data_url, stack)
        device = KeyFile.open(settings.key_file, secrets.token_bytes, create=create_keys)
        key_space = RedisKeySpace(keys_server, settings.store.bucket_bits)
        today = day_of(int(time.time()))
        yield Storage(
            key_space,
            RedisRecords(data_server, "d", settings.store.bucket_bits),
            RedisConversations(data_server),
            device,
            await DeviceKeys.start(key_space, device, device.receipt_key, today, secrets.token_bytes),
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


@asynccontextmanager
async def lookups(
    settings: Settings, stored: Storage, tally: Tally, clock: Callable[[], float] = time.time
) -> AsyncIterator[Lookups]:
    """Answer texts until the block ends; then what is under way is finished and the bind is given back."""
    packs = load_packs(settings.packs.directory)
    regions = load_regions()
    log = LogFile.open(settings.log_directory / "entries.jsonl", stored.device.receipt_key)
    vault = await ConversationVault.start(stored.conversations, stored.keys, secrets.token_bytes)
    link = SmppLink(_smpp(settings), vault, tally, secrets.SystemRandom().random)
    sender = Sender(vault, link, packs, tally, clock)
    answer = Answer(
        Answering(
            packs=packs,
            vault=vault,
            keys=stored.keys,
            entries=Entries(stored.keys, log, secrets.token_bytes),
            revealer=Revealer(stored.keys, stored.data_space),
            rule=DWELL_4H,
            region_name=regions.name,
            blind=stored.index,
            post=sender.post,
            tally=tally,
            clock=clock,
            fresh=_fresh,
        )
    )
    running = asyncio.create_task(link.run(answer))
    try:
        yield Lookups(link, answer, sender, await sender.recover())
    finally:
        await link.stop()
        await asyncio.wait({running}, timeout=5)
        running.cancel()
        await sender.cancel()
        await log.close()


def _smpp(settings: Settings) -> SmppSettings:
    smpp = settings.smpp
    try:
        password = smpp.password_file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"smpp: {smpp.password_file}: no readable password file") from None
    return SmppSettings(
        smpp.host,
        smpp.port,
        smpp.system_id,
        password,
        smpp.window,
        smpp.segments_per_second,
        smpp.default_alphabet,
    )


def _fresh() -> Fresh:
    """A case reference, and four digits for the SIM, of the system's generator."""
    case = "".join(secrets.choice(_CASE_SYMBOLS) for _ in range(_CASE_LENGTH))
    return Fresh(case, f"{secrets.randbelow(10_000):04}")
