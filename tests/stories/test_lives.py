"""A thousand random lives of a number, through the real flows: its next owner gets nothing of the former one.

Activation, signalling, late and early events, lookups, explanations, disputes, open dialogues, STOP and used-up tries, in any order;
then the number is recycled, on the same SIM row of every table that there is.
"""

import asyncio
import re
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.identity import LastFour
from service.domain.inclusion import Scope
from service.domain.itinerary import DAY, day_of, start_of_day
from service.flows.ingest import Ingest
from service.flows.numbers import Numbers
from service.mobility.cells import cells_of
from service.ports.feed import EventBatch
from service.ports.keys import Claim, Way
from service.sealing.blinding import blind_all
from tests.stories.conftest import NAMES, Coincidences, World

NUMBER = "8613800138000"
REGIONS = [420100, 440300, 310000]  # the region of each life
FOURS = ["1234", "567X", "9012"]
COINCIDENCES = Coincidences(2)  # of all lives together
CELLS = cells_of(np.array(REGIONS, np.int32), np.full(3, np.nan), np.full(3, np.nan))


class Checkpoints:
    """Keeps the last one in memory."""

    content = None

    async def load(self):
        """See `ports.checkpoints.Checkpoints`."""
        return iter(self.content) if self.content is not None else None

    async def save(self, pieces):
        """See `ports.checkpoints.Checkpoints`."""
        self.content = [bytes(piece) for piece in pieces]


class Lives:
    """A world with one number, and the worker beside it."""

    def __init__(self, folder, scope):
        self.world = World(Path(folder), 5, COINCIDENCES)
        self.world.scope = scope
        self.file = 0

    async def start(self):
        """Wire the worker as `wiring.files` does."""
        await self.world.start()
        self.checkpoints = Checkpoints()
        await self.restart()

    async def restart(self):
        """A worker that goes on from the last checkpoint, under the scope of now."""
        world = self.world
        numbers = Numbers(
            world.keys, lambda some: blind_all(world.device.index_key, some), world.clock, 1, world.scope
        )
        self.ingest = Ingest(
            world.amender, numbers, self.checkpoints, world.clock, erase=world.data_space.delete
        )
        await self.ingest.start()

    async def phone(self, life, begin, hours, *, arrived_now=True):
        """An event every quarter of an hour, in the region of a life."""
        times = np.arange(begin, begin + hours * 3600 + 1, 900, dtype=np.int64)
        arrival = np.full(len(times), int(self.world.clock())) if arrived_now else times
        batch = EventBatch(
            np.full(len(times), int(NUMBER)), times, np.full(len(times), life, np.int32), arrival
        )
        self.file += 1
        await self.ingest.take(str(self.file), [batch], CELLS)
        self.world.clock.now += 61

    async def says(self, *words):
        """Texts some seconds apart; all that answers them."""
        before = len(self.world.centre.everything)
        for word in words:
            self.world.clock.now += 40
            await self.world.text(NUMBER, word)
        return [sms.text for sms in self.world.centre.everything[before:]]

    async def act(self, life, what, hours):
        """Something that happens in a life."""
        now = int(self.world.clock())
        if what == "stays":
            self.world.clock.now += hours * 3600
            await self.phone(life, now, hours)
            return []
        if what == "late":  # the former owner's phone, told only now
            activated = start_of_day(day_of(now))
            if life:
                await self.phone(life - 1, activated - hours * 3600 - 900, hours)
            return []
        if what == "guesses":
            claim = Claim(self.world.blind(NUMBER), LastFour.parse("0000"), Way.OPEN)
            await self.world.keys.verify([claim] * 11)
            return []
        words = {
            "asks": ["CXMYD", FOURS[life]],
            "why": ["YY", FOURS[life]],
            "disputes": ["YY", FOURS[life], "YY1"],
            "opens": ["CXMYD15"],
            "stops": ["TD"],
        }
        return await self.says(*words[what])


ACTS = ["stays", "stays", "late", "guesses", "asks", "why", "disputes", "opens", "stops"]
lives = st.lists(
    st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from([1, 5, 9, 30])), max_size=5),
    min_size=2,
    max_size=3,
)


def own_alone(texts, life):
    """No text names the region of another life."""
    for text in texts:
        others = {name for other in REGIONS if other != REGIONS[life] for name in NAMES[other].values()}
        assert not [name for name in others if name in text], "a former owner's region"


