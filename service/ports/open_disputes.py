"""What the public figures ask of the link role. In production this is a socket between two roles."""

from typing import Protocol

__all__ = ["OpenDisputes"]


class OpenDisputes(Protocol):
    """How many disputes wait for a decision.

    - `open_disputes` counts at most once a minute, however often it is asked; None where it cannot be told. It never fails.
    """

    async def open_disputes(self) -> int | None: ...
