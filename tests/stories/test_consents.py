"""Consent records: what was agreed to, in which words, before anything is opened; and what ends them."""

import json
from hashlib import sha256
from uuid import UUID

import pytest

from service.adapters.memory_consents import MemoryConsents
from service.audit.checkpoint import Proof
from service.audit.entries import Entry, Kind, leaf, tag
from service.audit.tree import leaf_hash
from service.auditor.proving import proved as proof_of
from service.domain.consent import ConsentPurpose, EventKind
from service.domain.inclusion import Scope
from service.domain.lapses import LAPSES_A_DAY
from service.flows.own_export import OwnExport
from service.ports.keys import Want
from service.ports.log import LogError
from service.ports.sms import InboundSms
from service.ports.store import StoreError
from tests.log_directory import SIGNER
from tests.stories.test_access import Killed
from tests.unit.log.test_audit import MemoryPublished

NUMBER = "8613800138000"


@pytest.fixture
async def known(world):
    """A subscription with a stay."""
    await world.enrol(NUMBER, "1234", 400)
    await world.stayed(NUMBER, 420100, 5, 20)
    return world


async def asked(world, *texts):
    """Some texts, a few seconds apart."""
    for text in texts:
        world.clock.now += 5
        await world.text(NUMBER, text)
    await world.entries.drain()
    await world.consenting.drain()


async def consents(world):
    """What is kept."""
    return await world.consenting.all(world.blind(NUMBER))


async def test_a_record_says_what_was_agreed_to_in_which_words_and_what_became_of_it(known):
    """The names of ISO/IEC TS 27560, the digest of the exact text, the events in their order, the entry's number."""
    await asked(known, "CXMYD15")
    challenge = known.inbox(NUMBER)[-1].text
    await asked(known, "1234")
    [consent] = await consents(known)
    record = consent.exported("pseudonym", int(known.clock()))
    assert UUID(record["record_id"]).version == 7
    assert record["notice"] == {
        "id": "challenge",
        "version": known.packs["10086"].languages[0].notice_version,
        "sha256": sha256(challenge.encode()).hexdigest(),
        "language": "zh",
    }
    assert [(event["type"], event["log_index"]) for event in record["event"]] == [
        ("requested", None),
        ("given", None),
        ("used", 1),
    ]
    assert record["event"][1]["at"] - record["event"][0]["at"] == 5
    assert (record["mode"], record["max_uses"], record["uses"], record["status"]) == (
        "one-time",
        1,
        1,
        "used",
    )
    assert record["scope"]["window"] == 15
    assert record["scope"]["rule"] == known.rule.name
    assert record["evidence"] == ["H4TN8"]
    assert NUMBER not in json.dumps(record)
    # The data goes with its days, whatever becomes of the consent.
    assert record["retention"]["until"] - record["event"][-1]["at"] == 30 * 86_400


async def test_nothing_is_opened_without_a_kept_consent(known):
    """A store that takes no record: no entry, no answer; the text comes again."""

    class Failing(MemoryConsents):
        """A store that fails."""

        async def put(self, *_):
            """Failed."""
            raise StoreError("no answer")

    known.consents = Failing()
    await known.start()
    await asked(known, "CXMYD")
    before = len(known.log.entries)
    with pytest.raises(StoreError):
        await known.answer(InboundSms(NUMBER, "10086", "1234"))
    assert len(known.log.entries) == before
    assert not [sms for sms in known.inbox(NUMBER) if "****" in sms.text]


async def test_a_kill_leaves_no_entry_without_its_consent(known):
    """Between entry and answer: the record is there, and says that it was given."""
    await asked(known, "CXMYD")

    async def killed(_receipt):
        raise Killed

    known.disclosing.revealer.reveal = killed
    with pytest.raises(Killed):
        await known.answer(InboundSms(NUMBER, "10086", "1234"))
    await known.entries.drain()
    await known.consenting.drain()
    [consent] = await consents(known)
    assert consent.given_at
    known.check()


async def test_a_request_that_nobody_proved_is_recorded_with_how_it_ended(known):
    """Replaced by another, refused at the third wrong digits, never answered: the words, the times, the entry's number."""
    await asked(known, "CXMYD")
    challenge = known.inbox(NUMBER)[-1].text
    await asked(known, "CXMYD15", "9999", "8888", "7777", "DY")
    began = int(known.clock())
    known.clock.now += 1000
    await asked(known, "QX")
    found = [consent.exported("pseudonym", int(known.clock())) for consent in await consents(known)]
    assert [(one["purpose"], one["status"], one["uses"], one["not_before"]) for one in found] == [
        ("places", "superseded", 0, None),
        ("places", "refused", 0, None),
        ("notices", "expired", 0, None),
    ]
    assert found[0]["notice"]["sha256"] == sha256(challenge.encode()).hexdigest()
    assert [(event["type"], event["log_index"]) for event in found[1]["event"]] == [
        ("requested", None),
        ("refused", 2),
    ]
    assert found[2]["event"][-1] == {
        "type": "expired", "at": began + 600, "channel": "sms", "log_index": 3,
    }  # fmt: skip
    assert "单次同意0次" in known.inbox(NUMBER)[-1].text


