"""What somebody of the staff does, in whose name and why.

Rule 1: the form in which an act's words are committed to in the log is written here.
Rule 2: which words may be kept is decided in `disputes`, and places in names are known to whoever has the tables.
"""

from dataclasses import dataclass

__all__ = ["Act"]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does it, why, and under which number of the operator's own ticket system."""

    by: str
    reason: str
    ticket: str

    def about(self, what: str) -> str:
        """What an entry commits to; the reason last, as it may hold anything but a line's end."""
        return f"{what}|{self.by}|{self.ticket}|{self.reason}"
