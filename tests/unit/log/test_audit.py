"""The audit: what it takes for good, and everything that it must find."""

import json
import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit.checkpoint import Checkpoint, cosigned, signed
from service.audit.entries import Entry, EntryError, Kind, leaf, tag
from service.audit.note import SIGNATURE, Note, Signer, VerifierKey
from service.audit.tiles import ENTRIES, Growing, TileName, bundle, unbundle
from service.audit.tree import leaf_hash
from service.auditor.audit import audit
from service.auditor.history import History, HistoryError
from service.auditor.report import Terms
from tests.log_directory import NOON, SECOND, SIGNER, WITNESS, entry

TERMS = Terms(keys=(SIGNER.verifier,), now=NOON)
ENTRIES_ = [entry(number) for number in range(700)]


class MemoryPublished:
    """A published log as a dictionary."""

    def __init__(self, entries, signer=SIGNER, *steps):
        self.files = {}
        growing = Growing()
        for size in (*steps, len(entries)):
            fresh = entries[growing.size : size]
            tiles = growing.append(fresh, [leaf_hash(some) for some in fresh]) + growing.partial()
            self.files |= {name.path: content for name, content in tiles}
        self.head = Checkpoint(signer.name, len(entries), growing.edge.root())
        self.note = signed(self.head, signer)
        self.files["checkpoint"] = self.note.encode()

    def fetch(self, path, limit):
        """See `ports.published.Published`."""
        content = self.files.get(path)
        return None if content is None else content[: limit + 1]


def audited(log, terms=TERMS, history=None):
    """The report."""
    return audit(log, terms, history or History(), lambda _count: None)