async def test_of_an_unknown_number_the_same_is_remembered_and_nothing_is_recorded(known):
    """The conversation of either takes the same steps before its answer; afterwards only a subscription has a record."""
    stranger = "8613900139000"
    for number in (NUMBER, stranger):
        for text in ("CXMYD", "9999", "8888", "7777"):
            known.clock.now += 5
            await known.text(number, text)
    talks = [(await known.vault.read(known.blind(number))).talk for number in (NUMBER, stranger)]
    assert [talk.lapsed.how for talk in talks] == ["refused", "refused"]
    assert known.inbox(stranger)[-1].text == known.inbox(NUMBER)[-1].text
    assert len(known.consents.rows) == 1


async def test_a_record_that_a_kill_kept_from_being_made_is_made_at_the_next_text(known):
    """And made once, however often it is seen to; the next request is another one."""
    taken = []
    known.consenting.unagreed._noting.soon = taken.append
    await asked(known, "CXMYD", "9999", "8888", "7777")
    taken.pop().close()
    wrong = len(known.log.entries)  # three refusals about nobody
    assert {Entry.parse(entry).kind for entry in known.log.entries} == {Kind.REFUSE}
    await known.restart()
    await asked(known, "BZ")
    assert [one.status(0) for one in await consents(known)] == ["refused"]
    talk = (await known.vault.read(known.blind(NUMBER))).talk
    for _ in range(2):
        known.consenting.unagreed.lapsed(known.blind(NUMBER), known.packs["10086"], talk.lapsed)
        await known.consenting.drain()
    await asked(known, "BZ")
    assert len(known.log.entries) - wrong == len(await consents(known)) == 1


async def test_whoever_forges_a_sender_all_day_pushes_no_genuine_consent_out(known):
    """Ten requests a day leave a record; of the others nothing is kept."""
    await asked(known, "CXMYD", "1234")
    for _ in range(LAPSES_A_DAY + 5):
        known.clock.now += 1000
        await asked(known, "CXMYD15")
    assert len(await consents(known)) == 1 + LAPSES_A_DAY
    known.clock.now += 90_000
    await asked(known, "CXMYD15")
    known.clock.now += 1000
    await asked(known, "CXMYD15")
    assert len(await consents(known)) == 2 + LAPSES_A_DAY


async def test_a_withdrawal_stands_without_the_log(known):
    """A log that takes nothing keeps nobody from ending a consent."""
    await asked(known, "DY", "1234")

    class Full:
        """A log without room."""

        entries = known.log.entries

        async def append(self, _drafts):
            """Refused."""
            raise LogError("full")

    known.log = Full()
    await known.start()
    await asked(known, "QXCH")
    [consent] = await consents(known)
    assert consent.status(int(known.clock())) == "withdrawn"
    [key] = await known.keys.derive_itinerary_for_amend([want(known)])
    assert not key.notices


def want(world):
    """An itinerary key, as the worker asks for one."""
    return Want(world.blind(NUMBER), None)


async def test_recording_is_a_standing_consent_that_ends_like_any_other(world):
    """Under the scope `enrolled`: the first lookup agrees to it, QXCH ends it, what is kept goes with its days."""
    world.scope = Scope.ENROLLED
    await world.start()
    await world.enrol(NUMBER, "1234", 400)
    await asked(world, "CXMYD", "1234")
    standing = [one for one in await consents(world) if one.purpose is ConsentPurpose.RECORDING]
    assert [one.status(int(world.clock())) for one in standing] == ["active"]
    [life] = await world.keys.activations([world.blind(NUMBER)])
    assert life.included_at
    await asked(world, "QXCH")
    [life] = await world.keys.activations([world.blind(NUMBER)])
    assert not life.included_at
    standing = [one for one in await consents(world) if one.purpose is ConsentPurpose.RECORDING]
    assert [one.events[-1].kind for one in standing] == [EventKind.WITHDRAWN]


async def test_the_export_proves_every_line(known):
    """From it and the log's key alone: each entry's bytes are made again, and their proof holds."""
    await asked(known, "CXMYD", "1234", "YY", "1234", "DY", "1234")
    log = MemoryPublished(known.log.entries)

    async def prove(position):
        return proof_of(log, position)[1].encode().decode()

    export = OwnExport(known.keys, known.access, known.consenting, prove)
    found = json.loads(json.dumps(await export(known.blind(NUMBER), int(known.clock()))))
    assert [consent["purpose"] for consent in found["consents"]] == ["places", "reasons", "notices"]
    assert [entry["kind"] for entry in found["entries"]] == ["consent.given", "disclose", "disclose"]
    [key] = await known.keys.read_log([known.blind(NUMBER)])
    for entry in found["entries"]:
        salt, details = bytes.fromhex(entry["salt"]), entry["committed"].encode()
        content = leaf(Kind(entry["kind"]), entry["at"], tag(key.key, entry["number"]), salt, details)
        assert leaf_hash(content) == leaf_hash(known.log.entries[entry["log_index"]])
        assert Proof.parse(entry["proof"].encode()).holds(content, SIGNER.verifier)
    assert await export(known.blind("8613900139000"), 0) is None
