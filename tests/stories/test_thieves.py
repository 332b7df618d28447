"""Each thief plays: what they hold, what they get of it, and what they do not. docs/threat-model.md is this file as a table.

A thief of a process asks the keys role over its socket, with the roles that the process has, and may use every key that
the process was given.
"""

import hmac
import json
import re
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from service.adapters.key_socket import Holding, KeyServer
from service.adapters.shared_keys import SharedKeys
from service.adapters.signing_file import SigningFile
from service.audit.entries import Entry, Kind, leaf, tag
from service.audit.tree import leaf_hash
from service.domain.check_codes import CODE_ENTROPY, CheckCode, PhoneLastFour
from service.domain.disputes import Verdict as Decided
from service.domain.identity import DocumentType, LastFour
from service.domain.support import OrderKind
from service.ports.check_keys import CheckClaim
from service.ports.desk import DeskError, Member, StaffRole
from service.ports.key_callers import MAY, Caller
from service.ports.keys import Claim, Enrolled, Enrolment, KeysError, Opening, Verdict, Want, Way
from service.ports.log import Draft, EntryReceipt
from service.records.conversation_record import decode_conversation
from service.sealing import keyring
from service.sealing.envelope import SealError, unseal
from service.vault.disputes import DisputeVault
from service.vault.epoch_keeping import Keeper
from service.vault.epochs import Epochs, decoded
from service.vault.judging import TRIES_A_DAY
from service.vault.records import epoch_of, opened
from service.vault.signing_keys import DeviceSigning
from tests.stories.conftest import World
from tests.stories.desk import desk_for

ALICE, BOB = "+8613800138000", "+8613800138001"
WUHAN, SHENZHEN = 420100, 440300
ENDINGS = [f"{number:04}" for number in range(10_000)] + [f"{number:03}X" for number in range(1000)]
DOCUMENT = Path(__file__).parents[2] / "docs" / "threat-model.md"


@pytest.fixture
async def city(world: World) -> World:
    """Two people with stays, a reply with a code, a conversation under way, and everything that this leaves behind."""
    for number, ending, region in ((ALICE, "482X", WUHAN), (BOB, "7315", SHENZHEN)):
        await world.enrol(number, ending, 400)
        await world.stayed(number, region, 5, 30)
    await world.text(ALICE, "CXMYD")
    world.clock.now += 5
    await world.text(ALICE, "482X")
    await world.text(BOB, "CXMYD")
    return world


@asynccontextmanager
async def process(world: World, folder: Path, *roles: Caller):
    """The keys role as a process of these roles can ask it."""
    keeper = Keeper(
        await Epochs.start(world.key_space, world.device, 0, world.entropy),
        world.key_space,
        world.data_space,
        dict,
        world.entropy,
        world.clock,
    )
    signing = DeviceSigning(SigningFile(folder / "signing.json", world.entropy), world.clock)
    held = Holding(world.keys, world.check_keys, keeper, signing, None, _nothing)
    server = KeyServer(held, folder / "keys", lambda _: frozenset(roles), 0o600)
    await server.start()
    asked = SharedKeys(None, folder / "keys", lambda _: frozenset(), others=False)
    await asked.settle()
    yield asked
    await asked.close()
    await server.close()


async def _nothing():
    """Memory has nothing to let go of."""


def marks(world: World) -> set[str]:
    """Whatever would name somebody or tell where they were."""
    return world.secrets | {str(WUHAN), str(SHENZHEN)}


def row_of(world: World, number: str):
    """Somebody's key record and itinerary, as they lie in the store."""
    index = world.blind(number[1:])
    return index, decoded(world.key_space.rows[index]), world.data_space.rows[index]


async def test_whoever_has_the_stores_files(city):
    """Learns how many subscriptions there are and which records changed; no number, region or digit, by no way of trying."""
    stored = b"|".join([*city._stored(), *city.log.entries])
    assert not [mark for mark in marks(city) if mark.encode() in stored]
    index, record, _ = row_of(city, ALICE)
    numbers = [f"86138001380{place:02}" for place in range(100)]
    plain = {sha256(number.encode()).digest()[:16] for number in numbers}
    assert not plain & city.key_space.rows.keys()
    # More than the files hold: the secret itself, and every key that any role has but the device's.
    secret = city.keys._epochs.secret(index, record)
    keys = [
        city.device.index_key,
        city.device.receipt_key,
        city.device.log_key,
        city.device.requester_key,
        b"",
    ]
    claims = [keyring.document_claim(index, secret, DocumentType.RESIDENT_ID, ending) for ending in ENDINGS]
    tried = {hmac.digest(key, claim, sha256)[:16] for key in keys for claim in claims}
    assert record.verifier not in tried
    # The trial itself is sound: with the device's pepper one of the 11,000 is it.
    found = [tag[:16] == record.verifier for tag in await city.device.macs(claims)]
    assert [ENDINGS[place] for place, same in enumerate(found) if same] == ["482X"]


