"""Epochs: begun, emptied and ended while others work, until a copy of the store opens nowhere."""

import asyncio
import copy

import pytest

from service.adapters.memory_log import MemoryLog
from service.adapters.pkcs11_device import Pkcs11Device
from service.audit.entries import Entry, Kind
from service.domain.identity import LastFour
from service.domain.itinerary import start_of_day
from service.flows.tend_epochs import TendEpochs
from service.ports.device import DeviceError
from service.ports.epochs import EpochState
from service.ports.keys import Claim, KeysError, Verdict, Way
from service.ports.log import LogError
from service.records.itinerary_record import split
from service.records.key_record import KeyRecord
from service.vault.epoch_keeping import Keeper
from service.vault.epochs import Epochs
from service.vault.revealer import Revealer
from tests.unit.vault.conftest import KilledError, Mortal, Vault

NUMBERS = [f"86138001380{place:02}" for place in range(40)]
HOUR, DAY = 3600, 86_400


class Counts(dict[tuple[str, str], int]):
    """A tally of the test's own."""

    def count(self, what, how):
        """Once more."""
        self[what, how] = self.get((what, how), 0) + 1


@pytest.fixture
async def peopled(vault):
    """Forty subscriptions with a stay each, at nine in the morning of a day."""
    return await with_people(vault)


@pytest.fixture
async def on_token(token, tmp_path):
    """The same, the epochs' keys and peppers in a hardware module."""
    device = await Pkcs11Device.open(token.module, token.label, token.pin, create=True)
    yield await with_people(await Vault(tmp_path, module=device).start())
    await device.close()


async def with_people(vault):
    """Forty of them."""
    vault.now = start_of_day(vault.keys.current_epoch) + 9 * HOUR
    for number in NUMBERS:
        await vault.enrol(number)
        await vault.stay(number, 1)
    vault.tally = Counts()
    vault.log = MemoryLog(vault.device.receipt_key)
    vault.tend = TendEpochs(vault.keeper, vault.log, vault.tally, lambda: vault.now)
    return vault


def epochs_in(vault):
    """The epochs that rows of either space name."""
    keys = {KeyRecord.decode(row).epoch for row in vault.key_space.rows.values()}
    return keys | {split(row)[0].epoch for row in vault.data.rows.values()}


async def opens(vault, number):
    """How many stays a lookup of a number finds."""
    return len((await vault.revealer.reveal(vault.receipt(number))).itinerary.stays)


async def swept(vault):
    """A whole pass; what it came to."""
    done = await vault.keeper.sweep(7)
    while not done.done:
        done = await vault.keeper.sweep(7)
    return done


async def states(vault):
    """Each living epoch's state, by its number."""
    return {epoch.number: epoch.state for epoch in await vault.keeper.epochs()}


async def test_a_new_epoch_seals_and_the_old_one_still_opens(peopled):
    """At midnight, for whoever asks, in this process or over the socket; once a day however often it is asked."""
    old = peopled.keys.current_epoch
    assert await peopled.keeper.rotate(ahead=False) == old
    peopled.now += DAY
    assert await peopled.keeper.rotate(ahead=False) == await peopled.keeper.rotate(ahead=False) == old + 1
    assert await peopled.keys.health() == [old, old + 1]
    assert peopled.keys.current_epoch == old + 1
    assert await opens(peopled, NUMBERS[0]) == 1
    await peopled.stay(NUMBERS[0], 2, start=1_795_100_000)
    assert epochs_in(peopled) == {old, old + 1}
    assert await opens(peopled, NUMBERS[0]) == 2


async def test_a_pass_moves_every_row_and_changes_none(peopled):
    """Proofs hold, stays and ordinals are the same, and the next pass finds nothing to do."""
    peopled.now += DAY
    await peopled.keeper.rotate(ahead=False)
    before = [await opens(peopled, number) for number in NUMBERS]
    done = await swept(peopled)
    assert (done.seen, done.moved, done.orphans, done.unreadable) == (80, 80, 0, 0)
    assert epochs_in(peopled) == {peopled.keys.current_epoch}
    assert [await opens(peopled, number) for number in NUMBERS] == before
    claims = [Claim(peopled.index(number), LastFour.parse("1234"), Way.OPEN) for number in NUMBERS]
    assert set(await peopled.keys.verify(claims)) == {Verdict.PROVED}
    await peopled.stay(NUMBERS[0], 1)  # a replay
    assert await opens(peopled, NUMBERS[0]) == 1
    assert (await swept(peopled)).moved == 0


