"""Live challenges in Redis or Valkey.

Rule 1: this file alone says under which keys they lie.
Rule 2: values are opaque, and a key names nobody: a place is a keyed hash of six digits.

    l:{<place>}   hash   s state, d ident, q box sealed for the link, b who is bound (a keyed hash), r answer sealed for the page
"""

from service.adapters.redis_server import RedisServer
from service.domain.challenge import MOVES, OPEN_SECONDS, Moved, State, Step
from service.ports.challenges import FoundChallenge

__all__ = ["RedisChallenges"]


class RedisChallenges:
    """`Challenges` on one server."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def open(self, place: bytes, ident: bytes, box: bytes) -> bool:
        """See `ports.challenges.Challenges`."""
        opened = await self._server.run("open_challenge", [_key(place)], [ident, box, OPEN_SECONDS])
        return bool(opened)

    async def read(self, place: bytes) -> FoundChallenge | None:
        """See `ports.challenges.Challenges`."""
        state, ident, box = await self._server.call("HMGET", _key(place), "s", "d", "q")
        return None if state is None else FoundChallenge(State(state.decode()), ident, box)

    async def move(self, place: bytes, ident: bytes, binder: bytes, step: Step, answer: bytes = b"") -> Moved:
        """See `ports.challenges.Challenges`."""
        move = MOVES[step]
        sources = "".join(state.value for state in move.sources)
        arguments = [ident, binder, sources, move.target.value, move.seconds, answer]
        return Moved(int(await self._server.run("move_challenge", [_key(place)], arguments, kept=True)))

    async def take(self, place: bytes, ident: bytes) -> bytes | None:
        """See `ports.challenges.Challenges`."""
        answer: bytes | None = await self._server.run(
            "take_challenge", [_key(place)], [ident, State.SHOWN.value]
        )
        return answer

    async def leave(self, place: bytes, ident: bytes) -> None:
        """See `ports.challenges.Challenges`."""
        unanswered = State.OPENED.value + State.ASKED.value
        await self._server.run("leave_challenge", [_key(place)], [ident, unanswered])


def _key(place: bytes) -> str:
    return f"l:{{{place.hex()}}}"
