"""The verifier's side of a live challenge: opened, watched, and the answer taken once.

Rule 1: who may open one, and what the page is told of it, is decided here.
Rule 2: it sends no SMS and knows no number but its last four digits; the holder's side is `flows.showing`.

    (1) who opens too many waits  (2) a registered verifier has its secret  (3) six digits that nobody else has now  (4) the box for the link
    then the store is looked at four times a second, until the outcome is there or the time is over
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from service.domain.cards import Check
from service.domain.challenge import State
from service.domain.check_codes import PhoneLastFour
from service.domain.pacing import Pace
from service.domain.questions import Question, Request, Shown, described
from service.flows.known_verifiers import known_verifier
from service.ports.challenges import Challenges
from service.ports.checks import Throttle
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.ports.verifiers import Verifiers
from service.records.challenge_record import encode_shown
from service.records.key_record import RecordError
from service.sealing.envelope import KEY_BYTES
from service.sealing.requesters import place_of_digits, requester_for
from service.vault.challenges import ChallengeSealer

__all__ = [
    "Asking",
    "Challenge",
    "Challenging",
    "Ended",
    "Green",
    "NotRegistered",
    "OpenedChallenge",
    "Refused",
]

_DRAWS = 8
"""Times that six digits are drawn until nobody has them; with ten thousand challenges alive a second draw is rare."""

_IDENT = 8
_MICRO = 1_000_000
LOOK_SECONDS = 0.25
"""Between two looks: green within a second of the holder's word."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a verifier asks. Whoever gives a code has to have its secret, and asks in its name."""

    requester: bytes = field(repr=False)
    question: Question = field(repr=False)
    last_four: PhoneLastFour = field(repr=False)
    name: str
    asker: str = ""  # a registered verifier's code, as it was typed
    secret: str = field(default="", repr=False)
    standing: bool = False  # for some days, once a day; only a registered verifier's yes-or-no question


@dataclass(frozen=True, slots=True)
class OpenedChallenge:
    """An open one: what the page shows, and what opens the answer."""

    digits: str = field(repr=False)
    pair: str
    name: str
    registered: bool
    question: Question = field(repr=False)
    place: bytes = field(repr=False)
    ident: bytes
    answer_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Green:
    """The answer, and the signed receipt that it was given; empty where none could be signed."""

    shown: Shown
    receipt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """None could be opened. `seconds`: how long to wait where it is the requester's pace, else 0: the fault is ours."""

    seconds: int


@dataclass(frozen=True, slots=True)
class NotRegistered:
    """Code and secret do not belong together, or not any more."""


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over and nothing is shown: refused, failed, spent; None: its time is over."""

    state: State | None


@dataclass(frozen=True, slots=True)
class Challenging:
    """What the flow needs of the outside; `wiring` fills it. `draw` gives so many random digits."""

    challenges: Challenges
    throttle: Throttle
    verifiers: Verifiers
    sealer: ChallengeSealer
    pace: Pace
    key: bytes = field(repr=False)
    entropy: Callable[[int], bytes]
    draw: Callable[[int], str]
    receipt: Callable[[Check, bytes], Awaitable[str]]
    tally: Tally
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Challenge:
    """Opens challenges and tells what becomes of them; many at once."""

    def __init__(self, challenging: Challenging) -> None:
        self._use = challenging

    async def open(self, asking: Asking) -> OpenedChallenge | Refused | NotRegistered:
        """A new challenge. Never raises for what a store or the keys role does."""
        use = self._use
        try:
            # (1) Whoever it is about costs and learns nothing of it.
            requester = requester_for(use.key, b"challenge", asking.requester)
            if wait := await use.throttle.take(requester, use.pace):
                use.tally.count("challenge", "requester_waits")
                return Refused(-(-wait // _MICRO))
            # (2) In whose name.
            name, asker = asking.name, ""
            if asking.asker:
                verifier = await known_verifier(use.verifiers, use.key, asking.asker, asking.secret)
                if verifier is None:
                    use.tally.count("challenge", "not_registered")
                    return NotRegistered()
                name, asker = verifier.name, verifier.code
            # (3) and (4).
            for _ in range(_DRAWS):
                opened = await self._opened(asking, name, asker)
                if opened is not None:
                    use.tally.count("challenge", "opened")
                    return opened
        except (StoreError, KeysError, RecordError):
            use.tally.count("challenge", "unavailable")
        return Refused(0)

    async def watch(self, opened: OpenedChallenge) -> AsyncIterator[State | Green | Ended]:
        """ASKED once a handset is bound, then the outcome, with which it ends. Raises StoreError."""
        use, asked = self._use, False
        while True:
            found = await use.challenges.read(opened.place)
            state = found.state if found is not None and found.ident == opened.ident else None
            if state is State.SHOWN:
                yield await self._taken(opened)
                return
            if state not in {State.OPENED, State.ASKED, State.AGREED}:
                use.tally.count(
                    "challenge", "told_" + (state.name.lower() if state is not None else "expired")
                )
                yield Ended(state)
                return
            if state is not State.OPENED and not asked:
                asked = True
                yield State.ASKED
            await use.sleep(LOOK_SECONDS)

    async def leave(self, opened: OpenedChallenge) -> None:
        """The page has gone: nothing is shown to nobody."""
        try:
            await self._use.challenges.leave(opened.place, opened.ident)
        except StoreError:
            self._use.tally.count("challenge", "not_left")  # it is over in minutes by itself

    async def _opened(self, asking: Asking, name: str, asker: str) -> OpenedChallenge | None:
        use = self._use
        digits, pair = use.draw(6), use.draw(2)
        place, ident = place_of_digits(use.key, digits), use.entropy(_IDENT)
        opened = OpenedChallenge(
            digits, pair, name, bool(asker), asking.question, place, ident, use.entropy(KEY_BYTES)
        )
        request = Request(
            asking.question,
            asking.last_four.digits,
            name,
            asker,
            asking.requester,
            pair,
            opened.answer_key,
            asking.standing,
        )
        box = await use.sealer.box(place, ident, request)
        return opened if await use.challenges.open(place, ident, box) else None

    async def _taken(self, opened: OpenedChallenge) -> Green | Ended:
        sealed = await self._use.challenges.take(opened.place, opened.ident)
        shown = None
        if sealed is not None:
            shown = self._use.sealer.answer(opened.place, opened.ident, opened.answer_key, sealed)
        if shown is None:
            return Ended(State.FAILED)
        return Green(shown, await self._receipt(opened, shown))

    async def _receipt(self, opened: OpenedChallenge, shown: Shown) -> str:
        """No region and no number in it; an answer without one is still an answer."""
        check = Check(opened.name, opened.registered, described(opened.question), shown.at, shown.entry)
        try:
            return await self._use.receipt(check, encode_shown(shown))
        except KeysError:
            self._use.tally.count("challenge", "no_receipt")
            return ""