async def test_whoever_has_the_stores_files_and_the_index_key(city):
    """Learns which numbers have a subscription, and which of them are talking; nothing that is sealed opens."""
    numbers = [f"86138001380{place:02}" for place in range(100)]
    known = [number for number in numbers if city.blind(number) in city.key_space.rows]
    assert known == [ALICE[1:], BOB[1:]]
    for key in (city.device.index_key, city.device.requester_key):
        for number in known:
            index = city.blind(number)
            state, _ = city.talks._states[index]
            for sealed, bound in ((state[2:], b"talk|" + index), (city.data_space.rows[index], b"")):
                with pytest.raises(SealError):
                    unseal(key, sealed, bound)


async def test_a_web_process(city, tmp_path):
    """Learns what verifiers type while it is held; opens no queue, no itinerary, and guesses no code."""
    async with process(city, tmp_path, Caller.WEB) as web:
        index = city.blind(ALICE[1:])
        epoch = web.current_epoch
        for call in (
            web.keys.derive_queue(epoch),
            web.keys.derive_notice(epoch),
            web.keys.derive_itinerary_for_amend([Want(index, None)]),
            web.keys.derive_log([index]),
            web.keys.verify([Claim(index, LastFour.parse("482X"), Way.OPEN)]),
            web.keys.activations([index]),
        ):
            with pytest.raises(KeysError, match="may not ask"):
                await call
        codes = [CheckCode.of(city.entropy(CODE_ENTROPY)) for _ in range(2000)]
        places = await web.checks.check_place(codes)
        assert not set(places) & city.checks.rows.keys()
        [row] = city.checks.rows.values()
        claims = [CheckClaim(code, PhoneLastFour("8000"), row.sealed) for code in codes]
        assert set(await web.checks.check_open(claims)) == {None}
        assert await too_many(web, codes)


async def too_many(asked: SharedKeys, codes: list[CheckCode]) -> bool:
    """Whether trying codes is stopped, before a million of them."""
    for _ in range(500):
        try:
            await asked.checks.check_place(codes)
        except KeysError as error:
            return "too many" in str(error)
    return False


async def test_a_link_process(city, tmp_path):
    """Learns what is being said, and whoever's itinerary it takes an entry for; guesses ten endings a day, and forges nothing."""
    async with process(city, tmp_path, Caller.LINK) as link:
        index, _, row = row_of(city, BOB)
        # It reads conversations: that is its work.
        state, _ = city.talks._states[index]
        queue = await link.keys.derive_queue(link.current_epoch)
        assert decode_conversation(unseal(queue, state[2:], b"talk|" + index)).case
        # It forges no receipt, and has no way but receipts.
        made = leaf(Kind.DISCLOSE, int(city.clock()), bytes(16), bytes(16), b"")
        forged = EntryReceipt(
            0, leaf_hash(made), made, index, 1, hmac.digest(city.device.index_key, b"", sha256)
        )
        with pytest.raises(KeysError, match="no valid receipt"):
            await link.keys.derive_itinerary([Opening(forged, epoch_of(row))])
        with pytest.raises(KeysError, match="may not ask"):
            await link.keys.derive_itinerary_for_amend([Want(index, None)])
        # With an entry it can open: the entry stays, where the owner and every auditor see it.
        [key] = await link.keys.derive_log([index])
        entry = leaf(Kind.DISCLOSE, int(city.clock()), tag(key.key, key.number), bytes(16), b"")
        before = len(city.log.entries)
        [receipt] = await city.log.append([Draft(entry, index, key.generation)])
        [opening] = await link.keys.derive_itinerary([Opening(receipt, epoch_of(row))])
        assert opened(index, opening, row)[0].stays
        assert len(city.log.entries) == before + 1
        # Another's itinerary does not open with it.
        other, _, others_row = row_of(city, ALICE)
        with pytest.raises(KeysError):
            await link.keys.derive_itinerary(
                [
                    Opening(
                        replace(receipt, index=other),
                        epoch_of(others_row),
                    )
                ]
            )
        # Trying document digits ends after ten.
        wrong = [ending for ending in ENDINGS if ending != "7315"][: TRIES_A_DAY + 1]
        for ending in wrong:
            await link.keys.verify([Claim(index, LastFour.parse(ending), Way.OPEN)])
        claim = Claim(index, LastFour.parse("7315"), Way.OPEN)
        assert await link.keys.verify([claim]) == [Verdict.EXHAUSTED]


