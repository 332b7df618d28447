"""Faults on demand: what shall go wrong with which of the next messages.

Rule 1: this file alone counts down faults.
Rule 2: it does not commit them.
"""

from dataclasses import asdict, dataclass, fields, replace
from typing import Literal

__all__ = ["Direction", "FaultBox", "Faults"]

Direction = Literal["deliver", "submit"]
"""`deliver`: from the centre to an ESME; `submit`: from an ESME to the centre."""


@dataclass(frozen=True, slots=True)
class Faults:
    """For one direction; every whole number says with how many of the next messages it shall happen."""

    delay_seconds: float = 0.0  # before each message is handled, until cleared
    drop: int = 0  # vanishes without a trace
    duplicate: int = 0  # happens twice
    reorder: int = 0  # held back until the next one has passed
    throttle: int = 0  # answered ESME_RTHROTTLED
    vendor_status: int = 0x400  # the status that `vendor_count` messages are answered with
    vendor_count: int = 0
    no_response: int = 0  # handled, never answered
    lose_link: int = 0  # handled, then the connection is cut in the middle of a PDU
    truncate: int = 0  # answered, or sent, as a PDU whose body is cut short


class FaultBox:
    """The faults in force."""

    def __init__(self) -> None:
        self._faults: dict[Direction, Faults] = {"deliver": Faults(), "submit": Faults()}

    def set(self, direction: Direction, faults: Faults) -> None:
        """Replace a direction's faults."""
        self._faults[direction] = faults

    def clear(self) -> None:
        """No more faults."""
        self._faults = {"deliver": Faults(), "submit": Faults()}

    def view(self) -> dict[str, dict[str, float]]:
        """What is left to happen, by direction."""
        return {direction: asdict(faults) for direction, faults in self._faults.items()}

    def of(self, direction: Direction) -> Faults:
        """A direction's faults."""
        return self._faults[direction]

    def take(self, direction: Direction, name: str) -> bool:
        """Whether it shall happen to this message; if so, one less is left."""
        if name not in _COUNTED:
            raise ValueError(f"no such fault: {name}")
        left: int = getattr(self._faults[direction], name)
        if left <= 0:
            return False
        changes: dict[str, int] = {name: left - 1}
        self._faults[direction] = replace(self._faults[direction], **changes)
        return True


_COUNTED = {field.name for field in fields(Faults)} - {"delay_seconds", "vendor_status"}
