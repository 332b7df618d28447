"""One pipeline to one server of a cluster, and whether a replica has what it wrote.

Rule 1: this file alone reads and writes a connection of a cluster, and asks a master what its replicas have.
Rule 2: it chooses no server and repeats nothing; a failure is an answer.

    command, command, command [, WAIT 1] -> three answers
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as LostError

from service.adapters.redis_lane import Command
from service.adapters.redis_reach import packed

__all__ = ["Node", "UnkeptError", "UnsentError"]

_KEPT_WITHIN = 1000  # milliseconds that a replica gets to have a write


class UnsentError(RedisError):
    """Nobody was reached: the command was not carried out."""


@dataclass(eq=False)
class UnkeptError(RedisError):
    """It is done, but no replica of those that are connected has said that it has it."""

    answer: Any = field(repr=False)


class Node:
    """One server. `unreplicated` counts what was answered from its disk alone, since it had no replica."""

    def __init__(self, node: ClusterNode) -> None:
        self._node = node
        self._alone = False  # no replica was connected when it was last asked
        self.unreplicated = 0

    async def exchange(self, commands: Sequence[Command], *, kept: bool) -> list[Any]:
        """One pipeline. Raises nothing; a failure stands in the answers."""
        try:
            connection = self._node.acquire_connection()
        except RedisError:
            return [UnsentError("no connection is free")] * len(commands)
        try:
            return await self._exchanged(connection, commands, kept=kept)
        except BaseException:
            await connection.disconnect(nowait=True)  # answers may still be on their way
            raise
        finally:
            self._node.release(connection)

    async def _exchanged(
        self, connection: AbstractConnection, commands: Sequence[Command], *, kept: bool
    ) -> list[Any]:
        try:
            await self._node.disconnect_if_needed(connection)  # type: ignore[arg-type]
            await connection.connect()  # type: ignore[no-untyped-call]
        except AuthenticationError as error:
            return [error] * len(commands)
        except (RedisError, OSError):
            return [UnsentError("no server there")] * len(commands)
        asked: list[Command] = (
            [*commands, ("WAIT", 1, _KEPT_WITHIN)] if kept and not self._alone else [*commands]
        )
        answers = await self._asked(connection, asked)
        if not kept:
            return answers
        have = answers.pop() if len(answers) > len(commands) else 0
        if isinstance(have, int) and have < 1:
            have = await self._told(connection)
        if isinstance(have, Exception):  # lost, or made a replica itself while it waited
            return [one if isinstance(one, Exception) else LostError("fate unknown") for one in answers]
        if have < 1:
            return [one if isinstance(one, Exception) else UnkeptError(one) for one in answers]
        return answers

    async def _told(self, connection: AbstractConnection) -> Any:
        """Nobody said that they have it. 1 where nobody is there to say it, else what a second look answers."""
        [role] = await self._asked(connection, [("ROLE",)])
        if isinstance(role, Exception):
            return role
        if role[0] not in {b"master", "master"}:
            return LostError("this server is a replica now")
        was, self._alone = self._alone, not role[2]
        if self._alone:
            self.unreplicated += 1
            return 1
        if was:  # one has come back: from now on it is waited for, and for this, too
            [have] = await self._asked(connection, [("WAIT", 1, _KEPT_WITHIN)])
            return have
        return 0

    async def _asked(self, connection: AbstractConnection, commands: Sequence[Command]) -> list[Any]:
        try:
            await connection.send_packed_command([b"".join(map(packed, commands))])
        except (RedisError, OSError) as error:
            return [error] * len(commands)
        return [await self._answer(connection, command) for command in commands]

    async def _answer(self, connection: AbstractConnection, command: Command) -> Any:
        try:
            return await self._node.parse_response(connection, command[0])  # type: ignore[arg-type]
        except (RedisError, OSError) as error:
            return error
