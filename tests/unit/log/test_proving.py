"""Proof files made from public files, and checkpoints served with their witnesses' lines."""

import pytest

from service.adapters.cosigned_published import CosignedPublished
from service.audit.checkpoint import Proof, cosigned, witnessed
from service.audit.note import Note
from service.auditor.proving import ProvingError, proved
from tests.log_directory import NOON, SECOND, SIGNER, WITNESS, entry
from tests.unit.log.test_audit import MemoryPublished

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
