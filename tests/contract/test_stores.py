"""Each promise of `ports.store`, held by each adapter."""

import asyncio
import secrets

import pytest

from service.ports.store import Charged, StoreError, Swap


def some(count):
    """Indices of so many people."""
    return [secrets.token_bytes(16) for _ in range(count)]


async def test_read_answers_in_the_order_asked(records):
    """None where nothing is stored; more rows than one script takes."""
    people = some(1300)
    await records.swap([Swap(person, None, person[::-1]) for person in people[::2]])
    found = await records.read(people)
    assert found == [person[::-1] if place % 2 == 0 else None for place, person in enumerate(people)]
    assert await records.read([]) == []


async def test_a_swap_writes_only_if_its_expectation_holds(records, index):
    """Absent, a prefix of the present value, the whole of it; else the present value comes back and nothing changes."""
    assert await records.swap([Swap(index, b"x", b"1")]) == [b""]
    assert await records.swap([Swap(index, None, b"header1|body")]) == [None]
    assert await records.swap([Swap(index, None, b"other")]) == [b"header1|body"]
    assert await records.swap([Swap(index, b"header2", b"other")]) == [b"header1|body"]
    assert await records.swap([Swap(index, b"header1", b"header2|body")]) == [None]
    assert await records.swap([Swap(index, b"header2|body", b"header3")]) == [None]
    assert await records.read([index]) == [b"header3"]


async def test_an_empty_value_is_a_value(records, index):
    """Present and empty is not absent."""
    assert await records.swap([Swap(index, None, b"")]) == [None]
    assert await records.read([index]) == [b""]
    assert await records.swap([Swap(index, None, b"x")]) == [b""]
    assert await records.swap([Swap(index, b"", b"x")]) == [None]


async def test_rows_of_a_batch_are_independent(records):
    """One that loses takes none with it."""
    people = some(900)
    await records.swap([Swap(people[450], None, b"taken")])
    answers = await records.swap([Swap(person, None, b"mine") for person in people])
    assert answers == [None] * 450 + [b"taken"] + [None] * 449


async def test_every_byte_may_stand_in_a_value(records, index):
    """Zeros, line ends, no UTF-8."""
    value = bytes(range(256)) * 3
    await records.swap([Swap(index, None, value)])
    assert await records.read([index]) == [value]


async def test_of_concurrent_swaps_with_one_expectation_one_writes(records, index):
    """Twelve appenders that read, add and swap lose nothing: each version begins with bytes of its own."""

    async def append(worker):
        for number in range(20):
            while True:
                [now] = await records.read([index])
                entry = b"%d.%d;" % (worker, number)
                version = secrets.token_bytes(8)
                expected = now[:8] if now is not None else None
                if (await records.swap([Swap(index, expected, version + (now or b"")[8:] + entry)])) == [
                    None
                ]:
                    break

    await asyncio.gather(*(append(worker) for worker in range(12)))
    [found] = await records.read([index])
    assert sorted(found[8:].split(b";")[:-1]) == sorted(
        b"%d.%d" % (w, n) for w in range(12) for n in range(20)
    )


async def test_what_is_deleted_is_gone_and_absent_is_no_error(records):
    """And whoever expected it finds it absent."""
    one, other = some(2)
    await records.swap([Swap(one, None, b"1"), Swap(other, None, b"2")])
    await records.delete([one, *some(3)])
    assert await records.read([one, other]) == [None, b"2"]
    assert await records.swap([Swap(one, b"1", b"3")]) == [b""]


async def test_a_scan_yields_each_once(records):
    """However many buckets."""
    people = some(300)
    await records.swap([Swap(person, None, b"x") for person in people])
    assert sorted([found async for found in records.scan()]) == sorted(people)


async def test_charges_never_answer_the_same_count_twice(key_space, index):
    """Three hundred at once: 1 to 300. Ways and people are apart."""
    charges = await asyncio.gather(*(key_space.charge(index, "open", 60) for _ in range(300)))
    assert sorted(charged.count for charged in charges) == list(range(1, 301))
    assert (await key_space.charge(index, "sim", 60)).count == 1
    assert (await key_space.charge(some(1)[0], "open", 60)).count == 1


async def test_a_charge_answers_the_record_that_is_there_then(key_space, index):
    """None where nothing is stored, and for nobody else's."""
    [other] = some(1)
    assert (await key_space.charge(index, "open", 60)).record is None
    await key_space.swap([Swap(index, None, b"mine"), Swap(other, None, b"another")])
    assert (await key_space.charge(index, "open", 60)).record == b"mine"
    assert await key_space.charge(index, "open", 60) == Charged(3, b"mine")


