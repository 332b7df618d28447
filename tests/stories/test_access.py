"""The record of a subscription through kills: no act without its entry, no entry without its details, no silent gap."""

import asyncio
import json

import pytest

from service.audit.entries import Entry, Kind, tag
from service.flows.entries import Entries, LogUnavailableError
from service.ports.log import LogError
from service.ports.store import StoreError
from service.vault.entry_details import EntryDetails

NUMBER = "8613800138000"


class Killed(BaseException):
    """The process is no more."""


class Killing:
    """A port on which a call kills the process, before or after it is done."""

    def __init__(self, port, name, *, after):
        self._port, self._name, self._after = port, name, after

    def __getattr__(self, name):
        """The call itself, or the kill."""
        call = getattr(self._port, name)
        if name != self._name:
            return call

        async def kill(*arguments):
            if self._after:
                await call(*arguments)
            raise Killed

        return kill


@pytest.fixture
async def known(world):
    """A subscription with one entry."""
    await world.enrol(NUMBER, "1234", 400)
    await entered(world)
    return world


async def entered(world):
    """One entry, and its place noted."""
    receipt = await world.entries.enter(world.blind(NUMBER), Kind.DISCLOSE, int(world.clock()))
    await world.entries.drain()
    return receipt


async def killed(world, *, log=None, keys=None, details=None):
    """An entry that is being written when the process is killed."""
    store = EntryDetails(details or world.details, world.entropy)
    entries = Entries(keys or world.keys, log or world.log, store, world.entropy)
    with pytest.raises(Killed):
        await entries.enter(world.blind(NUMBER), Kind.DISCLOSE, int(world.clock()))


async def lines(world):
    """The record, newest first: kinds by number."""
    own = await world.access.newest(world.blind(NUMBER), 10, int(world.clock()))
    await world.entries.drain()
    return {line.access.number: line.access.kind for line in own.lines}


def kinds(world):
    """What the log says in the open."""
    return [Entry.parse(entry).kind for entry in world.log.entries]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"port": "keys", "name": "derive_log", "after": True}, "void"),
        ({"port": "details", "name": "put", "after": False}, "void"),
        ({"port": "details", "name": "put", "after": True}, "void"),
        ({"port": "log", "name": "append", "after": False}, "void"),
        ({"port": "log", "name": "append", "after": True}, "disclose"),
    ],
    ids=str,
)
async def test_a_kill_leaves_no_gap(known, where, expected):
    """Wherever it was: ten minutes later the record is whole, each number has one entry, and it is the right one."""
    port = Killing(getattr(known, where["port"]), where["name"], after=where["after"])
    await killed(known, **{where["port"]: port})
    await entered(known)
    known.clock.now += 601
    await entered(known)
    for _ in range(2):
        assert await lines(known) == {4: "disclose", 3: "disclose", 2: expected, 1: "disclose"}
    assert kinds(known).count("void") == (expected == "void")
    [key] = await known.keys.read_log([known.blind(NUMBER)])
    tags = {json.loads(entry)["tag"] for entry in known.log.entries}
    assert tags == {tag(key.key, number).hex() for number in range(1, 5)}
    known.check()


async def test_what_is_being_written_is_left_alone(known):
    """A number younger than ten minutes may still get its entry: it is not filled."""
    await killed(known, details=Killing(known.details, "put", after=False))
    await entered(known)
    assert await lines(known) == {3: "disclose", 1: "disclose"}
    assert "void" not in kinds(known)


async def test_who_was_too_slow_writes_nothing(known):
    """A number that was filled meanwhile is taken: its act does not happen."""
    [key] = await known.keys.derive_log([known.blind(NUMBER)])
    known.clock.now += 601
    await entered(known)
    known.clock.now += 601
    await entered(known)
    await lines(known)

    class Slow:
        """The keys role, as it answered long ago."""

        async def derive_log(self, _indices):
            """The number that has been filled."""
            return [key]

    late = Entries(Slow(), known.log, known.entry_details, known.entropy)
    before = len(known.log.entries)
    with pytest.raises(LogUnavailableError):
        await late.enter(known.blind(NUMBER), Kind.DISCLOSE, int(known.clock()))
    assert len(known.log.entries) == before


async def test_a_log_that_takes_nothing_leaves_its_number_to_be_filled(known):
    """The act is refused; later the number is void, and the record whole."""

    class Full:
        """A log without room."""

        async def append(self, _drafts):
            """Refused."""
            raise LogError("full")

    full = Entries(known.keys, Full(), known.entry_details, known.entropy)
    with pytest.raises(LogUnavailableError):
        await full.enter(known.blind(NUMBER), Kind.DISCLOSE, int(known.clock()))
    known.clock.now += 601
    assert await lines(known) == {2: "void", 1: "disclose"}


async def test_without_its_details_on_disk_nothing_is_entered(known):
    """A store that fails: no entry, so no act."""

    class Failing:
        """A store of details that does not answer."""

        async def put(self, *_):
            """Failed."""
            raise StoreError("no answer")

    entries = Entries(known.keys, known.log, EntryDetails(Failing(), known.entropy), known.entropy)
    before = len(known.log.entries)
    with pytest.raises(StoreError):
        await entries.enter(known.blind(NUMBER), Kind.DISCLOSE, int(known.clock()))
    assert len(known.log.entries) == before


async def test_two_readers_fill_a_gap_once(known):
    """At the same moment."""
    await killed(known, details=Killing(known.details, "put", after=False))
    known.clock.now += 601
    await entered(known)
    known.clock.now += 601
    await asyncio.gather(lines(known), lines(known), lines(known))
    assert kinds(known).count("void") == 1
