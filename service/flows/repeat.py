"""A registered verifier asks again, within a standing consent.

Rule 1: who may ask again, and how often he may try, is decided here.
Rule 2: it knows no number and opens no record: the link role judges the consent.

    (1) who asks too often waits  (2) a registered verifier has its secret  (3) the link answers  (4) the receipt
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from service.domain.cards import Check
from service.domain.pacing import Pace
from service.domain.questions import Predicate, Shown
from service.domain.recipients import recipient
from service.domain.verifiers import Verifier
from service.flows.challenge import NotRegistered, Refused
from service.flows.known_verifiers import known_verifier
from service.ports.checks import Throttle
from service.ports.keys import KeysError
from service.ports.standing_answers import Ended, NotNow, Repeated, StandingAnswers, UsedToday
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.ports.verifiers import Verifiers
from service.records.challenge_record import encode_shown
from service.records.key_record import RecordError
from service.sealing.requesters import requester_for

__all__ = ["AnsweredAgain", "AskingAgain", "Repeat", "RepeatAnswer", "Repeating"]

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class AskingAgain:
    """What is typed; `requester` is a keyed hash of who asks."""

    requester: bytes = field(repr=False)
    code: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnsweredAgain:
    """The answer, what it answers, who asked, and the signed receipt; empty where none could be signed."""

    shown: Shown = field(repr=False)
    question: Predicate
    name: str
    receipt: str = field(repr=False)


RepeatAnswer = AnsweredAgain | UsedToday | Ended | NotNow | Refused | NotRegistered


@dataclass(frozen=True, slots=True)
class Repeating:
    """What the flow needs of the outside; `wiring` fills it."""

    throttle: Throttle
    verifiers: Verifiers
    answers: StandingAnswers
    pace: Pace
    key: bytes = field(repr=False)
    receipt: Callable[[Check, bytes], Awaitable[str]]
    tally: Tally


class Repeat:
    """Asks again; many at once."""

    def __init__(self, repeating: Repeating) -> None:
        self._use = repeating

    async def __call__(self, asking: AskingAgain) -> RepeatAnswer:
        """The answer. Never raises for what a store, the keys role or the link does."""
        use = self._use
        try:
            # (1).
            wait = await use.throttle.take(requester_for(use.key, b"again", asking.requester), use.pace)
            if wait:
                return Refused(-(-wait // _MICRO))
            # (2).
            verifier = await known_verifier(use.verifiers, use.key, asking.code, asking.secret)
            if verifier is None:
                use.tally.count("repeated", "not_registered")
                return NotRegistered()
        except (StoreError, KeysError, RecordError):
            return Refused(0)
        # (3) and (4).
        verdict = await use.answers.repeat(asking.token, recipient(verifier.name, verifier.code))
        return await self._answered(verdict, verifier) if isinstance(verdict, Repeated) else verdict

    async def _answered(self, verdict: Repeated, verifier: Verifier) -> AnsweredAgain:
        shown = verdict.shown
        check = Check(verifier.name, True, verdict.question, shown.at, shown.entry)
        try:
            receipt = await self._use.receipt(check, encode_shown(shown))
        except KeysError:
            self._use.tally.count("repeated", "no_receipt")
            receipt = ""
        return AnsweredAgain(shown, Predicate.read(verdict.question), verifier.name, receipt)
