"""What the keys role promises: enrolment, proofs that are charged first, no key without an entry."""

import asyncio
from dataclasses import replace

import pytest

from service.audit.entries import Kind, leaf
from service.audit.tree import leaf_hash
from service.domain.identity import DocumentType, LastFour
from service.ports.keys import Claim, Enrolled, Enrolment, KeysError, Opening, Verdict, Want, Way
from service.records.key_record import KeyRecord
from service.sealing.envelope import public_key
from service.vault.judging import TRIES_A_DAY
from service.vault.key_service import DeviceKeys

NUMBER, OTHER = "8613800138000", "8613800138001"
TODAY = 20_780


async def verdict(vault, number, last_four, way=Way.OPEN):
    """One claim."""
    [found] = await vault.keys.verify([Claim(vault.index(number), LastFour.parse(last_four), way)])
    return found


async def test_enrolment_is_idempotent_and_tells_what_it_came_to(vault):
    """New, unchanged, another document, another owner, an older life."""
    assert await vault.enrol(NUMBER) is Enrolled.NEW
    before = dict(vault.key_space.rows)
    assert await vault.enrol(NUMBER) is Enrolled.UNCHANGED
    assert vault.key_space.rows == before
    assert await vault.enrol(NUMBER, "4321") is Enrolled.CHANGED
    assert await vault.enrol(NUMBER, "4321", kind=DocumentType.PASSPORT) is Enrolled.CHANGED
    assert await vault.enrol(NUMBER, "9999", day=TODAY) is Enrolled.RENEWED
    assert await vault.enrol(NUMBER, "1234", day=TODAY - 400) is Enrolled.REFUSED
    assert await verdict(vault, NUMBER, "9999") is Verdict.PROVED


async def test_a_batch_may_name_a_number_twice(vault):
    """The later row stands, as if the rows had come one by one."""
    rows = [
        Enrolment(vault.index(NUMBER), DocumentType.RESIDENT_ID, LastFour.parse(digits), TODAY - day)
        for digits, day in (("1111", 9), ("2222", 9), ("3333", 5))
    ]
    assert await vault.keys.enrol(rows) == [Enrolled.NEW, Enrolled.CHANGED, Enrolled.RENEWED]
    assert await verdict(vault, NUMBER, "3333") is Verdict.PROVED


async def test_of_three_hundred_parallel_guesses_ten_are_compared(vault):
    """The charge comes before the comparison, so that no two guesses share a try."""
    await vault.enrol(NUMBER, "1234")
    guesses = [f"{guess:04}" for guess in range(1000, 1300)]
    verdicts = await asyncio.gather(*(verdict(vault, NUMBER, guess) for guess in guesses))
    assert verdicts.count(Verdict.UNPROVED) == TRIES_A_DAY
    assert verdicts.count(Verdict.EXHAUSTED) == 290
    assert await verdict(vault, NUMBER, "1234") is Verdict.EXHAUSTED


async def test_an_owner_who_proves_every_time_never_runs_out(vault):
    """Only wrong digits cost a try; nine wrong ones among many right ones leave one."""
    await vault.enrol(NUMBER)
    for wrong in range(9):
        assert await verdict(vault, NUMBER, f"9{wrong:03}") is Verdict.UNPROVED
        assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    assert await verdict(vault, NUMBER, "0000") is Verdict.UNPROVED
    assert await verdict(vault, NUMBER, "1234") is Verdict.EXHAUSTED


async def test_each_way_has_its_own_tries_and_they_come_back_after_a_day(vault):
    """A stranger who uses up the open way leaves the way by the SIM."""
    await vault.enrol(NUMBER)
    for _ in range(11):
        await verdict(vault, NUMBER, "0000")
    assert await verdict(vault, NUMBER, "1234") is Verdict.EXHAUSTED
    assert await verdict(vault, NUMBER, "1234", Way.SIM) is Verdict.PROVED
    vault.now += 86_401
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED


async def test_an_unknown_number_is_charged_like_any_other(vault):
    """Nobody learns from the words or from the tries whether a number has a subscription."""
    answers = [await verdict(vault, OTHER, "0000") for _ in range(12)]
    assert answers == [Verdict.UNPROVED] * TRIES_A_DAY + [Verdict.EXHAUSTED] * 2


async def test_the_digits_of_nobodys_record_prove_nothing(vault):
    """Not even the tag that stands where nobody's would."""
    assert all([await verdict(vault, OTHER, digits) is not Verdict.PROVED for digits in ("0000", "000X")])


