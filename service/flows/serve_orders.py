"""Orders of support, carried out by the link role: it alone can tell whose case a reference is.

Rule 1: the order stands here: the case, may it be done, the entry with reason and ticket, the act, the answer.
Rule 2: an answer holds what `domain.support` lists, and nothing of any record is opened for it.

    (1) fresh enough?  (2) whose case  (3) the entry, where it is to look  (4) what it looks like
    (5) the entry, where it is to act  (6) the act  (7) the answer

To look leaves an entry too; about nobody, where the number has no subscription: support may look at its prompt as well.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from service.audit.entries import Kind as EntryKind
from service.domain.conversation import Conversation, Phase
from service.domain.dialogue import Act
from service.domain.inclusion import Scope
from service.domain.limits import MEMORY_SECONDS, Guesses
from service.domain.outgoing import Kind, Outgoing
from service.domain.packs import Pack
from service.domain.replies import say
from service.domain.support import ORDER_SECONDS, CaseView, Delivery, Filed, Order, OrderKind
from service.flows.entries import Entries, LogUnavailableError
from service.flows.mint import Minting
from service.ports.keys import KeysError, KeyService
from service.ports.log import EntryReceipt
from service.vault.conversations import ConversationVault, Held, Posted
from service.vault.support_desk import CaseFiles, OrderDesk

__all__ = ["ServeOrders"]

_AT_ONCE = 20
_RACES = 8
_KINDS = {
    OrderKind.RESEND: EntryKind.STAFF_RESEND,
    OrderKind.WITHDRAW: EntryKind.STAFF_WITHDRAW,
    OrderKind.LIFT: EntryKind.STAFF_LIFT,
    OrderKind.UNLOCK: EntryKind.STAFF_UNLOCK,
}


@dataclass(frozen=True, slots=True)
class ServeOrders:
    """What it needs; `wiring` fills it."""

    desk: OrderDesk
    files: CaseFiles
    vault: ConversationVault
    keys: KeyService
    entries: Entries
    minting: Minting
    packs: Mapping[str, Pack]
    scope: Scope
    texts: Callable[[str], tuple[Delivery, ...]]
    post: Callable[[Posted], None]
    clock: Callable[[], float]

    async def __call__(self) -> int:
        """Carry out some of what waits; how many. Raises StoreError."""
        waiting = await self.desk.waiting(_AT_ONCE)
        for name, order in waiting.items():
            await self.desk.settle(name, None if order is None else await self._answer(order))
        return len(waiting)

    async def _answer(self, order: Order) -> CaseView:
        now = int(self.clock())
        # (1) and (2).
        if now - order.asked_at > ORDER_SECONDS:
            return CaseView(order.case, "too late")
        filed = await self.files.find(order.case)
        if filed is None or filed.short_code not in self.packs:
            return CaseView(order.case, "no such case")
        # (3) Whoever looks has said why before.
        about = f"{order.case}|{order.by}|{order.ticket}|{order.reason}"
        looked = 0
        if order.kind is OrderKind.SHOW and not order.dry_run:
            try:
                looked = await self.entries.seen(filed.index, EntryKind.STAFF_SHOW, now, about, "staff")
            except (LogUnavailableError, KeysError):
                return CaseView(order.case, "not done: no entry could be written")
        # (4) What it looks like now.
        held = await self.vault.read(filed.index)
        view = self._view(order.case, held.talk, now)
        why_not = _refused(order.kind, held.talk, now)
        if order.kind is OrderKind.SHOW or order.dry_run or why_not:
            shown = "shown" if order.kind is OrderKind.SHOW else "would be done"
            return replace(view, done=why_not or shown, entry=looked)
        # (5) No act without its entry.
        try:
            receipt = await self.entries.enter(filed.index, _KINDS[order.kind], now, about, "staff")
            # (6) and (7).
            talk = await self._done(order.kind, filed, receipt, now)
        except (LogUnavailableError, KeysError):
            return replace(
                view, done="not done: no entry could be written, or no subscription has this number"
            )
        if talk is None:
            return replace(view, done="not done: its subscriber kept writing; try again")
        return replace(self._view(order.case, talk, now), done="done", entry=receipt.position)

    async def _done(
        self, kind: OrderKind, filed: Filed, receipt: EntryReceipt, now: int
    ) -> Conversation | None:
        """The conversation afterwards; None where it kept changing."""
        if kind is OrderKind.UNLOCK:
            await self.keys.lock(receipt, 0)
        if kind is OrderKind.LIFT:
            await self.keys.lift(receipt)
        for _ in range(_RACES):
            held = await self.vault.read(filed.index)
            talk, texts = await self._changed(kind, filed, held, now)
            posted = await self.vault.commit(held, talk, texts, MEMORY_SECONDS)
            if posted is not None:
                for text in posted:
                    self.post(text)
                return talk
        return None

    async def _changed(
        self, kind: OrderKind, filed: Filed, held: Held, now: int
    ) -> tuple[Conversation, list[Outgoing]]:
        talk = held.talk
        match kind:
            case OrderKind.WITHDRAW:
                live = talk.held.live(now)
                await self.minting.withdraw(live)
                return replace(talk, held=talk.held.without(live)), []
            case OrderKind.UNLOCK:
                return replace(talk, locked_until=0), []
            case OrderKind.LIFT:
                return replace(talk, sim_until=0, sim_paused_until=0, guesses=Guesses(), tries=0), []
            case OrderKind.RESEND if talk.waits(now):
                return talk, [self._prompt(talk, filed)]
        return talk, []

    def _prompt(self, talk: Conversation, filed: Filed) -> Outgoing:
        """The words of the prompt that is open; its time is not prolonged."""
        act = Act.ASK_SIM if talk.phase is Phase.SIM_ASKED else Act.CHALLENGE
        text = say(act, talk, self.packs[filed.short_code].language(talk.language), self.scope)
        return Outgoing(
            Kind.PROMPT,
            filed.short_code,
            filed.msisdn,
            text,
            talk.expires_at,
            talk.language,
            talk.days,
            talk.purpose,
            case=talk.case,
        )

    def _view(self, case: str, talk: Conversation, now: int) -> CaseView:
        return CaseView(
            case,
            "",
            talk.phase.value if talk.waits(now) else Phase.IDLE.value,
            talk.purpose.value,
            talk.language or "",
            talk.expires_at if talk.waits(now) else 0,
            talk.tries,
            talk.sim_until if now < talk.sim_until else 0,
            talk.sim_paused_until if now < talk.sim_paused_until else 0,
            talk.guesses.count if talk.guesses.spent(now) else 0,
            talk.stopped,
            talk.answered_at,
            len(talk.held.live(now)),
            self.texts(case),
        )


def _refused(kind: OrderKind, talk: Conversation, now: int) -> str:
    """Why an order can't be carried out; empty where it can."""
    if kind is OrderKind.RESEND and not talk.waits(now):
        return "not done: no prompt waits for an answer; let the keyword be sent again"
    if kind is OrderKind.WITHDRAW and not talk.held.live(now):
        return "not done: no check code lives"
    return ""
