"""One store, a Redis or Valkey server or a cluster of them, and the scripts that run in it.

Rule 1: this file alone turns the client library's errors into StoreError without any value.
Rule 2: it knows no key and no record, but that keys of one call share a hash tag: on a cluster they lie in one slot.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path
from typing import Any, cast

from redis.exceptions import NoScriptError, RedisError

from service.adapters.redis_cluster import SCHEMES, Cluster
from service.adapters.redis_lane import Command
from service.adapters.redis_reach import Reach
from service.adapters.redis_single import SingleServer
from service.ports.store import StoreError

__all__ = ["ONCE", "REPEATS_SHOW", "RedisServer"]

_SCRIPTS = Path(__file__).parent / "lua"
_PIPELINES = 4
_ROWS = 512  # rows of one script call: long enough to be quick, short enough not to hold up others

ONCE = frozenset({"refund", "swap_field", "take_challenge"})
"""Scripts that would mean something else if they ran twice. Every other one answers the second time as it did the first
(the contracts are held by a server that runs everything twice), but for those that `REPEATS_SHOW` names."""

REPEATS_SHOW = {
    "charge": "a try counts twice: whoever sent the text again would have been charged again, too",
    "confirm_check": "the same of a check",
    "missed_check": "the same of a failed one",
    "pace": "the same of a requester's pace",
    "beat": "a heart has beaten twice: it lives",
    "swap": "it lost a race against itself; its caller reads and tries again, as after any other",
    "move_challenge": "it says that the step was made before, by the same binder",
}
"""What a script that ran twice, since nobody knew whether it had run, looks like."""

_ONCE_COMMANDS = frozenset({"GETDEL"})


class _UnknownScriptError(StoreError):
    """The server has not seen this script since it started."""


class RedisServer:
    """A few ways to call. `kept`: whatever it writes is on a replica, too, before it is answered, where there is one."""

    def __init__(self, url: str, pipelines: int = _PIPELINES, ca_file: Path | None = None) -> None:
        """`ca_file`: who may vouch for rediss:// and clusters:// servers; the system's authorities by default."""
        made = Cluster if url.startswith(SCHEMES) else SingleServer
        self._reach: Reach = made(url, pipelines, ca_file)
        self._scripts: dict[str, tuple[str, str]] = {}
        self.failures = 0  # commands that got no answer, or an error

    @property
    def unreplicated(self) -> int:
        """Writes that were answered without a replica, since there was none."""
        return self._reach.unreplicated

    async def call(self, *command: Any) -> Any:
        """One command; where it has several keys, they share a hash tag."""
        return await self._asked(command, kept=False, repeatable=command[0] not in _ONCE_COMMANDS)

    async def keep(self, *command: Any) -> Any:
        """The same of a command that writes what must be kept."""
        return await self._asked(command, kept=True, repeatable=True)

    async def run(
        self, script: str, keys: Sequence[str], arguments: Sequence[Any], *, kept: bool = False
    ) -> Any:
        """One script of the folder `lua`; all keys of a call share a hash tag."""
        if script not in self._scripts:
            text = (_SCRIPTS / f"{script}.lua").read_text(encoding="utf-8")
            digest = sha1(text.encode(), usedforsecurity=False).hexdigest()  # as the server names a script
            self._scripts[script] = digest, text
        digest, text = self._scripts[script]
        rest, again = (len(keys), *keys, *arguments), script not in ONCE
        try:
            return await self._asked(("EVALSHA", digest, *rest), kept=kept, repeatable=again)
        except _UnknownScriptError:
            return await self._asked(("EVAL", text, *rest), kept=kept, repeatable=again)

    async def rows(
        self, script: str, rows: Sequence[tuple[str, Command]], *, kept: bool = False
    ) -> list[Any]:
        """A script that does the same for each row by itself: its key, its arguments; the answers in that order."""
        found: list[Any] = [None] * len(rows)

        async def together(places: Sequence[int]) -> None:
            for begin in range(0, len(places), _ROWS):
                some = places[begin : begin + _ROWS]
                arguments = [part for place in some for part in rows[place][1]]
                answers = await self.run(script, [rows[place][0] for place in some], arguments, kept=kept)
                for place, answer in zip(some, answers, strict=True):
                    found[place] = answer

        groups = self._reach.together([key for key, _ in rows])
        if len(groups) == 1:
            await together(groups[0])
        else:
            await asyncio.gather(*map(together, groups))
        return found

    async def all_of(self, keys: Sequence[str]) -> list[dict[bytes, bytes]]:
        """Several whole hashes at once."""
        return cast(
            "list[dict[bytes, bytes]]", await asyncio.gather(*(self.call("HGETALL", key) for key in keys))
        )

    async def keys(self, pattern: str) -> AsyncIterator[bytes]:
        """Every key of a pattern, some of them perhaps twice."""
        with self._translated():
            async for key in self._reach.keys(pattern):
                yield key

    async def alive(self) -> None:
        """Raises StoreError unless all of the store answers."""
        with self._translated():
            await self._reach.alive()

    async def followed(self) -> str:
        """Why a replica may lack what has been written; "" where every one has all of it."""
        with self._translated():
            return await self._reach.followed()

    async def faults(self) -> list[str]:
        """What has to be configured otherwise before this store may hold records; a line each."""
        with self._translated():
            return await self._reach.faults()

    async def close(self) -> None:
        """Close all connections."""
        await self._reach.close()

    async def _asked(self, command: Command, *, kept: bool, repeatable: bool) -> Any:
        try:
            return await self._reach.ask(command, kept=kept, repeatable=repeatable)
        except NoScriptError:
            raise _UnknownScriptError("the store does not know this script yet") from None
        except (RedisError, OSError) as error:
            self.failures += 1
            raise StoreError(f"the store did not answer ({type(error).__name__})") from None

    @contextmanager
    def _translated(self):  # type: ignore[no-untyped-def]  # noqa: ANN202
        try:
            yield
        except (RedisError, OSError) as error:
            self.failures += 1
            raise StoreError(f"the store does not answer ({type(error).__name__})") from None
