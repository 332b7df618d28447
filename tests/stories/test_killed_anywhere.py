"""Each kind of act, killed before and behind each call of a store, the log and the centre: none is done without its entry."""

import re

import pytest

from service.audit.entries import Entry
from service.domain.acts import Act
from service.domain.challenge import State
from service.domain.consent import EventKind
from service.domain.disputes import Verdict
from service.domain.identity import LastFour
from service.domain.questions import Predicate, Show
from service.domain.support import Order, OrderKind
from service.flows.verify import Genuine
from service.ports.keys import Claim, Way
from service.ports.keys import Verdict as Proof
from service.vault.epochs import decoded
from tests.mortal import KilledError, Mortal
from tests.stories.conftest import World

NUMBER, CODE = "8613800138000", "91350100M000100Y43"
ANN, BOB = Act("ann", "seen on site", "NET-1"), Act("bob", "agreed", "NET-2")
PORTS = (
    *("key_space", "data_space", "talks", "checks", "throttle", "challenges", "verifiers", "log", "tickets"),
    *("notices", "details", "orders", "cases", "consents", "tombstones", "centre"),
)


async def says(world, *texts):
    """Some texts, a few seconds apart; the last answer."""
    for text in texts:
        world.clock.now += 5
        await world.text(NUMBER, text)
    return world.inbox(NUMBER)[-1].text


async def code_of(world):
    """A reply with a check code; the code."""
    return re.search(r"核验码([0-9A-Z]{5}-[0-9A-Z]{5})", await says(world, "CXMYD", "1234"))[1]


async def reference_of(world):
    """A dispute's reference."""
    await says(world, "YY", "1234", "YY1")
    [reference] = [name async for name in world.tickets.references()]
    return reference


async def proposed(world):
    """A dispute that somebody wants to be struck."""
    reference = await reference_of(world)
    await world.administer.propose(reference, Verdict.STRIKE, ANN)
    return reference


async def sim_digits(world, word):
    """The four digits that a text asks to have back."""
    return re.search(r"回复这4位数字:(\d{4})|回复(\d{4})", await says(world, word)).group(0)[-4:]


async def agreed_to(world, question):
    """A verifier's question that waits for yes; the digits that say it."""
    opened = await world.opens(question, "8000", "前台")
    return re.search(r"回复(\d{4})", await says(world, opened.digits))[1]


async def registered(world):
    """A verifier."""
    await world.registry.add(CODE, "某某科技", ANN)


async def ordered(world, kind):
    """An order of support that waits for the link."""
    await world.order_post.leave(
        Order(kind, "H4TN8", "ann", "caller asked", "NET-1", False, int(world.clock()))
    )


def record(world):
    """The key record."""
    return decoded(world.key_space.rows[world.blind(NUMBER)])


async def unlocked(world):
    """Whether the right digits prove anything."""
    claim = Claim(world.blind(NUMBER), LastFour.parse("1234"), Way.SIM)
    return await world.keys.verify([claim]) == [Proof.PROVED]


def got(world, part):
    """Whether a text with this part has gone out."""
    return any(part in sms.text for sms in world.centre.everything)


async def ticket(world):
    """The one dispute's state."""
    [reference] = [name async for name in world.tickets.references()]
    return (await world.administer._disputes.found(reference)).ticket.status.value


class Told:
    """What a call answered, where somebody lived to hear it."""

    def __init__(self):
        self.answer = None

    def __call__(self, call):
        """The act that keeps the call's answer."""

        async def act(world, known):
            self.answer = None
            self.answer = await call(world, known)

        return act


CHECKED, LOOKED = Told(), Told()


async def _nothing(_world):
    """Nothing before."""


async def _data(world, _known):
    return got(world, "湖北武汉")


async def _unlocked(world, _known):
    return await unlocked(world)


async def _value(value):
    return value


async def _not(value):
    return not await value


async def _is(value, wanted):
    return await value == wanted


async def _isnt(value, wanted):
    return await value != wanted


async def _then(*steps):
    for step in steps:
        await step


