"""Commands on their way to one server: whoever comes while pipelines are under way shares the next.

Rule 1: which commands travel together is decided here.
Rule 2: it knows no connection and no command; an exchange is given to it.

    ask, ask, ask -> one exchange -> three answers

Most of what a command costs is its own write, wake-up and bookkeeping; commands of many lookups share them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Command", "Lane"]

Command = tuple[Any, ...]
_PIPELINES = 4  # under way at once; more would only make them shorter
_AT_ONCE = 256  # commands of one pipeline


@dataclass(frozen=True, slots=True)
class _Asked:
    """A command that waits for its answer."""

    command: Command = field(repr=False)
    answer: asyncio.Future[Any]

    def settle(self, answer: Any) -> None:
        """Hand the answer, or the failure, to whoever waits; nobody does after a cancellation."""
        if self.answer.done():
            return
        if isinstance(answer, Exception):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Lane:
    """One way to one server. `exchange` answers every command, with an exception where it failed, and raises nothing."""

    def __init__(
        self, exchange: Callable[[Sequence[Command]], Awaitable[list[Any]]], pipelines: int = _PIPELINES
    ) -> None:
        self._exchange = exchange
        self._pipelines = pipelines
        self._waiting: list[_Asked] = []
        self._under_way = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, command: Command) -> Any:
        """One command's answer, or its failure raised."""
        asked = _Asked(command, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._under_way < self._pipelines:
            self._under_way += 1
            task = asyncio.create_task(self._send())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await asked.answer

    async def _send(self) -> None:
        """One pipeline after the other, as long as commands wait.

        Whether this one still takes commands is told by `_under_way`, since a task that has ended is known as done only later.
        """
        while self._waiting:
            some, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
            answers = await self._exchange([asked.command for asked in some])
            for asked, answer in zip(some, answers, strict=True):
                asked.settle(answer)
        self._under_way -= 1