async def test_what_cannot_be_moved_is_counted_and_left(peopled):
    """An altered key row, an altered record, and a record whose subscription is gone; nothing of the others is lost."""
    altered, gone, record = (peopled.index(number) for number in NUMBERS[:3])
    peopled.key_space.rows[altered] = peopled.key_space.rows[altered][:-40] + bytes(40)
    peopled.data.rows[record] = peopled.data.rows[record][:-1] + b"?"
    del peopled.key_space.rows[gone]
    peopled.now += DAY
    await peopled.keeper.rotate(ahead=False)
    done = await swept(peopled)
    assert (done.moved, done.orphans, done.unreadable) == (38 + 37, 1, 3)


async def test_a_pass_among_writers_loses_nothing(peopled):
    """Amended, enrolled, proved and looked up while rows move: afterwards all of it is there, under the new epoch."""
    peopled.now += DAY
    await peopled.keeper.rotate(ahead=False)

    async def written(number):
        for ordinal in range(2, 12):
            await peopled.stay(number, ordinal, start=1_795_000_000 + ordinal * 20_000)
            await asyncio.sleep(0)

    async def reserved(number):
        for _ in range(10):
            assert (await peopled.keys.derive_log([peopled.index(number)]))[0]

    others = [work(number) for number in NUMBERS[:10] for work in (written, reserved)]
    await asyncio.gather(swept(peopled), *others)
    assert [await opens(peopled, number) for number in NUMBERS[:10]] == [11] * 10
    [key] = await peopled.keys.derive_log([peopled.index(NUMBERS[0])])
    assert key.number == 11
    await swept(peopled)
    assert epochs_in(peopled) == {peopled.keys.current_epoch}


async def test_an_epoch_ends_when_its_queues_are_dry_and_nothing_is_left(peopled):
    """Not while its day's queues may be opened, not before a pass that began well after midnight, not while held."""
    old = peopled.keys.current_epoch
    peopled.now = start_of_day(old + 1)
    await peopled.keeper.rotate(ahead=False)
    await swept(peopled)  # too early to show anything: a writer may still hold the old key
    assert await states(peopled) == {old: EpochState.TAIL, old + 1: EpochState.CURRENT}
    peopled.now = start_of_day(old + 2)
    assert await states(peopled) == {old: EpochState.SWEEP, old + 1: EpochState.CURRENT}
    assert await peopled.keeper.destroy() == []
    await swept(peopled)
    peopled.held[old] = "the worker's checkpoint"
    assert (await states(peopled))[old] is EpochState.HELD
    assert await peopled.keeper.destroy() == []
    peopled.held.clear()
    assert (await states(peopled))[old] is EpochState.DUE
    assert await peopled.keeper.destroy() == [old]
    assert await peopled.device.epochs() == (old + 1,)
    assert await peopled.key_space.read_epoch(old) is None


