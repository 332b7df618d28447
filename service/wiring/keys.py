"""Keys: the device behind the keys role, and those that single roles hold.

Rule 1: whether a hardware module or the key file is the device is decided here.
Rule 2: nothing is asked of it here.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.key_file import KeyFile
from service.adapters.pkcs11_device import Pkcs11Device
from service.ports.device import KeyDevice
from service.settings import Settings

__all__ = ["create_keys", "device_of", "role_keys_of"]


def role_keys_of(settings: Settings, *, create: bool = False) -> KeyFile:
    """The key file. Raises DeviceError."""
    return KeyFile.open(
        settings.key_file, secrets.token_bytes, create=create, roles_only=settings.hsm is not None
    )


async def create_keys(settings: Settings) -> None:
    """Make the key file, if there is none, and the keys that the module lacks. Raises DeviceError, SettingsError."""
    role_keys_of(settings, create=True)
    if settings.hsm is not None:
        device = await Pkcs11Device.open(
            settings.hsm.module, settings.hsm.token, settings.hsm.pin, create=True
        )
        await device.close()


@asynccontextmanager
async def device_of(settings: Settings, role_keys: KeyFile) -> AsyncIterator[KeyDevice]:
    """The hardware module that the configuration names, else the key file itself. Raises DeviceError, SettingsError."""
    if settings.hsm is None:
        yield role_keys
        return
    device = await Pkcs11Device.open(settings.hsm.module, settings.hsm.token, settings.hsm.pin)
    try:
        yield device
    finally:
        await device.close()