def history_of(*notes):
    """A state that has seen these."""
    history = History()
    for note in notes:
        history = history.with_seen(note, (SIGNER.verifier,))
    return history


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 512, 700])
def test_a_sound_log_is_good(size):
    """Of any size, with the counts of its kinds and its hours."""
    report = audited(MemoryPublished(ENTRIES_[:size]))
    assert report.good, report.findings
    assert report.counts == ({"disclose": size} if size else {})
    assert report.signed_by == str(SIGNER.verifier)
    assert (report.first_hour, report.last_hour) == ((NOON // 3600,) * 2 if size else (None, None))


def test_seventy_thousand_entries_are_good_and_aics_tlog_agrees(tmp_path):
    """Three levels of tiles; its auditor of tiles, which is none of ours, on the same bytes."""
    log = MemoryPublished([entry(number) for number in range(65_800)])
    assert audited(log).good
    foreign = pytest.importorskip("aics_tlog", reason="aics-tlog installs from Python 3.12 on")
    for path, content in log.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    found = foreign.audit_tiles(foreign.FileSystemTileReader(tmp_path), log.head.size, log.head.root)
    assert (found.size, found.bundles) == (65_800, 258)


def test_every_single_bit_of_a_small_log_counts():
    """Flip any one bit of any file: it is found; a flip in an entry or in its hash names the entry."""
    log = MemoryPublished(ENTRIES_[:3])
    assert audited(log).good
    sound = dict(log.files)
    length = len(ENTRIES_[0]) + 2
    for path, content in sound.items():
        for bit in range(8 * len(content)):
            altered = bytearray(content)
            altered[bit // 8] ^= 1 << bit % 8
            log.files[path] = bytes(altered)
            report = audited(log)
            assert not report.good, (path, bit)
            if path.startswith("tile/entries") and bit // 8 % length >= 2:
                assert report.first_bad.entry == bit // 8 // length
            if path.startswith("tile/0"):
                assert report.first_bad.entry == bit // 8 // 32
        log.files[path] = content


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_bit_of_a_larger_log_counts(data):
    """Full and partial tiles of two levels."""
    path = data.draw(st.sampled_from(sorted(LARGER.files)))
    content = LARGER.files[path]
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    altered = bytearray(content)
    altered[bit // 8] ^= 1 << bit % 8
    log = MemoryPublished([])
    log.files = LARGER.files | {path: bytes(altered)}
    assert not audited(log).good


LARGER = MemoryPublished(ENTRIES_)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_no_bytes_crash_an_audit(data):
    """Any file replaced by anything, cut, made longer or taken away: found."""
    path = data.draw(st.sampled_from(sorted(LARGER.files)))
    content = LARGER.files[path]
    other = data.draw(
        st.none()
        | st.binary(max_size=100)
        | st.integers(0, len(content) - 1).map(lambda end: content[:end])
        | st.binary(min_size=1, max_size=9).map(lambda more: content + more)
    )
    log = MemoryPublished([])
    log.files = {name: some for name, some in (LARGER.files | {path: other}).items() if some is not None}
    assert not audited(log).good


@pytest.mark.parametrize("at", [0, 255, 256, 400, 699])
def test_an_altered_entry_is_named(at):
    """In its bundle alone: exactly that one, and the root."""
    log = MemoryPublished(ENTRIES_)
    name = TileName(ENTRIES, at // 256, min(256, 700 - at // 256 * 256))
    some = unbundle(log.files[name.path], name.width)
    some[at % 256] = entry(9999)
    log.files[name.path] = bundle(some)
    report = audited(log)
    assert report.first_bad.entry == at
    assert [finding.entry for finding in report.findings if finding.entry is not None] == [at]


def test_two_entries_in_each_others_place_are_named():
    """The first of them, and the second."""
    log = MemoryPublished(ENTRIES_[:10])
    name = TileName(ENTRIES, 0, 10)
    some = unbundle(log.files[name.path], 10)
    some[3], some[7] = some[7], some[3]
    log.files[name.path] = bundle(some)
    assert [finding.entry for finding in audited(log).findings][:2] == [3, 7]


def test_files_in_each_others_place_and_files_that_are_gone_are_found():
    """Any two files of one log changed about, any one taken away; an entry taken out of its bundle is named."""
    for one, other in combinations(sorted(LARGER.files), 2):
        log = MemoryPublished([])
        log.files = {**LARGER.files, one: LARGER.files[other], other: LARGER.files[one]}
        assert not audited(log).good, (one, other)
    for path in LARGER.files:
        log.files = {name: content for name, content in LARGER.files.items() if name != path}
        assert not audited(log).good, path
    name = TileName(ENTRIES, 1)
    some = unbundle(LARGER.files[name.path], 256)
    log.files = {**LARGER.files, name.path: bundle(some[:44] + some[45:] + some[:1])}
    assert audited(log).first_bad.entry == 300


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda some: some[:4] + some[5:],
        lambda some: [*some[:4], some[5], some[4], *some[6:]],
        lambda some: [*some[:4], entry(9999), *some[5:]],
        lambda some: [*some[:4], entry(9999), *some[4:]],
    ],
)
def test_a_rewritten_history_is_found_by_who_has_seen_the_old_one(rewrite):
    """Deleted, reordered, altered, slipped in, and all of it signed anew: good for a stranger, never for the state."""
    seen = history_of(*(MemoryPublished(ENTRIES_[:size]).note for size in (2, 4, 8, 12)))
    assert audited(MemoryPublished(ENTRIES_[:20]), history=seen).good
    forged = MemoryPublished(rewrite(ENTRIES_[:20]))
    assert audited(forged).good
    report = audited(forged, history=seen)
    assert "entries 4 to 7 are not those that a checkpoint seen before" in report.first_bad.what
    later = seen.with_seen(forged.note, (SIGNER.verifier,))
    assert not audited(MemoryPublished(ENTRIES_[:30]), history=later).good, "a fork is remembered"


def test_a_log_that_went_back_is_found():
    """An old checkpoint with its old tiles, perfectly signed."""
    seen = history_of(MemoryPublished(ENTRIES_[:20]).note)
    report = audited(MemoryPublished(ENTRIES_[:19]), history=seen)
    assert report.first_bad.what == "went back: 20 entries were signed before, now 19"
    assert report.first_bad.entry == 19


def test_an_older_reader_finds_the_tiles_that_have_become_full():
    """A checkpoint of 200 entries, served while its partial tiles are gone: the full ones begin with them."""
    older = MemoryPublished(ENTRIES_[:200])
    log = MemoryPublished(ENTRIES_[:300])
    log.files["checkpoint"] = older.files["checkpoint"]
    assert audited(log).good


def test_hours_never_run_backwards_but_for_the_turn_of_one():
    """An act begun before the hour may stand behind one begun after it; two hours are too much, and so is tomorrow."""
    hours = [0, 1, 0, 2, 1, 2]
    sound = [entry(number, now=NOON - 7200 + 3600 * hour) for number, hour in enumerate(hours)]
    assert audited(MemoryPublished(sound)).good
    back = audited(MemoryPublished([*sound, entry(9, now=NOON - 7200)]))
    assert (back.first_bad.entry, back.first_bad.what) == (6, "2 hours older than one before it")
    ahead = audited(MemoryPublished([*sound, entry(9, now=NOON + 7200)]))
    assert (ahead.first_bad.entry, ahead.first_bad.what) == (6, "of an hour that has not come yet")


@pytest.mark.parametrize(
    "content",
    [
        entry(1) + b"\n",
        entry(1).replace(b'"v":1', b'"v":2'),
        entry(1).replace(b'{"c"', b'{ "c"'),
        entry(1).replace(b'"t":', b'"t":0'),
        entry(1).replace(b"disclose", b"leak"),
        entry(1).replace(b"disclose", b"disclose.more"),
        entry(1).replace(b"disclose", b"staff"),
        entry(1).upper(),
        b"{}",
        b"",
    ],
)
def test_an_entry_in_any_other_form_is_found(content):
    """Signed and in its tile as it is."""
    report = audited(MemoryPublished([entry(0), content]))
    assert report.first_bad.entry == 1


@settings(max_examples=1000)
@given(st.sampled_from(Kind), st.integers(0, 10**13), st.binary(max_size=50))
def test_what_is_written_is_in_the_canonical_form(kind, now, details):
    """Each kind at any time; and it is the JSON that it looks like."""
    content = leaf(kind, now, tag(b"k" * 32, 1), b"s" * 16, details)
    assert Entry.parse(content) == Entry(kind.value, now // 3600)
    assert json.dumps(json.loads(content), sort_keys=True, separators=(",", ":")).encode() == content


@pytest.mark.parametrize("kind", ["staff.lookup", "key.rotated"])
def test_families_of_kinds(kind):
    """What staff did and what became of a key have many kinds."""
    assert Entry.parse(entry(1).replace(b"disclose", kind.encode())).kind == kind


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader_of_entries(content):
    """Refused, whatever they are."""
    with pytest.raises(EntryError):
        Entry.parse(content)


def test_a_signature_of_somebody_else_is_none():
    """No key at all is said; another key, another name and an old key are refused; one of several is enough."""
    log = MemoryPublished(ENTRIES_[:3])
    assert audited(log, Terms(now=NOON)).signed_by is None
    other = Signer(SIGNER.name, SIGNATURE, b"o" * 32)
    named = Signer("other.example/log", SIGNATURE, SIGNER.seed)
    for key in (other.verifier, named.verifier):
        assert "signed by no key" in audited(log, Terms(keys=(key,), now=NOON)).first_bad.what
    assert audited(log, Terms(keys=(other.verifier, SIGNER.verifier), now=NOON)).good
    assert not audited(MemoryPublished(ENTRIES_[:3], other)).good


def test_a_quorum_of_witnesses():
    """On the checkpoint itself or on an older one that they hand out; for a tree that is not this one they don't count."""
    log, older = MemoryPublished(ENTRIES_[:20]), MemoryPublished(ENTRIES_[:11])
    witnesses = (WITNESS.verifier, SECOND.verifier)
    terms = Terms((SIGNER.verifier,), witnesses, 2, (cosigned(older.note, SECOND, 5),), NOON)
    assert audited(log, terms).first_bad.what == "1 of 2 witnesses have cosigned this history"
    log.files["checkpoint"] = cosigned(log.note, WITNESS, 7).encode()
    report = audited(log, terms)
    assert report.good, report.findings
    assert {(seen.name, seen.size, seen.at) for seen in report.witnesses} == {
        (WITNESS.name, 20, 7),
        (SECOND.name, 11, 5),
    }
    forked = MemoryPublished([entry(9999), *ENTRIES_[1:11]])
    lies = Terms((SIGNER.verifier,), witnesses, 2, (cosigned(forked.note, SECOND, 5),), NOON)
    report = audited(log, lies)
    assert "that witness.example/w2 cosigned" in report.findings[0].what
    newer = MemoryPublished(ENTRIES_[:21])
    stale = Terms((SIGNER.verifier,), witnesses, 1, (cosigned(newer.note, SECOND, 5),), NOON)
    assert "went back: witness.example/w2 saw 21 entries, now 20" in audited(log, stale).first_bad.what


def test_one_key_under_two_names_is_one_witness():
    """A cosignature does not say its witness's name; the key counts."""
    twin = Signer("witness.example/twin", WITNESS.kind, WITNESS.seed)
    log = MemoryPublished(ENTRIES_[:3])
    log.files["checkpoint"] = cosigned(cosigned(log.note, WITNESS, 1), twin, 2).encode()
    terms = Terms((SIGNER.verifier,), (WITNESS.verifier, twin.verifier), 2, (), NOON)
    assert audited(log, terms).first_bad.what == "1 of 2 witnesses have cosigned this history"


def test_a_cosigned_checkpoint_that_the_log_has_not_signed_is_refused():
    """Anybody can make one up."""
    other = MemoryPublished(ENTRIES_[:3], Signer(SIGNER.name, SIGNATURE, b"o" * 32))
    made_up = Note(other.note.text, cosigned(other.note, WITNESS, 1).signatures[1:])
    terms = Terms((SIGNER.verifier,), (WITNESS.verifier,), 1, (made_up,), NOON)
    assert "not signed by it" in audited(MemoryPublished(ENTRIES_[:5]), terms).findings[0].what


def test_the_state_reads_back_and_holds_one_log():
    """With every note as it was served; another log's is refused, and so is a damaged file."""
    notes = [MemoryPublished(ENTRIES_[:size]).note for size in (1, 2, 2, 3)]
    history = history_of(*notes)
    assert len(history.notes) == 3
    assert History.parse(history.encode()) == history
    assert history.keys == (VerifierKey.parse(str(SIGNER.verifier)),)
    other = MemoryPublished(ENTRIES_[:3], Signer("other.example/log", SIGNATURE, b"o" * 32))
    with pytest.raises(HistoryError, match="the state is that of the log"):
        history.with_seen(other.note, ())
    chance = random.Random(1)
    content = history.encode()
    for _ in range(500):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] = chance.randrange(256)
        try:
            History.parse(bytes(damaged))
        except HistoryError:
            continue
    for broken in (b"", b"[]", b"{}", b"null", b'{"version": 2}'):
        with pytest.raises(HistoryError):
            History.parse(broken)


def test_an_empty_place_holds_no_log():
    """No checkpoint: bad, not good."""
    log = MemoryPublished([])
    log.files = {}
    assert audited(log).first_bad.what == "there is no checkpoint"
