"""Correcting what a bad cell table did: counted, proposed, approved.

Rule 1: which tables, feed, vault and worker's directory belong together is decided here.
Rule 2: it says how many are touched, never who.
"""

import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.adapters.checkpoint_file import CheckpointFile
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, read_events
from service.adapters.mark_file import MarkFile
from service.adapters.proposal_file import Proposal, digest_of, read_proposal, write_proposal
from service.audit.entries import Kind
from service.domain.acts import Act
from service.domain.disputes import Decision, DisputeError, checked
from service.flows.correct_cells import CorrectCells
from service.flows.numbers import Numbers
from service.flows.refold import Differing, Refold
from service.ports.feed import EventBatch, FeedError
from service.sealing.blinding import blind_all
from service.settings import Settings
from service.wiring.acting import entered, names_a_place
from service.wiring.cells import known_cells
from service.wiring.storage import Storage, storage
from service.wiring.support import corrections

__all__ = ["approve_correction", "count_touched", "propose_correction"]

_Progress = Callable[[str, int, int | None], None]
_SOMEBODY = "whoever approves"


async def count_touched(
    settings: Settings,
    tables: tuple[Path, Path],
    files: list[Path],
    act: Act,
    progress: _Progress,
) -> int:
    """How many subscriptions' stays differ; words that could not be proposed are refused before it takes its time.

    Raises FeedError, DisputeError, StoreError, KeysError, DeviceError.
    """
    _worded(Decision(act.by, _SOMEBODY, act.reason, act.ticket))
    async with storage(settings) as stored:
        return len(await _differing(settings, stored, tables, files, progress))


async def propose_correction(
    settings: Settings, path: Path, tables: tuple[Path, Path], files: list[Path], act: Act
) -> None:
    """Write a proposal down, behind its entry: tables (before, after), feed, and why.

    Raises FeedError, DisputeError, LogError, LogUnavailableError.
    """
    before, after = (str(table.absolute()) for table in tables)
    feed, digest = tuple(str(file.absolute()) for file in files), digest_of([*tables, *files])
    await entered(settings, Kind.STAFF_PROPOSE, f"cells|{digest}", act, dry_run=False)
    write_proposal(path, Proposal(before, after, feed, act.reason, act.ticket, digest))


async def approve_correction(
    settings: Settings, path: Path, act: Act, progress: _Progress, *, dry_run: bool
) -> dict[str, int]:
    """Carry a proposal out, as a user who did not make it; what became of how many. The worker must stand still.

    A dry run says how many would be touched, also beside a running worker.

    Raises DisputeError, FeedError, StoreError, KeysError, DeviceError, LogError, LogUnavailableError, CheckpointError.
    """
    proposal, proposer = read_proposal(path)
    decision = _worded(Decision(proposer, act.by, proposal.reason, proposal.ticket))
    tables, files = (Path(proposal.before), Path(proposal.after)), [Path(name) for name in proposal.files]
    if digest_of([*tables, *files]) != proposal.digest:
        raise FeedError.of(str(path), "tables and files as they were when it was proposed; propose anew")
    await entered(settings, Kind.STAFF_APPROVE, f"cells|{proposal.digest}", act, dry_run=dry_run)
    if dry_run:
        async with storage(settings) as stored:
            return {"touched": len(await _differing(settings, stored, tables, files, progress))}
    async with storage(settings) as stored, _alone(settings, stored) as checkpoints:
        mark = MarkFile(
            settings.ingest.directory
            / f"corrected-{proposal.digest[:12]}-{proposal.ticket}".replace("/", "-")
        )
        differing = await _differing(settings, stored, tables, files, progress)
        async with corrections(settings, stored) as (correct, _):
            counts = await CorrectCells(correct, checkpoints, mark)(
                differing, decision, lambda done: progress("correcting", done, len(differing))
            )
    return {"touched": len(differing), **counts}


@asynccontextmanager
async def _alone(settings: Settings, stored: Storage) -> AsyncIterator[CheckpointFile]:
    checkpoints = CheckpointFile(settings.ingest.directory, stored.keys, secrets.token_bytes)
    with checkpoints.alone():
        yield checkpoints


async def _differing(
    settings: Settings, stored: Storage, tables: tuple[Path, Path], files: list[Path], progress: _Progress
) -> list[Differing]:
    numbers = Numbers(
        stored.keys,
        lambda some: blind_all(stored.role_keys.index_key, some),
        time.time,
        scope=settings.ingest.scope,
    )
    refold = Refold(numbers, known_cells(tables[0]), known_cells(tables[1]))
    await refold.scan(
        _events(files, refold, lambda done: progress("who had an event on a changed cell", done, None))
    )
    await refold.fold(_events(files, refold, lambda done: progress("folding under both tables", done, None)))
    return list(refold.differing(int(time.time())))


def _events(files: list[Path], cells: Refold, progress: Callable[[int], None]) -> Iterator[EventBatch]:
    """Every good row; bad ones were told of when the feed was ingested."""
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            with DeadLetters.beside(Path(folder) / file.name, EVENT_COLUMNS) as dead:
                for batch in read_events(file, cells, dead):
                    yield batch
                    progress(len(batch))


def _worded(decision: Decision) -> Decision:
    """A decision of two whose words name nobody and no place. Raises DisputeError."""
    if names_a_place(decision.reason):
        raise DisputeError("a reason names no place: it is shown to people who may not see one")
    return checked(decision)
