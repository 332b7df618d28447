"""What a check asks of the link role about the holder of a reply. In production this is a socket between two roles."""

from typing import Protocol

from service.domain.held_codes import Channel

__all__ = ["Holders", "LinkError"]


class LinkError(Exception):
    """The link role cannot be asked just now; whether it had done anything is not known."""


class Holders(Protocol):
    """The holder's side of a check.

    - `takes_checks`: whether an entry and a notice could be made now, as far as is known, of whatever code. Asked first, so
      that nobody learns by a failure which codes are genuine. It never fails.
    - `checked` writes the entry of kind check under the holder's own log key, and queues the notice; only when both
      are safe does it answer the entry's place in the log. On None nothing may be shown. Raises LinkError, StoreError.
    - `guessed` queues the notice of wrong tries, once for a code; it never fails and tells the caller nothing.
    - `handle` is the sealed form that lies beside the record; another place's, or an altered one, is nobody's: None.
    """

    async def takes_checks(self) -> bool: ...
    async def checked(self, place: bytes, handle: bytes, channel: Channel, now: int) -> int | None: ...
    async def guessed(self, place: bytes, handle: bytes, now: int) -> None: ...
