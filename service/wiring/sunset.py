"""The end of the service: the flow, the keys that it destroys, and what is left of a role's file afterwards.

Rule 1: which folder, log and keys belong together is decided here; the log's own keys go last, once it is certified.
Rule 2: it decides nothing about an end.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.adapters.act_file import note_act
from service.audit.closing import Certificate, CertificateError, certified
from service.domain.acts import Act
from service.domain.sunset import SunsetError
from service.flows.acting import spoken
from service.flows.sunset import Sunset
from service.settings import Settings
from service.wiring.acting import names_a_place
from service.wiring.closing import Closing
from service.wiring.keys import ending_keys, role_keys_of
from service.wiring.transparency import finding, open_log, proving

__all__ = ["Closing", "carry_out", "certificate_of", "forget_keys", "left", "sunset"]

_LAST = ("receipt_key", "log_key")
"""What the log writes with: without them no entry follows the certificate's, and no checkpoint is signed."""


@asynccontextmanager
async def sunset(settings: Settings) -> AsyncIterator[Sunset]:
    """The flow, on the log of this configuration. Raises LogError, DeviceError."""
    log = await open_log(settings, role_keys_of(settings))
    try:
        yield Sunset(
            Closing(settings).files,
            log,
            finding(settings),
            proving(settings),
            settings.log_origin,
            names_a_place,
            secrets.token_bytes,
            time.time,
            asyncio.sleep,
        )
    finally:
        await log.close()


async def left(settings: Settings) -> list[str]:
    """The names of the keys that would be destroyed now. Raises SunsetError, KeysError, LogError."""
    async with sunset(settings) as flow:
        await flow.due()  # before anybody is asked to let go of the keys
        async with ending_keys(settings) as ending:
            return await flow.left(ending)


async def carry_out(settings: Settings, act: Act, told: Callable[[str], None]) -> Certificate:
    """Destroy and certify; called again after a kill, it goes on.

    Raises SunsetError, DisputeError, KeysError, StoreError, LogError.
    """
    spoken(act, names_a_place)
    finished = certificate_of(settings)
    if finished is None:
        async with sunset(settings) as flow:
            await flow.due()
            async with ending_keys(settings) as ending:
                finished = await flow.carry_out(ending, act, told)
    for name in await forget_keys(settings, act, dry_run=False):
        told(name)
    return finished


async def forget_keys(settings: Settings, act: Act, *, dry_run: bool) -> list[str]:
    """Take whatever is left out of this configuration's key file: for each role that has one of its own.

    The log has ended by then, so who does it and why is noted beside that file, before the act.
    Raises SunsetError before the end is certified, DisputeError, DeviceError.
    """
    spoken(act, names_a_place)
    if certificate_of(settings) is None:
        raise SunsetError("nothing certifies the end yet: `itinerary admin sunset carry-out` comes first")
    role_keys = role_keys_of(settings)
    names = list(dict.fromkeys([*role_keys.held(), *role_keys.held(_LAST)]))
    if names and not dry_run:
        beside = settings.key_file.with_name(settings.key_file.name + ".acts")
        note_act(beside, act, "forget", int(time.time()))
        await role_keys.forget(names)
    return names


def certificate_of(settings: Settings) -> Certificate | None:
    """What certifies the end; None where nothing does. Raises SunsetError for a file that does not."""
    content = Closing(settings).certificate
    try:
        return None if content is None else certified(content)[0]
    except CertificateError as error:
        raise SunsetError(f"the certificate in {settings.sunset_folder} certifies nothing: {error}") from None
