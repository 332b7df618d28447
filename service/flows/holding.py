"""What a holder does with its own subscription, besides asking: lock, erase, see what is agreed to and end it.

Rule 1: the order stands here: the entry is in the log, then the act.
Rule 2: it does not know how the right to it was proved, opens no itinerary, and sends nothing.
"""

from dataclasses import dataclass

from service.audit.entries import Kind as EntryKind
from service.domain.consent import ConsentPurpose, EventKind
from service.domain.consent_texts import told_consents
from service.domain.conversation import Conversation
from service.domain.dialogue import Act
from service.domain.intents import Purpose
from service.domain.limits import DIALOGUE_SECONDS, LOCK_SECONDS
from service.domain.outgoing import Kind
from service.domain.replies import erased, keeping, locked, say
from service.flows.consenting import Consenting
from service.flows.entries import Entries, LogUnavailableError
from service.flows.erase import Erase
from service.flows.turns import Told, Turn
from service.ports.keys import KeysError, KeyService
from service.ports.tally import Tally
from service.ports.tombstones import TombstonesError

__all__ = ["Holding"]


@dataclass(frozen=True, slots=True)
class Holding:
    """What is needed for it; `wiring` fills it."""

    keys: KeyService
    entries: Entries
    erase_all: Erase
    consenting: Consenting
    tally: Tally

    async def erased(self, turn: Turn) -> bool:
        """Whether this number was erased a moment ago: its owner's word comes again after a kill, and is answered again."""
        try:
            return await self.erase_all.done(turn.index, turn.now) is not None
        except TombstonesError:
            return False

    async def erase(self, turn: Turn, talk: Conversation) -> Told | None:
        """Erase everything, or tell again that it is done; of the conversation nothing but its language is left."""
        try:
            position = await self.erase_all.done(turn.index, turn.now)
            if position is None:
                position = await self.erase_all(turn.index, turn.now)
        except (LogUnavailableError, TombstonesError, KeysError):
            self.tally.count("erased", "refused")
            return None
        self.tally.count("erased", "done")
        text = erased(position, turn.pack.language(talk.language))
        rest = Conversation(language=talk.language, purpose=Purpose.ERASE, answered_at=turn.now)
        return Told(text, Kind.PROMPT, rest, remembered=DIALOGUE_SECONDS)

    async def keep(self, turn: Turn, talk: Conversation) -> Told | None:
        """A standing consent to texts about new regions; a former one is superseded by it."""
        try:
            await self.consenting.end(turn.index, turn.now, EventKind.SUPERSEDED, ConsentPurpose.NOTICES)
            grant = await self.consenting.given(turn, talk, ConsentPurpose.NOTICES)
            receipt = await self.entries.enter(turn.index, EntryKind.CONSENT_GIVEN, turn.now, grant.about)
            await self.keys.note_notices(turn.index, receipt.generation, wanted=True)
        except (LogUnavailableError, KeysError):
            self.tally.count("consents", "refused")
            return None
        self.tally.count("consents", "given")
        return Told(keeping(on=True, language=turn.pack.language(talk.language)), Kind.PROMPT, talk)

    async def consents(self, turn: Turn, talk: Conversation, act: Act) -> str:
        """What has been agreed to, or that what stands has ended now."""
        language = turn.pack.language(talk.language)
        try:
            if act is Act.CONSENTS:
                return told_consents(await self.consenting.all(turn.index), turn.now, language)
            purpose = ConsentPurpose.NOTICES if act is Act.NOTICES_OFF else None
            ended = await self.consenting.end(turn.index, turn.now, purpose=purpose)
        except KeysError:
            return say(Act.REFUSE, talk, language)
        return say(act, talk, language) if ended or purpose is None else keeping(on=False, language=language)

    async def lock(self, turn: Turn, talk: Conversation, *, on: bool) -> str:
        """Lock or unlock lookups; what is said of it. A number without a subscription is refused like one whose log is down."""
        language = turn.pack.language(talk.language)
        until = turn.now + LOCK_SECONDS if on else 0
        try:
            kind = EntryKind.LOCK if on else EntryKind.UNLOCK
            receipt = await self.entries.enter(turn.index, kind, turn.now)
            await self.keys.lock(receipt, until)
        except (LogUnavailableError, KeysError):
            self.tally.count("locked", "refused")
            return say(Act.REFUSE_LOCK, talk, language)
        self.tally.count("locked", "locked" if on else "unlocked")
        return locked(until, language)
