"""Feeds that go on, followed until somebody says stop.

Rule 1: what happens when a place, a store or a disk fails is decided here: wait, try again, lose nothing.
Rule 2: it knows no feed's nature and no stay; `ingest` folds.

    next piece of each source ── fold ── due? settle ── nothing anywhere? pause ── stop? settle, checkpoint, done

One thing happens after the other, and nothing is read before there is room for it: a slow store slows the reading,
never fills the memory.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

from service.flows.ingest import Ingest
from service.mobility.cells import Cells
from service.ports.checkpoints import CheckpointError
from service.ports.feed import Piece, Source
from service.ports.keys import KeysError
from service.ports.store import StoreError

__all__ = ["Follow"]

_IDLE = 0.5  # seconds between two looks when nothing came
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_PASSING = (StoreError, KeysError, CheckpointError, OSError)


class Follow:
    """Follows sources. `tell` takes one line for an operator; `alive` hears of each step that is done, or has failed."""

    def __init__(
        self,
        ingest: Ingest,
        sources: Sequence[Source],
        cells: Cells,
        tell: Callable[[str], None],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._alive = alive
        self._ingest = ingest
        self._sources = sources
        self._cells = cells
        self._tell = tell
        self._rest: dict[int, tuple[float, float]] = {}  # of a failing source: asked again when, pause before
        self._busy: set[int] = set()  # sources that had a piece when they were asked last
        self._newest = [0] * len(sources)  # arrivals of each source
        self._complete = [0] * len(
            sources
        )  # the same, up to which it is folded whole: between files, between entries

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then everything taken is in the vault. Raises what still fails at that moment."""
        while not stop.is_set():
            self._alive()
            moved = False
            for place, source in enumerate(self._sources):
                piece = await self._next(place, source)
                if piece is not None:
                    await self._through(partial(self._ingest.fold, piece, self._cells), stop)
                    self._note(place, piece)
                    moved = True
                if self._ingest.due:
                    await self._through(partial(self._ingest.settle, self._complete_to()), stop)
            if not moved:
                await _pause(_IDLE, stop)
        await self._through(self._ingest.close, stop)

    def _note(self, place: int, piece: Piece) -> None:
        if piece.batch is not None:
            self._newest[place] = max(self._newest[place], int(piece.batch.arrival.max(initial=0)))
        if piece.done or piece.mark:
            self._complete[place] = self._newest[place]

    def _complete_to(self) -> int:
        """A feed with a backlog holds the clock back, or its phones would seem silent; one that has nothing does not."""
        behind = [self._complete[place] for place in self._busy]
        return min(behind) if behind else max(self._complete, default=0)

    async def _next(self, place: int, source: Source) -> Piece | None:
        """A source that fails is left alone for a while; the others go on."""
        now = asyncio.get_running_loop().time()
        again, pause = self._rest.get(place, (0.0, 0.0))
        if now < again:
            return None
        try:
            piece = await source.next(self._ingest.ledger)
        except _PASSING as error:
            pause = _longer(pause)
            self._failed("source", error, first=place not in self._rest)
            self._rest[place] = (now + pause, pause)
            return None
        if piece is None:
            self._busy.discard(place)
        else:
            self._busy.add(place)
        if self._rest.pop(place, None) is not None:
            self._tell("a feed can be read again")
        return piece

    async def _through(self, step: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
        """One step, as often as it takes. Once it is to stop, a step that fails is a failure."""
        pause = 0.0
        while True:
            try:
                await step()
                self._alive()
            except _PASSING as error:
                self._alive()
                if stop.is_set():
                    raise
                self._failed(_kind(error), error, first=not pause)
                pause = _longer(pause)
                await _pause(pause, stop)
            else:
                if pause:
                    self._tell("it goes on; nothing was lost")
                return

    def _failed(self, what: str, error: Exception, *, first: bool) -> None:
        self._ingest.process[f"failed_{what}"] += 1
        if first:
            self._tell(f"{error}; everything is kept, and tried again until it works")


def _kind(error: Exception) -> str:
    return "checkpoint" if isinstance(error, CheckpointError) else "store"


def _longer(pause: float) -> float:
    return min(_LONGEST_PAUSE, 2 * pause) if pause else _FIRST_PAUSE


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
