"""An epoch's key is destroyed only once a backup that does without it was found whole, and no replica lags."""

import copy

import pytest

from service.audit.entries import Kind
from service.domain.itinerary import start_of_day
from service.flows.verify_backup import verify_backup
from service.ports.epochs import EpochState
from service.ports.keys import KeysError

NUMBERS = [f"86138001380{place:02}" for place in range(20)]
HOUR, DAY = 3600, 86_400


class MemoryCopies:
    """`VerifiedCopies` for a test."""

    found = None

    def last(self):
        """What was remembered."""
        return self.found

    def remember(self, copy):
        """From now on."""
        self.found = copy


@pytest.fixture
async def kept(vault):
    """Twenty subscriptions with a stay each, of an operator who keeps backups, at nine in the morning."""
    vault.now = start_of_day(vault.keys.current_epoch) + 9 * HOUR
    vault.copies = MemoryCopies()
    vault.start_keeping(vault.copies)
    for number in NUMBERS:
        await vault.enrol(number)
        await vault.stay(number, 1)
    return vault


def backed_up(vault):
    """A copy of both spaces."""
    return copy.deepcopy(vault.key_space), copy.deepcopy(vault.data)


async def verified(vault, backup):
    """What the keys role says of it."""
    keys, data = backup
    return await verify_backup([keys], [data], vault.keeper, lambda _: None)


async def swept(vault):
    """A whole pass, well after the epoch began."""
    while not (await vault.keeper.sweep(100)).done:
        pass


async def state(vault, epoch):
    """And why."""
    [found] = [one for one in await vault.keeper.epochs() if one.number == epoch]
    return found.state, found.why


async def two_days_on(vault):
    """A day later a new epoch seals, everything is under it, and the old one's time is over."""
    old = vault.keys.current_epoch
    vault.now = start_of_day(old + 1)
    await vault.keeper.rotate(ahead=False)
    before = backed_up(vault)
    vault.now += HOUR
    await swept(vault)
    vault.now = start_of_day(old + 2)
    return old, before


async def test_a_key_is_held_until_a_backup_that_does_without_it_is_verified(kept):
    """No backup, one of before the sweep, one of after it."""
    old, before = await two_days_on(kept)
    found, why = await state(kept, old)
    assert (found, "backup verify" in why) == (EpochState.HELD, True)
    counts = await verified(kept, before)
    assert (counts.keys, counts.data, counts.oldest, counts.unreadable) == (20, 20, old, 0)
    assert (await state(kept, old))[0] is EpochState.HELD
    assert await kept.keeper.destroy() == []
    counts = await verified(kept, backed_up(kept))
    assert (counts.oldest, counts.newest) == (old + 1, old + 1)
    assert kept.copies.found.at == int(kept.now)
    assert await kept.keeper.destroy() == [old]


async def test_a_key_is_held_while_a_replica_lags(kept):
    """It may hold rows that have been sealed anew elsewhere."""
    old, _ = await two_days_on(kept)
    await verified(kept, backed_up(kept))
    kept.lagging = "a replica lags"
    assert await state(kept, old) == (EpochState.HELD, "a replica lags")
    assert await kept.keeper.destroy() == []
    kept.lagging = ""
    assert await kept.keeper.destroy() == [old]


def damaged_key(keys, _):
    """The secret of one."""
    row = next(iter(keys.rows))
    keys.rows[row] = keys.rows[row][:-41] + bytes(41)


def damaged_record(_, data):
    """One bit of one."""
    row = next(iter(data.rows))
    data.rows[row] = data.rows[row][:-1] + bytes([data.rows[row][-1] ^ 1])


def cut(_, data):
    """Some are missing."""
    for row in list(data.rows)[:3]:
        del data.rows[row]


def empty(keys, data):
    """All are."""
    keys.rows.clear()
    data.rows.clear()


@pytest.mark.parametrize(
    ("harm", "why"),
    [(damaged_key, "do not open"), (damaged_record, "do not open"), (cut, "not whole"), (empty, "not whole")],
)
async def test_a_backup_that_could_not_take_the_stores_place_does_not_count(kept, harm, why):
    """One altered bit, rows that are missing, nothing at all: said in a line without any of it, and the key is held."""
    old, _ = await two_days_on(kept)
    keys, data = backed_up(kept)
    harm(keys, data)
    with pytest.raises(KeysError, match=why):
        await verified(kept, (keys, data))
    assert kept.copies.found is None
    assert (await state(kept, old))[0] is EpochState.HELD


async def test_a_backup_of_another_store_does_not_count(kept):
    """Its keys are others."""
    keys, data = backed_up(kept)
    keys.rows = dict(zip(keys.rows, reversed(keys.rows.values()), strict=True))
    with pytest.raises(KeysError, match="do not open"):
        await verified(kept, (keys, data))


async def test_one_look_at_a_time(kept):
    """Of two the later one counts; the earlier is told."""
    first = await kept.keeper.begin_copy()
    await kept.keeper.begin_copy()
    with pytest.raises(KeysError, match="begin again"):
        await kept.keeper.accept_copy(first, remember=True)


async def test_who_keeps_no_backup_waits_for_none(kept):
    """And is told that there is nothing to verify."""
    old, _ = await two_days_on(kept)
    kept.start_keeping(None)
    with pytest.raises(KeysError, match="no backups are kept"):
        await kept.keeper.begin_copy()
    await swept(kept)
    kept.now += HOUR
    await swept(kept)
    assert await kept.keeper.destroy() == [old]


async def test_an_erased_subscription_is_counted_and_needs_no_epoch(kept):
    """What is left of it opens under none."""
    index = kept.index(NUMBERS[0])
    await kept.keys.erase(kept.receipt(NUMBERS[0], kind=Kind.ERASE))
    counts = await verified(kept, backed_up(kept))
    assert (counts.keys, counts.data, counts.orphans) == (20, 19, 1)
    assert index in kept.key_space.rows
