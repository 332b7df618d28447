"""Erasure against everything that may happen at the same time, and what a restored store finds."""

import asyncio
import contextlib
import copy
import random

import pytest

from service.audit.entries import Entry, Kind
from service.auditor.proving import proved as proof_of
from service.domain.amendments import Change, ChangeKind
from service.domain.identity import LastFour
from service.flows.entries import LogUnavailableError
from service.flows.erase import Erase, Erasures
from service.flows.send import Sender
from service.ports.keys import Claim, KeysError, Verdict, Way
from service.ports.log import LogError
from service.ports.sms import InboundSms
from service.ports.store import StoreError
from service.ports.tombstones import TombstonesError
from service.vault.amender import Amender, Amendment, Outcome
from service.vault.entry_details import EntryDetails
from service.vault.revealer import Revealer
from tests.stories.test_access import Killed, Killing
from tests.unit.log.test_audit import MemoryPublished

NUMBER, OTHER = "8613800138000", "8613800138001"
BEGIN = 1_795_000_000


class Hesitant:
    """A port behind which others get a turn, before and after each call, as behind a real one."""

    def __init__(self, port, chance):
        self._port, self._chance = port, chance

    def __getattr__(self, name):
        """The call, at some other moment."""
        call = getattr(self._port, name)

        async def later(*arguments, **named):
            for _ in range(self._chance.randrange(4)):
                await asyncio.sleep(0)
            answer = await call(*arguments, **named)
            for _ in range(self._chance.randrange(4)):
                await asyncio.sleep(0)
            return answer

        return later if asyncio.iscoroutinefunction(call) else call


@pytest.fixture
async def known(world):
    """Two subscriptions with a stay each."""
    for number in (NUMBER, OTHER):
        await world.enrol(number, "1234", 400)
        await world.stayed(number, 420100, 5, 20)
    return world


def amendment(world, ordinal, generation=1):
    """A stay that the network saw."""
    change = Change(ordinal, ChangeKind.CLOSED, True, 440300, BEGIN + ordinal, BEGIN + ordinal + 18_000)
    return Amendment(world.blind(NUMBER), generation, (change,))


async def proved(world, number=NUMBER, last_four="1234"):
    """Whether a claim is proved."""
    [verdict] = await world.keys.verify([Claim(world.blind(number), LastFour.parse(last_four), Way.OPEN)])
    return verdict is Verdict.PROVED


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("stored", [True, False])
async def test_erasing_against_appenders_and_readers_resurrects_nothing(world, seed, stored):
    """Twelve who append, three who read, four who enter, one who erases: afterwards there is nothing, whoever was last."""
    chance = random.Random(seed)
    await world.enrol(NUMBER, "1234", 400)
    if stored:
        await world.stayed(NUMBER, 420100, 5, 20)
    index, now = world.blind(NUMBER), int(world.clock())
    keys, data = Hesitant(world.keys, chance), Hesitant(world.data_space, chance)
    details = EntryDetails(Hesitant(world.details, chance), world.entropy)
    erasures = Erasures(data, details, world.consent_vault, Hesitant(world.tickets, chance), world.tombstones)
    erase = Erase(world.entries, keys, world.tombstones, erasures)
    amender = Amender(keys, data, world.entropy)

    async def append(ordinal):
        [done] = await amender.amend([amendment(world, ordinal)])
        return done.outcome

    async def read():
        with contextlib.suppress(KeysError, LogUnavailableError):
            receipt = await world.entries.enter(index, Kind.DISCLOSE, now)
            await Revealer(keys, data).reveal(receipt)

    appending = [append(1000 + n) for n in range(12)]
    work = [*appending, *(read() for _ in range(3)), erase(index, now)]
    chance.shuffle(work)
    await asyncio.gather(*work)
    await world.entries.drain()
    assert world.data_space.rows.get(index) is None
    assert not await proved(world)
    # Details of who was under way are swept once more.
    await world.erasures.lately(now)
    world.check()
    assert (await append(5000)) is Outcome.UNKNOWN
    assert world.data_space.rows.get(index) is None


KILLS = [
    ("details", "put"),
    ("log", "append"),
    ("tombstones", "append"),
    ("keys", "erase"),
    ("data", "delete"),
]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("port", "call"), KILLS)
async def test_a_kill_in_the_middle_is_finished_by_whoever_opens_the_store(known, port, call, after):
    """Before the tombstone nothing has happened; from it on the next start erases. Asked again, it is answered."""
    world = known
    ports = {
        "details": world.details,
        "log": world.log,
        "tombstones": world.tombstones,
        "keys": world.keys,
        "data": world.data_space,
    }
    ports[port] = Killing(ports[port], call, after=after)
    details = EntryDetails(ports["details"], world.entropy)
    entries = type(world.entries)(world.keys, ports["log"], details, world.entropy)
    erasures = Erasures(ports["data"], details, world.consent_vault, world.tickets, ports["tombstones"])
    erase = Erase(entries, ports["keys"], ports["tombstones"], erasures)
    with pytest.raises(Killed):
        await erase(world.blind(NUMBER), int(world.clock()))
    begun = bool(world.tombstones.rows)
    assert begun == ((port, call, after) == ("tombstones", "append", True) or port in {"keys", "data"})
    await world.restored()
    assert await proved(world) != begun
    if begun:
        assert world.data_space.rows.get(world.blind(NUMBER)) is None
        world.check()
    assert await proved(world, OTHER)
    kinds = [Entry.parse(entry).kind for entry in world.log.entries]
    assert ("erase" in kinds) or not begun, "an act without its entry"