async def _served(world, _known):
    await world.serve_orders()
    await world.sender.drain()


async def _ended(world):
    [verifier] = await world.registry.all()
    return bool(verifier.ended_at)


async def forced(world):
    """A lookup that waits for digits; the second ones of its owner."""
    claim = Claim(world.blind(NUMBER), LastFour.parse("1234"), Way.SIM)
    await world.keys.set_second(claim, LastFour.parse("8642"))
    await says(world, "CXMYD")
    return "8642"


async def newly_there(world):
    """Somebody who agreed to notices, and a region that counts since."""
    await says(world, "DY", "1234")
    world.clock.now += 86_400
    await world.stayed(NUMBER, 440300, 1, 10)


async def refused(world):
    """Whether a consent is kept as one that was asked for and refused."""
    index = world.blind(NUMBER)
    [key] = await world.keys.read_log([index])
    held = [one.consent for one in await world.consent_vault.all(index, key)]
    return any(one.events[-1].kind is EventKind.REFUSED for one in held)


async def _silenced(world, _known):
    [key] = await world.keys.read_log([world.blind(NUMBER)])
    return bool(key.silenced_at)


async def _wrong_and_ordered(world):
    await says(world, "CXMYD", "9753", "9754")
    assert world.key_space._charges
    await ordered(world, OrderKind.LIFT)


async def _locked_and_ordered(world):
    await says(world, await sim_digits(world, "SD"))
    await ordered(world, OrderKind.UNLOCK)


# name: what comes before, the act, whether it is done (after the next process has begun), the entry that it has to have
ACTS = {
    "lookup": (lambda w: says(w, "CXMYD"), lambda w, _: says(w, "1234"), _data, "disclose"),
    "reasons": (lambda w: says(w, "YY"), lambda w, _: says(w, "1234"), _data, "disclose"),
    "check": (
        code_of,
        CHECKED(lambda w, code: w.checked(code, "8000")),
        lambda w, _: _value(isinstance(CHECKED.answer, Genuine) or got(w, "被核验1次")),
        "check",
    ),
    "show": (
        lambda w: agreed_to(w, Show()),
        says,
        lambda w, _: _value(got(w, "出示") and any(row.answer for row in w.challenges.rows.values())),
        "check",
    ),
    "predicate": (
        lambda w: agreed_to(w, Predicate(inside=False, provinces=(320000,))),
        says,
        lambda w, _: _value(any(row.answer for row in w.challenges.rows.values())),
        "predicate",
    ),
    "lock": (
        lambda w: sim_digits(w, "SD"),
        says,
        lambda w, _: _not(unlocked(w)),
        "lock",
    ),
    "erase": (
        lambda w: says(w, "SC"),
        lambda w, _: says(w, "1234"),
        lambda w, _: _value(record(w).erased or w.blind(NUMBER) not in w.data_space.rows),
        "erase",
    ),
    "agree to notices": (
        lambda w: says(w, "DY"),
        lambda w, _: says(w, "1234"),
        lambda w, _: _value(record(w).notices),
        "consent.given",
    ),
    "end consents": (
        lambda w: says(w, "DY", "1234"),
        lambda w, _: says(w, "QXCH"),
        lambda w, _: _value(not record(w).notices),
        "consent.withdrawn",
    ),
    "dispute": (
        lambda w: says(w, "YY", "1234"),
        lambda w, _: says(w, "YY1"),
        lambda w, _: _value(bool(w.tickets.rows)),
        "dispute",
    ),
    "propose": (
        reference_of,
        lambda w, name: w.administer.propose(name, Verdict.STRIKE, ANN),
        lambda w, _: _is(ticket(w), "proposed"),
        "staff.propose",
    ),
    "approve": (
        proposed,
        lambda w, name: w.administer.approve(name, BOB),
        lambda w, _: _isnt(ticket(w), "proposed"),
        "staff.approve",
    ),
    "correction": (
        proposed,
        lambda w, name: w.administer.approve(name, BOB),
        lambda w, _: _value(w.data_space.rows[w.blind(NUMBER)] != w.before),
        "correction",
    ),
    "look at a dispute": (
        reference_of,
        LOOKED(lambda w, name: w.administer.show(name, ANN)),
        lambda _w, _: _value(LOOKED.answer is not None),
        "staff.show",
    ),
    "register": (
        _nothing,
        lambda w, _: w.registry.add(CODE, "某某科技", ANN),
        lambda w, _: _value(bool(w.verifiers.rows)),
        "staff.register",
    ),
    "unregister": (
        registered,
        lambda w, _: w.registry.end(CODE, BOB),
        lambda w, _: _ended(w),
        "staff.unregister",
    ),
    "withdraw": (
        lambda w: _then(says(w, "CXMYD", "1234"), ordered(w, OrderKind.WITHDRAW)),
        lambda w, _: w.serve_orders(),
        lambda w, _: _value(not w.checks.rows),
        "staff.withdraw",
    ),
    "resend": (
        lambda w: _then(says(w, "CXMYD"), ordered(w, OrderKind.RESEND)),
        _served,
        lambda w, _: _value(len(w.centre.everything) > 0),
        "staff.resend",
    ),
    "lift": (
        _wrong_and_ordered,
        lambda w, _: w.serve_orders(),
        lambda w, _: _value(not w.key_space._charges),
        "staff.lift",
    ),
    "tell of a new region": (
        newly_there,
        lambda w, _: w.notice(),
        lambda w, _: _value(got(w, "广东深圳")),
        "consent.used",
    ),
    "second digits": (
        forced,
        says,
        _silenced,
        "refuse",
    ),
    "a no to a verifier": (
        lambda w: agreed_to(w, Show()),
        lambda w, _: says(w, "N"),
        lambda w, _: _value(any(row.state is State.REFUSED for row in w.challenges.rows.values())),
        "refuse",
    ),
    "a request that is refused": (
        lambda w: says(w, "CXMYD", "9753", "9754"),
        lambda w, _: says(w, "9755"),
        lambda w, _: refused(w),
        "consent.refused",
    ),
    "unlock": (
        _locked_and_ordered,
        lambda w, _: w.serve_orders(),
        _unlocked,
        "staff.unlock",
    ),
}


