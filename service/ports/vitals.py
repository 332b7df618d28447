"""How a process is, at one moment: what it depends on, and what waits in it.

Rule 1: these are yes or no, sums, ages and sizes; nothing here can hold anything of a person.
Rule 2: it does not say how they are shown, or who is woken.
"""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BindVital", "KeysVital", "LogVital", "OutboxVital", "StoreVital", "Vitals"]


@dataclass(frozen=True, slots=True)
class StoreVital:
    """One key space's server."""

    answers: bool
    seconds: float  # that it took to answer just now
    failures: int  # commands of this process that got no answer, or an error
    unreplicated: int = (
        0  # batches of its writes that were answered without a replica, since none was connected
    )


@dataclass(frozen=True, slots=True)
class KeysVital:
    """The keys role: its epochs are days since 1970-01-01 in Shanghai."""

    answers: bool
    current: int
    oldest: int


@dataclass(frozen=True, slots=True)
class LogVital:
    """The transparency log as this process sees it; sizes are known to the process that writes it."""

    takes_entries: bool
    writes: bool  # whether this process is the one that writes it
    entries: int
    waiting: int  # entries that are durable and in no checkpoint yet
    checkpoint: float  # seconds since the last one


@dataclass(frozen=True, slots=True)
class OutboxVital:
    """Texts that this process has to send."""

    texts: int
    oldest: float  # seconds for which one could have been sent and has not been


@dataclass(frozen=True, slots=True)
class BindVital:
    """Binds to message centres."""

    wanted: int
    up: int


@dataclass(frozen=True, slots=True)
class Vitals:
    """Everything that this process has; None for what it does not run."""

    stores: Mapping[str, StoreVital]  # "keys" and "data"
    keys: KeysVital | None  # None: a service that has closed asks for no keys
    log: LogVital | None = None
    outbox: OutboxVital | None = None
    binds: BindVital | None = None
    link: bool | None = None  # whether the link role answers, where it is another process

    @property
    def parts(self) -> dict[str, bool]:
        """What has to be well before this process can do its work, by name."""
        found = {f"store {name}": store.answers for name, store in self.stores.items()}
        if self.keys is not None:
            found["keys"] = self.keys.answers
        if self.log is not None:
            found["log"] = self.log.takes_entries
        if self.binds is not None:
            found["bind"] = self.binds.up > 0
        if self.link is not None:
            found["link"] = self.link
        return found
