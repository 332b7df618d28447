"""A service for the benchmarks of the store: its settings in a folder, and subscriptions enrolled in it.

Rule 1: which service is measured is decided here: real embedded servers, the demo's key device, nothing replaced.
Rule 2: it measures nothing.
"""

from collections.abc import Callable
from pathlib import Path

from service.domain.identity import DocumentType, LastFour
from service.ports.keys import Enrolment
from service.settings import Ingest, Packs, Settings, Smpp, Store
from service.wiring.keys import create_keys
from service.wiring.storage import storage
from tests.benchmarks.nation import FIRST_DAY, FIRST_NUMBER

__all__ = ["enrolled", "service_in"]

_AT_ONCE = 2000


async def service_in(folder: Path, subscriptions: int) -> Settings:
    """A fresh service; buckets of about 16 subscriptions, as an operator is told to choose them."""
    (folder / "password").write_text("x")
    settings = Settings(
        key_file=folder / "keys",
        log_directory=folder / "log",
        store=Store(directory=folder / "store", bucket_bits=max(0, (subscriptions // 16).bit_length() - 1)),
        smpp=Smpp(system_id="bench", password_file=folder / "password"),
        ingest=Ingest(directory=folder / "ingest"),
        packs=Packs(directory=folder / "packs"),
    )
    await create_keys(settings)
    return settings


async def enrolled(settings: Settings, subscriptions: int, progress: Callable[[int], None]) -> None:
    """Everybody with the same last four."""
    async with storage(settings) as stored:
        for begin in range(0, subscriptions, _AT_ONCE):
            some = range(begin, min(begin + _AT_ONCE, subscriptions))
            await stored.keys.enrol(
                [
                    Enrolment(
                        stored.index(str(FIRST_NUMBER + number)),
                        DocumentType.RESIDENT_ID,
                        LastFour.parse("123X"),
                        FIRST_DAY - 100,
                    )
                    for number in some
                ]
            )
            progress(len(some))
