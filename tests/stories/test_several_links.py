"""Two link processes on one store: a number's texts may come to both at once, and each text goes out once.

They share whatever is stored, and the centre; each has its own turns, its own texts under way, its own name.
"""

import asyncio
import copy
import random
from dataclasses import replace

import pytest

from service.adapters.memory_store import MemoryConversations
from service.domain.outgoing import Kind, Outgoing
from service.ports.sms import Fate, InboundSms

NUMBER = "8613800138000"


class SlowConversations(MemoryConversations):
    """Others get their turn between any two steps, as with a store at the end of a wire."""

    def __init__(self, clock, seed):
        super().__init__(clock)
        self._chance = random.Random(seed)

    async def _elsewhere(self):
        for _ in range(self._chance.randrange(5)):
            await asyncio.sleep(0)

    async def read(self, index):
        """See `ports.store.Conversations`."""
        await self._elsewhere()
        return await super().read(index)

    async def commit(self, *arguments):
        """See `ports.store.Conversations`."""
        await self._elsewhere()
        return await super().commit(*arguments)

    async def replace(self, *arguments):
        """See `ports.store.Conversations`."""
        await self._elsewhere()
        return await super().replace(*arguments)


async def two(world, seed=1):
    """Two processes, and somebody with a stay."""
    world.talks = SlowConversations(world.clock, seed)
    other = copy.copy(world)
    world.holder, world.gone = b"aaaa", set()
    other.holder, other.gone = b"bbbb", set()
    await world.start()
    await other.start()
    await world.enrol(NUMBER, "1234", 400)
    await world.stayed(NUMBER, 420100, 5, 20)
    return world, other


async def both(links, *texts):
    """Each of these texts comes to each process, all at once; the centre brings what was not safe again."""
    asked = [InboundSms(NUMBER, "10086", text) for text in texts for _ in links]
    await asyncio.gather(*(link.answer(sms) for link, sms in zip(links * len(texts), asked, strict=True)))
    for link in links:
        await link.sender.recover()
        await link.sender.drain()
    links[0].check()


@pytest.mark.parametrize("seed", range(40))
async def test_a_text_that_comes_to_both_is_answered_once(world, seed):
    """A question, its proof, each twice at the same moment: one challenge, one reply, whatever gets in between."""
    links = await two(world, seed)
    for text in ("CXMYD", "1234"):
        world.clock.now += 5
        await both(links, text)
    challenge, reply = [sms.text for sms in world.inbox(NUMBER)]
    assert "证件号后4位" in challenge
    assert "湖北武汉" in reply


@pytest.mark.parametrize("seed", range(40))
async def test_of_two_proofs_at_once_one_brings_data(world, seed):
    """The right one and a wrong one at two processes: data at most once, for one grant."""
    links = await two(world, seed)
    await both(links, "CXMYD")
    world.clock.now += 5
    await asyncio.gather(
        links[0].answer(InboundSms(NUMBER, "10086", "1234")),
        links[1].answer(InboundSms(NUMBER, "10086", "9999")),
        links[1].answer(InboundSms(NUMBER, "10086", "1234")),
    )
    for link in links:
        await link.sender.drain()
    assert sum("湖北武汉" in sms.text for sms in world.inbox(NUMBER)) == 1


async def held_up(world, text, fate):
    """One process is about to get this fate for what it answers to a text, and stands still before it knows."""
    reached, going = asyncio.Event(), asyncio.Event()
    send = world.centre.send

    async def stuck(sms):
        world.centre.send = send
        world.centre.fates.append(fate)
        found = await send(sms)
        reached.set()
        await going.wait()
        return found

    world.centre.send = stuck
    await world.answer(InboundSms(NUMBER, "10086", text))
    await reached.wait()
    return going


