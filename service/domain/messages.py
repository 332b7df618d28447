"""What a text from a handset means, by the words of an operator pack.

Rule 1: this file alone decides how a text is read: folded, squeezed, matched.
Rule 2: it knows no state; the same text means the same in every phase of a conversation.

    text -> NFKC, upper case, trimmed -> without spaces: a keyword           -> Query | Explain | Records | Lock | Erase | Help | Stop
                                      -> a STOP word as the first word       -> Stop
                                      -> EXPLAIN1 to EXPLAIN9                -> Dispute
                                      -> WITHDRAW, WITHDRAW0; LOCK, LOCK0    -> Withdraw; Lock
                                      -> CHECK and anything behind it        -> Forward
                                      -> QUERY#1234                          -> Query with a proof
                                      -> four characters that can be a proof -> Digits
                                      -> six digits                          -> SixDigits
                                      -> N, NO, 不同意                       -> Refuse
                                      -> anything else                       -> Unknown
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.domain.identity import IdentityError, LastFour
from service.domain.intents import (
    Consents,
    Digits,
    Dispute,
    Erase,
    Explain,
    Forward,
    Help,
    Intent,
    Keep,
    Lock,
    Query,
    Records,
    Refuse,
    SixDigits,
    Stop,
    Unknown,
    Withdraw,
)

__all__ = ["DISPUTES", "REFUSALS", "Keywords", "fold", "read"]

DISPUTES = 9
"""Regions of an explanation that have a number: one digit behind the word that asked for it."""

REFUSALS = frozenset({"N", "NO", "不同意"})
"""What refuses a verifier, in every language."""

_SIX = re.compile(r"[0-9]{6}")
_WORD_END = re.compile(r"[\s,.;:!?、。,;:!?]+")
_CJK = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Keywords:
    """The words of a pack, folded: each with its language, None where all languages share it."""

    queries: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    explains: Mapping[str, str] = field(default_factory=dict)
    withdraws: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, str] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)
    erases: Mapping[str, str] = field(default_factory=dict)
    consents: Mapping[str, str] = field(default_factory=dict)
    cancels: Mapping[str, str] = field(default_factory=dict)
    keeps: Mapping[str, str] = field(default_factory=dict)
    helps: Mapping[str, str | None] = field(default_factory=dict)
    stops: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Plain:
    """Words that mean the same whatever stands around them."""

    of: Callable[[Keywords], Mapping[str, str]]
    intent: Callable[[str], Intent]


_PLAIN = (
    _Plain(lambda words: words.explains, Explain),
    _Plain(lambda words: words.withdraws, lambda language: Withdraw(everything=False, language=language)),
    _Plain(lambda words: words.records, Records),
    _Plain(lambda words: words.erases, Erase),
    _Plain(lambda words: words.consents, lambda language: Consents(cancel=False, language=language)),
    _Plain(lambda words: words.cancels, lambda language: Consents(cancel=True, language=language)),
    _Plain(lambda words: words.keeps, lambda language: Keep(on=True, language=language)),
    _Plain(lambda words: words.locks, lambda language: Lock(on=True, language=language)),
)


def fold(text: str) -> str:
    """The form in which texts and keywords are compared: NFKC, upper case, without any white space."""
    return "".join(unicodedata.normalize("NFKC", text).upper().split())


def read(text: str, words: Keywords) -> Intent:
    """What a text means. Never fails: a text that means nothing is Unknown."""
    squeezed = fold(text)
    if (exact := _keyword(squeezed, words)) is not None:
        return exact
    if squeezed in REFUSALS:
        return Refuse()
    stop = _stop_word(text, squeezed, words)
    if stop is not None:
        return Stop(words.stops[stop])
    if (forward := _forwarded(text, words)) is not None:
        return forward
    if _SIX.fullmatch(squeezed):
        return SixDigits(squeezed)
    keyword, hash_sign, proof = squeezed.partition("#")
    digits = _digits(proof if hash_sign else squeezed)
    if digits is not None and not hash_sign:
        return Digits(digits)
    if digits is not None and keyword in words.queries:
        days, language = words.queries[keyword]
        return Query(days, language, digits)
    return Unknown()


def _keyword(squeezed: str, words: Keywords) -> Intent | None:
    """What a keyword means, or one with a digit behind it."""
    if squeezed in words.queries:
        days, language = words.queries[squeezed]
        return Query(days, language)
    if (known := next((kind for kind in _PLAIN if squeezed in kind.of(words)), None)) is not None:
        return known.intent(known.of(words)[squeezed])
    if squeezed in words.helps:
        return Help(words.helps[squeezed])
    if squeezed in words.stops:
        return Stop(words.stops[squeezed])
    word, digit = squeezed[:-1], squeezed[-1:]
    if word in words.explains and digit in "123456789":
        return Dispute(int(digit), words.explains[word])
    if word in words.withdraws and digit == "0":
        return Withdraw(everything=True, language=words.withdraws[word])
    if word in words.locks and digit == "0":
        return Lock(on=False, language=words.locks[word])
    if word in words.keeps and digit == "0":
        return Keep(on=False, language=words.keeps[word])
    return None


def _stop_word(text: str, squeezed: str, words: Keywords) -> str | None:
    """The STOP word that a text begins with; Chinese is written without spaces between words."""
    first = _WORD_END.split(unicodedata.normalize("NFKC", text).upper().strip(), maxsplit=1)[0]
    if first in words.stops:
        return first
    return next((word for word in words.stops if _CJK.fullmatch(word) and squeezed.startswith(word)), None)


def _forwarded(text: str, words: Keywords) -> Forward | None:
    """What stands behind the word that asks for a check; a sign or a space may follow it, a letter or digit not."""
    plain = unicodedata.normalize("NFKC", text).strip()
    for word, language in words.checks.items():
        begin, rest = plain[: len(word)], plain[len(word) :]
        if begin.upper() == word and not re.match(r"[0-9A-Za-z]", rest):
            return Forward(rest, language)
    return None


def _digits(text: str) -> LastFour | None:
    try:
        return LastFour.parse(text)
    except IdentityError:
        return None
