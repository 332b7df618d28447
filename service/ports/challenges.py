"""What the service asks of the store for live challenges. They live for minutes."""

from dataclasses import dataclass, field
from typing import Protocol

from service.domain.challenge import Moved, State, Step

__all__ = ["Challenges", "FoundChallenge"]


@dataclass(frozen=True, slots=True)
class FoundChallenge:
    """What lies at a place. `ident` tells one challenge from the next at the same place."""

    state: State
    ident: bytes
    box: bytes = field(repr=False)  # what is asked, sealed for the link role


class Challenges(Protocol):
    """Challenges by place, 16 bytes: a keyed hash of the six digits that the page shows.

    - `open` puts one there for `OPEN_SECONDS`, only where none lies; it answers whether it did.
    - `read` answers what lies there, None if nothing. It changes nothing.
    - `move` takes a step (`domain.challenge.MOVES`) of challenge `ident` as `binder`, in one atomic script: of racers
      with different binders exactly one binds, and only that one takes further steps. `answer` is kept with the step.
    - A step prolongs or ends the life as its move says; a step that is not done changes nothing.
    - `take` hands out the answer once and removes the challenge; None where there is none to hand out.
    - `leave` removes a challenge that nobody has agreed to yet.
    - Nothing stored tells a number, nor links two challenges of one.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def open(self, place: bytes, ident: bytes, box: bytes) -> bool: ...
    async def read(self, place: bytes) -> FoundChallenge | None: ...
    async def move(
        self, place: bytes, ident: bytes, binder: bytes, step: Step, answer: bytes = b""
    ) -> Moved: ...
    async def take(self, place: bytes, ident: bytes) -> bytes | None: ...
    async def leave(self, place: bytes, ident: bytes) -> None: ...
