"""Staff has one way in, and the operating system says who comes: roles, names and two persons are its word."""

import asyncio
import os
import pwd
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from service.adapters.desk_socket import DeskClient
from service.adapters.framed import FramedClient, GoneError
from service.audit.entries import Entry
from service.domain.support import OrderKind
from service.ports.desk import MAY_STAFF, Desk, DeskError, Member, StaffRole
from tests.stories.desk import desk_for, serving_desk

NUMBER = "+8613800138000"
WHY = ("caller asked", "NET-1")
REPOSITORY = Path(__file__).parents[2]
ANN, BOB, EVE, NOBODY = "daemon", "bin", "sys", "games"  # users that every system has
SUPPORT, OPERATOR = frozenset({StaffRole.SUPPORT}), frozenset({StaffRole.OPERATOR})

ASKING = """
import asyncio, os, sys
from pathlib import Path
from service.adapters.desk_socket import DeskClient
from service.domain.disputes import Verdict
from service.domain.support import OrderKind
from service.ports.desk import DeskError
async def main():
    client = await DeskClient.connect(Path("{path}"))
    desk = client.desk
    print((await {ask}))
os.setgid({user})
os.setuid({user})
os.environ.update(USER="{forged}", LOGNAME="{forged}", SUDO_USER="{forged}")
try:
    asyncio.run(main())
except DeskError as error:
    print("refused:", error)
"""


@pytest.fixture
async def disputed(world):
    """A subscription with a stay that is disputed; the dispute's reference."""
    await world.enrol(NUMBER, "1234", 400)
    await world.stayed(NUMBER, 420100, 5, 20)
    for text in ("YY", "1234", "YY1"):
        world.clock.now += 5
        await world.text(NUMBER, text)
    [reference] = [name async for name in world.tickets.references()]
    return reference


def test_every_act_of_the_port_has_its_roles():
    """A new one is done for nobody until the table names it."""
    acts = {name for name, call in vars(Desk).items() if asyncio.iscoroutinefunction(call)}
    assert acts == set(MAY_STAFF)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to ask as other users")
async def test_the_system_says_who_asks_and_two_persons_are_two_users(world, disputed, open_folder):
    """Whatever a process calls itself: its user's name stands in the entry, its user's role counts, its user has proposed."""
    roles = {ANN: SUPPORT, BOB: OPERATOR, EVE: OPERATOR}
    numbers = {name: pwd.getpwnam(name).pw_uid for name in (*roles, NOBODY)}
    known = {numbers[name]: Member(name, one) for name, one in roles.items()}
    path = open_folder / "s"

    async def said(name, ask, forged=EVE):
        script = ASKING.format(path=path, ask=ask, user=numbers[name], forged=forged)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, cwd=REPOSITORY, stdout=subprocess.PIPE
        )
        return (await process.communicate())[0].decode()

    show = f"desk.case(OrderKind.SHOW, 'H4TN8', *{WHY}, dry_run=False)"
    propose = f"desk.propose('{disputed}', Verdict.KEEP, *{WHY}, dry_run=False)"
    approve = f"desk.approve('{disputed}', *{WHY}, dry_run=False)"
    async with serving_desk(world, path, known.get):
        assert "done='shown'" in await said(ANN, show)
        assert "your role may not" in await said(ANN, propose)
        assert "none of its staff" in await said(NOBODY, show)
        assert "PROPOSED" in await said(BOB, propose)
        assert "ask a colleague" in await said(BOB, approve)
        assert "your role may not" in await said(ANN, approve)
        assert "KEPT" in await said(EVE, approve)
    lines = (await world.access.newest(world.blind(NUMBER[1:]), 3, int(world.clock()))).lines
    assert [(line.access.kind, line.access.about.split("|")[-3:][0]) for line in lines][-1] == (
        "staff.show",
        ANN,
    )
    assert [ANN in lines[2].access.about, BOB in lines[1].access.about, EVE in lines[0].access.about] == [
        True,
        True,
        True,
    ]


