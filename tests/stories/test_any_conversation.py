"""Any conversation at all: whatever is said, doubled, delayed, interleaved, lost or killed, the rules hold.

The model knows nothing of the dialogue's table. It watches what handsets send and get:

- data goes only to the number that asked, and names nobody else's regions;
- each data reply has a grant of its own: a challenge of the last ten minutes that no other reply has used, and
  the right digits as the last thing that this number said;
- there is an entry in the log before each data reply;
- a ticket is there only where its number was replied within ten minutes of an explanation, no more of them than may be,
  and the answer that confirms it names no region and no number;
- a verifier's page shows something only where this number texted its six digits and then its consent number, in time;
- after STOP nothing goes out until the next query, not even a notice, but its one confirmation;
- a machine that answers whatever it gets with the same text is soon left alone;
- nothing is stored of numbers that never wrote, and nothing of anybody a day after the last word.
"""

import asyncio
import re
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from service.domain.acts import Act
from service.domain.disputes import MOST_NEW_A_DAY, MOST_OPEN, Verdict
from service.domain.questions import Show, Shown
from service.flows.challenge import Refused
from service.ports.sms import Fate, InboundSms
from service.records.ticket_record import decode_ticket
from tests.stories.conftest import BEGIN, NAMES, Coincidences, World

TEN_MINUTES = 600
PEOPLE = {  # number: last four, where it stayed
    "8613800138000": ("1234", 420100),
    "8613800138001": ("567X", 440300),
    "8613800138002": ("0000", 310000),
}
STRANGER = "8613900139000"
COINCIDENCES = Coincidences(2)  # of all conversations together
QUERIES = ["CXMYD", "cxmyd15", "ＣＸＭＹＤ３０", "TRIP", "c x m y d", "YY", "why"]
DISPUTES = ["YY1", "yy 1", "WHY1", "YY2", "YY9"]
STOPS = ["TD", "退订", "stop please", "T"]
TEXTS = [
    *QUERIES,
    *STOPS,
    *DISPUTES,
    "BZ",
    "?",
    "help",
    "1234",
    "567x",
    "0000",
    "9999",
    "12345",
    "CXMYD#1234",
    "TH",
    "t h 0",
    "CXJL",
    "QX",
    "qxch",
    "DY",
    "dy 0",
    "SC",
    "erase",
    "record",
    "SD",
    "sd 0",
    "lock",
    "HY",
    "HY 【行程查询】",
    "123456",
    "N",
    "不同意",
    "谢谢",
    "👍",
    "在吗",
]
FATES = [Fate.UNKNOWN, Fate.REFUSED, Fate.UNSENT]

numbers = st.sampled_from([*PEOPLE, STRANGER])
texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12))