async def test_the_owner_is_told_even_if_the_process_dies_before_the_text(known):
    """The centre brings the digits again; they are answered by the receipt, and there is one entry."""
    world = known
    await world.text(NUMBER, "SC")
    world.clock.now += 5
    commit, commits = world.vault.commit, []

    async def killed(*arguments):
        commits.append(arguments)
        raise Killed

    world.vault.commit = killed
    with pytest.raises(Killed):
        await world.answer(InboundSms(NUMBER, "10086", "1234"))
    world.vault.commit = commit
    await world.restart()
    assert not await proved(world)
    await world.text(NUMBER, "1234")
    assert "全部数据已删除" in world.inbox(NUMBER)[-1].text
    assert len(world.tombstones.rows) == 1


async def test_copies_of_the_digits_at_once_erase_once(known):
    """The wire says them four times: one entry, one receipt."""
    world = known
    await world.text(NUMBER, "SC")
    world.clock.now += 5
    before = len(world.inbox(NUMBER))
    await asyncio.gather(*(world.answer(InboundSms(NUMBER, "10086", "1234")) for _ in range(4)))
    await world.sender.drain()
    world.check()
    assert len(world.tombstones.rows) == 1
    assert len(world.inbox(NUMBER)) == before + 1


@pytest.mark.parametrize("failing", [LogError, TombstonesError, KeysError])
async def test_what_cannot_be_entered_or_remembered_is_not_erased(known, failing):
    """The ordinary refusal; everything is as it was."""
    world = known

    class Failing:
        """A port that fails."""

        async def append(self, *_):
            """Failed."""
            raise failing("no")

        async def all(self):
            """Nothing."""
            return []

    if failing is LogError:
        world.log = Failing()
        world.log.entries = []
    elif failing is TombstonesError:
        world.tombstones = Failing()
        world.tombstones.rows = []
    await world.start()
    if failing is KeysError:

        async def refuse(_receipt):
            raise KeysError("no")

        world.keys.erase = refuse
    await world.text(NUMBER, "SC")
    world.clock.now += 5
    await world.answer(InboundSms(NUMBER, "10086", "1234"))
    await world.sender.drain()
    assert "未能完成" in world.inbox(NUMBER)[-1].text
    assert await proved(world)
    assert world.data_space.rows.get(world.blind(NUMBER)) is not None


async def test_what_waited_to_be_sent_is_gone_but_the_receipt(known):
    """A data reply whose link was closed, a folded notice: not after the erasure."""
    world = known
    await world.text(NUMBER, "CXMYD")
    world.clock.now += 5
    sender, world.sender = world.sender, Sender(world.vault, world.centre, {}, world.tally, world.clock)
    posted = []
    world.answer._use = type(world.answer._use)(
        **{
            **{name: getattr(world.answer._use, name) for name in type(world.answer._use).__slots__},
            "post": posted.append,
        }
    )
    await world.answer(InboundSms(NUMBER, "10086", "1234"))
    assert len(posted) == 1
    world.clock.now += 5
    await world.answer(InboundSms(NUMBER, "10086", "SC"))
    world.clock.now += 5
    await world.answer(InboundSms(NUMBER, "10086", "1234"))
    world.sender = sender
    waiting = [text.outgoing.text async for text in world.vault.pending()]
    assert len(waiting) == 1
    assert "全部数据已删除" in waiting[0]


async def test_yesterdays_store_opens_nothing(known):
    """Both stores are restored from before the erasure: no proof, no itinerary, no details; others are there; proofs hold."""
    world = known
    await world.text(NUMBER, "CXMYD")
    world.clock.now += 5
    await world.text(NUMBER, "1234")
    copies = copy.deepcopy((world.key_space.rows, world.data_space.rows, world.details.rows))
    world.clock.now += 40
    await world.text(NUMBER, "SC")
    world.clock.now += 5
    await world.text(NUMBER, "1234")
    entries = list(world.log.entries)
    world.clock.now += 86_400
    world.key_space.rows, world.data_space.rows, world.details.rows = copies
    assert await proved(world)
    assert await world.restored() == 1
    assert not await proved(world)
    assert await proved(world, OTHER)
    index = world.blind(NUMBER)
    assert world.data_space.rows.get(index) is None
    assert await world.keys.read_log([index]) == [None]
    world.check()
    assert world.log.entries == entries
    for place, entry in enumerate(entries):
        assert proof_of(MemoryPublished(entries), place)[0] == entry
    # A data store that came back alone is swept as well.
    world.data_space.rows = copies[1]
    world.data_space.rows[index] = b"sealed bytes of nobody"
    assert await world.restored() == 0
    assert world.data_space.rows.get(index) is None


async def test_a_failing_store_is_swept_later(known):
    """The secret is gone, the data store does not answer: the text comes again, and so does the sweep."""
    world = known
    await world.text(NUMBER, "SC")
    world.clock.now += 5
    delete = world.data_space.delete

    async def failing(_indices):
        raise StoreError("no answer")

    world.data_space.delete = failing
    with pytest.raises(StoreError):
        await world.answer(InboundSms(NUMBER, "10086", "1234"))
    world.data_space.delete = delete
    assert not await proved(world)
    await world.erasures.lately(int(world.clock()))
    assert world.data_space.rows.get(world.blind(NUMBER)) is None
    await world.text(NUMBER, "1234")
    assert "全部数据已删除" in world.inbox(NUMBER)[-1].text
