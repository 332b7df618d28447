"""What a text from a handset means, by the words of an operator pack.

Rule 1: this file alone decides how a text is read: folded, squeezed, matched.
Rule 2: it knows no state; the same text means the same in every phase of a conversation.

    text -> NFKC, upper case, trimmed -> STOP word, also as the first word   -> Stop
                                      -> without spaces: a keyword           -> Query | Explain | Help
                                      -> EXPLAIN1 to EXPLAIN9                -> Dispute
                                      -> QUERY#1234                          -> Query with a proof
                                      -> four characters that can be a proof -> Digits
                                      -> anything else                       -> Unknown
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from service.domain.identity import IdentityError, LastFour

__all__ = [
    "DISPUTES",
    "Digits",
    "Dispute",
    "Explain",
    "Help",
    "Intent",
    "Keywords",
    "Purpose",
    "Query",
    "Stop",
    "Unknown",
    "fold",
    "read",
]

DISPUTES = 9
"""Regions of an explanation that have a number: one digit behind the word that asked for it."""

_WORD_END = re.compile(r"[\s,.;:!?、。,;:!?]+")
_CJK = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Query:
    """Asks for the places of the last `days` days; `proof` only in the one-message variant."""

    days: int
    language: str
    proof: LastFour | None = None


class Purpose(Enum):
    """What a prompt that asks for a proof is for."""

    PLACES = "places"  # the places of a window
    REASONS = "reasons"  # why the last answer was what it was


@dataclass(frozen=True, slots=True)
class Explain:
    """Asks why the last answer was what it was."""

    language: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """Says that a region of the last explanation is wrong, by its number there."""

    number: int
    language: str


@dataclass(frozen=True, slots=True)
class Digits:
    """Four characters: a proof, or the digits that were texted to the SIM."""

    value: LastFour


@dataclass(frozen=True, slots=True)
class Help:
    """Asks how it works. No language where the word belongs to none, like a question mark."""

    language: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """Ends everything."""

    language: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A text without a meaning here. What it said is not kept."""


Intent = Query | Explain | Dispute | Digits | Help | Stop | Unknown


@dataclass(frozen=True, slots=True)
class Keywords:
    """The words of a pack, folded: each with its language, None where all languages share it."""

    queries: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    explains: Mapping[str, str] = field(default_factory=dict)
    helps: Mapping[str, str | None] = field(default_factory=dict)
    stops: Mapping[str, str | None] = field(default_factory=dict)


def fold(text: str) -> str:
    """The form in which texts and keywords are compared: NFKC, upper case, without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def read(text: str, words: Keywords) -> Intent:
    """What a text means. Never fails: a text that means nothing is Unknown."""
    squeezed = fold(text)
    stop = _stop_word(text, squeezed, words)
    if stop is not None:
        return Stop(words.stops[stop])
    if squeezed in words.queries:
        days, language = words.queries[squeezed]
        return Query(days, language)
    if squeezed in words.explains:
        return Explain(words.explains[squeezed])
    if squeezed[:-1] in words.explains and squeezed[-1] in "123456789":
        return Dispute(int(squeezed[-1]), words.explains[squeezed[:-1]])
    if squeezed in words.helps:
        return Help(words.helps[squeezed])
    keyword, hash_sign, proof = squeezed.partition("#")
    digits = _digits(proof if hash_sign else squeezed)
    if digits is not None and not hash_sign:
        return Digits(digits)
    if digits is not None and keyword in words.queries:
        days, language = words.queries[keyword]
        return Query(days, language, digits)
    return Unknown()


def _stop_word(text: str, squeezed: str, words: Keywords) -> str | None:
    """The STOP word that a text consists of or begins with; Chinese is written without spaces between words."""
    if squeezed in words.stops:
        return squeezed
    first = _WORD_END.split(unicodedata.normalize("NFKC", text).upper().strip(), maxsplit=1)[0]
    if first in words.stops:
        return first
    return next((word for word in words.stops if _CJK.fullmatch(word) and squeezed.startswith(word)), None)


def _digits(text: str) -> LastFour | None:
    try:
        return LastFour.parse(text)
    except IdentityError:
        return None
