"""The world of the stories: the whole service but its sockets, on the memory twins and a clock of its own.

After each line of a story `world.check()` proves the invariants again.
"""

import asyncio
import json
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from service.adapters.key_file import KeyFile
from service.adapters.memory_cases import MemoryCases
from service.adapters.memory_challenges import MemoryChallenges
from service.adapters.memory_checks import MemoryChecks, MemoryThrottle
from service.adapters.memory_consents import MemoryConsents
from service.adapters.memory_details import MemoryDetails
from service.adapters.memory_log import MemoryLog
from service.adapters.memory_store import MemoryConversations, MemoryKeySpace, MemoryRecords
from service.adapters.memory_tickets import MemoryNotices, MemoryTickets
from service.adapters.memory_tombstones import MemoryTombstones
from service.adapters.memory_verifiers import MemoryVerifiers
from service.adapters.pack_files import load_packs
from service.adapters.signing_file import SigningFile
from service.audit.entries import Entry, Kind, leaf, tag
from service.domain.access import Access
from service.domain.amendments import Change, ChangeKind
from service.domain.challenge import State
from service.domain.challenge_texts import MOST_STANDING
from service.domain.check_codes import PhoneLastFour
from service.domain.dialogue_traces import Fresh
from service.domain.explanations import MOST_PARTS
from service.domain.held_codes import Channel
from service.domain.identity import DocumentType, LastFour, Msisdn
from service.domain.inclusion import Scope
from service.domain.itinerary import DAY, day_of, start_of_day
from service.domain.pacing import Pace
from service.domain.questions import Question, Shown
from service.domain.stay_rule import DWELL_4H
from service.flows.access import AccessRecord
from service.flows.administer import Administer
from service.flows.answer import Answer, Answering
from service.flows.answer_again import AnswerAgain, AnsweringAgain
from service.flows.card_tokens import CardTokens
from service.flows.challenge import (
    Asking,
    Challenge,
    Challenging,
    Ended,
    Green,
    NotRegistered,
    OpenedChallenge,
    Refused,
)
from service.flows.consenting import Consenting
from service.flows.correct import Correct
from service.flows.deliveries import Deliveries
from service.flows.disclosures import Disclosing
from service.flows.enrol import enrol
from service.flows.entries import Entries
from service.flows.erase import Erase, Erasures
from service.flows.holding import Holding
from service.flows.inform import Inform, Informing
from service.flows.mark_regions import MarkRegions
from service.flows.mint import Minting
from service.flows.new_regions import NewRegions
from service.flows.notify import Notify
from service.flows.recognise import Recognise
from service.flows.refusals import Refusals
from service.flows.register import Registry
from service.flows.repeat import AskingAgain, Repeat, RepeatAnswer, Repeating
from service.flows.send import Sender
from service.flows.serve_orders import ServeOrders
from service.flows.showing import Showing
from service.flows.verify import Asked, Verdict, Verify, Verifying
from service.flows.words import Words
from service.ports.feed import Subscriber
from service.ports.keys import LogKey
from service.ports.sms import Fate, InboundSms, OutboundSms, Submitted
from service.records.access_record import committed
from service.records.consent_record import decode_consent, terms
from service.records.itinerary_record import split
from service.records.ticket_record import decode_ticket
from service.sealing.blinding import blind
from service.sealing.envelope import unseal
from service.sealing.keyring import consent_key
from service.sealing.requesters import requester_of_address, requester_of_index
from service.smpp.text import coding_for, cut
from service.vault.amender import Amender, Amendment
from service.vault.challenge_opener import ChallengeOpener
from service.vault.challenges import ChallengeSealer
from service.vault.check_holders import HolderVault
from service.vault.check_keys import DeviceCheckKeys
from service.vault.consents import ConsentVault
from service.vault.conversations import ConversationVault
from service.vault.corrector import Corrector
from service.vault.disputes import DisputeVault
from service.vault.entry_details import EntryDetails, _opened, holder_of
from service.vault.epochs import decoded
from service.vault.key_service import DeviceKeys
from service.vault.notices import NoticeOpener, NoticeSealer
from service.vault.revealer import Revealer
from service.vault.signing_keys import DeviceSigning
from service.vault.standing_tokens import StandingTokens
from service.vault.support_desk import CaseFiles, OrderDesk, OrderPost
from service.wiring.verifying import SMS_PACE

