"""What support and operators work with: disputes, and corrections of records.

Rule 1: what staff's commands consist of is decided here: tickets, the worker's way to a correction, a log of their own.
Rule 2: it answers nothing itself, and has no way to an itinerary.

Staff's entries lie in a log of their own below the service's (`staff`, with its own name), since a log has one writer
and the running service is the other one's.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.adapters.region_tables import load_regions
from service.adapters.tiled_log import TiledLog
from service.audit.note import SIGNATURE, Signer
from service.flows.administer import Administer
from service.flows.correct import Correct
from service.flows.entries import Entries
from service.settings import Settings
from service.vault.corrector import Corrector
from service.vault.disputes import DisputeVault
from service.vault.notices import NoticeSealer
from service.wiring.storage import Storage, storage

__all__ = ["corrections", "disputes", "support"]


@asynccontextmanager
async def disputes(settings: Settings) -> AsyncIterator[DisputeVault]:
    """The clear part of tickets, for whoever only looks. Raises StoreError."""
    async with storage(settings) as stored:
        yield DisputeVault(stored.tickets, secrets.token_bytes)


@asynccontextmanager
async def support(settings: Settings) -> AsyncIterator[Administer]:
    """Decisions about disputes. Raises StoreError, DeviceError, LogError with a remedy each."""
    async with storage(settings) as stored, corrections(settings, stored) as (correct, entries):
        yield Administer(
            DisputeVault(stored.tickets, secrets.token_bytes),
            stored.keys,
            entries,
            correct,
            NoticeSealer(stored.notices, stored.keys, secrets.token_bytes),
            load_regions().named_in,
            time.time,
        )


@asynccontextmanager
async def corrections(settings: Settings, stored: Storage) -> AsyncIterator[tuple[Correct, Entries]]:
    """The flow that corrects records, and staff's log, for as long as the block runs. Raises LogError."""
    signer = Signer(f"{settings.log_origin}/staff", SIGNATURE, stored.device.log_key)
    log = TiledLog.open(settings.log_directory / "staff", stored.device.receipt_key, signer)
    try:
        entries = Entries(stored.keys, log, secrets.token_bytes)
        corrector = Corrector(stored.keys, stored.data_space, secrets.token_bytes)
        sealer = NoticeSealer(stored.notices, stored.keys, secrets.token_bytes)
        yield Correct(entries, corrector, sealer, time.time), entries
    finally:
        await log.close()
