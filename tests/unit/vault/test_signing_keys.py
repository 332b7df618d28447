"""The keys role for tokens, and the flow that tends its keys, on a device, a log and a clock."""

import json
import random
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from service.adapters.memory_log import MemoryLog
from service.adapters.signing_file import SigningFile
from service.audit.entries import Entry
from service.flows.tend_keys import RotationError, TendKeys
from service.ports.keys import KeysError
from service.ports.log import LogError
from service.sealing.signing import KeyUse, State, TokenType
from service.vault.signing_keys import DeviceSigning
from tests.unit.vault.conftest import KilledError, Mortal

HOUR, DAY = 3600, 86_400


class Uncounted:
    """Counts nothing."""

    def count(self, what, reason):
        """See `ports.tally.Tally`."""


class FullLog:
    """A log whose disk is full."""

    async def append(self, _drafts):
        """See `ports.log.Log`."""
        raise LogError("full")


@dataclass
class Keys:
    """Everything that tends and uses signing keys."""

    folder: object
    now: float = 1_795_400_000.0
    log: object = field(default_factory=lambda: MemoryLog(b"r" * 32))

    def __post_init__(self):
        """A process."""
        device = SigningFile(self.folder / "signing.json", random.Random(3).randbytes)
        self.signing = DeviceSigning(device, lambda: self.now)
        self.tend = TendKeys(self.signing, self.log, Uncounted(), lambda: self.now)

    async def states(self, use=KeyUse.CARD):
        """The states of a set's keys, oldest first."""
        named = sorted(await self.signing.named(use), key=lambda key: key.life.serial)
        return [key.state(int(self.now)) for key in named]


@pytest.fixture
def keys(tmp_path):
    """No key yet."""
    return Keys(tmp_path)


async def test_two_months_without_a_gap(keys):
    """Hour by hour: a token can be signed, its key is published, and every key but the first was known for 48 hours."""
    known = {}
    for hour in range(60 * 24):
        await keys.tend()
        published = {one["kid"]: one for one in (await keys.signing.published())["keys"]}
        for kid in published:
            known.setdefault(kid, hour)
        for kind in TokenType:
            signed = await keys.signing.sign(kind, {"hour": hour})
            kid = json.loads(_decoded(signed.split(".")[0]))["kid"]
            assert published[kid]["signs"] == kind.use
            assert published[kid]["active_from"] <= keys.now < published[kid]["active_until"]
            assert hour - known[kid] >= 48 or known[kid] == 0
        keys.now += HOUR
    assert len(known) == 18  # in 60 days nine of each set


async def test_what_signs_no_more_is_destroyed(keys, tmp_path):
    """The private side with the last second of its activity; the public one stays to be looked at."""
    await keys.tend()
    keys.now += 7 * DAY
    await keys.tend()
    rows = json.loads((tmp_path / "signing.json").read_text())["keys"]
    assert [bool(row["seed"]) for row in rows] == [False, False, True, True]
    assert await keys.states() == [State.VERIFY_ONLY, State.ACTIVE]
    keys.now += DAY
    assert await keys.states() == [State.RETIRED, State.ACTIVE]


async def test_each_key_is_in_the_log_and_can_be_found_there(keys):
    """By the published key alone: its place, its tag, and a commitment that anybody can compute."""
    await keys.tend()
    for one in (await keys.signing.published())["keys"]:
        entry = json.loads(keys.log.entries[one["log_index"]])
        named = next(key for key in await keys.signing.named(KeyUse(one["signs"])) if key.kid == one["kid"])
        assert Entry.parse(keys.log.entries[one["log_index"]]).kind == "key.announced"
        assert entry["tag"] == named.public[:16].hex()
        assert entry["c"] == sha256(named.announcement).hexdigest()


async def test_no_entry_no_key(tmp_path):
    """A log that takes nothing: the key is made and neither published nor used; later it is, the same one."""
    keys = Keys(tmp_path, log=FullLog())
    with pytest.raises(KeysError, match="log"):
        await keys.tend()
    assert (await keys.signing.published())["keys"] == []
    with pytest.raises(KeysError, match="no card key is active"):
        await keys.signing.sign(TokenType.CARD, {})
    [made] = await keys.signing.named(KeyUse.CARD)
    keys.log = MemoryLog(b"r" * 32)
    keys.__post_init__()
    await keys.tend()
    assert [key.public for key in await keys.signing.named(KeyUse.CARD)] == [made.public]
    assert await keys.signing.sign(TokenType.CARD, {})


async def test_a_rotation_by_hand(keys):
    """Announced now, active in 48 hours; the one before ends then. Asked again, it is refused with where to look."""
    await keys.tend()
    keys.now += HOUR
    await keys.tend.rotate(KeyUse.CARD, at_once=False)
    assert await keys.states() == [State.ACTIVE, State.ANNOUNCED]
    with pytest.raises(RotationError, match="announced already"):
        await keys.tend.rotate(KeyUse.CARD, at_once=False)
    keys.now += 48 * HOUR
    assert await keys.states() == [State.VERIFY_ONLY, State.ACTIVE]
    assert await keys.states(KeyUse.RECEIPT) == [State.ACTIVE]


async def test_a_stolen_key_is_replaced_at_once(keys):
    """The new one signs; what the old one has signed is good for nothing, and the log says so."""
    await keys.tend()
    old = (await keys.signing.published())["keys"][0]["kid"]
    await keys.tend.rotate(KeyUse.CARD, at_once=True)
    published = (await keys.signing.published())["keys"]
    assert old not in [one["kid"] for one in published]
    assert await keys.states() == [State.RETIRED, State.ACTIVE]
    assert Entry.parse(keys.log.entries[-1]).kind == "key.retired"


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_rotation_killed_at_any_step_is_finished_by_whoever_tends_next(tmp_path, at_once):
    """No key is active beyond its successor's beginning, a stolen one is good for nothing, and each is in the log."""
    finished = lives = 0
    for step in range(1, 100):
        (tmp_path / str(step)).mkdir()
        keys = Keys(tmp_path / str(step))
        await keys.tend()
        keys.now += HOUR
        steps = [step]
        mortal = TendKeys(
            Mortal(keys.signing, steps), Mortal(keys.log, steps), Uncounted(), lambda keys=keys: keys.now
        )
        try:
            await mortal.rotate(KeyUse.CARD, at_once=at_once)
            finished += 1
        except KilledError:
            keys.__post_init__()
        await keys.tend()
        if len(await keys.signing.named(KeyUse.CARD)) == 1:
            await keys.tend.rotate(KeyUse.CARD, at_once=at_once)
            lives += 1
        old, new = sorted(await keys.signing.named(KeyUse.CARD), key=lambda key: key.life.serial)
        assert await keys.states() == (
            [State.RETIRED, State.ACTIVE] if at_once else [State.ACTIVE, State.ANNOUNCED]
        )
        assert old.life.active_until == new.life.active_from
        entries = [Entry.parse(entry).kind for entry in keys.log.entries]
        assert entries.count("key.retired" if at_once else "key.changed") in {1, 2}  # twice harms nothing
        if finished:
            break
    assert finished
    assert lives < step - 5  # it was killed behind the key's making, too


def _decoded(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
