"""The link role's socket: what goes over it arrives as it was, for those who may ask; away, it is said to be."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.framed import FramedClient
from service.adapters.link_socket import LinkClient, LinkPorts, LinkServer
from service.adapters.link_wire import CALLS, OPERATIONS, answered, written_answer
from service.domain.access import Access
from service.domain.check_codes import CheckCode
from service.domain.corrections import Correction, Strike
from service.domain.held_codes import Channel
from service.domain.identity import LastFour
from service.domain.itinerary import Certainty, Stay
from service.domain.questions import Finding, Shown, Standing
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit
from service.ports.correcting import Corrected
from service.ports.holders import LinkError
from service.ports.key_callers import Caller
from service.ports.keys import KeysError
from service.ports.link_callers import LINK_MAY
from service.ports.log import EntryReceipt
from service.ports.standing_answers import Ended, NotNow, Repeated, UsedToday
from service.ports.store import StoreError
from service.ports.web_cards import (
    Asked,
    CardShown,
    Failed,
    Line,
    NothingKept,
    NotProved,
    Over,
    SecondSet,
    Wait,
)

numbers, texts, octets = st.integers(0, 2**40), st.text(max_size=20), st.binary(max_size=40)
visits = st.builds(Visit, numbers, st.sampled_from(Certainty), st.booleans())
answers = st.builds(
    Answer,
    texts,
    numbers,
    numbers,
    numbers,
    st.lists(visits, max_size=3).map(tuple),
    st.lists(st.tuples(numbers, st.sampled_from(Gap)), max_size=3).map(tuple),
)
statements = st.builds(Statement, texts, answers, numbers, numbers, numbers, texts)
codes = st.binary(min_size=6, max_size=6).map(CheckCode.of)
accesses = st.builds(Access, numbers, texts, numbers, texts, texts, st.none() | numbers)
lines = st.lists(st.builds(Line, accesses, octets, octets), max_size=3).map(tuple)
standing = st.builds(Standing, texts, numbers, numbers)
shown = st.builds(
    Shown,
    texts,
    numbers,
    numbers,
    st.sampled_from(Finding),
    numbers,
    numbers,
    st.none(),
    st.none() | standing,
)
cards = st.builds(CardShown, statements, texts, st.none() | codes, st.none() | texts, numbers, texts, lines)
RESULTS = {
    "takes_checks": st.booleans(),
    "checked": st.none() | numbers,
    "guessed": st.none(),
    "ask": st.builds(Asked, texts) | st.builds(Wait, numbers) | st.builds(Failed) | st.none(),
    "show": cards
    | st.builds(NothingKept)
    | st.builds(NotProved, numbers)
    | st.builds(Over)
    | st.builds(Wait, numbers)
    | st.builds(Failed),
    "withdraw": st.booleans(),
    "correct": st.sampled_from(Corrected),
    "repeat": st.builds(Repeated, shown, texts) | st.builds(UsedToday) | st.builds(Ended) | st.builds(NotNow),
    "open_disputes": st.none() | numbers,
    "second": st.builds(SecondSet)
    | st.builds(NotProved, numbers)
    | st.builds(Over)
    | st.builds(Wait, numbers)
    | st.builds(Failed),
}


RECEIPT = EntryReceipt(3, b"h" * 32, b"{}", b"i" * 16, 2, b"m" * 32)
CORRECTION = Correction((Strike(420100, 5, 9),), (Stay(310000, 5, 9, Certainty.POSSIBLE),))


class Link:
    """The link's side, with what the test wants it to answer; it remembers what it was asked."""

    def __init__(self):
        self.says, self.asked = {}, []

    async def _answer(self, name, *arguments):
        self.asked.append((name, *arguments))
        said = self.says.get(name)
        if isinstance(said, Exception):
            raise said
        return said

    def __getattr__(self, name):
        async def call(*arguments):
            return await self._answer(name, *arguments)

        return call


@pytest.fixture
async def served(tmp_path):
    """A link that answers, to callers with the roles that the test gives them."""
    link, roles = Link(), {Caller.WEB}
    server = LinkServer(
        LinkPorts(link, link, link, link, link), tmp_path / "link", lambda _: frozenset(roles), 0o600
    )
    await server.settle()
    client = LinkClient(tmp_path / "link")
    yield link, roles, client, server
    await client.close()
    await server.close()


def test_every_operation_has_its_callers():
    """None that the table does not know, none in the table that no port has; and each is tried below."""
    assert LINK_MAY.keys() == OPERATIONS.keys() == RESULTS.keys()
    assert all(LINK_MAY.values())


@given(st.data())
def test_a_result_arrives_as_it_was(data):
    """Of each kind that a call may answer, None and refusals included."""
    name = data.draw(st.sampled_from(sorted(RESULTS)))
    result = data.draw(RESULTS[name])
    assert answered(name, written_answer(0, result)) == result