async def test_what_a_living_process_holds_is_left_to_it(world):
    """Its prompt comes once, and its data is not told lost, however often the other one looks through the outbox."""
    one, other = await two(world)
    for text in ("CXMYD", "1234"):
        world.clock.now += 5
        going = await held_up(one, text, Fate.ACCEPTED)
        assert await other.sender.recover() == 0
        await other.sender.drain()
        going.set()
        await one.sender.drain()
    assert len(world.inbox(NUMBER)) == 2
    assert "可能未送达" not in world.inbox(NUMBER)[-1].text
    assert [held async for held in world.talks.pending()] == []


async def test_what_one_that_has_gone_held_is_taken_by_one(world):
    """A third looks at the same moment: the prompt comes once more; of data the subscriber is told, once, and gets no second."""
    one, other = await two(world)
    third = copy.copy(one)
    third.holder, third.gone = b"cccc", {b"aaaa"}
    await third.start()
    other.gone.add(b"aaaa")
    for text, again in (("CXMYD", "回复证件号后4位"), ("1234", "可能未送达")):
        world.clock.now += 5
        await held_up(one, text, Fate.UNKNOWN)
        await one.sender.cancel()  # killed
        taken = await asyncio.gather(other.sender.recover(), third.sender.recover())
        assert sum(taken) == 1
        await other.sender.drain()
        await third.sender.drain()
        assert again in world.inbox(NUMBER)[-1].text
    texts = [sms.text for sms in world.inbox(NUMBER)]
    assert len(texts) == 4
    assert sum("湖北武汉" in text for text in texts) == 1


async def test_one_that_was_only_slow_sends_no_data_that_was_taken(world):
    """It wakes before its mark, finds the text changed, and leaves it."""
    one, other = await two(world)
    await both([one], "CXMYD")
    world.clock.now += 5
    seen = []
    one.answer._use = replace(one.answer._use, post=seen.append)
    await one.answer(InboundSms(NUMBER, "10086", "1234"))
    other.gone.add(b"aaaa")
    await other.sender.recover()
    await other.sender.drain()
    one.sender.post(seen[0])
    await one.sender.drain()
    assert sum("湖北武汉" in sms.text for sms in world.inbox(NUMBER)) == 1


async def test_both_look_for_notices_and_one_is_sent(world):
    """A standing consent's new region: whoever is overtaken sends nothing."""
    one, other = await two(world)
    for text in ("DY", "1234"):
        world.clock.now += 5
        await both([one], text)
    world.clock.now += 86_400
    await world.stayed(NUMBER, 310000, 1, 10)
    before = len(world.inbox(NUMBER))
    await asyncio.gather(one.notify(), other.notify())
    for link in (one, other):
        await link.notify()
        await link.sender.drain()
    assert [sms.text for sms in world.inbox(NUMBER)][before:] != []
    assert len(world.inbox(NUMBER)) == before + 1


async def test_a_later_version_in_a_slot_outlives_the_earlier_ones_sending(world):
    """The first is on its way when the second takes its place: the second is sent too."""
    one, other = await two(world)
    soon = int(world.clock()) + 3600
    first = Outgoing(Kind.PROMPT, "10086", NUMBER, "first", soon, "zh", 0, slot="checks")
    held = await one.vault.read(one.blind(NUMBER))
    posted = await one.vault.commit(held, held.talk, [first], 60)
    reached, going = asyncio.Event(), asyncio.Event()
    send = world.centre.send

    async def stuck(sms):
        world.centre.send = send
        reached.set()
        await going.wait()
        return await send(sms)

    world.centre.send = stuck
    one.sender.post(posted[0])
    await reached.wait()
    held = await other.vault.read(other.blind(NUMBER))
    second = Outgoing(Kind.PROMPT, "10086", NUMBER, "second", soon, "zh", 0, slot="checks")
    await other.vault.commit(held, held.talk, [second], 60)
    going.set()
    await one.sender.drain()
    await other.sender.recover()
    await other.sender.drain()
    assert [sms.text for sms in world.inbox(NUMBER)] == ["first", "second"]
    assert [kept async for kept in world.talks.pending()] == []