async def test_a_refund_takes_one_charge_back_and_never_more(key_space, index):
    """A counter that was never charged stays at nothing."""
    await key_space.refund(index, "open")
    assert (await key_space.charge(index, "open", 60)).count == 1
    assert (await key_space.charge(index, "open", 60)).count == 2
    await key_space.refund(index, "open")
    assert (await key_space.charge(index, "open", 60)).count == 2
    for _ in range(5):
        await key_space.refund(index, "open")
    assert (await key_space.charge(index, "open", 60)).count == 1


async def test_a_counter_ends_after_its_time_however_often_it_is_charged(key_space, index):
    """Charging and refunding do not make it live longer."""
    await key_space.charge(index, "open", 1)
    for _ in range(4):
        await asyncio.sleep(0.2)
        await key_space.charge(index, "open", 1)
    await key_space.refund(index, "open")
    await asyncio.sleep(0.4)
    assert (await key_space.charge(index, "open", 1)).count == 1


async def test_an_epochs_material_is_stored_once(key_space):
    """The first one stays, and everybody is told which that is."""
    assert await key_space.read_epoch(7) is None
    assert await key_space.put_epoch(7, b"first") == b"first"
    assert await key_space.put_epoch(7, b"second") == b"first"
    assert await key_space.read_epoch(7) == b"first"
    await key_space.drop_epoch(7)
    await key_space.drop_epoch(7)
    assert await key_space.read_epoch(7) is None


async def outbox(conversations):
    """All that is in the outbox."""
    return {held.key: held.value async for held in conversations.pending()}


async def test_a_commit_is_all_or_nothing(conversations, index):
    """State and outgoing texts together, or none of them."""
    assert await conversations.commit(index, None, b"s1", 60, [(b"a", b"1"), (b"b", b"2")])
    assert not await conversations.commit(index, None, b"s2", 60, [(b"c", b"3")])
    assert not await conversations.commit(index, b"s", b"s2", 60, [(b"c", b"3")])
    assert await conversations.read(index) == b"s1"
    assert await outbox(conversations) == {b"a": b"1", b"b": b"2"}
    assert await conversations.commit(index, b"s1", None, 60, [])
    assert await conversations.read(index) is None
    assert await conversations.commit(index, None, b"s3", 60, [])


async def test_of_concurrent_commits_one_is_done(conversations, index):
    """Twenty with the same expectation; its text alone is in the outbox."""
    done = await asyncio.gather(
        *(conversations.commit(index, None, b"%d" % n, 60, [(b"%d" % n, b"text")]) for n in range(20))
    )
    assert done.count(True) == 1
    assert (
        list(await outbox(conversations)) == [b"%d" % done.index(True)] == [await conversations.read(index)]
    )


async def test_a_state_lives_so_many_seconds(conversations, index):
    """Then it is absent for everybody."""
    await conversations.commit(index, None, b"s1", 1, [])
    assert await conversations.read(index) == b"s1"
    await asyncio.sleep(1.1)
    assert await conversations.read(index) is None
    assert await conversations.commit(index, None, b"s2", 60, [])


async def test_a_text_leaves_the_outbox_once_and_changes_only_while_it_is_there(conversations, index):
    """Settle, then replace: there is nothing to replace."""
    await conversations.commit(index, None, b"s", 60, [(b"a", b"1"), (b"b", b"2")])
    assert await conversations.replace(index, b"a", b"1", b"begun")
    assert not await conversations.replace(index, b"a", b"1", b"by somebody else")
    await conversations.settle(index, [b"b"])
    await conversations.settle(index, [b"b"])
    assert not await conversations.replace(index, b"b", b"2", b"again")
    assert await outbox(conversations) == {b"a": b"begun"}
    assert not await conversations.replace(index, b"a", b"1", None)
    assert await outbox(conversations) == {b"a": b"begun"}
    assert await conversations.replace(index, b"a", b"begun", None)
    assert await outbox(conversations) == {}


async def test_a_text_committed_again_takes_its_own_place(conversations, index):
    """The later version alone is there, and state and text change together or not at all."""
    await conversations.commit(index, None, b"s1", 60, [(b"a", b"1"), (b"b", b"2")])
    assert await conversations.commit(index, b"s1", b"s2", 60, [(b"a", b"3")])
    assert not await conversations.commit(index, b"s1", b"s3", 60, [(b"a", b"4")])
    assert await outbox(conversations) == {b"a": b"3", b"b": b"2"}