PACKS = load_packs(Path(__file__).parents[2] / "config" / "packs")
NAMES = {
    420100: {"zh": "湖北武汉", "en": "Wuhan"},
    440300: {"zh": "广东深圳", "en": "Shenzhen"},
    310000: {"zh": "上海", "en": "Shanghai"},
    320500: {"zh": "江苏苏州", "en": "Suzhou"},
    440: {"zh": "日本", "en": "Japan"},
}
PROVINCES = {
    420000: {"zh": "湖北", "en": "Hubei"},
    440000: {"zh": "广东", "en": "Guangdong"},
    320000: {"zh": "江苏", "en": "Jiangsu"},
}
ACTS = tuple(
    (pattern, frozenset(kinds.split()))
    for pattern, kinds in (
        (r"[*]{4}", "disclose"),
        (r"新增停留超4小时的地区:|in a new region:", "consent.used"),
        (r"的查询已锁定至|are locked until", "lock"),
        (r"查询锁定已解除|are unlocked", "unlock staff.unlock"),
        (r"全部数据已删除|is erased", "erase"),
        (r"已开启:|on: a text when", "consent.given"),
        (r"已于.*出示|[.:] shown at", "check predicate"),
        (r"按您同意向|shown to .* as you agreed", "predicate"),
        (r"被核验[0-9]|(was|were) checked", "check"),
    )
)
"""What a text says has been done, and the kinds of entries that an act of that sort has; the same text twice is one act."""
BEGIN = start_of_day(20_780) + 9 * 3600 + 12 * 60  # 09:12 in Shanghai


def province_of(region: int) -> int | None:
    """The province of a region; None abroad."""
    return region // 10_000 * 10_000 if region > 1000 else None


@dataclass
class Clock:
    """The story's time."""

    now: float = BEGIN

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now


