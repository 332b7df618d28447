"""What the service asks of the store for check records, and how it slows down who asks too often."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.domain.pacing import Pace

__all__ = ["CheckRecord", "Checks", "Throttle"]


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """What lies at a place: both parts sealed, neither for the other's reader."""

    sealed: bytes = field(repr=False)  # the reply's content, for whoever has the code and the last four
    handle: bytes = field(repr=False)  # who holds it, for the link role


class Checks(Protocol):
    """Check records by their place, 16 bytes that only the keys role can make from a code.

    - `put` stores a record for `seconds`; afterwards it is as if it had never been.
    - `read` answers what lies at a place, None if nothing.
    - `missed` counts a try that failed and answers how many have, this one included; 0 where nothing lies, with the
      same work. Concurrent ones never answer the same count.
    - `confirm` counts a check that succeeded and answers how many have, this one included; 0 where the record has
      gone meanwhile, and then nothing is left behind.
    - `withdraw` removes records, once for all: the next `read` and a `confirm` under way find nothing.
      What is absent is no error.
    - `withdrawn` answers the marks (`domain.cards`) of what was withdrawn, for as long as each would have lived: a record
      that is seen to be gone by its withdrawal is in that list already.
    - `name` lets a card's id (16 bytes, `domain.cards`) lead to the record at `place` for `seconds`; `named` answers that place,
      None for a card that nobody named, whose time is over or whose record was withdrawn.
    - Nothing stored links two places to each other or to a holder.
    - An acknowledged write survives a kill of the client and of the server.
    - Every failure of the technology is a StoreError without any value in its text.
    """

    async def put(self, place: bytes, sealed: bytes, handle: bytes, seconds: int) -> None: ...
    async def read(self, place: bytes) -> CheckRecord | None: ...
    async def missed(self, place: bytes) -> int: ...
    async def confirm(self, place: bytes) -> int: ...
    async def withdraw(self, places: Sequence[bytes]) -> None: ...
    async def withdrawn(self) -> list[bytes]: ...
    async def name(self, card: bytes, place: bytes, seconds: int) -> None: ...
    async def named(self, card: bytes) -> bytes | None: ...


class Throttle(Protocol):
    """A pace for each requester (`domain.pacing`), by the store's own clock.

    - `take` asks for one more request of `requester` (16 bytes, a keyed hash) and answers for how many microseconds
      it has to wait; 0: it is allowed, and counted.
    - Concurrent requests are counted each; requesters don't disturb each other.
    - Who has been quiet for long enough is forgotten.
    """

    async def take(self, requester: bytes, pace: Pace) -> int: ...