async def test_no_request_can_bring_a_name(world, disputed, tmp_path):
    """An argument more or less than the port has is refused in one line, as is another act; what is no call ends the connection."""
    async with serving_desk(world, tmp_path / "s", lambda _: Member("ann", OPERATOR)):
        asked = await FramedClient.connect(tmp_path / "s")
        for operation, arguments in (
            ("approve", [disputed, *WHY, False, "bob"]),
            ("approve", [disputed, *WHY, "bob"]),
            ("approve", [disputed, *WHY]),
            ("case", ["show", "H4TN8", *WHY, False, "bob"]),
            ("case", ["leak", "H4TN8", *WHY, False]),
        ):
            request = msgspec.msgpack.encode([operation, arguments])
            answer = msgspec.msgpack.decode(await asyncio.wait_for(asked.call(request), 5))
            assert answer == [1, f"{operation} takes other arguments; upgrade whichever side is older"]
        with pytest.raises(GoneError):
            await asyncio.wait_for(asked.call(msgspec.msgpack.encode("garbage")), 5)
        await asked.close()
        client = await DeskClient.connect(tmp_path / "s")
        answer = msgspec.msgpack.decode(await client._asked.call(msgspec.msgpack.encode(["storage", []])))
        assert answer[0] == 1
        assert "your role may not" in answer[1]
        await client.close()
    assert "staff.approve" not in [Entry.parse(entry).kind for entry in world.log.entries]


@pytest.mark.usefixtures("disputed")
async def test_each_look_and_each_act_has_its_entry_with_reason_and_ticket(world, tmp_path):
    """Without words nothing is asked of the link; with them the entry comes before."""
    async with desk_for(world, tmp_path, lambda _: Member("ann", SUPPORT)) as desk:
        before = len(world.log.entries)
        for words in (("", "NET-1"), ("caller asked", ""), ("he was in 武汉 and 湖北武汉", "NET-1")):
            with pytest.raises(DeskError):
                await desk.case(OrderKind.SHOW, "H4TN8", *words, dry_run=False)
        assert len(world.log.entries) == before
        view = await desk.case(OrderKind.SHOW, "H4TN8", *WHY, dry_run=False)
        assert Entry.parse(world.log.entries[view.entry]).kind == "staff.show"


async def test_a_look_at_disputes_is_seen(world, disputed, tmp_path):
    """The list by an entry about nobody; a dispute by one in its subscriber's own record; without words neither."""
    async with desk_for(world, tmp_path, lambda _: Member("ann", SUPPORT)) as desk:
        before = len(world.log.entries)
        for look in (desk.disputes("", "NET-1"), desk.dispute(disputed, "was in 湖北武汉", "NET-1")):
            with pytest.raises(DeskError):
                await look
        assert len(world.log.entries) == before
        [listed] = await desk.disputes(*WHY)
        assert await desk.dispute(disputed, *WHY) == listed
        shown = world.log.entries[before:]
        assert [Entry.parse(entry).kind for entry in shown] == ["staff.show"] * 2
        index = world.blind(NUMBER[1:])
        line = (await world.access.newest(index, 1, int(world.clock()))).lines[0].access
        assert (line.position, line.by) == (before + 1, "staff")
        assert line.about == f"{disputed}|ann|{WHY[1]}|{WHY[0]}"
        await world.text(NUMBER, "CXJL")
        assert "客服处理" in world.inbox(NUMBER)[-1].text


async def test_whoever_serves_first_stays_the_desk(world, tmp_path):
    """A second process of the same machine leaves the socket alone, and nobody notices."""
    members = lambda _: Member("ann", SUPPORT)  # noqa: E731 - read where it is used
    async with serving_desk(world, tmp_path / "s", members):
        async with serving_desk(world, tmp_path / "s", lambda _: None):
            pass
        client = await DeskClient.connect(tmp_path / "s")
        assert await client.desk.disputes(*WHY) == []
        await client.close()