async def test_shards_are_stable_and_cover_everything(conversations):
    """By the index alone; asked for one shard, its texts alone come."""
    people = some(50)
    for person in people:
        await conversations.commit(person, None, b"s", 60, [(person + b"1", b"x")])
    held = [held async for held in conversations.pending()]
    assert {row.key[:16] for row in held} == set(people)
    assert all(0 <= row.shard < conversations.shards for row in held)
    shard = held[0].shard
    assert {row.key async for row in conversations.pending([shard])} == {
        row.key for row in held if row.shard == shard
    }


async def test_parts_come_back_in_order_once_all_are_there(conversations, index):
    """In any order, twice, with more than nine of them; the same part again changes nothing."""
    order = [*range(11, 0, -1)]
    for number in order[:-1]:
        assert await conversations.keep_part(index, number, 11, b"%d" % number, 60) is None
    assert await conversations.keep_part(index, 11, 11, b"other", 60) is None
    parts = await conversations.keep_part(index, 1, 11, b"1", 60)
    assert parts == tuple(b"%d" % number for number in range(1, 12))
    assert await conversations.keep_part(index, 5, 11, b"5", 60) == parts
    await conversations.drop_parts(index)
    assert await conversations.keep_part(index, 1, 11, b"1", 60) is None


async def test_parts_do_not_wait_for_ever(conversations, index):
    """However often another one comes."""
    await conversations.keep_part(index, 1, 2, b"1", 1)
    await asyncio.sleep(1.1)
    assert await conversations.keep_part(index, 2, 2, b"2", 1) is None


async def test_a_store_that_is_gone_is_one_error_without_a_value(one_server, records, index):
    """StoreError, whatever the library calls it; nothing of the call in its text."""
    await one_server.call("CONFIG", "SET", "maxmemory", "1mb")
    await one_server.call("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError) as error:
        await records.swap([Swap(index, None, b"secret value")])
    assert "secret" not in str(error.value)
    assert index.hex() not in str(error.value)


async def test_uncharging_forgets_the_counters_of_one_index(key_space, index):
    """All the ways that are named; nobody else's."""
    other = some(1)[0]
    for one in (index, other):
        for way in ("open", "sim"):
            await key_space.charge(one, way, 60)
    await key_space.uncharge(index, ["open", "sim"])
    await key_space.uncharge(index, ["open"])
    assert [(await key_space.charge(index, way, 60)).count for way in ("open", "sim")] == [1, 1]
    assert (await key_space.charge(other, "open", 60)).count == 2


async def test_no_command_is_forgotten_between_pipelines(one_server):
    """Whoever asks in the very moment in which the last pipeline ends is answered too."""
    one_server._reach._lane._pipelines = 1

    async def ask():
        for _ in range(50):
            await one_server.call("PING")

    await asyncio.wait_for(ask(), 5)


async def test_a_store_is_alive_and_nobody_lags(server):
    """Where there are no replicas nobody does."""
    if server is None:
        pytest.skip("the twin has no replicas")
    await server.alive()
    assert await server.followed() == ""
    assert server.unreplicated == 0


async def test_a_failing_command_fails_alone(server):
    """What shares a pipeline shares no failure."""
    if server is None:
        pytest.skip("the twin has no pipelines")
    answers = await asyncio.gather(
        server.call("SET", "text", "x"),
        server.call("INCR", "text"),
        server.call("GET", "text"),
        return_exceptions=True,
    )
    assert isinstance(answers[1], StoreError)
    assert answers[2] == b"x"


async def test_an_outbox_can_be_cleared_of_one_number(conversations):
    """Its conversation stays, and whatever is for others."""
    one = some(1)[0]
    other = one[:2] + some(1)[0][2:]
    for person in (one, other):
        await conversations.commit(person, None, b"s", 60, [(person + b"1", b"x"), (person + b"2", b"y")])
    await conversations.clear(one)
    await conversations.clear(some(1)[0])
    assert await conversations.read(one) == b"s"
    assert set(await outbox(conversations)) == {other + b"1", other + b"2"}


async def test_a_forgotten_number_has_no_state_and_nothing_in_the_outbox(conversations):
    """Nobody else's is touched, not even in the same shard."""
    one = some(1)[0]
    other = one[:2] + some(1)[0][2:]
    for person in (one, other):
        await conversations.commit(person, None, b"s", 60, [(person + b"1", b"x"), (person + b"2", b"y")])
    await conversations.forget(one)
    await conversations.forget(some(1)[0])
    assert await conversations.read(one) is None
    assert await conversations.read(other) == b"s"
    assert set(await outbox(conversations)) == {other + b"1", other + b"2"}
