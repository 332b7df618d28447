"""What each role may ask of the keys role (TRUST 6). Batch-first, because a hardware module is slow one by one.

Only `derive_*` return key bytes. Nothing here ever takes or returns a phone number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from service.domain.identity import DocumentType, LastFour
from service.ports.log import EntryReceipt

__all__ = [
    "Activation",
    "Claim",
    "DisputeKey",
    "Enrolled",
    "Enrolment",
    "ItineraryKey",
    "KeyService",
    "KeysError",
    "LogKey",
    "Opening",
    "Verdict",
    "Want",
    "Way",
]


class KeysError(Exception):
    """The keys role failed or refused to serve; nothing has been disclosed."""


class Way(Enum):
    """By which way a proof comes; each has its own counter of tries a day."""

    OPEN = "open"  # whoever sends from this number (a sender can be forged)
    SIM = "sim"  # four digits texted to the SIM were answered first
    SHOWN = (
        "shown"  # a verifier has typed the digits of a document that he was shown, and the holder has agreed
    )


class Verdict(Enum):
    """The answer to a claim. UNPROVED covers wrong digits and unknown number alike."""

    PROVED = "proved"
    UNPROVED = "unproved"
    SECOND = "second"  # unproved, by the digits that the owner has set for when she is forced
    EXHAUSTED = "exhausted"  # this way's tries of the day are used up; nothing was compared


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A subscription to be known: one activation of one number."""

    index: bytes
    document_type: DocumentType
    last_four: LastFour = field(repr=False)
    activated_on: int  # Shanghai day ordinal


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody says that these are the last four of the document behind this index."""

    index: bytes
    last_four: LastFour = field(repr=False)
    way: Way
    despite_lock: bool = False  # for an erasure whose asker has proved the SIM: a lock keeps nobody from that


@dataclass(frozen=True, slots=True)
class LogKey:
    """The log key of a subscription (K_s) and a running number: reserved for one entry, or the last one that was."""

    key: bytes = field(repr=False)
    number: int
    generation: int
    silenced_at: int = 0  # unix second at which its second digits were last used; 0: never


@dataclass(frozen=True, slots=True)
class DisputeKey:
    """What seals and opens the dispute tickets of one life of a number."""

    key: bytes = field(repr=False)
    generation: int


@dataclass(frozen=True, slots=True)
class ItineraryKey:
    """What opens one subscription's itinerary in one epoch."""

    key: bytes = field(repr=False)
    epoch: int
    generation: int
    activated_on: int
    included_at: int = 0  # unix second at which its owner asked to be included; 0: not asked
    disputes: bool = False  # whether a ticket of it may be open
    locked: bool = False  # whether its owner has locked lookups
    notices: bool = False  # whether its owner wants to be told of new regions


class Enrolled(Enum):
    """What an enrolment came to."""

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"  # same activation, other document
    RENEWED = "renewed"  # the number has a new owner or a new SIM life: a new secret, an empty record
    REFUSED = "refused"  # activated before the subscription that is known
    ERASED = "erased"  # its owner erased it: it is not known again before a new activation day
    UNREADABLE = "unreadable"  # what is known of it is damaged; nothing was changed


@dataclass(frozen=True, slots=True)
class Activation:
    """Which life of a number this is, and on which Shanghai day it began."""

    generation: int
    activated_on: int
    included_at: int = 0  # unix second at which its owner asked to be included; 0: not asked


@dataclass(frozen=True, slots=True)
class Want:
    """An itinerary key for a change: of the epoch that the record is sealed in, None for the current one."""

    index: bytes
    epoch: int | None


@dataclass(frozen=True, slots=True)
class Opening:
    """An itinerary key for a disclosure: its entry's receipt, and the epoch that the record is sealed in."""

    receipt: EntryReceipt
    epoch: int | None