async def test_the_document_type_is_part_of_the_proof(vault):
    """The same four characters of another document give another tag."""
    await vault.enrol(NUMBER, "1234", kind=DocumentType.RESIDENT_ID)
    await vault.enrol(OTHER, "1234", kind=DocumentType.PASSPORT)
    tags = [
        KeyRecord.decode(vault.key_space.rows[vault.index(number)]).verifier for number in (NUMBER, OTHER)
    ]
    assert tags[0] != tags[1]
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED


async def test_no_itinerary_key_without_the_logs_receipt(vault):
    """A receipt by another key, for another number, of another generation, or altered: nothing is opened."""
    await vault.enrol(NUMBER)
    await vault.enrol(OTHER)
    good = vault.receipt(NUMBER)
    [key] = await vault.keys.derive_itinerary([Opening(good, None)])
    assert len(key.key) == 32
    for forged in (
        vault.receipt(NUMBER, key=b"k" * 32),
        replace(good, index=vault.index(OTHER)),
        replace(good, position=1),
        replace(good, mac=b""),
        vault.receipt(NUMBER, generation=2),
        vault.receipt("8613800138009"),
    ):
        with pytest.raises(KeysError):
            await vault.keys.derive_itinerary([Opening(forged, None)])


async def test_a_batch_with_one_forged_receipt_opens_nothing(vault):
    """The good one in it neither."""
    await vault.enrol(NUMBER)
    with pytest.raises(KeysError):
        await vault.keys.derive_itinerary(
            [Opening(vault.receipt(NUMBER), None), Opening(vault.receipt(NUMBER, key=b"k" * 32), None)]
        )


async def test_running_numbers_are_never_given_twice(vault):
    """Fifty reservations at once, by two processes of the keys role: 1 to 50."""
    await vault.enrol(NUMBER)
    second = await vault.keys_role()
    asked = [keys.derive_log([vault.index(NUMBER)]) for keys in (vault.keys, second) for _ in range(5)]
    numbers = [reserved.number for [reserved] in await asyncio.gather(*asked)]
    assert sorted(numbers) == list(range(1, 11))


async def test_a_restart_opens_what_was_sealed_before(vault):
    """The same epoch, the same keys."""
    await vault.enrol(NUMBER)
    [before] = await vault.keys.derive_itinerary_for_amend([Want(vault.index(NUMBER), None)])
    again = await vault.keys_role()
    [after] = await again.derive_itinerary_for_amend([Want(vault.index(NUMBER), None)])
    assert (before.key, before.epoch) == (after.key, after.epoch)
    assert await again.derive_queue(again.current_epoch) == await vault.keys.derive_queue(
        vault.keys.current_epoch
    )


async def test_another_device_opens_nothing(vault, tmp_path):
    """The whole store, and a device that never saw it: refused at the start."""
    await vault.enrol(NUMBER)
    (tmp_path / "other").mkdir()
    other = type(vault.device).open(tmp_path / "other" / "keys.json", vault.chance.randbytes, create=True)
    await other.create(vault.keys.current_epoch)
    with pytest.raises(KeysError):
        await DeviceKeys.start(
            vault.key_space, other, other.receipt_key, TODAY, vault.chance.randbytes, lambda: vault.now
        )


async def test_a_damaged_key_record_fails_alone(vault):
    """Its own calls fail without a word of it; batches go on without it."""
    await vault.enrol(NUMBER)
    await vault.enrol(OTHER)
    row = bytearray(vault.key_space.rows[vault.index(NUMBER)])
    row[10] ^= 1
    vault.key_space.rows[vault.index(NUMBER)] = bytes(row)
    with pytest.raises(KeysError):
        await verdict(vault, NUMBER, "1234")
    keys = await vault.keys.derive_itinerary_for_amend(
        [Want(vault.index(number), None) for number in (NUMBER, OTHER)]
    )
    assert [key is None for key in keys] == [True, False]
    assert await vault.enrol(NUMBER) is Enrolled.UNREADABLE
    vault.key_space.rows[vault.index(NUMBER)] = b"\xff"
    assert [
        known is None for known in await vault.keys.activations([vault.index(NUMBER), vault.index(OTHER)])
    ] == [
        True,
        False,
    ]


async def test_nothing_of_the_key_space_tells_the_digits(vault):
    """Equal digits of two numbers give different rows; no row holds them, whatever the encoding."""
    await vault.enrol(NUMBER, "1234")
    await vault.enrol(OTHER, "1234")
    rows = b"".join(vault.key_space.rows.values())
    for form in (
        b"1234",
        b"\x12\x34",
        (1234).to_bytes(2),
        (1234).to_bytes(2, "little"),
        "1234".encode("utf-16-be"),
    ):
        assert form not in rows