async def killed(world, act, known, lives):
    """The act in a process that lives for so many calls; whether it lived to the end."""
    ports, life = {name: getattr(world, name) for name in PORTS}, [10**9]
    for name, port in ports.items():
        setattr(world, name, Mortal(port, life))
    await world.start()
    life[0] = lives
    try:
        await act(world, known)
        ended = life[0] >= 0
    except KilledError:
        ended = False
    await world.sender.cancel()
    for name, port in ports.items():
        setattr(world, name, port)
    return ended


@pytest.mark.parametrize("name", sorted(ACTS))
async def test_no_act_without_its_entry_whatever_the_instant(name, tmp_path):
    """Killed at each call in turn; the next process begins; if anything of the act is done, its entry stands, and all else holds."""
    before, act, done, kind = ACTS[name]
    lives, finished, seen = 0, False, set()
    while not finished:
        folder = tmp_path / str(lives)
        folder.mkdir()
        world = await World(folder, 5).start()
        await world.enrol(NUMBER, "1234", 400)
        await world.stayed(NUMBER, 420100, 5, 20)
        known = await before(world)
        world.before = world.data_space.rows.get(world.blind(NUMBER))
        entered = len(world.log.entries)
        world.centre.everything.clear()
        finished = await killed(world, act, known, lives)
        await world.restart()
        await world.restored()  # the keys role finishes what has a tombstone, when it starts
        kinds = [Entry.parse(entry).kind for entry in world.log.entries[entered:]]
        happened = await done(world, known)
        assert kind in kinds or not happened, f"done at call {lives} without its entry: {kinds}"
        seen.add((bool(happened), kind in kinds))
        world.check()
        lives += 1
    assert happened, "the act was never done, so nothing was shown"
    assert (False, False) in seen, "killed before anything: neither"
