"""Keys: the keys role, here or in another process; the device behind it; and the keys that single roles hold.

Rule 1: whether a hardware module or the key file is the device, and who may call what, comes together here.
Rule 2: nothing is asked of it here.
"""

import fcntl
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from service.adapters.checkpoint_file import held_by_checkpoint
from service.adapters.key_file import KeyFile
from service.adapters.key_socket import Holding
from service.adapters.pkcs11_device import Pkcs11Device
from service.adapters.pkcs11_signing import Pkcs11Signing
from service.adapters.redis_records import RedisKeySpace, RedisRecords
from service.adapters.redis_server import RedisServer
from service.adapters.shared_keys import SharedKeys
from service.adapters.signing_file import SigningFile
from service.adapters.tombstone_file import TombstoneFile
from service.adapters.verified_file import VerifiedFile
from service.domain.itinerary import day_of
from service.ports.device import KeyDevice
from service.ports.keys import KeysError
from service.ports.signing import SigningDevice
from service.settings import Settings
from service.vault.check_keys import DeviceCheckKeys
from service.vault.epoch_keeping import Keeper
from service.vault.epochs import Epochs
from service.vault.key_ending import KeyEnding
from service.vault.key_service import DeviceKeys
from service.vault.signing_keys import DeviceSigning
from service.wiring.callers import callers
from service.wiring.closing import Closing
from service.wiring.servers import open_server
from service.wiring.sockets import keys_place

__all__ = [
    "create_keys",
    "ending_keys",
    "key_space_of",
    "keys_role",
    "role_keys_of",
    "split_keys",
    "tombstones_of",
]

_OF_ROLES = ("index_key", "requester_key")


def role_keys_of(settings: Settings, *, create: bool = False) -> KeyFile:
    """The key file. Raises DeviceError."""
    elsewhere = settings.hsm is not None or not settings.keys.here
    return KeyFile.open(settings.key_file, secrets.token_bytes, create=create, roles_only=elsewhere)


def split_keys(settings: Settings, folder: Path) -> list[Path]:
    """A key file for each role, cut out of the whole one. Raises DeviceError, OSError."""
    return role_keys_of(settings).split(folder)


async def create_keys(settings: Settings) -> None:
    """Make the key file, if there is none, and the keys that the module lacks. Raises DeviceError, SettingsError, ClosedError."""
    Closing(settings).refuse()
    role_keys_of(settings, create=True)
    if settings.hsm is not None:
        device = await Pkcs11Device.open(
            settings.hsm.module, settings.hsm.token, settings.hsm.pin, create=True
        )
        await device.close()


@asynccontextmanager
async def keys_role(settings: Settings, patience: float = 3.0) -> AsyncIterator[SharedKeys]:
    """The keys role: held by this process, or asked where it is; `patience`: seconds for the one that holds it to start.

    Raises KeysError (ClosedError from the ordered end on), StoreError, SettingsError, TombstonesError.
    """
    closing = Closing(settings)
    closing.refuse()

    async def lead() -> Holding:
        return await _held(settings, closing)

    shared = SharedKeys(
        lead if settings.keys.here else None,
        keys_place(settings),
        callers(settings),
        others=bool(settings.keys.callers),
    )
    try:
        await shared.settle(patience)
        yield shared
    finally:
        await shared.close()


async def _held(settings: Settings, closing: Closing) -> Holding:
    """The device and the key space, opened here until they are let go."""
    async with AsyncExitStack() as stack:
        role_keys = role_keys_of(settings)
        device = await stack.enter_async_context(_device(settings, role_keys))
        server = await open_server(settings, "keys", settings.store.keys_url, stack)
        space = RedisKeySpace(server, settings.store.bucket_bits)
        data_server = await open_server(settings, "data", settings.store.data_url, stack)
        data = RedisRecords(data_server, "d", settings.store.bucket_bits)
        chance = secrets.token_bytes
        epochs = await Epochs.start(space, device, day_of(int(time.time())), chance)
        held = partial(held_by_checkpoint, settings.ingest.directory)
        keys = DeviceKeys(space, device, role_keys.receipt_key, epochs, chance, time.time)
        # A key space that was restored from a copy: what has been erased since is erased again before anybody asks.
        for tombstone in await tombstones_of(settings).all():
            await keys.erase_again(tombstone.index, tombstone.generation)
        return Holding(
            keys,
            DeviceCheckKeys(device, chance, time.monotonic),
            Keeper(
                epochs,
                space,
                data,
                held,
                chance,
                time.time,
                _copies(settings),
                partial(_followed, [server, data_server]),
            ),
            DeviceSigning(_signing(settings, device), time.time),
            server,
            stack.pop_all().aclose,
            closing.refuse,
        )


def _copies(settings: Settings) -> VerifiedFile | None:
    """Which backup was verified, where backups are kept."""
    if settings.store.backups == "none":
        return None
    return VerifiedFile(settings.key_file.with_name("verified-backup.json"))


async def _followed(servers: Sequence[RedisServer]) -> str:
    """Why some replica may still hold what has been sealed anew."""
    return next(filter(None, [await server.followed() for server in servers]), "")


@asynccontextmanager
async def ending_keys(settings: Settings) -> AsyncIterator[KeyEnding]:
    """Every key that this configuration reaches, to be destroyed; nobody else holds the device meanwhile.

    Raises KeysError, StoreError.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(_alone(keys_place(settings)))
        role_keys = role_keys_of(settings)
        device = await stack.enter_async_context(_device(settings, role_keys, ending=True))
        space = await stack.enter_async_context(key_space_of(settings))
        yield KeyEnding(
            device, _signing(settings, device), space, role_keys.held(_OF_ROLES), role_keys.forget
        )


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """The right to hold the device, as `SharedKeys` takes it."""
    try:
        with place.with_name(place.name + ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise KeysError(
            "another process still holds the keys; it lets go of them by itself: try again"
        ) from None


def tombstones_of(settings: Settings) -> TombstoneFile:
    """Every erasure there has been: beside the log, so that no copy of a store lacks it."""
    return TombstoneFile(settings.erasures_file)


@asynccontextmanager
async def key_space_of(settings: Settings) -> AsyncIterator[RedisKeySpace]:
    """The key space: for the keys role alone."""
    async with AsyncExitStack() as stack:
        server = await open_server(settings, "keys", settings.store.keys_url, stack)
        yield RedisKeySpace(server, settings.store.bucket_bits)


def _signing(settings: Settings, device: KeyDevice) -> SigningDevice:
    """Signing keys lie in the module, or in a file of their own beside the key file, which every role reads."""
    if isinstance(device, Pkcs11Device):
        return Pkcs11Signing(device)
    return SigningFile(settings.key_file.with_name("signing.json"), secrets.token_bytes)


@asynccontextmanager
async def _device(
    settings: Settings, role_keys: KeyFile, *, ending: bool = False
) -> AsyncIterator[KeyDevice]:
    """The hardware module that the configuration names, else the key file itself. Raises DeviceError, SettingsError."""
    if settings.hsm is None:
        yield role_keys
        return
    device = await Pkcs11Device.open(settings.hsm.module, settings.hsm.token, settings.hsm.pin, ending=ending)
    try:
        yield device
    finally:
        await device.close()
