"""A fault in records, corrected by two operators.

Rule 1: the order of a correction stands here: two operators, entry in the log, strike, notice.
Rule 2: it never learns what was decided about whom from a record: corrections come from outside, outcomes go out.

    (1) two operators, with a reason and a ticket  (2) each record: its entry  (3) strike  (4) the notice is queued

Run again after a kill it strikes nothing twice, and a notice that still waits is not queued a second time.
"""

from collections import Counter
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from hashlib import sha256

from service.audit.entries import Kind
from service.domain.corrections import Correction
from service.domain.disputes import Decision, checked
from service.domain.notices import Address, Notice, NoticeKind
from service.flows.entries import Entries
from service.ports.correcting import Corrected, Correcting
from service.ports.keys import KeyService
from service.vault.lives import alive
from service.vault.notices import NoticeSealer

__all__ = ["Correct", "Touched"]

_NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class Touched:
    """One record that has to be corrected, for the life of the number that the fault was found in.

    `address` tells where the notice goes; None: the subscriber is not told.
    """

    index: bytes
    generation: int
    correction: Correction
    address: Address | None


class Correct:
    """Corrects records one by one, each behind its entry."""

    def __init__(
        self,
        keys: KeyService,
        entries: Entries,
        corrector: Correcting,
        notices: NoticeSealer,
        clock: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._entries = entries
        self._corrector = corrector
        self._notices = notices
        self._clock = clock

    async def __call__(
        self, touched: AsyncIterable[Touched], decision: Decision, progress: Callable[[int], None]
    ) -> Counter[Corrected]:
        """Correct all of them; how many came to what. Raises DisputeError, LogUnavailableError, StoreError."""
        # (1) Never one operator alone.
        checked(decision)
        counts: Counter[Corrected] = Counter()
        async for one in touched:
            counts[await self.one(one, decision, NoticeKind.CORRECTED, decision.ticket)] += 1
            progress(1)
        return counts

    async def one(self, touched: Touched, decision: Decision, kind: NoticeKind, case: str) -> Corrected:
        """Correct a single record; `kind` and `case` go into the notice."""
        checked(decision)
        now = int(self._clock())
        # (2) The entry is on disk before anything is touched; no entry where there is no such life any more.
        if not await alive(self._keys, touched.index, touched.generation):
            return Corrected.GONE
        about = f"{decision.proposed_by}|{decision.approved_by}|{decision.ticket}|{decision.reason}"
        receipt = await self._entries.enter(touched.index, Kind.CORRECTION, now, about, "staff")
        if receipt.generation != touched.generation:
            return Corrected.GONE  # a new owner since
        # (3) Strike.
        done = await self._corrector.correct(receipt, touched.correction, now)
        # (4) Told, also where an earlier run was killed between (3) and (4).
        if done in {Corrected.WRITTEN, Corrected.REPLAYED} and touched.address is not None:
            notice = Notice(kind, touched.index, touched.generation, touched.address, case, now)
            await self._notices.put(_name(notice), notice)
        return done


def _name(notice: Notice) -> bytes:
    """The same decision about the same life of a number has the same name."""
    life = notice.index + notice.generation.to_bytes(4)
    return sha256(b"notice|" + life + f"{notice.kind.value}|{notice.case}".encode()).digest()[:_NAME_BYTES]