async def test_a_worker_process(city, tmp_path):
    """Learns what it writes, and reads what it amends: itineraries while it is held; no number's talk, code or document."""
    async with process(city, tmp_path, Caller.WORKER) as worker:
        index, _, row = row_of(city, ALICE)
        [key] = await worker.keys.derive_itinerary_for_amend([Want(index, epoch_of(row))])
        assert key is not None
        assert opened(index, key, row)[0].stays  # so it has no listener and no way out but the store
        for call in (
            worker.keys.derive_queue(worker.current_epoch),
            worker.keys.derive_notice(worker.current_epoch),
            worker.keys.verify([Claim(index, LastFour.parse("482X"), Way.OPEN)]),
            worker.keys.derive_itinerary([]),
            worker.checks.check_open([]),
            worker.keys.enrol([]),
        ):
            with pytest.raises(KeysError, match="may not ask"):
                await call


async def test_a_support_user(city, tmp_path):
    """Learns tickets' references and states; no region, not even with the store's files and a receipt of somebody's lookup."""
    receipts: list[EntryReceipt] = []
    append = city.log.append

    async def kept(drafts):
        receipts.extend(found := await append(drafts))
        return found

    city.log.append = kept
    city.clock.now += 5
    await city.text(BOB, "7315")
    [receipt] = [one for one in receipts if one.index == city.blind(BOB[1:])][:1]
    async with process(city, tmp_path, Caller.SUPPORT) as support:
        index, _, row = row_of(city, BOB)
        for call in (
            support.keys.derive_itinerary([Opening(receipt, epoch_of(row))]),
            support.keys.derive_itinerary_for_amend([Want(index, None)]),
            support.keys.derive_queue(support.current_epoch),
            support.keys.notice_public(support.current_epoch),
            support.keys.derive_log([index]),
            support.keys.read_log([index]),
            support.keys.derive_disputes([receipt]),
            support.keys.activations([index]),
            support.keys.verify([Claim(index, LastFour.parse("7315"), Way.OPEN)]),
            support.checks.check_open([]),
            support.keeping.destroy(),
        ):
            with pytest.raises(KeysError, match="may not ask"):
                await call
    assert {name for name, callers in MAY.items() if Caller.SUPPORT in callers} == {"health", "epochs"}
    await the_desk_tells_nothing(city, tmp_path)


async def the_desk_tells_nothing(city, folder):
    """Everything that the desk does for support and for an operator, beside stays, a code, a dispute and the whole store."""
    city.clock.now += 5
    await city.text(ALICE, "YY")
    city.clock.now += 5
    await city.text(ALICE, "482X")
    city.clock.now += 5
    await city.text(ALICE, "YY1")
    [reference] = [name async for name in city.tickets.references()]
    why = ("caller asked", "NET-1")
    told = []
    for role, name in ((StaffRole.SUPPORT, "ann"), (StaffRole.OPERATOR, "bob"), (StaffRole.OPERATOR, "eve")):
        member = Member(name, frozenset({role}))
        async with desk_for(city, folder, lambda _, member=member: member) as desk:
            for ask in (
                *(partial(desk.case, kind, "H4TN8", *why, dry_run=False) for kind in OrderKind),
                partial(desk.disputes, *why),
                partial(desk.dispute, reference, *why),
                partial(desk.propose, reference, Decided.KEEP, *why, dry_run=name == "eve"),
                partial(desk.approve, reference, *why, dry_run=False),
                desk.verifiers,
                partial(desk.register, "91350100M000100Y43", "某某", *why, dry_run=False),
                partial(desk.unregister, "91350100M000100Y43", *why, dry_run=False),
            ):
                try:
                    told.append(repr(await ask()))
                except DeskError as error:
                    told.append(str(error))
    assert len(told) > 30
    assert sum("your role" in one for one in told) == 4
    seen = " ".join(told).encode() + b"|".join([*city.log.entries, *city._stored()])
    assert not [mark for mark in marks(city) if mark.encode() in seen]
    kinds = [Entry.parse(entry).kind for entry in city.log.entries]
    assert [kind for kind in kinds if kind in {"staff.propose", "staff.approve"}] == [
        "staff.propose",
        "staff.approve",
    ]