class Counters:
    """Counts as production does, in a dictionary."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def count(self, what: str, reason: str) -> None:
        """See `ports.tally.Tally`."""
        self.counts[what, reason] = self.counts.get((what, reason), 0) + 1

    def took(self, what: str, seconds: float) -> None:
        """See `ports.tally.Tally`."""


class Centre:
    """A message centre that keeps what it gets; the next fates can be told to it."""

    def __init__(self) -> None:
        self.inboxes: dict[str, list[OutboundSms]] = {}
        self.fates: list[Fate] = []
        self.attempted: list[OutboundSms] = []
        self.everything: list[OutboundSms] = []
        self.leaves: Callable[[OutboundSms], None] = lambda _: None

    async def send(self, sms: OutboundSms) -> Submitted:
        """See `ports.sms.SmsLink`. A text of unknown fate has in fact arrived: the worse case."""
        self.leaves(sms)
        fate = self.fates.pop(0) if self.fates else Fate.ACCEPTED
        self.attempted.append(sms)
        if fate in {Fate.ACCEPTED, Fate.UNKNOWN}:
            self.inboxes.setdefault(sms.recipient, []).append(sms)
            self.everything.append(sms)
        return Submitted(fate)


class Coincidences:
    """Stored parts that hold four digits by chance: sealed bytes are any four once in 2^32.

    Where thousands of worlds are looked through, one such part in some runs is no leak; a leak is in part after part.
    """

    def __init__(self, most: int = 0) -> None:
        self.most = most
        self.parts: set[bytes] = set()

    def spare(self, digits: bytes, parts: Iterable[bytes]) -> bool:
        """Whether so few of all parts ever seen hold them that it may be chance."""
        self.parts.update(part for part in parts if digits in part)
        return len(self.parts) <= self.most


class World:
    """Everything of a story."""

    def __init__(self, folder: Path, seed: int, coincidences: Coincidences | None = None) -> None:
        self.folder = folder
        self.coincidences = coincidences or Coincidences()
        self.clock = Clock()
        self.random = random.Random(seed)
        self.centre = Centre()
        self.tally = Counters()
        self.device = KeyFile.open(folder / "keys.json", self.entropy, create=True)
        self.key_space = MemoryKeySpace(self.clock)
        self.data_space = MemoryRecords()
        self.talks = MemoryConversations(self.clock)
        self.checks = MemoryChecks(self.clock)
        self.throttle = MemoryThrottle(self.clock)
        self.challenges = MemoryChallenges(self.clock)
        self.verifiers = MemoryVerifiers()
        self.packs = dict(PACKS)
        self.secrets: set[str] = set()
        self.digits: set[str] = set()
        self.grants = 0
        self.log = MemoryLog(self.device.receipt_key)
        self.tickets = MemoryTickets(self.clock)
        self.notices = MemoryNotices()
        self.details = MemoryDetails()
        self.orders = MemoryNotices()
        self.cases = MemoryCases(self.clock)
        self.consents = MemoryConsents()
        self.tombstones = MemoryTombstones()
        self.rule, self.scope = DWELL_4H, Scope.ALL
        self.ends_on: int | None = None
        self.gaps: set[int] = set()
        self.holder = bytes(4)  # which link process this is
        self.gone: set[bytes] = set()  # and which others have gone
        self.told: list[
            tuple[str, frozenset[str], int]
        ] = []  # texts about acts: the act's kinds, entries before
        self.centre.leaves = self._leaves
        self.committed: dict[bytes, int] = {}  # how far the log has been held against details

    def entropy(self, count: int) -> bytes:
        """Seeded chance."""
        return self.random.randbytes(count)

    async def start(self) -> "World":
        """Wire the flows together as `wiring` does."""
        self.keys = await DeviceKeys.start(
            self.key_space,
            self.device,
            self.device.receipt_key,
            day_of(int(self.clock())),
            self.entropy,
            self.clock,
        )
        self.vault = ConversationVault(
            self.talks, self.device.index_key, self.keys, self.entropy, self.holder
        )
        marks = MarkRegions(NoticeSealer(self.notices, self.keys, self.entropy), self.clock)
        self.amender = Amender(self.keys, self.data_space, self.entropy, marks)
        self.deliveries = Deliveries()
        self.sender = Sender(
            self.vault,
            self.centre,
            self.packs,
            self.tally,
            self.clock,
            self.deliveries,
            self.gone.__contains__,
        )
        self.entry_details = EntryDetails(self.details, self.entropy)
        self.entries = Entries(self.keys, self.log, self.entry_details, self.entropy)
        self.consent_vault = ConsentVault(self.consents, self.entropy)
        self.consenting = Consenting(
            self.keys, self.consent_vault, self.entries, self.rule.name, self.tally, self.entropy
        )
        self.erasures = Erasures(
            self.data_space,
            self.entry_details,
            self.consent_vault,
            self.tickets,
            self.tombstones,
        )
        self.erase = Erase(self.entries, self.keys, self.tombstones, self.erasures)
        self.access = AccessRecord(self.keys, self.entry_details, self.entries, self.find, self.entropy)
        self._start_checks()
        self.disclosing = disclosing = Disclosing(
            keys=self.keys,
            entries=self.entries,
            consenting=self.consenting,
            revealer=Revealer(self.keys, self.data_space),
            disputes=DisputeVault(self.tickets, self.entropy),
            rule=self.rule,
            scope=self.scope,
            fed=self.fed,
            region_name=self.region_name,
            minting=self.minting,
            tally=self.tally,
        )
        self.refusals = Refusals(
            self.keys,
            self.entries,
            self.log,
            self.minting,
            self.vault,
            self.tally,
            self.entropy,
            self.rested,
        )
        self._start_challenges()
        self._start_standing()
        self._start_support(disclosing)
        holding = Holding(self.keys, self.entries, self.erase, self.consenting, self.tally)
        self.answer = Answer(
            Answering(
                packs=self.packs,
                vault=self.vault,
                keys=self.keys,
                disclosing=disclosing,
                recognise=Recognise(
                    self.verify, lambda index: requester_of_index(self.device.requester_key, index)
                ),
                showing=Showing(
                    self.challenges,
                    ChallengeOpener(self.keys, self.entropy),
                    self.throttle,
                    self.keys,
                    self.entries,
                    disclosing,
                    self.standing_tokens,
                    self.region_name,
                    province_of,
                    self.device.requester_key,
                    self.tally,
                ),
                words=Words(holding, self.access, disclosing.scope, lambda: self.ends_on),
                refusals=self.refusals,
                files=self.files,
                holding=holding,
                blind=self.blind,
                post=self.sender.post,
                tally=self.tally,
                clock=self.clock,
                fresh=lambda: Fresh("H4TN8", f"{self.random.randrange(10_000):04}"),
            )
        )
        sealer = NoticeSealer(self.notices, self.keys, self.entropy)
        opener = NoticeOpener(self.notices, self.keys)
        self.notify = Notify(
            opener,
            self.vault,
            self.keys,
            self.packs,
            self.sender.post,
            self.tally,
            self.clock,
            NewRegions(self.keys, self.consenting, self.entries, disclosing, self.packs),
        )
        entries = self.entries
        corrector = Corrector(self.keys, self.data_space, self.entropy)
        self.correct = Correct(self.keys, entries, corrector, sealer, self.clock)
        disputes = DisputeVault(self.tickets, self.entropy)
        self.registry = Registry(
            self.verifiers, self.log, self.device.requester_key, self.entropy, self.clock
        )
        self.administer = Administer(
            disputes, self.keys, entries, self.correct, sealer, self.names_a_place, self.clock
        )
        return self

    async def rested(self, seconds: float) -> None:
        """A failed proof is answered at its own time, which a story need not wait for."""
        assert seconds <= 1

    def _start_support(self, disclosing: Disclosing) -> None:
        """What support's orders go through, as `wiring` puts it together."""
        self.files = CaseFiles(self.cases, self.keys, self.entropy)
        self.serve_orders = ServeOrders(
            OrderDesk(self.orders, self.cases, self.keys),
            self.files,
            self.vault,
            self.keys,
            self.entries,
            disclosing.minting,
            self.packs,
            self.scope,
            self.deliveries.of,
            self.sender.post,
            self.clock,
        )
        self.order_post = OrderPost(self.orders, self.cases, self.keys, self.entropy)

    def _start_checks(self) -> None:
        """What makes codes and what checks them, as `wiring` puts it together."""
        self.check_keys = DeviceCheckKeys(self.device, self.entropy, self.clock)
        self.log_takes = True
        self.holders = HolderVault(self.keys, self.entropy)
        self.minting = Minting(self.checks, self.check_keys, self.holders, self.region_name, self.tally)
        inform = Inform(
            Informing(
                self.packs,
                self.holders,
                self.vault,
                self.keys,
                self.entries,
                self.sender.post,
                self.tally,
                lambda: self.log_takes,
            )
        )
        self.verify = Verify(
            Verifying(
                self.checks,
                self.throttle,
                self.check_keys,
                inform,
                {Channel.WEB: Pace.a_minute(60), Channel.SMS: SMS_PACE},
                self.tally,
                self.clock,
            )
        )

    def _start_challenges(self) -> None:
        """The page's side of a live challenge; it looks once a second of the story's time."""

        async def passes(seconds: float) -> None:
            await asyncio.sleep(0)
            self.clock.now += seconds

        signing = DeviceSigning(SigningFile(self.folder / "signing.json", self.entropy), self.clock)
        self.challenge = Challenge(
            Challenging(
                self.challenges,
                self.throttle,
                self.verifiers,
                ChallengeSealer(self.keys, self.entropy),
                Pace.a_minute(20),
                self.device.requester_key,
                self.entropy,
                lambda count: f"{self.random.randrange(10**count):0{count}}",
                CardTokens(signing, self.checks, self.check_keys, "service", self.clock).receipt_for,
                self.tally,
                passes,
            )
        )

    def _start_standing(self) -> None:
        """Asked again within a standing consent: the link's side, and the page's."""
        self.standing_tokens = StandingTokens(self.device.index_key, self.entropy)
        self.standing = AnswerAgain(
            AnsweringAgain(
                self.standing_tokens,
                self.packs,
                self.vault,
                self.consenting,
                self.entries,
                self.disclosing,
                province_of,
                self.sender.post,
                self.tally,
                self.clock,
            )
        )
        using = self.challenge._use
        self.repeat = Repeat(
            Repeating(
                self.throttle,
                self.verifiers,
                self.standing,
                using.pace,
                using.key,
                using.receipt,
                self.tally,
            )
        )

    async def again(self, token: str, code: str, secret: str, address: str = "192.0.2.1") -> RepeatAnswer:
        """A registered verifier asks again; whatever the holder is told has been sent when this returns."""
        requester = requester_of_address(self.device.requester_key, address)
        found = await self.repeat(AskingAgain(requester, code, secret, token))
        await self.sender.drain()
        self.check()
        return found

    def vault_of_challenges(self) -> ChallengeOpener:
        """What the link opens questions with."""
        return ChallengeOpener(self.keys, self.entropy)

    async def opens(
        self, question: Question, last_four: str, name: str, *, standing: bool = False, **more: str
    ) -> OpenedChallenge | Refused | NotRegistered:
        """Somebody opens a challenge on the page."""
        address = more.pop("address", "192.0.2.1")
        requester = requester_of_address(self.device.requester_key, address)
        found = await self.challenge.open(
            Asking(requester, question, PhoneLastFour(last_four), name, standing=standing, **more)
        )
        self.check()
        return found

    async def page(self, opened: OpenedChallenge) -> State | Shown | Ended:
        """What the page of this challenge shows now; an answer is taken. No key is tended here, so no receipt is signed."""
        lying = await self.challenges.read(opened.place)
        if lying is not None and lying.ident == opened.ident and lying.state is State.OPENED:
            return State.OPENED
        found = await anext(self.challenge.watch(opened))
        return found.shown if isinstance(found, Green) else found

    @staticmethod
    def region_name(region: int, language: str) -> str:
        """The name of one of the story's regions."""
        return (NAMES | PROVINCES)[region][language]

    async def checked(self, code: str, last_four: str, address: str = "192.0.2.1") -> Verdict:
        """Somebody checks a reply on the page; whatever the holder is told has been sent when this returns."""
        requester = requester_of_address(self.device.requester_key, address)
        verdict = await self.verify(Asked(requester, code, last_four))
        await self.verify.drain()
        await self.sender.drain()
        self.check()
        return verdict

    async def find(self, entry: bytes) -> int | None:
        """Where an entry stands in the log."""
        return self.log.entries.index(entry) if entry in self.log.entries else None

    async def fed(self) -> frozenset[int] | None:
        """Every day but those that a story calls a gap of the feed."""
        today = day_of(int(self.clock()))
        return frozenset(range(today - 60, today + 1)) - self.gaps if self.gaps else None

    @staticmethod
    def names_a_place(text: str) -> bool:
        """Whether a text of an operator names one of the story's places."""
        return any(name in text for names in NAMES.values() for name in names.values())

    async def restart(self) -> None:
        """The process dies and another one begins: only what is stored is left."""
        await self.sender.cancel()
        await self.start()
        await self.sender.recover()
        await self.sender.drain()

    def blind(self, digits: str) -> bytes:
        """The index of a number."""
        return blind(self.device.index_key, digits)

    async def enrol(self, msisdn: str, last_four: str, days_ago: int) -> None:
        """A subscription, known to the keys role."""
        number = Msisdn.parse(msisdn)
        self.secrets |= {number.digits, number.national}
        self.digits.add(last_four)
        day = day_of(int(self.clock())) - days_ago
        row = Subscriber(number, DocumentType.RESIDENT_ID, LastFour.parse(last_four), day)
        await enrol([row], self.keys, self.blind, self.talks.forget, lambda _count: None)

    async def restored(self) -> int:
        """Stores come back from a copy: the keys role starts, then the data store is swept; how many lives had come back."""
        came_back = 0
        for tombstone in self.tombstones.rows:
            came_back += await self.keys.erase_again(tombstone.index, tombstone.generation)
        await self.erasures.everywhere()
        return came_back

    async def notice(self) -> None:
        """The link looks for notices of other roles and sends them."""
        await self.notify()
        await self.sender.drain()

    async def stayed(
        self, msisdn: str, region: int, days_ago: int, hours: float, *, certain: bool = True
    ) -> None:
        """One closed stay that began at noon so many days ago; every day since is covered."""
        index = self.blind(msisdn.removeprefix("+"))
        self.secrets |= set(NAMES[region].values())
        start = start_of_day(day_of(int(self.clock())) - days_ago) + 12 * 3600
        known = self.ordinals.get(index, 0) + 1
        changes = [Change(known, ChangeKind.CLOSED, certain, region, start, start + int(hours * 3600))]
        changes += [
            Change(known + 1 + day, ChangeKind.SEEN, False, 0, 0, start + day * DAY)
            for day in range(days_ago + 1)
        ]
        self.ordinals[index] = changes[-1].ordinal
        await self.amender.amend([Amendment(index, 1, tuple(changes))])

    @property
    def ordinals(self) -> dict[bytes, int]:
        """The last ordinal given out for each subscription."""
        if not hasattr(self, "_ordinals"):
            self._ordinals: dict[bytes, int] = {}
        return self._ordinals

    async def text(self, msisdn: str, text: str, to: str = "10086") -> None:
        """A handset sends a text; whatever answers it has been sent when this returns."""
        await self.answer(InboundSms(msisdn.removeprefix("+"), to, text))
        await self.consenting.drain()
        await self.sender.drain()
        self.check()

    def inbox(self, msisdn: str) -> list[OutboundSms]:
        """The texts that a handset has got and nobody has looked at."""
        return self.centre.inboxes.setdefault(msisdn.removeprefix("+"), [])

    def _leaves(self, sms: OutboundSms) -> None:
        """A text that tells of an act goes out: the entries that stand at this moment are counted."""
        self.told += [
            (sms.text, kinds, len(self.log.entries))
            for pattern, kinds in ACTS
            if re.search(pattern, sms.text)
        ]

    def check(self) -> None:
        """What must hold after every line of every story."""
        self._check_log()
        self._check_order()
        self._check_details()
        self._check_erased()
        self._check_secrecy()
        self._check_texts()

    def _check_log(self) -> None:
        """Every entry of the log is canonical, and data was never sent more often than entries were written."""
        for entry in self.log.entries:
            Entry.parse(entry)
        data = [sms for sms in self.centre.everything if "****" in sms.text]
        assert len(data) <= len(self.log.entries)

    def _check_order(self) -> None:
        """Each text about an act went out behind an entry of that act, and of as many texts as many entries."""
        kinds = [Entry.parse(entry).kind for entry in self.log.entries]
        seen: dict[frozenset[str], set[str]] = {}
        for text, wanted, before in self.told:
            seen.setdefault(wanted, set()).add(text)
            entered = sum(kind in wanted for kind in kinds[:before])
            assert entered >= len(seen[wanted]), f"told before its entry: {sorted(wanted)}"

    def _check_details(self) -> None:
        """Every entry about a subscription that lives has its details beside it, and commits to them."""
        for index, row in self.key_space.rows.items():
            record = decoded(row)
            if record.erased:
                continue
            key = self.keys._log_key(index, record)
            kept = self.details.rows.get(holder_of(index, record.generation), {})
            known = {tag(key.key, number): number for number in range(1, record.running + 1)}
            for entry in self.log.entries[self.committed.get(index, 0) :]:
                number = known.get(bytes.fromhex(json.loads(entry)["tag"]))
                if number is None:
                    continue
                found = _opened(holder_of(index, record.generation), key, number, kept.get(number))
                assert found is not None, "an entry whose details are lost"
                access = found.access
                made = leaf(Kind(access.kind), access.at, tag(key.key, number), found.salt, committed(access))
                assert made == entry, "an entry that does not commit to its details"
                self._check_consent(index, record.generation, key, access)
            self.committed[index] = len(self.log.entries)

    def _check_consent(self, index: bytes, generation: int, key: LogKey, access: Access) -> None:
        """Every answer was agreed to: its entry names the record of the consent, and commits to its terms."""
        if access.kind != Kind.DISCLOSE or access.about in {"card", ""}:
            return
        purpose, record_id, digest = access.about.split("|")
        holder, ident = holder_of(index, generation), UUID(record_id).bytes
        plain = unseal(
            consent_key(key.key),
            self.consents.rows[holder][ident],
            b"aes-256-gcm|consent/v1|" + holder + ident,
        )
        consent = decode_consent(plain)
        assert (consent.purpose.value, terms(consent)) == (purpose, digest)
        sent = {sha256(sms.text.encode()).hexdigest() for sms in self.centre.attempted}
        assert consent.notice.ident == "published" or consent.notice.digest in sent, (
            "agreed to words never sent"
        )

    def _check_erased(self) -> None:
        """Of an erased life of a number nothing is left anywhere but its entries, its tombstones and its day."""
        for tombstone in self.tombstones.rows:
            holder = holder_of(tombstone.index, tombstone.generation)
            record = decoded(self.key_space.rows[tombstone.index])
            assert record.erased or record.generation > tombstone.generation
            assert holder not in self.details.rows
            assert holder not in self.consents.rows
            assert not self.tickets._all.get(holder)
            assert not self.tickets._open.get(holder)
            data = self.data_space.rows.get(tombstone.index)
            assert data is None or split(data)[0].generation > tombstone.generation
            entry = Entry.parse(self.log.entries[tombstone.position])
            assert entry.kind == Kind.ERASE

    def _check_secrecy(self) -> None:
        """No stored byte and no line of the log shows a number, a region's name or a document's digits."""
        stored = b"|".join(self._stored())
        log = b"|".join(self.log.entries)
        for secret in self.secrets:
            for form in (secret.encode(), secret.encode("utf-16-be"), secret.encode("gb18030")):
                assert form not in stored, "a secret lies open in the store"
                assert form not in log, "a secret lies open in the log"
        clear = [
            value for value, _ in self.tickets.rows.values()
        ]  # references and moments, which hold digits
        sealed = self._stored(clear=False) + [decode_ticket(value).sealed for value in clear]
        for digits in self.digits:
            assert self.coincidences.spare(digits.encode(), sealed), "document digits lie open in the store"

    def _stored(self, *, clear: bool = True) -> list[bytes]:
        parts: list[bytes] = []
        for space in (self.key_space, self.data_space):
            parts += [part for row in space.rows.items() for part in row]
        parts += [part for place, row in self.checks.rows.items() for part in (place, row.sealed, row.handle)]
        parts += [part for state, _ in self.talks._states.values() for part in (state,)]
        parts += [
            part
            for place, row in self.challenges.rows.items()
            for part in (place, row.ident, row.box, row.binder, row.answer)
        ]
        parts += [value for value, _ in self.tickets.rows.values() if clear]
        parts += [part for row in self.notices.rows.items() for part in row]
        parts += [part for row in self.orders.rows.items() for part in row]
        parts += [value for value, _ in self.cases.rows.values()]
        parts += [value for value, _ in self.cases.answers.values() if clear]  # moments hold digits
        for rows in (self.details.rows, self.consents.rows):
            parts += [value for kept in rows.values() for value in kept.values()]
        parts += [part for box in self.talks._outbox.values() for row in box.items() for part in row]
        return parts

    def _check_texts(self) -> None:
        """No text holds a link; every prompt is one short message, a reply with three regions two at most."""
        for sms in self.centre.everything:
            assert not re.search(r"https?:|www\.|\.(cn|com)\b", sms.text)
            parts = len(cut(sms.text, coding_for(sms.text)))
            if re.search(r"配对号|asks to see|asks for one answer a day", sms.text):
                assert parts <= MOST_STANDING
                continue
            if re.search(r"本服务将于|closes for good", sms.text):  # help, with the announcement behind it
                assert parts <= 3
                continue
            if re.search(r"结果的依据|answer of", sms.text):
                assert parts <= MOST_PARTS
                continue
            long = re.search(
                r"\*{4}|CXMYD15|TRIP15|使用记录共|uses of this|长期有效的同意|standing consents of|长期同意至|Standing until|按您同意向|as you agreed",
                sms.text,
            )
            assert parts <= (2 if long else 1)


@pytest.fixture
def world(tmp_path: Path):
    """A world at 09:12 on a November morning."""
    return asyncio.run(_made(tmp_path))


async def _made(folder: Path) -> World:
    return await World(folder, 1).start()
