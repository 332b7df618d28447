"""A consent as a value: what was asked, in which words, what was agreed, and what became of it.

Rule 1: this file alone says what a consent consists of, and when it still holds. Names are those of ISO/IEC TS 27560.
Rule 2: it holds evidence by reference, never a text or a digit; who the person is, it does not know.

    requested -> given -> used, used ...   -> withdrawn | expired | superseded
              -> refused | expired
"""

from dataclasses import dataclass, field, replace
from enum import Enum

from service.domain.itinerary import DAY
from service.domain.notices import Address

__all__ = ["SCHEMA_VERSION", "Consent", "ConsentEvent", "ConsentPurpose", "EventKind", "Mode", "NoticeShown"]

SCHEMA_VERSION = "ISO/IEC TS 27560:2023; itinerary/1"
_RETAINED = 30 * DAY
"""The data that an answer was made of is gone after 30 days, whatever becomes of the consent."""


class ConsentPurpose(Enum):
    """What the data is used for."""

    PLACES = "places"  # one answer for the subscriber
    REASONS = "reasons"  # one explanation of an answer
    RECORDING = "recording"  # whereabouts are kept at all (scope `enrolled`)
    SHOWING = "showing"  # shown to a verifier who asked for it
    NOTICES = "notices"  # a text when a region newly counts
    ANSWERS = "answers"  # the same yes or no for a registered verifier, for some days


class Mode(Enum):
    """Whether one use ends it."""

    ONE_TIME = "one-time"
    STANDING = "standing"


class EventKind(Enum):
    """What happened to it."""

    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"  # asked for, and not proved or answered with no
    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


_ENDS = frozenset({EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.EXPIRED, EventKind.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """The words that were agreed to: `digest` is the SHA-256 of the exact text message, in hex."""

    ident: str
    version: str
    digest: str
    language: str


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One thing that happened to it; `number` is the running number of the log's entry about it, 0 for none."""

    kind: EventKind
    at: int
    channel: str = "sms"
    number: int = 0


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent. Times are unix seconds; `expires_at` 0: when it is withdrawn."""

    record_id: str
    purpose: ConsentPurpose
    mode: Mode
    notice: NoticeShown
    window: int  # days
    rule: str
    max_uses: int  # 0: without a bound
    expires_at: int
    case: str  # the reference that was printed in the notice
    events: tuple[ConsentEvent, ...]
    address: Address | None = field(default=None, repr=False)  # where a standing one's texts go
    recipient: str = ""  # who is shown it, as the notice named him; empty: the number itself
    question: str = ""  # what a verifier asked (`questions.described`)

    @property
    def uses(self) -> int:
        """How often it has been used."""
        return sum(event.kind is EventKind.USED for event in self.events)

    @property
    def given_at(self) -> int:
        """When it was given."""
        return next((event.at for event in self.events if event.kind is EventKind.GIVEN), 0)

    def status(self, now: int) -> str:
        """`active`, `used`, or how it ended."""
        ended = next((event.kind for event in self.events if event.kind in _ENDS), None)
        if ended is not None:
            return ended.value
        if self.max_uses and self.uses >= self.max_uses:
            return EventKind.USED.value
        return EventKind.EXPIRED.value if self.expires_at and now >= self.expires_at else "active"

    def with_event(self, event: ConsentEvent) -> "Consent":
        """After one more thing has happened."""
        return replace(self, events=(*self.events, event))

    @property
    def retained_until(self) -> int:
        """When the data that it was about is gone at the latest; not when the consent ends."""
        return max(event.at for event in self.events) + _RETAINED

    def exported(self, principal: str, now: int) -> dict[str, object]:
        """The record under the names of ISO/IEC TS 27560, as JSON has it."""
        return {
            "schema_version": SCHEMA_VERSION,
            "record_id": self.record_id,
            "pii_principal_id": principal,
            "notice": {
                "id": self.notice.ident,
                "version": self.notice.version,
                "sha256": self.notice.digest,
                "language": self.notice.language,
            },
            "purpose": self.purpose.value,
            "lawful_basis": "consent",
            "pii": ["regions of stay (prefecture level)", "days with data"],
            "scope": {
                "window": self.window,
                "rule": self.rule,
                "granularity": "prefecture",
                "question": self.question.partition(" ")[0] or None,
                "set": self.question.split(" ")[1:] or None,
            },
            "recipient": self.recipient or "the number itself",
            "mode": self.mode.value,
            "max_uses": self.max_uses or None,
            "uses": self.uses,
            "not_before": self.given_at or None,
            "expires_at": self.expires_at or None,
            "collection_method": "sms, four digits texted to the SIM"
            if self.recipient
            else "sms, last four characters of the identity document",
            "processing_method": "automated; opened against a log entry, sent by sms",
            "evidence": [self.case],
            "storage_locations": ["the operator's own stores"],
            "retention": {"until": self.retained_until, "enforced_by": "destruction of keys"},
            "event": [
                {
                    "type": event.kind.value,
                    "at": event.at,
                    "channel": event.channel,
                    "log_index": event.number or None,
                }
                for event in self.events
            ],
            "status": self.status(now),
            "withdrawal": "by one word, at any time",
        }