async def test_a_renewed_number_has_its_tries_back(vault):
    """The new owner did not use them up."""
    await vault.enrol(NUMBER)
    for _ in range(12):
        await verdict(vault, NUMBER, "0000")
        await verdict(vault, NUMBER, "0000", Way.SIM)
    await vault.enrol(NUMBER, "9999", day=TODAY - 1)
    assert await verdict(vault, NUMBER, "9999") is Verdict.PROVED
    for _ in range(12):
        await verdict(vault, NUMBER, "0000")
    await vault.enrol(NUMBER, "8888", day=TODAY - 1)
    assert await verdict(vault, NUMBER, "8888") is Verdict.EXHAUSTED


async def test_the_dispute_key_needs_an_entry_and_dies_with_the_life_of_a_number(vault):
    """Its own key for each subscription and generation; none without a receipt that speaks for it."""
    await vault.enrol(NUMBER)
    await vault.enrol(OTHER)
    receipts = [vault.receipt(NUMBER), vault.receipt(OTHER)]
    one, other = await vault.keys.derive_disputes(receipts)
    assert one.key != other.key
    for forged in (vault.receipt(NUMBER, key=b"k" * 32), replace(receipts[0], index=vault.index(OTHER))):
        with pytest.raises(KeysError):
            await vault.keys.derive_disputes([forged])
    await vault.enrol(NUMBER, day=TODAY - 1)
    with pytest.raises(KeysError):
        await vault.keys.derive_disputes(receipts[:1])
    [renewed] = await vault.keys.derive_disputes([vault.receipt(NUMBER, generation=2)])
    assert renewed.key != one.key


async def test_the_first_moment_of_inclusion_stays(vault):
    """Asked for twice, it is the first; the next owner of the number has not asked."""
    await vault.enrol(NUMBER)
    assert (
        await vault.keys.include(vault.receipt(NUMBER, kind=Kind.CONSENT_GIVEN), 1_795_400_000)
        == 1_795_400_000
    )
    assert (
        await vault.keys.include(vault.receipt(NUMBER, kind=Kind.CONSENT_GIVEN), 1_795_500_000)
        == 1_795_400_000
    )
    [known] = await vault.keys.activations([vault.index(NUMBER)])
    [key] = await vault.keys.derive_itinerary([Opening(vault.receipt(NUMBER), None)])
    assert known.included_at == key.included_at == 1_795_400_000
    for forged in (
        vault.receipt(NUMBER, key=b"k" * 32, kind=Kind.CONSENT_GIVEN),
        vault.receipt(NUMBER, generation=2, kind=Kind.CONSENT_GIVEN),
    ):
        with pytest.raises(KeysError):
            await vault.keys.include(forged, 1)
    await vault.enrol(NUMBER, day=TODAY - 1)
    [known] = await vault.keys.activations([vault.index(NUMBER)])
    assert known.included_at == 0


async def test_whether_disputes_are_open_is_known_of_that_life_of_the_number_alone(vault):
    """Set and taken back; a former owner's is not the next one's."""
    await vault.enrol(NUMBER)
    index = vault.index(NUMBER)
    for are_open in (True, True, False):
        await vault.keys.note_disputes(index, 1, are_open=are_open)
        [key] = await vault.keys.derive_itinerary_for_amend([Want(index, None)])
        assert key.disputes is are_open
    await vault.keys.note_disputes(index, 1, are_open=True)
    await vault.enrol(NUMBER, day=TODAY - 1)
    [key] = await vault.keys.derive_itinerary_for_amend([Want(index, None)])
    assert key.disputes is False
    with pytest.raises(KeysError):
        await vault.keys.note_disputes(index, 1, are_open=True)


async def test_running_numbers_and_flags_do_not_undo_each_other(vault):
    """Entries, an inclusion and a dispute at once: compare-and-swap keeps all of them."""
    await vault.enrol(NUMBER)
    index = vault.index(NUMBER)
    await asyncio.gather(
        *(vault.keys.derive_log([index]) for _ in range(8)),
        vault.keys.include(vault.receipt(NUMBER, kind=Kind.CONSENT_GIVEN), 1_795_400_000),
        vault.keys.note_disputes(index, 1, are_open=True),
    )
    record = KeyRecord.decode(vault.key_space.rows[index])
    assert (record.running, record.included_at, record.disputes) == (8, 1_795_400_000, True)