async def new_owner(told, life, included):
    """The first words of somebody who has just got this number."""
    for text in await told.says(FOURS[life - 1], "YY1"):
        assert "****" not in text
        assert "已登记" not in text
    answers = await told.says("YY", FOURS[life], "CXMYD", FOURS[life])
    own_alone(answers, life)
    assert not [text for text in answers if "异议中" in text or "已更正" in text]
    assert not [text for text in answers if "这4位数字" in text], "the former owner's tries"
    covered = [int(found) for text in answers for found in re.findall(r"(\d+)/\d+天", text)]
    assert all(days == 0 for days in covered)
    assert covered if included else not covered


async def lived(script, scope):
    """The lives of one number, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        told = Lives(folder, scope)
        await told.start()
        for life, acts in enumerate(script):
            # Recycled: the register names a new owner, from today on.
            told.world.clock.now = start_of_day(day_of(int(told.world.clock())) + 1) + 60.0
            await told.world.enrol("+" + NUMBER, FOURS[life], 0)
            # An event of yesterday belongs to nobody, and one of today that was told before to nobody either.
            await told.phone(max(life - 1, 0), int(told.world.clock()) - DAY, 9)
            if life:
                await new_owner(told, life, scope is Scope.ALL)
            for what, hours in acts:
                own_alone(await told.act(life, what, hours), life)
        assert len(told.world.key_space.rows) == 1
        await told.world.sender.cancel()
        return told


@settings(max_examples=1000, deadline=None)
@given(lives, st.sampled_from(Scope))
def test_a_new_owner_gets_nothing_of_the_former_one(script, scope):
    """Neither stays nor coverage, dialogue, explanation, dispute, STOP or tries."""
    asyncio.run(lived(script, scope))


def test_a_life_is_seen_in_its_own_time():
    """The test above would pass on silence: within a life its own region is named, and explained."""
    script = [[("stays", 30), ("asks", 1)], [("asks", 1), ("stays", 30), ("asks", 1), ("disputes", 1)]]
    told = asyncio.run(lived(script, Scope.ALL))
    said = [sms.text for sms in told.world.centre.everything]
    assert [text for text in said if "湖北武汉" in text]
    assert [text for text in said if "广东深圳" in text]
    assert [text for text in said if "已登记" in text]
    told = asyncio.run(lived([[], [("stays", 30), ("asks", 1)]], Scope.ENROLLED))
    assert [sms.text for sms in told.world.centre.everything if "广东深圳" in sms.text]


def test_nothing_is_kept_before_its_owner_asked():
    """Under `enrolled`: no record, no row of the kernel; afterwards both, from that second on."""

    async def story(folder):
        told = Lives(folder, Scope.ENROLLED)
        await told.start()
        await told.world.enrol("+" + NUMBER, FOURS[0], 30)
        await told.act(0, "stays", 30)
        assert not told.world.data_space.rows
        assert len(told.ingest._known.subscriptions) == 0
        assert not [text for text in await told.act(0, "asks", 1) if "****" in text]
        asked = int(told.world.clock())
        await told.phone(0, asked - 9 * 3600, 8)  # told late, of before
        assert not told.world.data_space.rows
        await told.act(0, "stays", 9)
        assert len(told.world.data_space.rows) == 1
        [text] = [text for text in await told.act(0, "asks", 1) if "****" in text]
        assert "湖北武汉" in text

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(folder))


def test_what_was_kept_of_those_who_have_not_asked_is_erased_where_the_scope_becomes_enrolled():
    """At the worker's next start: their records and their rows; whoever had asked keeps both."""

    async def story(folder, *, asks):
        told = Lives(folder, Scope.ENROLLED if asks else Scope.ALL)
        await told.start()
        await told.world.enrol("+" + NUMBER, FOURS[0], 30)
        if asks:
            await told.act(0, "asks", 1)
        await told.act(0, "stays", 30)
        await told.ingest.close()
        assert len(told.world.data_space.rows) == 1
        told.world.scope = Scope.ENROLLED
        await told.restart()
        return told.ingest.excluded, len(told.world.data_space.rows)

    for asks, left in ((False, (1, 0)), (True, (0, 1))):
        with tempfile.TemporaryDirectory() as folder:
            assert asyncio.run(story(folder, asks=asks)) == left
