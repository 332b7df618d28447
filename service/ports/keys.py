"""What each role may ask of the keys role (TRUST 6). Batch-first, because a hardware module is slow one by one.

Only `derive_*` return key bytes. Nothing here ever takes or returns a phone number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from service.domain.identity import DocumentType, LastFour

__all__ = ["Claim", "Enrolment", "ItineraryKey", "KeyService", "KeysError", "LogKey", "Verdict", "Way"]


class KeysError(Exception):
    """The keys role failed or refused to serve; nothing has been disclosed."""


class Way(Enum):
    """By which way a proof comes; each has its own counter of tries a day."""

    OPEN = "open"  # whoever sends from this number (a sender can be forged)
    SIM = "sim"  # four digits texted to the SIM were answered first


class Verdict(Enum):
    """The answer to a claim. UNPROVED covers wrong digits and unknown number alike."""

    PROVED = "proved"
    UNPROVED = "unproved"
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


@dataclass(frozen=True, slots=True)
class LogKey:
    """The log key of a subscription (K_s) and a running number reserved for one entry."""

    key: bytes = field(repr=False)
    number: int
    generation: int


@dataclass(frozen=True, slots=True)
class ItineraryKey:
    """What opens one subscription's itinerary in one epoch."""

    key: bytes = field(repr=False)
    epoch: int
    generation: int
    activated_on: int
