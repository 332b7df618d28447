"""Many commands and their answers on one connection.

Rule 1: this file alone reads and writes the connections of a single server's pool; a failure of one command is its answer.
Rule 2: it chooses no server and repeats nothing: whoever asked may ask again.

    command, command, command -> one write -> three answers, all of them within one patience

The client's own pipeline looks at every command and starts a timer for every answer: half of what a command costs here.
"""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as LostError
from redis.exceptions import RedisError, ResponseError

from service.adapters.redis_lane import Command
from service.adapters.redis_reach import packed

__all__ = ["exchanged"]


async def exchanged(pool: ConnectionPool, commands: Sequence[Command], patience: float) -> list[Any]:
    """What each command is answered, within so many seconds in all. Raises nothing; an exception stands for a failure."""
    try:
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]
    except (RedisError, OSError) as error:
        return [error] * len(commands)
    answers: list[Any] = []
    try:
        async with asyncio.timeout(patience):
            await connection.send_packed_command(b"".join(map(packed, commands)))
            for _ in commands:
                answers.append(await _answer(connection))  # noqa: PERF401 - a lost connection leaves the answers before it
    except (RedisError, OSError) as error:
        await connection.disconnect(nowait=True)
        answers += [error] * (len(commands) - len(answers))
    except BaseException:
        await connection.disconnect(nowait=True)  # answers may still be on their way
        raise
    finally:
        await pool.release(connection)
    return answers


async def _answer(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response(timeout=math.inf)  # the patience is for all of them
    except LostError:  # as an answer, too: the server has no room for this connection, or loads its data
        raise
    except ResponseError as error:
        return error
