"""One log for all processes of a machine: the first one writes it, the others append through it.

Rule 1: who writes is decided by the log's lock, and decided anew when the writer has gone away.
Rule 2: an append whose writer went away meanwhile is refused, never sent again: its entry may stand, without its act.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from service.adapters.framed import ALONE, FOR_ALL, own_user
from service.adapters.log_socket import LogClient, LogServer
from service.adapters.tiled_log import TiledLog
from service.ports.log import Draft, EntryReceipt, LogError, LogTakenError

__all__ = ["SharedLog"]

_PAUSE = 0.1  # seconds


class SharedLog:
    """A `Log`: the sequencer itself with a socket for others, or a client of the process that is it."""

    def __init__(
        self,
        lead: Callable[[], TiledLog],
        path: Path,
        may: Callable[[int], bool] | None = None,
    ) -> None:
        """`may`: which other users append; None: this one's own processes alone."""
        self._lead = lead
        self._path = path
        self._may, self._mode = (may, FOR_ALL) if may is not None else (own_user, ALONE)
        self._own: tuple[TiledLog, LogServer] | None = None
        self._client: LogClient | None = None
        self._deciding = asyncio.Lock()

    @classmethod
    async def open(
        cls,
        lead: Callable[[], TiledLog],
        path: Path,
        may: Callable[[int], bool] | None = None,
        patience: float = 2.0,
    ) -> "SharedLog":
        """Lead or follow; `lead` opens the sequencer and says LogTakenError if another process is it. Raises LogError.

        `patience`: seconds for another process to start, or to end.
        """
        shared = cls(lead, path, may)
        for left in reversed(range(round(patience / _PAUSE))):
            try:
                await shared.settle()
                break
            except LogTakenError:  # it may just be starting, or ending
                if not left:
                    raise
                await asyncio.sleep(_PAUSE)
        return shared

    @property
    def leads(self) -> bool:
        """Whether this process writes the log."""
        return self._own is not None

    @property
    def written(self) -> TiledLog | None:
        """The log, where this process writes it."""
        return self._own[0] if self._own is not None else None

    @property
    def takes_entries(self) -> bool:
        """Whether the next entry would be taken, as far as this process knows."""
        if self._own is not None:
            return self._own[0].takes_entries
        return self._client is not None and not self._client.gone

    async def settle(self) -> None:
        """Decide who writes, where that is open. Raises LogError."""
        await self._holder()

    async def append(self, drafts: Sequence[Draft]) -> list[EntryReceipt]:
        """See `ports.log.Log`."""
        return await (await self._holder()).append(drafts)

    async def _holder(self) -> TiledLog | LogClient:
        """The sequencer, or a client of it; raises LogError while another process holds the log and does not answer."""
        if self._own is not None:
            return self._own[0]
        if self._client is not None and not self._client.gone:
            return self._client
        async with self._deciding:
            if self._own is not None:
                return self._own[0]
            if self._client is None or self._client.gone:
                await self._decide()
            return self._own[0] if self._own is not None else self._connected()

    async def _decide(self) -> None:
        try:
            log = self._lead()
        except LogTakenError:
            self._client = await LogClient.connect(self._path)
            return
        server = LogServer(log, self._path, self._may, self._mode)
        try:
            await server.start()
        except LogError:
            await log.close()
            raise
        self._own = (log, server)

    def _connected(self) -> LogClient:
        if self._client is None:
            raise LogError("the log is closed")
        return self._client

    async def close(self) -> None:
        """Answer what others have asked, then let the log go."""
        if self._client is not None:
            await self._client.close()
        if self._own is not None:
            log, server = self._own
            await server.close()
            await log.close()
