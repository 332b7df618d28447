"""The dialogue: link, flows and vault.

Rule 1: what the link role consists of is decided here.
Rule 2: it answers nothing itself.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from service.adapters.pack_files import load_packs
from service.adapters.redis_presence import RedisPresence
from service.adapters.region_tables import load_regions
from service.adapters.shared_log import SharedLog
from service.adapters.smpp_link import SmppLink, SmppSettings, trusting
from service.domain.dialogue_traces import Fresh
from service.domain.stay_rule import RULES
from service.flows.access import AccessRecord
from service.flows.answer import Answer, Answering
from service.flows.card import Card
from service.flows.card_tokens import CardTokens
from service.flows.consenting import Consenting
from service.flows.deliveries import Deliveries
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries
from service.flows.erase import Erase, Erasures
from service.flows.fed import Fed
from service.flows.holding import Holding
from service.flows.inform import Inform, Informing
from service.flows.mint import Minting
from service.flows.new_regions import NewRegions
from service.flows.notify import Notify
from service.flows.own_export import OwnExport
from service.flows.peers import Peers
from service.flows.recognise import Recognise
from service.flows.refusals import Refusals
from service.flows.send import Sender
from service.flows.serve_orders import ServeOrders
from service.flows.words import Words
from service.ports.holders import Holders
from service.ports.keys import KeysError
from service.ports.presence import HOLDER_BYTES
from service.ports.sms import InboundSms, OnInbound
from service.ports.standing_answers import StandingAnswers
from service.ports.store import StoreError
from service.ports.tally import Tally
from service.ports.tombstones import TombstonesError
from service.settings import Settings, SettingsError, secret_line
from service.vault.check_holders import HolderVault
from service.vault.consents import ConsentVault
from service.vault.conversations import ConversationVault
from service.vault.disputes import DisputeVault
from service.vault.entry_details import EntryDetails
from service.vault.notices import NoticeOpener
from service.vault.revealer import Revealer
from service.vault.support_desk import CaseFiles, OrderDesk
from service.wiring.cards import cards
from service.wiring.closing import Closing
from service.wiring.peering import beating, for_all, left, until_the_end
from service.wiring.showing import answering_again, showing
from service.wiring.storage import STARTING, Storage
from service.wiring.transparency import finding, open_log, proving
from service.wiring.verifying import Checking, checking

__all__ = ["Lookups", "bind_of", "lookups"]

_CASE_SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U to misread
_CASE_LENGTH = 5
_LOOK_THROUGH = 60.0  # seconds
_SOON = 1.0  # seconds that a store gets to come back
_ONCE_MORE = 5.0  # seconds after which what was under way meanwhile has come to light
_LAST_TEXTS = 3.0  # seconds for texts that wait when we stop; what is left goes to another process
_LONGEST_PASSWORD = 8  # SMPP 3.4, 5.2.2: nine octets with its terminator


@dataclass(frozen=True, slots=True)
class Lookups:
    """The running dialogue: its link, and what has been found in the outbox at the start."""

    link: SmppLink
    answer: Answer
    sender: Sender
    checking: Checking
    tokens: CardTokens
    card: Card
    holders: Holders
    standing: StandingAnswers
    log: SharedLog
    found: int


@asynccontextmanager
async def lookups(
    settings: Settings, stored: Storage, tally: Tally, clock: Callable[[], float] = time.time
) -> AsyncIterator[Lookups]:
    """Answer texts until the block ends; then what is under way is finished and the bind is given back."""
    packs = load_packs(settings.packs.directory)
    regions = load_regions()
    log = await open_log(settings, stored.role_keys, STARTING)
    tokens = CardTokens(
        stored.keys_role.signing, stored.checks, stored.check_keys, settings.log_origin, clock
    )
    holder = secrets.token_bytes(HOLDER_BYTES)
    vault = ConversationVault(
        stored.conversations, stored.role_keys.index_key, stored.keys, secrets.token_bytes, holder
    )
    peers = Peers(RedisPresence(stored.data_server), holder)
    deliveries = Deliveries()
    link = SmppLink(bind_of(settings), vault, tally, secrets.SystemRandom().random, deliveries.reported)
    sender = Sender(vault, link, packs, tally, clock, deliveries, peers.gone)
    details = EntryDetails(stored.details, secrets.token_bytes)
    entries = Entries(stored.keys, log, details, secrets.token_bytes)
    holders = HolderVault(stored.keys, secrets.token_bytes)
    inform = Inform(
        Informing(packs, holders, vault, stored.keys, entries, sender.post, tally, lambda: log.takes_entries)
    )
    consents = ConsentVault(stored.consents, secrets.token_bytes)
    consenting = Consenting(stored.keys, consents, entries, settings.rule.name, tally, secrets.token_bytes)
    disclosing = Disclosing(
        keys=stored.keys,
        entries=entries,
        consenting=consenting,
        revealer=Revealer(stored.keys, stored.data_space),
        disputes=DisputeVault(stored.tickets, secrets.token_bytes),
        rule=RULES[settings.rule.name],
        scope=settings.ingest.scope,
        fed=Fed(stored.feed_days, clock),
        region_name=regions.name,
        minting=Minting(stored.checks, stored.check_keys, holders, regions.name, tally),
        tally=tally,
    )
    standing = answering_again(stored, packs, vault, entries, disclosing, regions, sender, tally, clock)
    check = checking(settings, stored, inform, standing, packs, regions, tokens, tally, clock)
    access = AccessRecord(stored.keys, details, entries, finding(settings), secrets.token_bytes)
    refusals = Refusals(
        stored.keys, entries, log, disclosing.minting, vault, tally, secrets.token_bytes, asyncio.sleep
    )
    files = CaseFiles(stored.cases, stored.keys, secrets.token_bytes)
    erase = Erase(entries, stored.keys, stored.tombstones, stored.erasures)
    holding = Holding(stored.keys, entries, erase, consenting, tally)
    answer = Answer(
        Answering(
            packs=packs,
            vault=vault,
            keys=stored.keys,
            disclosing=disclosing,
            recognise=Recognise(check.verify, check.requester_of_index),
            showing=showing(stored, entries, disclosing, regions, tally),
            words=Words(holding, access, disclosing.scope, Closing(settings).ends_on),
            holding=holding,
            refusals=refusals,
            files=files,
            blind=stored.index,
            post=sender.post,
            tally=tally,
            clock=clock,
            fresh=_fresh,
        )
    )
    export = OwnExport(stored.keys, access, consenting, proving(settings))
    card = cards(
        stored, packs, vault, disclosing, refusals, access, export, tokens, sender, tally, clock, _fresh
    )
    opener = NoticeOpener(stored.notices, stored.keys)
    news = NewRegions(stored.keys, consenting, entries, disclosing, packs)
    notify = Notify(opener, vault, stored.keys, packs, sender.post, tally, clock, news)
    desk = OrderDesk(stored.orders, stored.cases, stored.keys)
    orders = ServeOrders(
        desk,
        files,
        vault,
        stored.keys,
        entries,
        disclosing.minting,
        packs,
        settings.ingest.scope,
        deliveries.of,
        sender.post,
        clock,
    )
    try:
        async with (
            _speaking(link, sender, peers, _doubting(answer, sender)) as found,
            until_the_end(
                _looked_through(sender),
                _swept(stored.erasures, clock),
                for_all(peers, notify, tally),
                for_all(peers, orders, tally),
            ),
        ):
            yield Lookups(link, answer, sender, check, tokens, card, inform, standing, log, found)
    finally:
        await consenting.drain()
        await entries.drain()
        await log.close()


@asynccontextmanager
async def _speaking(link: SmppLink, sender: Sender, peers: Peers, handler: OnInbound) -> AsyncIterator[int]:
    """The bind, one among others; the texts found in the outbox."""
    async with AsyncExitStack() as stack:
        await peers.beat()  # before any text of ours can lie in the outbox
        stack.push_async_callback(left, peers)
        await stack.enter_async_context(until_the_end(beating(peers, sender.doubt)))
        stack.push_async_callback(sender.cancel)
        running = asyncio.create_task(link.run(handler))
        stack.push_async_callback(_unbound, link, sender, running)
        yield await sender.recover()


async def _unbound(link: SmppLink, sender: Sender, running: asyncio.Task[None]) -> None:
    """Nothing new is taken, what is in hand is answered, and only then the bind is given back."""
    await link.refuse()
    await sender.finish(_LAST_TEXTS)
    await link.stop()
    await asyncio.wait({running}, timeout=5)
    running.cancel()


async def _looked_through(sender: Sender) -> None:
    """What lies in the outbox without anybody who sends it: now and then, and twice soon after a store has failed or a process gone."""
    pause = _LOOK_THROUGH
    while True:
        try:
            await asyncio.wait_for(sender.doubt.wait(), pause)
            pause = _ONCE_MORE
        except TimeoutError:
            pause = _LOOK_THROUGH
        await asyncio.sleep(_SOON)
        sender.doubt.clear()
        try:
            await sender.recover()
        except (StoreError, KeysError):
            sender.doubt.set()


def _doubting(answer: Answer, sender: Sender) -> Callable[[InboundSms], Awaitable[None]]:
    """A commit that seemed to fail may have been made: its text is looked for at once, not in a minute."""

    async def answered(sms: InboundSms) -> None:
        try:
            await answer(sms)
        except StoreError:
            sender.doubt.set()
            raise

    return answered


async def _swept(erasures: Erasures, clock: Callable[[], float]) -> None:
    """What was erased in the last hour, once more: whoever had a key in memory may have written behind it."""
    while True:
        await asyncio.sleep(_LOOK_THROUGH)
        with contextlib.suppress(StoreError, TombstonesError):  # the next time will do
            await erasures.lately(int(clock()))


def bind_of(settings: Settings) -> SmppSettings:
    """The bind that the configuration names. Raises SettingsError."""
    smpp = settings.smpp
    password = secret_line("smpp", smpp.password_file, "password file")
    if len(password) > _LONGEST_PASSWORD:
        raise SettingsError(
            f"smpp: {smpp.password_file}: an SMPP password has at most {_LONGEST_PASSWORD} characters"
        )
    return SmppSettings(
        smpp.host,
        smpp.port,
        smpp.system_id,
        password,
        smpp.window,
        smpp.segments_per_second,
        smpp.default_alphabet,
        smpp.long_messages,
        smpp.receipts,
        tls=trusting(smpp.ca_file) if smpp.tls else None,
    )


def _fresh() -> Fresh:
    """A case reference, and four digits for the SIM, of the system's generator."""
    case = "".join(_CASE_SYMBOLS[octet % 32] for octet in secrets.token_bytes(_CASE_LENGTH))
    return Fresh(case, f"{secrets.randbelow(10_000):04}")
