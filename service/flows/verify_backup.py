"""A backup of both key spaces, looked through row by row, to see whether it could take the store's place.

Rule 1: the order stands here: key records, then itineraries with their key records, then the verdict.
Rule 2: it opens nothing; the keys role does, and answers counts.
"""

from collections.abc import AsyncIterator, Callable, Sequence

from service.ports.epochs import CopiedRow, CopyCounts, EpochKeeping
from service.ports.store import RecordSpace

__all__ = ["verify_backup"]

_ROWS = 128


async def verify_backup(
    keys: Sequence[RecordSpace],
    data: Sequence[RecordSpace],
    keeping: EpochKeeping,
    told: Callable[[CopyCounts], None],
    *,
    remember: bool = True,
) -> CopyCounts:
    """What it holds, remembered as verified unless it is only to be judged. A space of a cluster has a copy for each server that served slots.

    Raises StoreError, and KeysError with why the backup does not count.
    """
    number = await keeping.begin_copy()
    for space in keys:
        async for batch in _batches(space):
            rows = [CopiedRow(index, row) for index, row in zip(batch, await space.read(batch), strict=True)]
            told(await keeping.check_copy(number, rows))
    for space in data:
        async for batch in _batches(space):
            records = await _known(keys, batch)
            stored = await space.read(batch)
            rows = [
                CopiedRow(index, key, row) for index, key, row in zip(batch, records, stored, strict=True)
            ]
            told(await keeping.check_copy(number, rows))
    return await keeping.accept_copy(number, remember=remember)


async def _known(keys: Sequence[RecordSpace], batch: Sequence[bytes]) -> list[bytes | None]:
    """The key records of these indices, in whichever copy they are."""
    found: list[bytes | None] = [None] * len(batch)
    for space in keys:
        rows = await space.read(batch)
        found = [known or row for known, row in zip(found, rows, strict=True)]
    return found


async def _batches(space: RecordSpace) -> AsyncIterator[list[bytes]]:
    batch: list[bytes] = []
    async for index in space.scan():
        batch.append(index)
        if len(batch) == _ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
