"""What an audit is given, and what it comes to.

Rule 1: the verdict is drawn from the findings here, and from nothing else.
Rule 2: it looks at no log.
"""

from collections import Counter
from dataclasses import dataclass, field

from service.audit.checkpoint import Checkpoint
from service.audit.closing import Certificate
from service.audit.note import Note, VerifierKey

__all__ = ["Finding", "Report", "Seen", "Terms"]

_FINDINGS_MAX = 50


@dataclass(frozen=True, slots=True)
class Terms:
    """What the auditor was given: whose signatures count, how many witnesses are enough, what time it is."""

    keys: tuple[VerifierKey, ...] = ()
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    cosigned: tuple[Note, ...] = ()
    now: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: at which entry, or None where it is none's in particular."""

    what: str
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest tree of this very history that a witness has cosigned."""

    name: str
    size: int
    at: int


@dataclass(slots=True)
class Report:
    """What came of an audit."""

    note: Note | None = None
    head: Checkpoint | None = None
    signed_by: str | None = None
    held_against: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first_hour: int | None = None
    last_hour: int | None = None
    witnesses: list[Seen] = field(default_factory=list)
    closed: Certificate | None = None  # of the service's end, where it has one that holds
    findings: list[Finding] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def first_bad(self) -> Finding | None:
        """The finding at the earliest entry, or the first one where none names an entry."""
        named = [finding for finding in self.findings if finding.entry is not None]
        return min(named, key=_entry_of, default=self.findings[0] if self.findings else None)

    def wrong(self, what: str, entry: int | None = None) -> None:
        """Take down a finding; after many, no more."""
        if len(self.findings) < _FINDINGS_MAX:
            self.findings.append(Finding(what, entry))


def _entry_of(finding: Finding) -> int:
    return -1 if finding.entry is None else finding.entry