async def test_a_desk_process(city, tmp_path):
    """Learns of who disputes the number and the disputed region, each behind an entry in their record; opens nothing else."""
    for text in ("YY", "482X", "YY1"):
        city.clock.now += 5
        await city.text(ALICE, text)
    disputes = DisputeVault(city.tickets, city.entropy)
    [ticket] = await disputes.sorted()
    async with process(city, tmp_path, Caller.DESK) as desk:
        [key] = await desk.keys.derive_log([ticket.index])

        def made(kind):
            entry = leaf(kind, int(city.clock()), tag(key.key, key.number), bytes(16), b"")
            return Draft(entry, ticket.index, key.generation)

        draft = made(Kind.STAFF_APPROVE)
        forged = EntryReceipt(
            0, leaf_hash(draft.entry), draft.entry, draft.index, draft.generation, bytes(32)
        )
        with pytest.raises(KeysError, match="no valid receipt"):
            await desk.keys.derive_disputes([forged])
        # With an entry it can: two persons are the desk's word alone. The entry stays, and its subscriber sees it.
        before = len(city.log.entries)
        [receipt] = await city.log.append([draft])
        [opening] = await desk.keys.derive_disputes([receipt])
        subject = disputes.subject(opening, ticket)
        assert (subject.region, subject.address.msisdn) == (WUHAN, ALICE[1:])
        assert len(city.log.entries) == before + 1
        # No other entry opens a dispute, and no entry of any kind an itinerary, a text or a code for it.
        [looked] = await city.log.append([made(Kind.STAFF_SHOW)])
        with pytest.raises(KeysError, match="of another kind"):
            await desk.keys.derive_disputes([looked])
        [disclosed] = await city.log.append([made(Kind.DISCLOSE)])
        for call in (
            desk.keys.derive_itinerary([Opening(disclosed, epoch_of(city.data_space.rows[ticket.index]))]),
            desk.keys.derive_itinerary_for_amend([Want(ticket.index, None)]),
            desk.keys.derive_queue(desk.current_epoch),
            desk.keys.derive_notice(desk.current_epoch),
            desk.keys.read_log([ticket.index]),
            desk.keys.lift(looked),
            desk.keys.erase(looked),
            desk.keys.verify([Claim(ticket.index, LastFour.parse("482X"), Way.OPEN)]),
            desk.checks.check_open([]),
            desk.keys.enrol([]),
        ):
            with pytest.raises(KeysError, match="may not ask"):
                await call


async def test_an_enrolment_process(city, tmp_path):
    """Learns whether a document that it brings is the known one: it could try all, and each wrong one replaces it, told apart."""
    async with process(city, tmp_path, Caller.ENROL) as batch:
        index, record, _ = row_of(city, ALICE)

        def brought(ending):
            return Enrolment(index, record.document_type, LastFour.parse(ending), record.activated_on)

        assert await batch.keys.enrol([brought("482X")]) == [Enrolled.UNCHANGED]
        assert await batch.keys.enrol([brought("0000")]) == [Enrolled.CHANGED]
        for call in (
            batch.keys.derive_itinerary_for_amend([Want(index, None)]),
            batch.keys.derive_queue(batch.current_epoch),
            batch.keys.verify([]),
        ):
            with pytest.raises(KeysError, match="may not ask"):
                await call


async def test_whoever_reads_the_public_log(city):
    """Learns how many of which kind in which hour; no two lines of one person can be told to be, and no number is in it."""
    for seconds, text in ((5, "7315"), (5, "CXMYD"), (5, "7315")):
        city.clock.now += seconds
        await city.text(BOB, text)
    lines = [json.loads(entry) for entry in city.log.entries]
    assert len(lines) == 3
    assert len({line["tag"] for line in lines}) == len({line["c"] for line in lines}) == len(lines)
    assert {Entry.parse(entry).hour for entry in city.log.entries} == {int(city.clock()) // 3600}
    raw = b"|".join(city.log.entries)
    for number in (ALICE[1:], BOB[1:]):
        for form in (number.encode(), city.blind(number), sha256(number.encode()).digest()):
            assert form not in raw
            assert form.hex().encode() not in raw


def test_the_table_is_executed():
    """Each row of docs/threat-model.md names a test that exists, and each thief here has a row."""
    rows = re.findall(
        r"^\|.*\[`([\w/]+\.py)`\]\(\.\./[\w/]+\.py\) `(test_\w+)` \|$",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    root = DOCUMENT.parents[1]
    for file, name in rows:
        assert re.search(rf"def {name}\(", (root / file).read_text("utf-8")), f"{file} has no {name}"
    for file in sorted((root / "tests" / "stories").glob("test_thieves*.py")):
        named = {name for place, name in rows if Path(place).name == file.name}
        thieves = set(re.findall(r"^async def (test_\w+)\(", file.read_text("utf-8"), re.MULTILINE))
        assert named == thieves, f"{file.name} and the table do not name the same thieves"
