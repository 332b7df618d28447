"""How often: tries of a dialogue, answers to a machine, echoes of the wire.

Rule 1: every number that bounds a conversation stands in this file, with its reason.
Rule 2: it counts values that it is given; it keeps nothing and has no clock.
"""

from dataclasses import dataclass

__all__ = [
    "DIALOGUE_SECONDS",
    "DISPUTE_SECONDS",
    "ECHO_SECONDS",
    "LOCK_SECONDS",
    "MEMORY_SECONDS",
    "SIM_SECONDS",
    "TRIES",
    "Answers",
    "Guesses",
]

TRIES = 3
"""Wrong proofs a dialogue takes; the third ends it."""

DIALOGUE_SECONDS = 600
"""Life of a challenge, and so of the grant that its answer gives."""

SIM_SECONDS = 86_400
"""How long lookups begin with digits texted to the SIM, once the open way's tries are used up."""

ECHO_SECONDS = 30
"""The same text again within this time is the wire's doing (a lost acknowledgement), not the subscriber's."""

LOCK_SECONDS = 86_400
"""How long a lock holds; whoever still needs it then locks again."""

MEMORY_SECONDS = 86_400
"""How long a conversation is remembered after its last message."""

DISPUTE_SECONDS = 600
"""How long the regions of an explanation can be disputed by their numbers."""

_GUESS_SECONDS = 3600
_UNASKED = 2
_UNASKED_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers that moved nothing on: help, a repeated challenge, "not understood".

    Two of them within ten minutes are a person; more is a machine that answers a machine, and gets silence.
    """

    count: int = 0
    since: int = 0

    def another(self, now: int) -> "Answers | None":
        """The count after one more answer, or None where there must not be one."""
        if now - self.since >= _UNASKED_SECONDS:
            return Answers(1, now)
        return Answers(self.count + 1, self.since) if self.count < _UNASKED else None


@dataclass(frozen=True, slots=True)
class Guesses:
    """Wrong guesses at the digits that lock and unlock, whichever prompt they were for.

    Three an hour: whoever forges a sender for a whole day hits the digits once in 140 such days.
    """

    count: int = 0
    since: int = 0

    def another(self, now: int) -> "Guesses":
        """The count after one more."""
        if now - self.since >= _GUESS_SECONDS:
            return Guesses(1, now)
        return Guesses(self.count + 1, self.since)

    def spent(self, now: int) -> bool:
        """Whether no more are taken now."""
        return self.count >= TRIES and now - self.since < _GUESS_SECONDS
