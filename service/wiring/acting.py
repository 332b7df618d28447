"""Acts of operators outside the desk: each with its entry first, in the log of this configuration.

Rule 1: an act gets what it needs only behind its entry; a dry run has its words judged, and no entry.
Rule 2: who may act is decided by the roles' files and sockets, and not here.
"""

import secrets
import time

from service.adapters.region_tables import load_regions
from service.audit.entries import Kind
from service.domain.acts import Act
from service.flows.acting import Acting, spoken
from service.ports.log import Log
from service.settings import Settings
from service.wiring.closing import Closing
from service.wiring.keys import role_keys_of
from service.wiring.transparency import open_log

__all__ = ["acting_in", "entered", "names_a_place"]


def names_a_place(text: str) -> bool:
    """Whether words name a region, in either language."""
    return bool(load_regions().named_in(text))


def acting_in(log: Log) -> Acting:
    """Acts whose entries go into this log."""
    return Acting(log, names_a_place, secrets.token_bytes, time.time)


async def entered(settings: Settings, kind: Kind, what: str, act: Act, *, dry_run: bool) -> None:
    """Judge an act's words, and unless it is a dry run have its entry on disk. After the service's end there are no acts.

    Raises DisputeError, LogUnavailableError, LogError, DeviceError, ClosedError.
    """
    spoken(act, names_a_place)
    Closing(settings).refuse()
    if dry_run:
        return
    log = await open_log(settings, role_keys_of(settings))
    try:
        await acting_in(log).entered(kind, what, act)
    finally:
        await log.close()