class Conversations(RuleBasedStateMachine):
    """Random conversations with the whole service but its sockets."""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name), 3, COINCIDENCES)
        self.said = []  # (time, number, text)
        self.seen = 0  # texts of the centre that the model has judged
        self.challenged = {}  # number: times of challenges that no reply has used
        self.explained = {}  # number: when the last explanation went out
        self.tickets = 0
        self.struck = set()
        self.stopped = set()
        self.last_word = {}
        self.runner.run(self.begin())

    async def begin(self):
        """Three subscriptions with a stay each, and a number without one."""
        await self.world.start()
        for number, (last_four, region) in PEOPLE.items():
            await self.world.enrol(number, last_four, 400)
            await self.world.stayed(number, region, 14, 20)

    def teardown(self):
        """Nothing is left running or lying about."""
        self.runner.run(self.world.sender.cancel())
        self.runner.run(self.world.log.close())
        self.runner.close()
        self.folder.cleanup()

    async def speak(self, *turns):
        """These texts at once, in this order; then everything that answers them has been sent."""
        for number, text in turns:
            self.said.append((self.world.clock.now, number, text))
            self.last_word[number] = text
        await asyncio.gather(
            *(self.world.answer(InboundSms(number, "10086", text)) for number, text in turns)
        )
        await self.world.sender.drain()

    @rule(number=numbers, text=texts, pause=st.integers(0, 40))
    def one_text(self, number, text, pause):
        """Somebody says something."""
        self.world.clock.now += pause
        self.runner.run(self.speak((number, text)))
        self.judge({number: [text]})

    @rule(number=st.sampled_from(list(PEOPLE)))
    def the_right_digits(self, number):
        """Somebody answers the challenge as asked."""
        self.world.clock.now += 5
        text = PEOPLE[number][0]
        self.runner.run(self.speak((number, text)))
        self.judge({number: [text]})

    @rule(
        number=st.sampled_from(list(PEOPLE)),
        query=st.sampled_from(QUERIES),
        wait=st.sampled_from([5, 5, 5, 599, 600, 601, 3600]),
    )
    def a_whole_lookup(self, number, query, wait):
        """Question and answer, in time or too late."""
        for text in (query, PEOPLE[number][0]):
            self.world.clock.now += wait
            self.runner.run(self.speak((number, text)))
            self.judge({number: [text]})

    @rule(
        number=st.sampled_from(list(PEOPLE)),
        wait=st.sampled_from([5, 5, 599, 601]),
        word=st.sampled_from(DISPUTES),
        copies=st.integers(1, 3),
    )
    def an_explanation_disputed(self, number, wait, word, copies):
        """YY, the proof, and a number of the explanation: in time or too late, once or doubled by the wire."""
        for text in ("YY", PEOPLE[number][0]):
            self.world.clock.now += 5
            self.runner.run(self.speak((number, text)))
            self.judge({number: [text]})
        self.world.clock.now += wait
        self.runner.run(self.speak(*[(number, word)] * copies))
        self.judge({number: [word] * copies})

    @rule(
        number=st.sampled_from(list(PEOPLE)),
        by=st.sampled_from(list(PEOPLE)),
        wait=st.sampled_from([1, 5, 119, 121]),
        word=st.sampled_from(["yes", "yes", "N", "999X", "TD", "CXMYD"]),
    )
    def a_page_asks(self, number, by, wait, word):
        """A verifier's page, the digits texted by the right number or another one, and an answer."""
        self.runner.run(self.paged(number, by, wait, word))

    async def paged(self, number, by, wait, word):
        """What the page shows is what was agreed to."""
        self.world.clock.now += 100
        opened = await self.world.opens(Show(), number[-4:], "前台")
        if isinstance(opened, Refused):
            return
        self.world.centre.fates.clear()
        before = len(self.world.inbox(by))
        await self.speak((by, opened.digits))
        asked = [
            sms
            for sms in self.world.inbox(by)[before:]
            if re.search(f"(配对号|Pair ){opened.pair}\\b", sms.text, re.ASCII)
        ]
        assert not asked or by == number
        number_of = re.search(r"(?:回复|reply )(\d{4})", asked[-1].text) if asked else None
        self.world.clock.now += wait
        said = number_of[1] if word == "yes" and number_of else word
        await self.speak((by, said))
        self.judge({by: [opened.digits, said]})
        shown = await self.world.page(opened)
        agreed = bool(number_of) and word == "yes" and wait < 120
        assert isinstance(shown, Shown) is agreed
        if agreed:
            assert shown.statement.masked == f"138****{number[-4:]}"
            assert set(shown.statement.answer.certain) <= {PEOPLE[number][1]}
        await self.world.challenge.leave(opened)

    @rule(verdict=st.sampled_from(Verdict))
    def two_people_decide(self, verdict):
        """Some open ticket is decided, and its subscriber told, unless the last word was STOP."""
        reference = next((name for name in self.world.tickets.rows if self.open_ticket(name)), None)
        if reference is None:
            return
        self.runner.run(self.decided(reference, verdict))
        self.judge({})

    async def decided(self, reference, verdict):
        """Proposed by one, approved by another, and the notice looked for twice."""
        ticket = decode_ticket(self.world.tickets.rows[reference][0])
        [number] = [one for one in PEOPLE if self.world.blind(one) == ticket.index]
        before = self.got(number)
        await self.world.administer.propose(reference, verdict, Act("ann", "seen", "NET-1"))
        await self.world.administer.approve(reference, Act("bob", "agreed", "NET-2"))
        stopped = (await self.world.vault.read(ticket.index)).talk.stopped
        self.world.centre.fates.clear()
        for _ in range(2):
            await self.world.notice()
        assert self.got(number) - before == (0 if stopped else 1)
        assert not self.world.notices.rows
        if verdict is Verdict.STRIKE:
            self.struck.add(number)

    def open_ticket(self, name):
        """Whether this ticket is still to be decided."""
        return decode_ticket(self.world.tickets.rows[name][0]).open

    @rule(number=numbers, text=texts, copies=st.integers(2, 4))
    def the_same_text_at_once(self, number, text, copies):
        """The wire says it again and again."""
        self.runner.run(self.speak(*[(number, text)] * copies))
        self.judge({number: [text] * copies})

    @rule(turns=st.lists(st.tuples(numbers, texts), min_size=2, max_size=6))
    def many_at_once(self, turns):
        """Numbers and texts interleaved."""
        self.runner.run(self.speak(*turns))
        self.judge({number: [text for other, text in turns if other == number] for number, _ in turns})

    @rule(seconds=st.sampled_from([1, 29, 31, 599, 600, 601, 3600, 86_399, 86_401]))
    def time_passes(self, seconds):
        """Past every limit, and just before it."""
        self.world.clock.now += seconds

    @rule(fate=st.sampled_from(FATES))
    def the_link_is_unsure(self, fate):
        """The next text's fate."""
        self.world.centre.fates.append(fate)

    @rule()
    def killed(self):
        """The process dies and another one begins."""
        self.runner.run(self.world.restart())
        self.judge({})

    @rule(number=numbers, text=texts)
    def a_machine_answers(self, number, text):
        """Whatever it gets, it says the same: after four of our texts it gets no more."""
        before = self.got(number)
        self.runner.run(self.speak((number, text)))
        for _ in range(12):
            self.world.clock.now += 40
            if self.got(number) == before:
                break
            before_this = self.got(number)
            self.runner.run(self.speak((number, text)))
            if self.got(number) == before_this:
                break
        self.judge({number: [text]}, strict=False)
        assert self.got(number) - before <= 6

    @invariant()
    def everything_holds(self):
        """The world's own invariants, and what may be stored."""
        self.world.check()
        wrote = {self.world.blind(number) for _, number, _ in self.said}
        assert set(self.world.talks._states) <= wrote
        assert set(self.world.data_space.rows) <= {self.world.blind(number) for number in PEOPLE}

    def got(self, number):
        """How many texts a handset has got."""
        return sum(sms.recipient == number for sms in self.world.centre.everything)

    def judge(self, spoken, *, strict=True):
        """Look at what has gone out since the last time, with what was said just before."""
        now = self.world.clock.now
        new = self.world.centre.attempted[self.seen :]
        self.seen = len(self.world.centre.attempted)
        for number, words in spoken.items():
            if self.stops_first(number, words):
                self.challenged[number] = []
        for sms in new:
            number = sms.recipient
            if "****" in sms.text:
                self.judge_data(number, sms.text, spoken.get(number, []), now, strict=strict)
                if re.search(r"结果的依据|answer of", sms.text):
                    self.explained[number] = now
            elif re.search(r"已登记|registered, ref", sms.text):
                self.judge_dispute(number, sms.text, spoken.get(number, []), now if strict else now - 480)
            elif re.search(r"您正申请|you asked for", sms.text):
                self.challenged.setdefault(number, []).append(now)
        self.judge_stops(spoken, new, strict=strict)

    def judge_dispute(self, number, text, words, now):
        """The confirmation of a dispute: asked for, in time, and about nobody that a reader could tell."""
        assert now - self.explained[number] < TEN_MINUTES
        assert not words or set(words) & set(DISPUTES)
        assert not [name for names in NAMES.values() for name in names.values() if name in text]
        assert number[2:] not in text
        mine = [
            decode_ticket(value)
            for value, _ in self.world.tickets.rows.values()
            if decode_ticket(value).index == self.world.blind(number)
        ]
        assert [ticket for ticket in mine if ticket.reference in text]
        assert len([ticket for ticket in mine if ticket.open]) <= MOST_OPEN
        assert len(mine) <= self.allowed(number)

    def allowed(self, number):
        """Tickets that this number can have by now: one for each region of its explanations, and five a day."""
        disputes = sum(word in DISPUTES for _, other, word in self.said if other == number)
        days = 1 + int(self.world.clock.now - BEGIN) // 86_400
        return min(disputes, MOST_NEW_A_DAY * (days + 1))

    def judge_stops(self, spoken, new, *, strict):
        """A STOP ends every challenge, and a lone one is answered at most once."""
        for number, words in spoken.items():
            stops = [place for place, word in enumerate(words) if word in STOPS]
            asked = [place for place, word in enumerate(words) if word in QUERIES or word == "CXMYD#1234"]
            if stops and not [place for place in asked if place > stops[-1]]:
                self.challenged[number] = []
                self.explained.pop(number, None)
        if strict:
            for number, words in spoken.items():
                if len(words) == 1 and words[0] in STOPS:
                    assert len({sms.text for sms in new if sms.recipient == number}) <= 1

    @staticmethod
    def stops_first(number, words):
        """Whether a STOP stands before every proof of a breath; a proof before it is answered, then it stops."""
        proofs = [place for place, word in enumerate(words) if PEOPLE.get(number, ("",))[0] == word.upper()]
        stops = [place for place, word in enumerate(words) if word in STOPS]
        return bool(stops) and not [place for place in proofs if place < stops[0]]

    def judge_data(self, number, text, words, now, *, strict):
        """One reply with data."""
        last_four, region = PEOPLE[number]
        assert text.count("****") == 1
        assert f"138****{number[-4:]}" in text
        others = {name for other, names in NAMES.items() if other != region for name in names.values()}
        assert not [name for name in others if name in text]
        if number in self.struck:
            named = [name for name in NAMES[region].values() if name in text]
            assert not named or "已更正" in text or "orrected" in text, "a struck stay counts again"
        if strict and words:
            assert last_four in [word.upper() for word in words] or "CXMYD#1234" in words
        grants = [moment for moment in self.challenged.get(number, []) if now - moment <= TEN_MINUTES]
        assert grants, "data without a grant"
        self.challenged[number] = []


TestConversations = Conversations.TestCase
TestConversations.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


def test_nothing_is_remembered_a_day_after_the_last_word(world):
    """States expire; the outbox is empty; what remains is sealed records of subscriptions."""

    async def story():
        await world.enrol("8613800138000", "1234", 400)
        await world.text("8613800138000", "CXMYD")
        assert world.talks._states
        world.clock.now += 86_401
        assert await world.talks.read(world.blind("8613800138000")) is None
        assert not any(world.talks._outbox.values())

    asyncio.run(story())
