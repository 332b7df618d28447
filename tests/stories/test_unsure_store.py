"""A store that answers "error" but has written: the text that was committed is sent all the same, and once."""

import asyncio

import pytest

from service.adapters.memory_store import MemoryConversations
from service.ports.store import StoreError


class UnsureConversations(MemoryConversations):
    """Writes, and says that it failed, as many times as it is told to."""

    failing = 0

    async def commit(self, *arguments):
        """See `ports.store.Conversations`."""
        done = await super().commit(*arguments)
        if self.failing:
            self.failing -= 1
            raise StoreError("the store did not answer (TimeoutError)")
        return done


@pytest.mark.parametrize("failing_text", ["CXMYD", "1234"])
def test_what_was_committed_is_sent_once(world, failing_text):
    """The centre brings the text again, which is an echo by now; the look-through finds the answer in the outbox."""

    async def story():
        world.talks = UnsureConversations(world.clock)
        await world.start()
        await world.enrol("8613800138000", "1234", 400)
        await world.stayed("8613800138000", 420100, 3, 20)
        for text in ("CXMYD", "1234"):
            world.clock.now += 5
            if text == failing_text:
                world.talks.failing = 1
                with pytest.raises(StoreError):
                    await world.text("8613800138000", text)
            await world.text("8613800138000", text)
            for _ in range(2):
                await world.sender.recover()
                await world.sender.drain()
        return [sms.text for sms in world.inbox("8613800138000")]

    challenge, reply = asyncio.run(story())
    assert "证件号后4位" in challenge
    assert "湖北武汉" in reply


def test_a_stale_look_sends_no_data_twice(world):
    """Who read the outbox before the data was sent cannot set its mark, and does not send."""

    async def story():
        await world.enrol("8613800138000", "1234", 400)
        await world.stayed("8613800138000", 420100, 3, 20)
        await world.text("8613800138000", "CXMYD")
        seen = []
        post, world.sender.post = world.sender.post, seen.append
        world.answer._use = world.answer._use.__class__(
            **{
                **{name: getattr(world.answer._use, name) for name in world.answer._use.__slots__},
                "post": seen.append,
            }
        )
        await world.text("8613800138000", "1234")
        for posted in seen * 2:
            post(posted)
            await world.sender.drain()
        return [sms.text for sms in world.inbox("8613800138000")]

    texts = asyncio.run(story())
    assert sum("湖北武汉" in text for text in texts) == 1
