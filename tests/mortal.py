"""A process that dies at some call of a port: before the call has done anything, or behind it."""

from inspect import isasyncgenfunction, iscoroutinefunction

__all__ = ["KilledError", "Mortal"]


class KilledError(BaseException):
    """The process is dead; nothing in it may catch this."""


class Mortal:
    """A port that dies at some call of all that are made; `life`, shared by a process's ports, holds how many it lives to see."""

    def __init__(self, port, life):
        self._port, self._life = port, life

    def __getattr__(self, name):
        """The call, if one lives to see it."""
        call = getattr(self._port, name)
        if not callable(call):
            return call

        def dies():
            self._life[0] -= 1
            if self._life[0] < 0:
                raise KilledError

        def wrapped(*arguments, **named):
            dies()
            answer = call(*arguments, **named)
            dies()
            return answer

        async def awaited(*arguments, **named):
            dies()
            answer = await call(*arguments, **named)
            dies()
            return answer

        if isasyncgenfunction(call):
            return call
        return awaited if iscoroutinefunction(call) else wrapped
