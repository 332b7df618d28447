"""An operator's short codes, words and texts, as a value.

Rule 1: this file alone says what an operator pack consists of.
Rule 2: it does not read files and composes no text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.domain.intents import Purpose
from service.domain.messages import DISPUTES, REFUSALS, Keywords, fold
from service.domain.pack_texts import FIELDS

__all__ = ["Dates", "Language", "Pack", "PackError"]


class PackError(ValueError):
    """A pack that cannot work; the text says what to change in it."""


@dataclass(frozen=True, slots=True)
class Dates:
    """How a language writes days: CLDR patterns, and what stands between them."""

    day: str
    moment: str
    span_in_month: tuple[str, str]
    between: str
    join: str


@dataclass(frozen=True, slots=True)
class Language:
    """Keywords and texts of one language; `code` is its CLDR name."""

    code: str
    queries: Mapping[str, int]  # keyword -> days
    explains: tuple[str, ...]
    withdraws: tuple[str, ...]
    checks: tuple[str, ...]
    records: tuple[str, ...]
    locks: tuple[str, ...]
    erases: tuple[str, ...]
    consents: tuple[str, ...]
    cancels: tuple[str, ...]
    keeps: tuple[str, ...]
    helps: tuple[str, ...]
    stops: tuple[str, ...]
    dates: Dates
    reply_length: int  # characters of two short messages
    notice_version: str  # of the words that are agreed to; a new one ends standing consents
    texts: Mapping[str, str]

    @property
    def notice_digest(self) -> str:
        """The SHA-256, in hex, of the published notice of the one-message variant: the challenge as it is in the pack."""
        return sha256(self.texts["challenge"].encode()).hexdigest()

    def say(self, name: str, /, **given: object) -> str:
        """A text, or a part of one, with its fields. Raises KeyError where one of them is not given."""
        return self.texts[name].format(**{field: given[field] for field in FIELDS[name]})

    def sign(self, name: str, /, **given: object) -> str:
        """A text as it is sent: the operator's signature first."""
        return self.texts["signature"] + self.say(name, **given)

    def query_word(self, days: int) -> str:
        """The keyword that asks for so many days; the first one where no word asks for them."""
        return next((word for word, asked in self.queries.items() if asked == days), next(iter(self.queries)))

    def word(self, purpose: Purpose, days: int) -> str:
        """The keyword that asks the same again."""
        words = {
            Purpose.REASONS: self.explains[0],
            Purpose.LOCK: self.locks[0],
            Purpose.UNLOCK: f"{self.locks[0]}0",
            Purpose.ERASE: self.erases[0],
            Purpose.NOTICES: self.keeps[0],
        }
        return words.get(purpose) or self.query_word(days)


@dataclass(frozen=True, slots=True)
class Pack:
    """What one operator configures. The first language speaks where a sender's is not known."""

    name: Mapping[str, str]
    short_codes: tuple[str, ...]
    languages: tuple[Language, ...]
    country_code: int
    one_message: bool
    keywords: Keywords

    @classmethod
    def of(
        cls,
        name: Mapping[str, str],
        short_codes: tuple[str, ...],
        languages: tuple[Language, ...],
        *,
        country_code: int,
        one_message: bool,
    ) -> "Pack":
        """Fold the languages' words together. Raises PackError where one word would mean two things."""
        queries = {fold(w): (days, lang.code) for lang in languages for w, days in lang.queries.items()}
        explains = {fold(w): lang.code for lang in languages for w in lang.explains}
        withdraws = {fold(w): lang.code for lang in languages for w in lang.withdraws}
        checks = {fold(w): lang.code for lang in languages for w in lang.checks}
        records = {fold(w): lang.code for lang in languages for w in lang.records}
        locks = {fold(w): lang.code for lang in languages for w in lang.locks}
        erases = {fold(w): lang.code for lang in languages for w in lang.erases}
        consents = {fold(w): lang.code for lang in languages for w in lang.consents}
        cancels = {fold(w): lang.code for lang in languages for w in lang.cancels}
        keeps = {fold(w): lang.code for lang in languages for w in lang.keeps}
        helps: dict[str, str | None] = {fold(w): lang.code for lang in languages for w in lang.helps}
        stops: dict[str, str | None] = {fold(w): lang.code for lang in languages for w in lang.stops}
        said = [
            fold(w)
            for lang in languages
            for w in (
                *lang.queries,
                *lang.explains,
                *lang.withdraws,
                *lang.checks,
                *lang.records,
                *lang.locks,
                *lang.erases,
                *lang.consents,
                *lang.cancels,
                *lang.keeps,
                *lang.helps,
                *lang.stops,
            )
        ]
        said += [f"{word}0" for word in (*withdraws, *locks, *keeps)]
        said += [f"{word}{number}" for word in explains for number in range(1, DISPUTES + 1)]
        said += REFUSALS
        twice = sorted({word for word in said if said.count(word) > 1} | {"?"} & set(said))
        if twice:
            raise PackError(f"the words {', '.join(twice)} have more than one meaning; keep one of each")
        helps["?"] = None  # one question mark is understood in every language
        words = Keywords(
            queries,
            explains,
            withdraws,
            checks,
            records,
            locks,
            erases,
            consents,
            cancels,
            keeps,
            helps,
            stops,
        )
        return cls(name, short_codes, languages, country_code, one_message, words)

    @property
    def signatures(self) -> tuple[str, ...]:
        """What this operator's texts begin with."""
        return tuple(language.texts["signature"] for language in self.languages)

    def language(self, code: str | None) -> Language:
        """The language of that code, else the pack's first."""
        return next((language for language in self.languages if language.code == code), self.languages[0])
