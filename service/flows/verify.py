"""Somebody checks a reply that he was shown.

Rule 1: the order of a check's steps stands here.
Rule 2: it cannot tell who holds a reply, and an answer that is no confirmation never tells why.

    (1) who asks too often waits        (2) what was typed, as a code and four digits, or as what can be neither
    (3) where the record would lie      (4) the try is counted, whatever lies there
    (5) opened, or not                  (6) the holder's entry and notice, before anything is shown
    (7) counted as a check, answered

Unknown, mistyped, expired, withdrawn and wrong digits go the same way through (1) to (5) with the same work.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.domain.check_codes import CheckCode, CheckCodeError, PhoneLastFour
from service.domain.held_codes import GUESSES_TOLD, Channel
from service.domain.pacing import Pace
from service.domain.statement import Statement
from service.ports.check_keys import CheckClaim, CheckKeys
from service.ports.checks import CheckRecord, Checks, Throttle
from service.ports.holders import Holders
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
    """The reply is ours; `checks` counts this one in."""

    statement: Statement
    code: CheckCode
    checks: int


@dataclass(frozen=True, slots=True)
class NotConfirmed:
    """Everything else, in one answer."""


@dataclass(frozen=True, slots=True)
class TooOften:
    """Whoever asks has to wait so many seconds, whatever the code."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Store or keys failed, for every code alike."""


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
        self._telling: set[asyncio.Task[None]] = set()

    async def __call__(self, asked: Asked) -> Verdict:
        """The answer. Never raises for what a store or the keys role does."""
        try:
            verdict = await self._checked(asked)
        except (StoreError, KeysError):
            verdict = Unavailable()
        self._use.tally.count("checked", type(verdict).__name__.lower())
        return verdict

    async def drain(self) -> None:
        """Wait for the notices of wrong tries that are under way."""
        await asyncio.gather(*self._telling)

    async def _checked(self, asked: Asked) -> Verdict:
        use = self._use
        # (1) Who asks too often waits; no other reason ever makes anybody wait.
        wait = await use.throttle.take(asked.requester, use.paces[asked.channel])
        if wait:
            return TooOften(-(-wait // _MICRO))
        # (2) As a code and four digits, or as what can be neither.
        code, last_four = _read(asked)
        # (3) Where the record would lie.
        [place] = await use.keys.check_place([code])
        # (4) The try is counted before anybody knows whether it succeeds.
        record = await use.checks.attempt(place)
        # (5) Opened with both, or not.
        sealed = None if record is None else record.sealed
        [content] = await use.keys.check_open([CheckClaim(code, last_four, sealed)])
        if record is None or content is None:
            self._guessed(place, record)
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
        if not await use.holders.checked(place, record.handle, channel, int(use.clock())):
            return NotConfirmed()
        # (7) A code withdrawn a moment ago is withdrawn.
        checks = await use.checks.confirm(place)
        return Genuine(statement, code, checks) if checks else NotConfirmed()

    def _guessed(self, place: bytes, record: CheckRecord | None) -> None:
        """The fifth wrong try is told to the holder, beside the answer: the answer must not take longer for it."""
        if record is None or record.tries != GUESSES_TOLD:
            return
        telling = self._use.holders.guessed(place, record.handle, int(self._use.clock()))
        task = asyncio.get_running_loop().create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


def _read(asked: Asked) -> tuple[CheckCode, PhoneLastFour]:
    try:
        code = CheckCode.parse(asked.code)
    except CheckCodeError:
        code = _NO_CODE
    try:
        return code, PhoneLastFour.parse(asked.last_four)
    except CheckCodeError:
        return code, _NO_DIGITS