async def test_left_alone_epochs_come_and_go(peopled):
    """A week, looked at every half hour: never more than three keys, never one older than two days, and all opens."""
    first = peopled.keys.current_epoch
    for _ in range(7 * 48):
        peopled.now += HOUR / 2
        await peopled.tend()
        today = int((peopled.now - start_of_day(first)) // DAY) + first
        assert min(await peopled.device.epochs()) >= max(first, today - 1)
    assert peopled.tally["epochs", "begun"] == 7
    assert peopled.tally["epochs", "destroyed"] == 6
    kinds = [Entry.parse(entry).kind for entry in peopled.log.entries]
    assert kinds == [Kind.KEY_BEGUN, *([Kind.KEY_BEGUN, Kind.KEY_DESTROYED] * 6)]
    assert [await opens(peopled, number) for number in NUMBERS] == [1] * 40


async def stolen_opens(vault, keys, data):
    """What a thief with a copy of both spaces and the live device gets: key rows unwrapped, records opened."""
    thief = copy.copy(vault)
    thief.key_space, thief.data = keys, data
    found = 0
    try:
        thief.keys = await thief.keys_role()
        thief.revealer = Revealer(thief.keys, thief.data)
        for number in NUMBERS:
            try:
                found += await opens(thief, number)
            except KeysError:
                continue
    except (KeysError, DeviceError):
        return found
    return found


async def test_a_dump_of_yesterday_opens_nowhere_even_with_todays_device(peopled):
    """It did until 48 hours after the epoch began; and a backup of today is restored as it was."""
    await opens_for_two_days(peopled)


async def test_nor_with_todays_hardware_module(on_token):
    """The same with each epoch's key an object of its own in a token."""
    await opens_for_two_days(on_token)
    assert min(await on_token.module.epochs()) > on_token.first


async def opens_for_two_days(peopled):
    """A dump of each space and of both, now and 49 hours later."""
    peopled.first = peopled.keys.current_epoch
    dump = copy.deepcopy(peopled.key_space), copy.deepcopy(peopled.data)
    assert await stolen_opens(peopled, *copy.deepcopy(dump)) == 40
    made = peopled.now
    while peopled.now < made + 49 * HOUR:
        peopled.now += HOUR / 2
        await peopled.tend()
    assert await stolen_opens(peopled, *copy.deepcopy(dump)) == 0
    assert await stolen_opens(peopled, dump[0], copy.deepcopy(peopled.data)) == 0
    assert await stolen_opens(peopled, copy.deepcopy(peopled.key_space), dump[1]) == 0
    backup = copy.deepcopy(peopled.key_space), copy.deepcopy(peopled.data)
    assert await stolen_opens(peopled, *backup) == 40


async def test_tomorrows_epoch_can_begin_a_day_early_once(peopled):
    """By hand; the one after it begins by itself at its own midnight."""
    old = peopled.keys.current_epoch
    assert await peopled.keeper.rotate(ahead=True) == old + 1
    with pytest.raises(KeysError, match="has begun already"):
        await peopled.keeper.rotate(ahead=True)
    peopled.now = start_of_day(old + 1) + HOUR
    assert await peopled.keeper.rotate(ahead=False) == old + 1
    peopled.now += DAY
    assert await peopled.keeper.rotate(ahead=False) == old + 2


async def test_a_kill_between_the_device_and_the_store_is_mended_at_the_start(peopled):
    """A key was made and its material was not written: the next process writes it, and everything opens."""
    old = peopled.keys.current_epoch
    await peopled.device.create(old + 1)
    peopled.keys = await peopled.keys_role()
    assert peopled.keys.current_epoch == old + 1
    assert await peopled.key_space.read_epoch(old + 1)
    peopled.revealer = Revealer(peopled.keys, peopled.data)
    assert await opens(peopled, NUMBERS[0]) == 1


async def test_a_kill_costs_a_pass_and_nothing_else(peopled):
    """Half of it is done; another process does the rest."""
    peopled.now += DAY
    await peopled.keeper.rotate(ahead=False)
    assert not (await peopled.keeper.sweep(50)).done
    again = copy.copy(peopled)
    again.keys = await again.keys_role()
    again.start_keeping()
    await swept(again)
    assert epochs_in(peopled) == {again.keys.current_epoch}


async def come_and_gone(vault, keeper):
    """A day's epoch is begun and emptied, the one before it is destroyed; the same calls again go on where they were."""
    vault.now = start_of_day(vault.first + 1) + HOUR
    await keeper.rotate(ahead=False)
    vault.now += DAY
    while not (await keeper.sweep(1)).done:
        pass
    await keeper.destroy()


async def test_killed_at_any_step_an_epoch_comes_and_goes(tmp_path):
    """Before and after each call of the device and of both spaces: the next process ends it, and every row opens."""
    whole = False
    for step in range(1, 200):
        (tmp_path / str(step)).mkdir()
        vault = await Vault(tmp_path / str(step)).start()
        vault.first = vault.keys.current_epoch
        for number in NUMBERS[:2]:
            await vault.enrol(number)
            await vault.stay(number, 1)
        steps = [0]  # not counted
        device, space, data = (Mortal(port, steps) for port in (vault.device, vault.key_space, vault.data))
        epochs = await Epochs.start(space, device, 0, vault.chance.randbytes)
        keeper = Keeper(epochs, space, data, dict, vault.chance.randbytes, lambda vault=vault: vault.now)
        steps[0] = step
        try:
            await come_and_gone(vault, keeper)
            whole = True
        except KilledError:
            vault.now = start_of_day(vault.first + 1) + 2 * HOUR
        vault.keys = await vault.keys_role()
        vault.start_keeping()
        vault.revealer = Revealer(vault.keys, vault.data)
        await come_and_gone(vault, vault.keeper)
        assert epochs_in(vault) == {vault.first + 1} == set(await vault.device.epochs()), f"step {step}"
        assert [await opens(vault, number) for number in NUMBERS[:2]] == [1, 1]
        assert set(vault.key_space._epochs) == {vault.first + 1}, f"step {step}"
        if whole:
            break
    assert whole
    assert step > 20


async def test_the_current_epochs_key_is_never_destroyed(peopled):
    """Whoever asks."""
    with pytest.raises(KeysError, match="current"):
        await peopled.epochs.end(peopled.keys.current_epoch)


class DownLog:
    """A log that takes nothing."""

    async def append(self, drafts):
        """Refused."""
        raise LogError(f"{len(drafts)} refused")


async def test_without_an_entry_no_key_is_destroyed(peopled):
    """The log is down when an epoch is due: its key lives until the log takes the entry."""
    old = peopled.keys.current_epoch
    for hours in (25, 26):
        peopled.now = start_of_day(old) + hours * HOUR
        await peopled.tend()
    peopled.now += DAY
    down = TendEpochs(peopled.keeper, DownLog(), peopled.tally, lambda: peopled.now)
    await peopled.keeper.rotate(ahead=False)
    with pytest.raises(LogError):
        await down()
    assert old in await peopled.device.epochs()
    await peopled.tend()
    assert old not in await peopled.device.epochs()
