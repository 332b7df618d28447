"""A region newly counts, and its owner wants to be told: behind the entry, within the consent, once a day.

Rule 1: the order stands here: the consent holds, the entry, the record, what is new since the last time, the text.
Rule 2: it sends nothing; where a text goes is what the consent says.

    (1) the standing consent, in today's words  (2) not told today yet  (3) the entry  (4) the record, against it
    (5) what counts now and did not when it was last told, or agreed to
"""

from collections.abc import Mapping
from dataclasses import dataclass

from service.audit.entries import Kind as EntryKind
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind
from service.domain.itinerary import day_of
from service.domain.notices import Address, Notice
from service.domain.packs import Pack
from service.domain.replies import new_regions
from service.flows.consenting import Consenting
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries, LogUnavailableError
from service.ports.keys import KeysError, KeyService

__all__ = ["NewRegions", "RegionNews"]

_DAYS = 14


@dataclass(frozen=True, slots=True, repr=False)
class RegionNews:
    """A text and where it goes."""

    address: Address
    text: str


@dataclass(frozen=True, slots=True)
class NewRegions:
    """What is needed for it; `wiring` fills it."""

    keys: KeyService
    consenting: Consenting
    entries: Entries
    disclosing: Disclosing
    packs: Mapping[str, Pack]

    async def told(self, notice: Notice, now: int) -> RegionNews | str:
        """The text; or in a word why there is none. Raises StoreError."""
        try:
            return await self._told(notice, now)
        except (LogUnavailableError, KeysError):
            return "refused"

    async def _told(self, notice: Notice, now: int) -> RegionNews | str:
        # (1) and (2).
        grant = await self.consenting.standing(notice.index, now, ConsentPurpose.NOTICES)
        consent = grant.held.consent if grant is not None else None
        if (
            grant is None
            or consent is None
            or consent.address is None
            or grant.key.generation != notice.generation
        ):
            return "no_consent"
        address = consent.address
        pack = self.packs.get(address.short_code)
        if pack is None or pack.language(consent.notice.language).notice_version != consent.notice.version:
            await self.consenting.end(notice.index, now, EventKind.SUPERSEDED, ConsentPurpose.NOTICES)
            return "superseded"
        if any(day_of(at) == day_of(now) for at in _told(consent)):
            return "told_today"
        # (3) and (4).
        receipt = await self.entries.enter(notice.index, EntryKind.CONSENT_USED, now, grant.about)
        since = max([consent.given_at, *_told(consent)])
        fresh = await self.disclosing.counting_since(receipt, _DAYS, since, now)
        # (5) Nothing to tell is a use too: it has been looked at.
        await self.consenting.marked(
            grant, ConsentEvent(EventKind.USED, now, "sms" if fresh else "none", receipt.number)
        )
        if not fresh:
            return "nothing_new"
        text = new_regions(
            fresh, receipt.number, pack.language(address.language), self.disclosing.region_name
        )
        return RegionNews(address, text)


def _told(consent: Consent) -> list[int]:
    """When something was told; a look that found nothing new is no such moment, or what came a second later were lost."""
    return [event.at for event in consent.events if event.kind is EventKind.USED and event.channel == "sms"]
