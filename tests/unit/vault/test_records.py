"""Sealed itineraries: amended by the worker, revealed against a receipt, bound to their place."""

import asyncio

import pytest

from service.domain.amendments import Change, ChangeKind
from service.domain.itinerary import Certainty, Stay
from service.ports.keys import KeysError
from service.vault.amender import Amender, Amendment, Outcome

NUMBER, OTHER = "8613800138000", "8613800138001"
WUHAN = 420100
TODAY = 20_780


async def regions(vault, number, generation=1):
    """What a lookup would see."""
    revealed = await vault.revealer.reveal(vault.receipt(number, generation))
    return [stay.region for stay in revealed.itinerary.stays]


async def test_what_was_amended_is_revealed(vault):
    """To the second."""
    await vault.enrol(NUMBER)
    assert (await vault.stay(NUMBER, 1)).outcome is Outcome.WRITTEN
    revealed = await vault.revealer.reveal(vault.receipt(NUMBER))
    assert revealed.itinerary.stays == (Stay(WUHAN, 1_795_000_000, 1_795_018_000, Certainty.CERTAIN),)
    assert revealed.activated_on == TODAY - 400


async def test_a_replayed_change_changes_nothing(vault):
    """The record's header knows the last ordinal."""
    await vault.enrol(NUMBER)
    await vault.stay(NUMBER, 1)
    before = dict(vault.data.rows)
    assert (await vault.stay(NUMBER, 1)).outcome is Outcome.REPLAYED
    assert vault.data.rows == before


async def test_ordinals_begin_anew_after_65536_changes(vault):
    """RFC 1982: what is less than half the circle ahead is new, what is behind is a replay, also across its end."""
    await vault.enrol(NUMBER)
    turn = [40_000, 65_534, 65_535, 0, 1, 2, 20_000, 50_000, 10_000]
    for place, ordinal in enumerate(turn):
        begin = 1_795_000_000 + place * 20_000
        assert (await vault.stay(NUMBER, ordinal, start=begin)).outcome is Outcome.WRITTEN
        assert (await vault.stay(NUMBER, ordinal, start=begin)).outcome is Outcome.REPLAYED
        if place:
            assert (await vault.stay(NUMBER, turn[place - 1], start=begin)).outcome is Outcome.REPLAYED
    revealed = await vault.revealer.reveal(vault.receipt(NUMBER))
    assert len(revealed.itinerary.stays) == len(turn)


async def test_nothing_is_kept_of_a_number_without_a_subscription(vault):
    """Not a byte."""
    assert (await vault.stay(OTHER, 1)).outcome is Outcome.UNKNOWN
    assert not vault.data.rows


async def test_twelve_workers_with_the_same_changes_apply_each_once(vault):
    """As after a takeover by a worker that begins at an old checkpoint: compare-and-swap, and ordinals."""
    await vault.enrol(NUMBER)
    changes = [
        Change(
            ordinal, ChangeKind.CLOSED, True, WUHAN, start := 1_795_000_000 + ordinal * 20_000, start + 15_000
        )
        for ordinal in range(1, 31)
    ]

    async def work():
        amender = Amender(vault.keys, vault.data, vault.chance.randbytes)
        for change in changes:
            await amender.amend([Amendment(vault.index(NUMBER), 1, (change,))])
            await asyncio.sleep(0)

    await asyncio.gather(*(work() for _ in range(12)))
    revealed = await vault.revealer.reveal(vault.receipt(NUMBER))
    assert [stay.start for stay in revealed.itinerary.stays] == [change.start for change in changes]


async def test_the_next_owner_of_a_number_gets_nothing_of_the_former(vault):
    """A new activation is a new secret and an empty record; the old bytes open nowhere."""
    await vault.enrol(NUMBER, "1234", day=TODAY - 400)
    await vault.stay(NUMBER, 1)
    old = vault.data.rows[vault.index(NUMBER)]
    await vault.enrol(NUMBER, "9876", day=TODAY - 1)
    assert await regions(vault, NUMBER, generation=2) == []
    await vault.stay(NUMBER, 1, region=310000, generation=2)
    assert await regions(vault, NUMBER, generation=2) == [310000]
    vault.data.rows[vault.index(NUMBER)] = old
    assert await regions(vault, NUMBER, generation=2) == []
    with pytest.raises(KeysError):
        await regions(vault, NUMBER, generation=1)


async def test_what_was_folded_for_the_former_owner_is_refused(vault):
    """A number recycled between fold and amendment: the new owner gets no stay of the old one, nor an empty record."""
    await vault.enrol(NUMBER, day=TODAY - 400)
    await vault.enrol(NUMBER, "9876", day=TODAY - 1)
    assert (await vault.stay(NUMBER, 1, generation=1)).outcome is Outcome.FORMER
    assert vault.index(NUMBER) not in vault.data.rows
    assert await regions(vault, NUMBER, generation=2) == []


async def test_a_record_opens_only_in_its_own_place(vault):
    """Copied to another number, it opens for nobody."""
    for number in (NUMBER, OTHER):
        await vault.enrol(number)
        await vault.stay(number, 1)
    vault.data.rows[vault.index(OTHER)] = vault.data.rows[vault.index(NUMBER)]
    with pytest.raises(KeysError):
        await regions(vault, OTHER)


async def test_every_altered_byte_is_noticed(vault):
    """Header, nonce, body and tag: refused in a lookup, left alone by the worker."""
    await vault.enrol(NUMBER)
    await vault.enrol(OTHER)
    await vault.stay(NUMBER, 1)
    index = vault.index(NUMBER)
    good = vault.data.rows[index]
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 0x01
        vault.data.rows[index] = bytes(bad)
        if place == 3:  # another generation: the record of a former owner, empty for this one
            assert await regions(vault, NUMBER) == []
            continue
        with pytest.raises(KeysError):
            await regions(vault, NUMBER)
    change = Change(9, ChangeKind.CLOSED, True, WUHAN, 1_795_100_000, 1_795_120_000)
    both = [Amendment(vault.index(number), 1, (change,)) for number in (NUMBER, OTHER)]
    assert [done.outcome for done in await vault.amender.amend(both)] == [Outcome.UNREADABLE, Outcome.WRITTEN]
    assert vault.data.rows[index] == bytes(bad)


async def test_no_stored_byte_tells_a_region(vault):
    """The same stay of two numbers gives bytes that share nothing but the header."""
    for number in (NUMBER, OTHER):
        await vault.enrol(number)
        await vault.stay(number, 1)
    one, other = (vault.data.rows[vault.index(number)] for number in (NUMBER, OTHER))
    assert one[:5] == other[:5]
    assert sum(a == b for a, b in zip(one[5:], other[5:], strict=True)) < 8
    for row in (one, other):
        assert b"420100" not in row
        assert WUHAN.to_bytes(3) not in row
