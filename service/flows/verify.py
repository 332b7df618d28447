"""Somebody checks a reply that he was shown.

Rule 1: the order of a check's steps stands here.
Rule 2: it cannot tell who holds a reply, and an answer that is no confirmation never tells why.

    (1) what was typed, as a code and four digits, or as what can be neither    (2) where the record would lie
    (3) what lies there, while it is asked whether this requester has to wait   (4) whether a holder could be told at all
    (5) opened, or not                                                          (6) the holder's entry and notice, before anything is shown
    (7) counted as a check, answered

Unknown, mistyped, expired, withdrawn and wrong digits go the same way through (1) to (5) with the same work, and are
counted with the same work behind the answer: a count is for the holder to be told, nothing is limited by it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field

from service.domain.check_codes import CheckCode, CheckCodeError, PhoneLastFour
from service.domain.held_codes import GUESSES_TOLD, Channel
from service.domain.pacing import Pace
from service.domain.statement import Statement
from service.ports.check_keys import CheckClaim, CheckKeys
from service.ports.checks import CheckRecord, Checks, Throttle
from service.ports.holders import Holders, LinkError
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.records.check_record import CheckRecordError, decode_statement

__all__ = ["Asked", "Genuine", "NotConfirmed", "TooOften", "Unavailable", "Verdict", "Verify", "Verifying"]

_NO_CODE = CheckCode("-" * 10)
_NO_DIGITS = PhoneLastFour("-" * 4)
"""What can't be a code or four digits is looked up as these: nothing was ever sealed for them."""

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as it was typed. `requester` is a keyed hash of who asks."""

    requester: bytes = field(repr=False)
    code: str = field(repr=False)
    last_four: str = field(repr=False)
    channel: Channel = Channel.WEB


@dataclass(frozen=True, slots=True)
class Genuine:
    """The reply is ours; `checks` counts this one in. `entry`: the place in the log of this check's entry."""

    statement: Statement
    code: CheckCode
    checks: int
    at: int
    entry: int


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """Everything else, in one answer."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """Whoever asks has to wait so many seconds, whatever the code."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Store, keys or link failed, for every code alike."""


Verdict = Genuine | NotConfirmed | TooOften | Unavailable


@dataclass(frozen=True, slots=True)
class Verifying:
    """What the flow needs of the outside; `wiring` fills it."""

    checks: Checks
    throttle: Throttle
    keys: CheckKeys
    holders: Holders
    paces: Mapping[Channel, Pace]
    tally: Tally
    clock: Callable[[], float]


class Verify:
    """Checks replies; many at once."""

    def __init__(self, verifying: Verifying) -> None:
        self._use = verifying
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Verdict:
        """The answer. Never raises for what a store, the keys role or the link does."""
        try:
            verdict = await self._checked(asked)
        except (StoreError, KeysError, LinkError):
            verdict = Unavailable()
        self._use.tally.count("checked", type(verdict).__name__.lower())
        return verdict

    async def drain(self) -> None:
        """Wait for the counts and notices of failed tries that are under way."""
        await asyncio.gather(*self._under_way)

    async def _checked(self, asked: Asked) -> Verdict:
        use = self._use
        # (1) As a code and four digits, or as what can be neither.
        code, last_four = _read(asked)
        # (2) Where the record would lie.
        [place] = await use.keys.check_place([code])
        # (3) Who asks too often waits; nothing else ever makes anybody wait. Reading leaves no trace of who has to.
        wait, record = await asyncio.gather(
            use.throttle.take(asked.requester, use.paces[asked.channel]), use.checks.read(place)
        )
        if wait:
            return TooOften(-(-wait // _MICRO))
        # (4) Where the holder's side is away nothing is confirmed, and that is said of every code alike.
        if not await use.holders.takes_checks():
            return Unavailable()
        # (5) Opened with both, or not.
        sealed = None if record is None else record.sealed
        [content] = await use.keys.check_open([CheckClaim(code, last_four, sealed)])
        if record is None or content is None:
            self._behind(self._missed(place, record))
            return NotConfirmed()
        return await self._shown(asked.channel, code, place, record, content)

    async def _shown(
        self, channel: Channel, code: CheckCode, place: bytes, record: CheckRecord, content: bytes
    ) -> Verdict:
        use = self._use
        try:
            statement = decode_statement(content)
        except CheckRecordError:
            return NotConfirmed()
        # (6) The holder's entry and notice come first.
        now = int(use.clock())
        entry = await use.holders.checked(place, record.handle, channel, now)
        if entry is None:
            return NotConfirmed()
        # (7) A code withdrawn a moment ago is withdrawn.
        checks = await use.checks.confirm(place)
        return Genuine(statement, code, checks, now, entry) if checks else NotConfirmed()

    async def _missed(self, place: bytes, record: CheckRecord | None) -> None:
        """Count a failed try; the fifth of a live code is told to its holder, once."""
        try:
            tries = await self._use.checks.missed(place)
        except StoreError:
            self._use.tally.count("checked", "uncounted")
            return
        if record is not None and tries == GUESSES_TOLD:
            await self._use.holders.guessed(place, record.handle, int(self._use.clock()))

    def _behind(self, work: Coroutine[None, None, None]) -> None:
        """Do this beside the answer, which must not take longer for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)


def _read(asked: Asked) -> tuple[CheckCode, PhoneLastFour]:
    try:
        code = CheckCode.parse(asked.code)
    except CheckCodeError:
        code = _NO_CODE
    try:
        return code, PhoneLastFour.parse(asked.last_four)
    except CheckCodeError:
        return code, _NO_DIGITS
