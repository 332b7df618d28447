"""The worker's way into the vault: changes go in, ordinals come out.

Rule 1: records are changed here only, by compare-and-swap.
Rule 2: nothing that this class returns tells where anybody was.

    read -> keys -> open -> apply what is new -> seal -> swap -> whoever was overtaken once more
                                                              `-> a first record whose owner was erased meanwhile goes
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from service.domain.amendments import ORDINALS, Change, ChangeKind, amended
from service.domain.itinerary import DAY, Itinerary
from service.mobility.changes import CHANGE
from service.ports.keys import ItineraryKey, KeyService, Want
from service.ports.region_marks import RegionMarks
from service.ports.store import DataSpace, StoreError, Swap
from service.records.amended_records import amended_bodies
from service.records.itinerary_record import decode_itinerary, encode_itinerary
from service.records.key_record import RecordError
from service.sealing.envelope import NONCE_BYTES, SealError
from service.vault.records import epoch_of, expectation, opened_body, sealed_body

__all__ = ["Amended", "Amender", "Amendment", "Outcome"]

_RACES = 16
_WINDOW = 14 * DAY  # of the usual answer: what is new is new to it


@dataclass(frozen=True, slots=True)
class Amendment:
    """The changes of one subscription, in the order of their ordinals.

    `generation` is the one that they were folded for: a number that was recycled since is another's.
    """

    index: bytes
    generation: int
    changes: tuple[Change, ...]


class Outcome(Enum):
    """What became of an amendment."""

    WRITTEN = "written"
    REPLAYED = "replayed"  # every change had been applied before
    UNKNOWN = "unknown"  # no subscription: nothing is kept
    FORMER = "former"  # another subscription has the number by now: nothing is kept
    UNREADABLE = "unreadable"  # the record was altered in the store: it is left as it is


@dataclass(frozen=True, slots=True)
class Amended:
    """An amendment's outcome, and the last ordinal that its record has now."""

    outcome: Outcome
    ordinal: int


@dataclass(slots=True)
class _Waiting:
    """A subscription whose changes are not in its record yet."""

    place: int
    index: bytes
    generation: int
    stored: bytes | None = field(repr=False)
    changes: NDArray[np.void] = field(repr=False)


@dataclass(slots=True)
class _Opened:
    """Its record, open, what is new to it, and the ordinal that it will bear."""

    of: _Waiting
    key: ItineraryKey = field(repr=False)  # today's
    body: bytes = field(repr=False)
    new: NDArray[np.void] = field(repr=False)
    last: int


