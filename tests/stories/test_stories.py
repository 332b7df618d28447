"""Runs the stories: every `.story` file of this folder is one test.

# a comment                       the story's sentence
given NUMBER LAST4 [N days old]   a subscription
stay NUMBER REGION N days ago H hours [possible]
second NUMBER LAST4 OTHER          its owner sets digits for when she is forced (none: has none any more)
exhausted NUMBER                  somebody has used up the day's ten tries
pack one_message                  the one-message variant is allowed
link unknown|refused              the fate of the next text
NUMBER > TEXT [@CODE]             a handset sends
NUMBER < TEXT                     it got exactly this next; … stands for any characters
NUMBER < {sim} … {ref}            four digits (also {sim2} …) or a dispute's reference in the next text are kept under that name
gap N days ago                    on that day no records came from the network
scope enrolled                    nothing is kept before its owner asked
ends in 40 days                   two persons have ordered the end of the service
renew NUMBER LAST4                the number has a new owner, from today on
notices                           the link looks for notices of other roles
propose REF strike|keep by NAME   an operator proposes (reason and ticket are the story's)
approve REF by NAME               another one approves
refused propose|approve ...       the same, and it is refused
NUMBER < … {code} …               a check code in the next text is kept as {code}, {code2} …
NUMBER < {reply}                  the whole of the next text is kept as {reply}
page CODE FOUR: genuine N | not confirmed | wait         somebody checks on the page
NAME asks show|inside PROVINCES|outside PROVINCES|id4 FOUR of FOUR     a live challenge, opened on the page of one who calls himself so
{NAME} {NAME.pair}                the six digits and the pair that this page shows
{number}, {number2} …             in the next text: four digits that agree
NAME sees: opened | asked | refused | failed | spent | expired | shown REGIONS | yes N/M | no N/M | unknown N/M     what it shows now
look-through                      the sender looks for what had to wait
NUMBER silence                    it got nothing more
entries KIND KIND ...             the log holds exactly these entries, in this order; a story ends with such a line
restart                           the process is killed and started anew
... 11 minutes                    time passes
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from service.audit.entries import Entry
from service.domain.acts import Act
from service.domain.disputes import DisputeError, Verdict
from service.domain.identity import LastFour
from service.domain.inclusion import Scope
from service.domain.itinerary import day_of
from service.domain.questions import Document, Predicate, Show, Shown
from service.flows.challenge import Ended, OpenedChallenge
from service.flows.repeat import AnsweredAgain
from service.flows.verify import Genuine, NotConfirmed, TooOften
from service.ports.keys import Claim, Way
from service.ports.keys import Verdict as Proof
from service.ports.sms import Fate

STORIES = sorted(Path(__file__).parent.glob("*.story"))
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class Teller:
    """Reads a story aloud to a world."""

    def __init__(self, world) -> None:
        self.world = world
        self.words: dict[str, str] = {}
        self.pages: dict[str, OpenedChallenge] = {}
        self.registered: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}

    async def line(self, line: str) -> None:
        """One line of a story."""
        for name, value in self.words.items():
            line = line.replace("{" + name + "}", value)
        for pattern, act in (
            (r"given (\S+) (\S{4})(?: (\d+) days old)?", self.given),
            (r"stay (\S+) (\d+) (\d+) days ago ([\d.]+) hours( possible)?", self.stay),
            (r"second (\S+) (\S{4}) (\S{4})", self.second),
            (r"exhausted (\S+)", self.exhausted),
            (r"gap (\d+) days ago", self.gap),
            (r"scope enrolled", self.enrolled),
            (r"ends in (\d+) days", self.ends),
            (r"renew (\S+) (\S{4})", self.renew),
            (r"notices", self.world.notice),
            (r"(refused )?propose (\S+) (strike|keep) by (\S+)", self.propose),
            (r"(refused )?approve (\S+) by (\S+)", self.approve),
            (r"pack one_message", self.one_message),
            (r"link (unknown|refused)", self.link),
            (r"restart", self.restart),
            (r"entries ?(.*)", self.entries),
            (r"page (\S+) (\S+): (.*)", self.page),
            (r"(\S+) registers as (\S+)", self.registers),
            (r"(\S+) asks (show|inside|outside|id4)(?: (\S+))? of (\d{4})( daily)?", self.asks),
            (r"(\S+) again: (.*)", self.again),
            (r"(\S+) sees: (.*)", self.sees),
            (r"look-through", self.look_through),
            (r"\.\.\. (\d+) (second|minute|hour|day)s?", self.wait),
            (r"(\S+) silence", self.silence),
            (r"(\S+) > (.*?)(?: @(\d+))?", self.says),
            (r"(\S+) < (.*)", self.gets),
        ):
            if match := re.fullmatch(pattern, line):
                await act(*match.groups())
                self.world.check()
                return
        raise AssertionError(f"no such line in a story: {line}")

    async def entries(self, kinds):
        """The log holds exactly these, in this order."""
        found = [Entry.parse(entry).kind for entry in self.world.log.entries]
        assert found == kinds.split()

    async def given(self, number, last_four, days):
        """A subscription."""
        await self.world.enrol(number, last_four, int(days or 400))

    async def stay(self, number, region, days, hours, possible):
        """A stay that the network saw."""
        await self.world.stayed(number, int(region), int(days), float(hours), certain=not possible)

    async def second(self, number, own, other):
        """Set where she has proved herself; the page of her card asks for it so."""
        claim = Claim(self.world.blind(number.removeprefix("+")), LastFour.parse(own), Way.SIM)
        self.world.digits.add(other)
        chosen = None if other == "none" else LastFour.parse(other)
        assert await self.world.keys.set_second(claim, chosen) is Proof.PROVED

    async def exhausted(self, number):
        """Ten wrong proofs of today, charged and refused."""
        claim = Claim(self.world.blind(number.removeprefix("+")), LastFour.parse("9998"), Way.OPEN)
        for _ in range(10):
            await self.world.keys.verify([claim])

    async def gap(self, days):
        """The feed was silent on that day, whatever the phone did."""
        self.world.gaps.add(day_of(int(self.world.clock())) - int(days))

    async def ends(self, days):
        """Two persons have ordered the end."""
        self.world.ends_on = int(self.world.clock()) + int(days) * 86_400

    async def enrolled(self):
        """The policy: nothing before its owner asked."""
        self.world.scope = Scope.ENROLLED
        await self.world.start()

    async def renew(self, number, last_four):
        """The operator's register knows a new owner of the number."""
        await self.world.enrol(number, last_four, 0)

    async def propose(self, refused, reference, verdict, by):
        """One operator's proposal."""
        act = self.world.administer.propose(reference, Verdict(verdict), Act(by, "seen on site", "NET-12"))
        await self.decided(act, refused)

    async def approve(self, refused, reference, by):
        """Another operator's word."""
        await self.decided(self.world.administer.approve(reference, Act(by, "as agreed", "NET-13")), refused)

    async def decided(self, act, refused):
        """It is done, or it is refused as told; the ticket that comes back shows nothing of anybody."""
        if refused:
            with pytest.raises(DisputeError):
                await act
        else:
            shown = repr(await act)
            assert not [secret for secret in self.world.secrets if secret in shown]

    async def one_message(self):
        """The pack allows CXMYD#1234."""
        self.world.packs["10086"] = replace(self.world.packs["10086"], one_message=True)

    async def link(self, fate):
        """What happens to the next text."""
        self.world.centre.fates.append(Fate(fate))

    async def restart(self):
        """Only what is stored is left."""
        await self.world.restart()

    async def page(self, code, four, expected):
        """Somebody checks a reply on the page; a genuine one tells how often it has been checked."""
        verdict = await self.world.checked(code, four)
        found = {Genuine: "genuine", NotConfirmed: "not confirmed", TooOften: "wait"}[type(verdict)]
        assert (f"{found} {verdict.checks}" if isinstance(verdict, Genuine) else found) == expected

    async def registers(self, name, code):
        """An organisation gets its secret."""
        made = await self.world.registry.add(code, name, Act("ann", "contract signed", "NET-12"))
        self.registered[name] = {"asker": code, "secret": made.secret}

    async def asks(self, name, kind, about, four, daily):
        """A challenge is opened."""
        question = {
            "show": Show,
            "id4": lambda: Document(LastFour.parse(about)),
            "inside": lambda: Predicate(True, tuple(map(int, about.split(",")))),
            "outside": lambda: Predicate(False, tuple(map(int, about.split(",")))),
        }[kind]()
        more = self.registered.get(name, {})
        opened = await self.world.opens(question, four, name, standing=bool(daily), **more)
        self.pages[name] = opened
        self.words |= {name: opened.digits, f"{name}.pair": opened.pair}

    async def sees(self, name, expected):
        """What a page shows; an answer is taken with it."""
        found = await self.world.page(self.pages[name])
        if isinstance(found, Shown) and found.standing is not None:
            self.tokens[name] = found.standing.token
        match found:
            case Shown(finding=None, statement=statement):
                answer = statement.answer
                shown = ",".join(map(str, answer.certain)) + "".join(f"?{one}" for one in answer.possible)
                assert f"shown {shown}" == expected
            case Shown(finding=finding, covered=covered, whole=whole):
                assert f"{finding.value} {covered}/{whole}" == expected
            case Ended(state=state):
                assert ("expired" if state is None else state.name.lower()) == expected
            case _:
                assert found.name.lower() == expected

    async def again(self, name, expected):
        """Within a standing consent."""
        who = self.registered[name]
        found = await self.world.again(self.tokens[name], who["asker"], who["secret"])
        if isinstance(found, AnsweredAgain):
            shown = found.shown
            left = f"{shown.standing.left} left"
            assert f"{shown.finding.value} {shown.covered}/{shown.whole}, {left}" == expected
        else:
            assert type(found).__name__.lower() == expected

    async def look_through(self):
        """What waited long enough goes out."""
        await self.world.sender.recover()
        await self.world.sender.drain()

    async def wait(self, count, unit):
        """Time passes."""
        self.world.clock.now += int(count) * UNITS[unit]

    async def silence(self, number):
        """Nothing more has come."""
        assert [sms.text for sms in self.world.inbox(number)] == []

    async def says(self, number, text, code):
        """A handset sends; so that a second one is not taken for the wire's echo, some seconds pass."""
        self.world.clock.now += 2
        await self.world.text(number, text, code or "10086")

    async def gets(self, number, text):
        """The next text that a handset has got."""
        assert self.world.inbox(number), f"nothing came; expected {text}"
        sms = self.world.inbox(number).pop(0)
        pattern = re.escape(text).replace("…", ".*")
        pattern = re.sub(r"\\{(sim\d?)\\}", r".*?(?P<\1>\\d{4}).*", pattern)
        pattern = pattern.replace(r"\{ref\}", r"(?P<ref>[0-9A-Z]{7})")
        pattern = re.sub(r"\\{(code\d?)\\}", r"(?P<\1>[0-9A-Z]{5}-[0-9A-Z]{5})", pattern)
        pattern = re.sub(r"\\{(number\d?)\\}", r"(?P<\1>\\d{4})", pattern)
        pattern = pattern.replace(r"\{reply\}", "(?P<reply>.*)")
        match = re.fullmatch(pattern, sms.text)
        assert match, f"\ngot      {sms.text}\nexpected {text}"
        self.words |= match.groupdict()


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
async def test_story(path, world):
    """The story goes as it is told."""
    teller = Teller(world)
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    told = [line for line in lines if line and not line.startswith("#")]
    for line in told:
        await teller.line(line)
    assert told[-1].startswith("entries"), "a story ends with the entries that it left"


def test_there_are_stories():
    """A folder without stories would pass in silence."""
    assert len(STORIES) > 10
