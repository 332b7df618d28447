"""What link and web may ask of the keys role about check codes (TRUST 1 and 6). Returns no key bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.domain.check_codes import CheckCode, PhoneLastFour

__all__ = ["CheckClaim", "CheckDraft", "CheckKeys", "Minted"]


@dataclass(frozen=True, slots=True)
class CheckDraft:
    """Content to be sealed for whoever has the code and the last four of the phone."""

    last_four: PhoneLastFour = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Minted:
    """A new code, the place of its record and the sealed content."""

    code: CheckCode
    place: bytes
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """Somebody has this code and these four digits; `sealed` is what lies at the code's place, None if nothing."""

    code: CheckCode
    last_four: PhoneLastFour = field(repr=False)
    sealed: bytes | None = field(repr=False)


class CheckKeys(Protocol):
    """The keys role for check codes.

    - `check_mint` (link only) draws a code and seals the content; whoever has store and code but not the four digits,
      or store and digits but not the code, can't open it, nor without the keys role.
    - `check_place` and `check_open` (web, and link for `HY`) are the two halves of one opening: where the record lies,
      then what it holds; None where code or digits are wrong, or there is nothing. The work is the same either way.
    - `answer_hash` makes a receipt's hash of what was shown, salted by the entry's place in the log: the same again for
      the same, and nobody without the keys role finds an answer by trying.
    - Each operation has a rate of its own, whoever asks; beyond it KeysError, for every code alike.
    """

    async def check_mint(self, drafts: Sequence[CheckDraft]) -> list[Minted]: ...
    async def check_place(self, codes: Sequence[CheckCode]) -> list[bytes]: ...
    async def check_open(self, claims: Sequence[CheckClaim]) -> list[bytes | None]: ...
    async def answer_hash(self, log_index: int, content: bytes) -> bytes: ...