class Amender:
    """Applies changes to sealed itineraries."""

    def __init__(
        self,
        keys: KeyService,
        data: DataSpace,
        entropy: Callable[[int], bytes],
        marks: RegionMarks | None = None,
    ) -> None:
        self._marks = marks
        self._keys = keys
        self._data = data
        self._entropy = entropy

    async def amend(self, batch: Sequence[Amendment]) -> list[Amended]:
        """Apply a batch, each subscription at most once in it; a replayed change changes nothing."""
        rows = [
            (0, change.ordinal, change.kind, change.certain, change.region, change.start, change.last)
            for amendment in batch
            for change in amendment.changes
        ]
        borders = np.cumsum([0, *(len(amendment.changes) for amendment in batch)])
        indices, generations = [one.index for one in batch], [one.generation for one in batch]
        return await self.amend_rows(indices, generations, np.array(rows, CHANGE), borders)

    async def amend_rows(
        self,
        indices: Sequence[bytes],
        generations: Sequence[int],
        changes: NDArray[np.void],
        borders: NDArray[np.int64],
    ) -> list[Amended]:
        """The same for the kernel's rows: those of subscription i are `changes[borders[i]:borders[i + 1]]`."""
        stored = await self._data.read(indices)
        done: list[Amended | None] = [None] * len(indices)
        waiting = [
            _Waiting(place, index, generation, value, changes[begin:end])
            for place, (index, generation, value, begin, end) in enumerate(
                zip(indices, generations, stored, borders[:-1].tolist(), borders[1:].tolist(), strict=True)
            )
        ]
        for _ in range(_RACES):
            waiting = await self._round(waiting, done)
            if not waiting:
                return [amended for amended in done if amended is not None]
        raise StoreError("records kept changing under an amendment; it is safe to run it again")

    async def _round(self, waiting: list[_Waiting], done: list[Amended | None]) -> list[_Waiting]:
        """One read, one write; whoever was overtaken."""
        opened = await self._opened(waiting, done)
        swaps = []
        for one, body in zip(opened, _bodies(opened), strict=True):
            if body is None:
                done[one.of.place] = Amended(Outcome.UNREADABLE, 0)
                continue
            value = sealed_body(one.of.index, one.key, body, one.last, self._entropy(NONCE_BYTES))
            swaps.append((one, Swap(one.of.index, expectation(one.of.stored), value)))
        # Left before the write, so that no kill loses it, and after it, since it may have been looked at in between.
        told = [
            (one.of.index, one.of.generation) for one, _ in swaps if one.key.notices and _counts_newly(one)
        ]
        await self._mark(told, written=False)
        overtaken, first = [], []
        answers = await self._data.swap([swap for _, swap in swaps])
        for (one, _), now in zip(swaps, answers, strict=True):
            if now is None:
                done[one.of.place] = Amended(Outcome.WRITTEN, one.last)
                if not one.of.stored:
                    first.append(one.of)
            else:
                one.of.stored = now
                overtaken.append(one.of)
        await self._mark(told, written=True)
        await self._unless_erased(first, done)
        return overtaken

    async def _mark(self, lives: Sequence[tuple[bytes, int]], *, written: bool) -> None:
        """Word for those who want to be told of new regions; it says that there is one, not which."""
        if self._marks is not None:
            for index, generation in lives:
                await self._marks.leave(index, generation, written=written)

    async def _unless_erased(self, first: list[_Waiting], done: list[Amended | None]) -> None:
        """Where nothing was to be replaced, nothing told that it had been erased: a subscription that is none any more."""
        if not first:
            return
        lives = await self._keys.activations([one.index for one in first])
        gone = [one for one, life in zip(first, lives, strict=True) if life is None]
        await self._data.delete([one.index for one in gone])
        for one in gone:
            done[one.place] = Amended(Outcome.UNKNOWN, 0)

    async def _opened(self, waiting: list[_Waiting], done: list[Amended | None]) -> list[_Opened]:
        """Those with something new to write; of the others what became of them."""
        found = []
        for one, (opening, current) in zip(waiting, await self._opening_keys(waiting), strict=True):
            if opening is None or current is None:
                done[one.place] = Amended(Outcome.UNKNOWN, 0)
                continue
            if current.generation != one.generation:
                done[one.place] = Amended(Outcome.FORMER, 0)
                continue
            try:
                body, ordinal = opened_body(one.index, opening, one.stored)
            except (SealError, RecordError):
                done[one.place] = Amended(Outcome.UNREADABLE, 0)
                continue
            new = _new(one.changes, ordinal)
            if len(new):
                found.append(_Opened(one, current, body, new, int(new[-1]["ordinal"]) or ORDINALS))
            else:
                done[one.place] = Amended(Outcome.REPLAYED, ordinal)
        return found

    async def _opening_keys(
        self, waiting: list[_Waiting]
    ) -> list[tuple[ItineraryKey | None, ItineraryKey | None]]:
        """The key that opens each record, and the one that seals it anew (today's epoch)."""
        current = await self._keys.derive_itinerary_for_amend([Want(one.index, None) for one in waiting])
        opening = list(current)
        older = [
            (place, epoch)
            for place, (one, key) in enumerate(zip(waiting, current, strict=True))
            if key is not None and (epoch := _epoch(one.stored)) not in {None, key.epoch}
        ]
        wants = [Want(waiting[place].index, epoch) for place, epoch in older]
        for (place, _), key in zip(
            older, await self._keys.derive_itinerary_for_amend(wants) if wants else [], strict=True
        ):
            opening[place] = key
        return list(zip(opening, current, strict=True))


def _new(changes: NDArray[np.void], ordinal: int) -> NDArray[np.void]:
    """The changes that a record has not seen; their ordinals ascend, so that they are the last ones."""
    if not ordinal:
        return changes
    ahead = (changes["ordinal"].astype(np.int64) - ordinal) % ORDINALS
    return changes[(ahead > 0) & (ahead < ORDINALS // 2)]


def _bodies(opened: list[_Opened]) -> list[bytes | None]:
    """What each record says now; None for one that does not say an itinerary."""
    if not opened:
        return []
    borders = np.cumsum([0, *(len(one.new) for one in opened)])
    changes = np.frombuffer(bytearray().join([one.new.tobytes() for one in opened]), CHANGE)
    bodies = amended_bodies([one.body for one in opened], changes, borders)
    return [_plainly(one) if body is None else body for one, body in zip(opened, bodies, strict=True)]


def _plainly(one: _Opened) -> bytes | None:
    """The slow way, for what is not plain."""
    try:
        itinerary = decode_itinerary(one.body) if one.body else Itinerary()
    except RecordError:
        return None
    return encode_itinerary(amended(itinerary, [_change(fields) for fields in one.new.tolist()]))


def _change(fields: Sequence[int]) -> Change:
    _, ordinal, kind, certain, region, start, last = fields
    return Change(ordinal, ChangeKind(kind), bool(certain), region, start, last)


def _counts_newly(one: _Opened) -> bool:
    """Whether a change is about a region that the record has not had in the last days."""
    try:
        known = decode_itinerary(one.body) if one.body else Itinerary()
    except RecordError:
        return False
    newest = max(int(last) for last in one.new["last"])
    had = {stay.region for stay in known.stays if newest - stay.end < _WINDOW and not stay.struck_on}
    return any(
        kind != ChangeKind.SEEN and certain and region not in had
        for _, _, kind, certain, region, _, _ in one.new.tolist()
    )


def _epoch(stored: bytes | None) -> int | None:
    """A record whose header cannot be read gets today's key, and fails to open like any altered one."""
    try:
        return epoch_of(stored)
    except RecordError:
        return None