async def test_the_notice_key_opens_what_its_public_key_sealed(vault):
    """Two halves of one epoch's key."""
    epoch = vault.keys.current_epoch
    assert await vault.keys.notice_public(epoch) == public_key(await vault.keys.derive_notice(epoch))


async def test_reading_the_log_key_reserves_no_number(vault):
    """The same key as for writing, the last number that was reserved, none for a number without a subscription."""
    await vault.enrol(NUMBER)
    index = vault.index(NUMBER)
    [fresh] = await vault.keys.read_log([index])
    assert fresh.number == 0
    [reserved] = await vault.keys.derive_log([index])
    assert await vault.keys.read_log([index, vault.index(OTHER)]) == [reserved, None]


async def test_a_locked_subscription_proves_nothing_and_opens_nothing_until_then(vault):
    """Right digits are answered as wrong ones; a receipt does not help; the worker goes on; then it ends by itself."""
    await vault.enrol(NUMBER)
    receipt, until = vault.receipt(NUMBER), int(vault.now) + 100
    locking = vault.receipt(NUMBER, kind=Kind.LOCK)
    await vault.keys.lock(locking, until)
    assert await verdict(vault, NUMBER, "1234") is Verdict.UNPROVED
    with pytest.raises(KeysError, match="locked"):
        await vault.keys.derive_itinerary([Opening(receipt, None)])
    [worker] = await vault.keys.derive_itinerary_for_amend([Want(receipt.index, None)])
    assert worker is not None
    vault.now = until
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    await vault.keys.lock(locking, until + 100)
    await vault.keys.lock(vault.receipt(NUMBER, kind=Kind.UNLOCK), 0)
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    with pytest.raises(KeysError, match="receipt"):
        await vault.keys.lock(vault.receipt(NUMBER, key=bytes(32)), until)


async def test_an_erased_subscription_is_nobodys(vault):
    """No proof, no key of any kind, no secret in what is left; not even for a process that knew it before."""
    await vault.enrol(NUMBER)
    second = await vault.keys_role()
    await second.derive_log([vault.index(NUMBER)])
    before = vault.key_space.rows[vault.index(NUMBER)]
    receipt = vault.receipt(NUMBER)
    with pytest.raises(KeysError, match="receipt"):
        await vault.keys.erase(vault.receipt(NUMBER, key=bytes(32), kind=Kind.ERASE))
    await vault.keys.erase(vault.receipt(NUMBER, kind=Kind.ERASE))
    left = vault.key_space.rows[vault.index(NUMBER)]
    assert len(left) < 10
    assert before[-40:] not in left
    for keys in (vault.keys, second):
        index = receipt.index
        assert await keys.verify([Claim(index, LastFour.parse("1234"), Way.OPEN)]) == [Verdict.UNPROVED]
        assert await keys.derive_log([index]) == [None]
        assert await keys.read_log([index]) == [None]
        assert await keys.activations([index]) == [None]
        assert await keys.derive_itinerary_for_amend([Want(index, None)]) == [None]
        for refused in (
            keys.derive_itinerary([Opening(receipt, None)]),
            keys.derive_disputes([receipt]),
            keys.lock(vault.receipt(NUMBER, kind=Kind.LOCK), 1),
            keys.include(vault.receipt(NUMBER, kind=Kind.CONSENT_GIVEN), 1),
            keys.note_disputes(index, 1, are_open=True),
        ):
            with pytest.raises(KeysError):
                await refused
    assert not await second.erase_again(receipt.index, receipt.generation)


async def test_an_erased_subscription_comes_back_with_a_new_activation_day_only(vault):
    """Not by the same row of the register, nor an older one; then with another secret and the next generation."""
    await vault.enrol(NUMBER)
    [former] = await vault.keys.read_log([vault.index(NUMBER)])
    await vault.keys.erase(vault.receipt(NUMBER, kind=Kind.ERASE))
    assert await vault.enrol(NUMBER) is Enrolled.ERASED
    assert await vault.enrol(NUMBER, day=TODAY - 500) is Enrolled.ERASED
    assert await verdict(vault, NUMBER, "1234") is Verdict.UNPROVED
    assert await vault.enrol(NUMBER, day=TODAY) is Enrolled.RENEWED
    [now] = await vault.keys.read_log([vault.index(NUMBER)])
    assert (now.generation, now.number) == (former.generation + 1, 0)
    assert now.key != former.key


