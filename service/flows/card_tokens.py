"""Cards, the revocation list and receipts, signed.

Rule 1: which claims go under which type of token is decided here.
Rule 2: it opens nothing: what a card says was revealed elsewhere, behind its entry.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.cards import Check, card_claims, card_name, receipt_claims, revocation_claims
from service.domain.check_codes import CHECK_SECONDS
from service.domain.statement import Statement
from service.ports.check_keys import CheckKeys
from service.ports.checks import Checks
from service.ports.signing import Signing
from service.records.check_record import encode_statement
from service.sealing.signing import TokenType

__all__ = ["CardTokens"]


@dataclass(frozen=True, slots=True)
class CardTokens:
    """What it needs; `wiring` fills it. `issuer`: what the service calls itself, as in its log."""

    signing: Signing
    checks: Checks
    keys: CheckKeys
    issuer: str
    clock: Callable[[], float]

    async def card(self, said: Statement, place: bytes) -> str:
        """The card of a statement whose check record lies at `place`. Raises KeysError, StoreError.

        It is named in the store first: no card goes out whose checks could not be told.
        """
        await self.checks.name(card_name(place), place, CHECK_SECONDS)
        return await self.signing.sign(TokenType.CARD, card_claims(said, place, self.issuer))

    async def revoked(self) -> str:
        """The list of what was withdrawn and would live still. Raises StoreError, KeysError."""
        marks = await self.checks.withdrawn()
        claims = revocation_claims(marks, self.issuer, int(self.clock()))
        return await self.signing.sign(TokenType.REVOKED, claims)

    async def receipt(self, check: Check, said: Statement) -> str:
        """That a check was made, and of which answer: as a hash that only the keys role can make again.

        Whoever claims to know the answer can have it confirmed; from the receipt alone nobody finds it by trying.
        Raises KeysError.
        """
        return await self.receipt_for(check, encode_statement(said))

    async def receipt_for(self, check: Check, content: bytes) -> str:
        """The same of an answer of any kind, as canonical bytes. Raises KeysError."""
        answer = await self.keys.answer_hash(check.log_index, content)
        return await self.signing.sign(TokenType.RECEIPT, receipt_claims(check, answer, self.issuer))
