"""What is remembered of a conversation with one number.

Rule 1: which of it still holds at a given time is decided here.
Rule 2: this file knows nothing of what may follow what.
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from service.domain.challenge import Pending
from service.domain.disputes import Draft
from service.domain.held_codes import HeldCodes
from service.domain.intents import Purpose
from service.domain.lapses import Lapsed
from service.domain.limits import DIALOGUE_SECONDS, DISPUTE_SECONDS, MEMORY_SECONDS, Answers, Guesses

__all__ = ["Conversation", "Last", "Phase"]


class Phase(Enum):
    """What we wait for."""

    IDLE = "idle"
    ASKED = "asked"
    SIM_ASKED = "sim_asked"


@dataclass(frozen=True, slots=True)
class Last:
    """The last answer: its window and its moment, and which life of the number it was about. Not what it said."""

    days: int
    at: int
    generation: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that is remembered of a conversation with one number. Times are unix seconds."""

    phase: Phase = Phase.IDLE
    language: str | None = None
    purpose: Purpose = Purpose.PLACES
    days: int = 0
    case: str = ""
    notice: str = ""  # the SHA-256, in hex, of the challenge that was sent; what is agreed to are its words
    expires_at: int = 0
    tries: int = 0
    sim_code: str = field(default="", repr=False)
    by_sim: bool = False  # this dialogue has proved the SIM
    sim_until: int = 0  # until then every lookup begins with the SIM's digits
    sim_paused_until: int = (
        0  # until then no new ones are texted: whoever forges a sender guesses three in ten minutes
    )
    guesses: Guesses = Guesses()  # at the digits that lock and unlock
    locked_until: int = (
        0  # the owner's lock, as far as it was set here: until then erasing begins with the SIM's digits
    )
    stopped: bool = False
    answered_at: int = 0
    answers: Answers = Answers()
    last: Last | None = None
    explained_at: int = 0
    noticed: str = ""  # the last notice of another role that has been sent
    drafts: tuple[
        Draft, ...
    ] = ()  # the regions of the last explanation, sealed, in the order of their numbers
    held: HeldCodes = HeldCodes()
    pending: Pending | None = None  # a verifier's question that waits for yes or no
    forwarded: str | None = field(default=None, repr=False)  # the beginning of a reply that comes in parts
    forwarded_at: int = 0
    lapsed: Lapsed | None = None  # the last request that nobody proved
    echo: bytes = field(default=b"", repr=False)  # keyed digest of the last text
    echo_at: int = 0

    def waits(self, now: int) -> bool:
        """Whether a prompt waits for its answer."""
        return self.phase is not Phase.IDLE and now < self.expires_at

    def asked(self, now: int) -> Pending | None:
        """The verifier's question that waits for its answer now."""
        return self.pending if self.pending is not None and now < self.pending.until else None

    def unanswered(self, now: int) -> Pending | None:
        """The verifier's question that nobody answered in time, as long as it is remembered."""
        return self.pending if self.pending is not None and now >= self.pending.until else None

    def under_force(self, now: int) -> "Conversation":
        """What is left where its owner is being forced: no code lives, and no verifier is answered."""
        return replace(self, held=self.held.without(self.held.live(now)), pending=None)

    def explains(self, now: int) -> Last | None:
        """The answer that would be explained now; None: none is remembered."""
        return self.last if self.last is not None and now - self.last.at < MEMORY_SECONDS else None

    def part(self, now: int) -> str | None:
        """The beginning of a forwarded reply whose rest is waited for; None: none is."""
        return self.forwarded if now - self.forwarded_at < DIALOGUE_SECONDS else None

    def draft(self, number: int, now: int) -> Draft | None:
        """What can be disputed now under this number."""
        fresh = now - self.explained_at < DISPUTE_SECONDS and number <= len(self.drafts)
        return self.drafts[number - 1] if fresh else None