async def test_an_erasure_is_done_again_for_no_later_life(vault):
    """A restored store's subscription goes; the one that began after the erasure stays."""
    await vault.enrol(NUMBER)
    restored = dict(vault.key_space.rows)
    await vault.keys.erase(vault.receipt(NUMBER, kind=Kind.ERASE))
    vault.key_space.rows = restored
    role = await vault.keys_role()
    assert await role.erase_again(vault.index(NUMBER), 1)
    assert await verdict(vault, NUMBER, "1234") is Verdict.UNPROVED
    await vault.enrol(NUMBER, day=TODAY)
    assert not await role.erase_again(vault.index(NUMBER), 1)
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED


@pytest.mark.parametrize(
    ("kind", "doors"),
    [
        (Kind.DISCLOSE, {"open", "dispute"}),
        (Kind.CHECK, {"open", "dispute"}),
        (Kind.PREDICATE, {"open", "dispute"}),
        (Kind.CORRECTION, {"open", "dispute"}),
        (Kind.CONSENT_USED, {"open", "dispute"}),
        (Kind.DISPUTE, {"dispute"}),
        (Kind.STAFF_APPROVE, {"dispute"}),
        (Kind.CONSENT_GIVEN, {"include"}),
        (Kind.LOCK, {"lock"}),
        (Kind.STAFF_UNLOCK, {"lock"}),
        (Kind.STAFF_LIFT, {"lift"}),
        (Kind.QUERY, set()),
        (Kind.REFUSE, set()),
        (Kind.VOID, set()),
        (Kind.KEY_BEGUN, set()),
    ],
)
async def test_an_entry_opens_what_its_public_kind_says(vault, kind, doors):
    """And nothing else: whoever reads the log is told the truth about what was done."""
    await vault.enrol(NUMBER)
    receipt = vault.receipt(NUMBER, kind=kind)
    tried = {
        "open": vault.keys.derive_itinerary([Opening(receipt, None)]),
        "dispute": vault.keys.derive_disputes([receipt]),
        "include": vault.keys.include(receipt, 1),
        "lock": vault.keys.lock(receipt, 0),
        "lift": vault.keys.lift(receipt),
        "erase": vault.keys.erase(receipt),
    }
    for door, call in tried.items():
        if door in doors:
            await call
        else:
            with pytest.raises(KeysError, match="another kind"):
                await call


async def test_a_receipt_is_good_for_an_hour_or_two(vault):
    """Kept and brought again later it opens nothing: another opening leaves another entry."""
    await vault.enrol(NUMBER)
    kept = vault.receipt(NUMBER)
    await vault.keys.derive_itinerary([Opening(kept, None)])
    vault.now += 3600
    await vault.keys.derive_itinerary([Opening(kept, None)])
    vault.now += 3600
    for receipt in (kept, vault.receipt(NUMBER, hours_ago=2), vault.receipt(NUMBER, hours_ago=-2)):
        with pytest.raises(KeysError, match="another hour"):
            await vault.keys.derive_itinerary([Opening(receipt, None)])


async def test_a_receipt_of_another_entry_is_none(vault):
    """The log's word for one entry, shown with another one."""
    await vault.enrol(NUMBER)
    query = vault.receipt(NUMBER, kind=Kind.QUERY)
    other = leaf(Kind.DISCLOSE, int(vault.now), bytes(16), bytes(16), b"")
    for forged in (replace(query, entry=other), replace(query, entry=other, hash=leaf_hash(other))):
        with pytest.raises(KeysError, match="no valid receipt"):
            await vault.keys.derive_itinerary([Opening(forged, None)])


async def test_a_number_is_reserved_in_the_record_as_it_is_not_as_it_was_when_it_was_proved(vault):
    """Between a proof and its entry somebody opened a dispute, and another entry took a number: both still stand."""
    await vault.enrol(NUMBER)
    index = vault.index(NUMBER)
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    [first] = await vault.keys.derive_log([index])
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    await vault.keys.note_disputes(index, first.generation, are_open=True)
    [second] = await vault.keys.derive_log([index])
    assert second.number == first.number + 1
    [key] = await vault.keys.derive_itinerary_for_amend([Want(index, None)])
    assert key.disputes


async def test_no_number_is_reserved_for_a_number_that_was_erased_after_its_proof(vault):
    """What the keys role has seen a moment ago revives nobody."""
    await vault.enrol(NUMBER)
    index = vault.index(NUMBER)
    assert await verdict(vault, NUMBER, "1234") is Verdict.PROVED
    await vault.keys.erase(vault.receipt(NUMBER, kind=Kind.ERASE))
    assert await vault.keys.derive_log([index]) == [None]
