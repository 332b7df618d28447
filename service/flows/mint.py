"""A check code for a reply: drawn, sealed and stored before the reply goes out.

Rule 1: what makes a reply checkable happens here, in this order: digest, code, record.
Rule 2: a code whose record is not safe is never told to anybody; the reply then goes out without one.
"""

from dataclasses import dataclass, replace

from service.domain.check_codes import CHECK_SECONDS, PhoneLastFour
from service.domain.forwarded import PLACEHOLDER, digest_of
from service.domain.held_codes import HeldCodes
from service.domain.packs import Language
from service.domain.replies import RegionName, reply
from service.domain.statement import Statement
from service.ports.check_keys import CheckDraft, CheckKeys, Minted
from service.ports.checks import Checks
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.records.check_record import Holder, encode_statement
from service.vault.check_holders import HolderVault

__all__ = ["Minting"]


@dataclass(frozen=True, slots=True)
class Minting:
    """What makes codes, and takes them back; `wiring` fills it."""

    checks: Checks
    keys: CheckKeys
    holders: HolderVault
    region_name: RegionName
    tally: Tally

    async def mint(
        self, statement: Statement, holder: Holder, language: Language, held: HeldCodes
    ) -> tuple[str, HeldCodes] | None:
        """The reply with a code of its own, and what its holder can withdraw now; None where none could be made."""
        text = reply(statement, language, self.region_name, PLACEHOLDER)
        minted = await self._recorded(text, statement, holder, language)
        if minted is None:
            return None
        kept, evicted = held.with_code(minted.place.hex(), statement.made_at)
        try:
            await self.withdraw(evicted)
        except StoreError:
            self.tally.count("minted", "failed")
            return None
        return minted.code.written.join(
            text.rsplit(PLACEHOLDER.written, 1)
        ), kept  # a code is as long as any other

    async def record(self, statement: Statement, holder: Holder, language: Language) -> Minted | None:
        """A code whose record is safe; None where none could be made."""
        text = reply(statement, language, self.region_name, PLACEHOLDER)
        return await self._recorded(text, statement, holder, language)

    async def _recorded(
        self, text: str, statement: Statement, holder: Holder, language: Language
    ) -> Minted | None:
        digest = digest_of(text, language.texts["signature"])
        content = encode_statement(replace(statement, digest=digest))
        try:
            minted = await self._stored(PhoneLastFour(holder.msisdn[-4:]), content, holder)
        except (KeysError, StoreError):
            self.tally.count("minted", "failed")
            return None
        self.tally.count("minted", "done")
        return minted

    async def withdraw(self, places: tuple[str, ...]) -> None:
        """Make these codes unknown, at once and for good. Raises StoreError."""
        await self.checks.withdraw([bytes.fromhex(place) for place in places])

    async def _stored(self, last_four: PhoneLastFour, content: bytes, holder: Holder) -> Minted:
        [minted] = await self.keys.check_mint([CheckDraft(last_four, content)])
        handle = await self.holders.seal(minted.place, holder)
        await self.checks.put(minted.place, minted.sealed, handle, CHECK_SECONDS)
        return minted
