"""Proof files made from public files, and checkpoints served with their witnesses' lines."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import LogCheckpoint, SignedNote
from sigstore.errors import VerificationError

from service.adapters.cosigned_published import CosignedPublished
from service.audit.checkpoint import Proof, cosigned, witnessed
from service.audit.entries import Kind, leaf
from service.audit.note import Note
from service.auditor.finding import found
from service.auditor.proving import ProvingError, proved
from tests.log_directory import NOON, SECOND, SIGNER, WITNESS, entry
from tests.unit.log.test_audit import MemoryPublished
from tests.unit.log.test_tree import rekor_entry

ENTRIES = [entry(number) for number in range(600)]


@pytest.mark.parametrize("size", [1, 2, 256, 257, 600])
def test_each_entry_has_a_proof_file_that_holds_for_it_alone(size):
    """Read back from its bytes, with the log's key; for no other entry, and by no other key."""
    log = MemoryPublished(ENTRIES[:size])
    for index in {0, 1, 255, 256, size - 1} & set(range(size)):
        content, proof = proved(log, index)
        assert content == ENTRIES[index]
        read = Proof.parse(proof.encode())
        assert read.holds(content, SIGNER.verifier)
        assert not read.holds(entry(9999), SIGNER.verifier)
        assert not read.holds(content, WITNESS.verifier)


@pytest.mark.parametrize("size", [1, 256, 257, 600])
def test_sigstore_takes_a_proof_file_and_no_altered_one(size):
    """Read line by line as C2SP writes it, by none of our readers; its checks of note, checkpoint and inclusion."""
    log = MemoryPublished(ENTRIES[:size])
    for index in {0, size // 2, size - 1}:
        content, proof = proved(log, index)
        head, checkpoint = proof.encode().decode().split("\n\n", 1)
        kind, place, *path = head.splitlines()
        assert (kind, place) == ("c2sp.org/tlog-proof@v1", f"index {index}")
        note = SignedNote.from_text(checkpoint)
        told = LogCheckpoint.from_text(note.note)
        Ed25519PublicKey.from_public_bytes(SIGNER.verifier.public).verify(
            base64.b64decode(note.signatures[0].signature), note.note.encode()
        )
        hashes, root = [base64.b64decode(line) for line in path], bytes.fromhex(told.log_hash)
        verify_merkle_inclusion(rekor_entry(content, index, told.log_size, hashes, root))
        with pytest.raises(VerificationError):
            verify_merkle_inclusion(rekor_entry(entry(9999), index, told.log_size, hashes, root))


@pytest.mark.parametrize("size", [1, 256, 257, 600])
def test_an_entry_is_found_by_its_bytes(size):
    """Wherever it stands; what is not there is not found, be its hour before, between or after the others'."""
    entries = [
        leaf(Kind.CHECK, 3600 * (100 + number // 70), bytes(16), b"", b"%d" % number) for number in range(600)
    ]
    log = MemoryPublished(entries[:size])
    for number in {0, 1, 69, 70, 255, 256, 511, size - 1}:
        assert found(log, entries[number]) == (number if number < size else None)
    for hour in (1, 100, 103, 999):
        assert found(log, leaf(Kind.CHECK, 3600 * hour, bytes(16), b"", b"other")) is None


def test_an_entry_of_an_unruly_hour_is_found():
    """Two processes around the end of an hour: its entries are mixed."""
    hours = [100] * 250 + [101, 100] * 10 + [101] * 250
    entries = [leaf(Kind.CHECK, 3600 * hour, bytes(16), b"", b"%d" % n) for n, hour in enumerate(hours)]
    log = MemoryPublished(entries)
    assert [found(log, entry) for entry in entries] == list(range(len(entries)))


def test_where_nothing_is_published_or_it_is_damaged():
    """Not found; or said to be damaged."""
    log = MemoryPublished(ENTRIES[:300])
    log.files["tile/entries/000"] = b""
    with pytest.raises(ProvingError, match="damaged"):
        found(log, ENTRIES[3])
    log.files = {}
    assert found(log, ENTRIES[3]) is None


def test_no_proof_is_given_that_would_not_hold():
    """No such entry; files missing, damaged, of another tree."""
    log = MemoryPublished(ENTRIES[:300])
    for index in (-1, 300):
        with pytest.raises(ProvingError, match="no entry"):
            proved(log, index)
    sound = dict(log.files)
    for path in ("checkpoint", "tile/0/000", "tile/entries/000"):
        for content in (None, b"", bytes(len(sound[path]))):
            log.files = {**sound, path: content}
            with pytest.raises(ProvingError):
                proved(log, 3)


def test_witnesses_lines_are_served_with_the_checkpoint_they_belong_to(tmp_path):
    """Only over these very words, only by who is known, only if they hold; a bad file harms nobody else."""
    log, older = MemoryPublished(ENTRIES[:20]), MemoryPublished(ENTRIES[:19])
    files = {key: tmp_path / key.name.replace("/", "-") for key in (WITNESS.verifier, SECOND.verifier)}
    source = CosignedPublished(log, list(files.items()))

    def lines():
        note = Note.parse(source.fetch("checkpoint", 100_000))
        assert note.signed_by([SIGNER.verifier])
        return [seen.key for seen in witnessed(note, files)]

    assert lines() == []
    files[WITNESS.verifier].write_bytes(cosigned(log.note, WITNESS, NOON).encode())
    for content in (b"", b"\xff", cosigned(older.note, SECOND, NOON).encode(), log.note.encode()):
        files[SECOND.verifier].write_bytes(content)
        assert lines() == [WITNESS.verifier]
    files[SECOND.verifier].write_bytes(cosigned(log.note, SECOND, NOON).encode())
    assert lines() == [WITNESS.verifier, SECOND.verifier]
    spoiled = bytearray(files[SECOND.verifier].read_bytes())
    spoiled[-10] ^= 1
    files[SECOND.verifier].write_bytes(spoiled)
    assert lines() == [WITNESS.verifier]
    assert source.fetch("tile/0/000.p/20", 10_000) == log.files["tile/0/000.p/20"]