class KeyService(Protocol):
    """The keys role.

    - `enrol` is idempotent; of one batch each outcome stands at its enrolment's place.
    - `verify` charges before it compares. Unknown number, wrong digits and used-up tries take the same
      steps: one charge, one read, one MAC, one comparison in constant time. A proved claim costs no try.
    - `derive_log` reserves the subscription's next running number; concurrent calls never get the same one.
      None for a number without a subscription.
    - `read_log` gives the same key with the last number that was reserved, and reserves none.
    - `derive_itinerary` answers only to a receipt whose MAC is the log's, for the subscription and generation
      that the receipt speaks for; else KeysError.
    - Whatever asks for a receipt asks for one of an entry whose public kind says the same, and of the present hour or
      the one beside it.
    - `activations` tells the worker which numbers have a subscription, since when; None for one without.
    - `derive_itinerary_for_amend` serves the worker alone; None for a number without a subscription.
    - A damaged key record fails the calls about it with KeysError; batches of many subscriptions go on without it
      (UNREADABLE, None).
    - `derive_disputes` answers to receipts as `derive_itinerary` does: link and worker, each behind its entry.
    - `include` keeps the moment at which an owner asked to be included, once: it answers the first one. It asks for
      the receipt of the entry about it.
    - `note_disputes` keeps whether a subscription of that generation may have an open ticket, so that nobody else's
      lookups have to look for one.
    - `exclude` ends what `include` began: nothing more is kept from now on; what is kept goes with its days.
    - `note_notices` keeps whether the owner wants to be told of new regions, for the worker.
    - `lock` lets nothing be proved and nothing be opened for a disclosure until then (unix second; 0: from now on
      again); it asks for the receipt of the entry about it. A claim about a locked subscription is answered as a wrong one.
    - A second verifier is compared with every claim, whether or not there is one: SECOND is charged like UNPROVED, and told
      to nobody but the link.
    - `set_second` keeps other digits than the claim's (None: none any more) once the claim is proved; nobody can ask
      whether there are any. The claim is charged like every other; digits that are the claim's own are a KeysError.
    - `silence` locks as `lock` does, against the receipt of the refusal's entry, and neither `lock` nor anything else ends
      it before `until`.
    - `lift` gives back the day's tries of every way, against the receipt of the entry about it.
    - `erase` destroys the subscription's secret for good, against the receipt of the entry about it: afterwards it is as
      if the number had no subscription, and it can't be enrolled again with the same activation day or an earlier one.
    - `notice_public` is for whoever may seal a notice, `derive_notice` opens them and serves the link.
    - A renewed number's tries of the day begin anew: its new owner did not use them up.
    - `derive_queue` and `derive_checkpoint` serve link and worker, for the epoch they name.
    - `health` answers the epochs that the device has keys for, once it and the key space have answered; else it fails.
    - `current_epoch` is the epoch that new records are sealed in.
    """

    async def enrol(self, batch: Sequence[Enrolment]) -> list[Enrolled]: ...
    async def verify(self, claims: Sequence[Claim]) -> list[Verdict]: ...
    async def derive_log(self, indices: Sequence[bytes]) -> list[LogKey | None]: ...
    async def read_log(self, indices: Sequence[bytes]) -> list[LogKey | None]: ...
    async def derive_itinerary(self, openings: Sequence[Opening]) -> list[ItineraryKey]: ...
    async def derive_itinerary_for_amend(self, wants: Sequence[Want]) -> list[ItineraryKey | None]: ...
    async def activations(self, indices: Sequence[bytes]) -> list[Activation | None]: ...
    async def derive_disputes(self, receipts: Sequence[EntryReceipt]) -> list[DisputeKey]: ...
    async def include(self, receipt: EntryReceipt, now: int) -> int: ...
    async def note_disputes(self, index: bytes, generation: int, *, are_open: bool) -> None: ...
    async def exclude(self, index: bytes, generation: int) -> None: ...
    async def note_notices(self, index: bytes, generation: int, *, wanted: bool) -> None: ...
    async def lock(self, receipt: EntryReceipt, until: int) -> None: ...
    async def set_second(self, claim: Claim, second: LastFour | None) -> Verdict: ...
    async def silence(self, receipt: EntryReceipt, until: int) -> None: ...
    async def lift(self, receipt: EntryReceipt) -> None: ...
    async def erase(self, receipt: EntryReceipt) -> None: ...
    async def notice_public(self, epoch: int) -> bytes: ...
    async def derive_notice(self, epoch: int) -> bytes: ...
    async def derive_queue(self, epoch: int) -> bytes: ...
    async def derive_checkpoint(self, epoch: int) -> bytes: ...
    async def health(self) -> list[int]: ...
    @property
    def current_epoch(self) -> int: ...