async def test_arguments_arrive_as_they_were(served):
    """In their order and types."""
    link, roles, client, _ = served
    roles.add(Caller.DESK)
    link.says = {"checked": 7, "ask": Asked("t"), "show": NotProved(2), "withdraw": True}
    link.says["second"] = SecondSet()
    own, other = LastFour.parse("123X"), LastFour.parse("8642")
    assert await client.checked(b"place", b"handle", Channel.WEB, 5) == 7
    await client.guessed(b"place", b"handle", 6)
    assert await client.ask(b"who", "13800138000", "zh") == Asked("t")
    assert await client.show(b"who", "t", "1234", "123X") == NotProved(2)
    assert await client.withdraw("t") is True
    assert await client.second(b"who", "t", own, other) == SecondSet()
    link.says["correct"] = Corrected.WRITTEN
    assert await client.correct(RECEIPT, CORRECTION, 7) is Corrected.WRITTEN
    assert link.asked[-1] == ("correct", RECEIPT, CORRECTION, 7)
    assert await client.second(b"who", "t", own, None) == SecondSet()
    link.says |= {"repeat": UsedToday(), "open_disputes": 4}
    assert await client.repeat("token", "Depot, code") == UsedToday()
    assert await client.open_disputes() == 4
    assert link.asked == [
        ("checked", b"place", b"handle", Channel.WEB, 5),
        ("guessed", b"place", b"handle", 6),
        ("ask", b"who", "13800138000", "zh"),
        ("show", b"who", "t", "1234", "123X"),
        ("withdraw", "t"),
        ("second", b"who", "t", own, other),
        ("correct", RECEIPT, CORRECTION, 7),
        ("second", b"who", "t", own, None),
        ("repeat", "token", "Depot, code"),
        ("open_disputes",),
    ]


@pytest.mark.parametrize("role", list(Caller))
async def test_a_role_may_ask_what_the_table_says_and_nothing_else(served, tmp_path, role):
    """Each operation, with arguments that are none: those who may are told so, the others that they may not."""
    _, roles, _, _ = served
    roles.clear()
    roles.add(role)
    asked = await FramedClient.connect(tmp_path / "link")
    for name in OPERATIONS:
        with pytest.raises(LinkError) as refusal:
            answered(name, await asked.call(CALLS.request(name, ("x",) * 9, {})))
        may = "another type" in str(refusal.value)
        assert may is (role in LINK_MAY[name]), name
        assert may or "may not ask" in str(refusal.value)
    await asked.close()


async def test_a_user_without_a_role_is_let_go(served):
    """Before a word is read: to them the link is away."""
    link, roles, client, _ = served
    roles.clear()
    assert await client.takes_checks() is False
    assert await client.show(b"who", "t", "1", "2") == Failed()
    assert link.asked == []


@pytest.mark.parametrize("error", [StoreError("gone"), KeysError("gone"), LinkError("gone")])
async def test_what_the_link_fails_with_is_what_the_page_is_told(served, error):
    """A check is told in its own terms; a card's page never sees an exception."""
    link, _, client, _ = served
    link.says = dict.fromkeys(OPERATIONS, error)
    with pytest.raises(type(error)):
        await client.checked(b"", b"", Channel.WEB, 0)
    await client.guessed(b"", b"", 0)
    assert await client.takes_checks() is False
    assert await client.ask(b"", "", "zh") == await client.show(b"", "", "", "") == Failed()
    assert await client.withdraw("") is False
    assert await client.second(b"", "", LastFour.parse("1234"), None) == Failed()
    assert await client.repeat("", "") == NotNow()
    assert await client.open_disputes() is None


async def test_away_is_said_and_it_comes_back_by_itself(tmp_path):
    """Not there yet, there, gone in the middle of a call, there again: one client, nobody restarts it."""
    link, path = Link(), tmp_path / "link"
    link.says = {"takes_checks": True, "checked": 1}

    def server():
        return LinkServer(
            LinkPorts(link, link, link, link, link), path, lambda _: frozenset({Caller.WEB}), 0o600
        )

    client = LinkClient(path)
    assert await client.takes_checks() is False
    with pytest.raises(LinkError, match="does not answer"):
        await client.checked(b"", b"", Channel.WEB, 0)
    first, second = server(), server()
    await first.settle()
    assert await client.takes_checks() is True
    with pytest.raises(LinkError, match="not served here"):
        await second.settle()
    await first.close()
    assert await client.ask(b"", "", "zh") == Failed()
    await second.settle()
    assert await client.takes_checks() is True
    await client.close()
    await second.close()


async def test_another_language_ends_the_connection_and_nobody_elses(served, tmp_path):
    """Whatever was sent; the next caller is served."""
    link, _, client, _ = served
    link.says = {"takes_checks": True}
    for sent in (b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff", b"\0\0\0\6\0\0\0\1\x93\1"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "link")
        writer.write(sent)
        with contextlib.suppress(OSError):
            writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert await client.takes_checks() is True
