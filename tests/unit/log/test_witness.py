"""The witness: what it cosigns, and what it never will."""

import random

import pytest

from service.audit.checkpoint import witnessed
from service.audit.note import SIGNATURE, Signer
from service.auditor.witness import Memory, Refused, WitnessError, Word, witness
from tests.log_directory import SIGNER, WITNESS, entry
from tests.unit.log.test_audit import MemoryPublished

SOUND = [entry(number) for number in range(600)]
FORGED = [*SOUND[:100], entry(9999), *SOUND[101:]]


def look(log, memory, signer=SIGNER):
    """One look."""
    return witness(log, signer.verifier, WITNESS, memory, 1234)


def test_it_cosigns_a_growing_log():
    """Each checkpoint after the first one only with a proof; the same one again is cosigned again, and is not news."""
    memory = Memory()
    for size in (1, 2, 3, 64, 255, 256, 257, 511, 512, 600):
        log = MemoryPublished(SOUND[:size])
        memory, word = look(log, memory)
        assert isinstance(word, Word)
        assert word.fresh
        assert [(seen.key, seen.at) for seen in witnessed(word.note, [WITNESS.verifier])] == [
            (WITNESS.verifier, 1234)
        ]
        assert word.note.signed_by([SIGNER.verifier])
        memory, again = look(log, Memory.parse(memory.encode()))
        assert isinstance(again, Word)
        assert not again.fresh


@pytest.mark.parametrize(
    ("seen", "now"), [(128, 128), (128, 600), (256, 600), (300, 512), (101, 102), (512, 600)]
)
def test_a_fork_is_refused_for_ever(seen, now):
    """Of one size or a larger one, the old size a power of two or not; and no good checkpoint heals it."""
    memory, _ = look(MemoryPublished(SOUND[:seen]), Memory())
    memory, word = look(MemoryPublished(FORGED[:now]), memory)
    assert isinstance(word, Refused)
    assert word.for_ever
    assert "fork" in word.why
    memory = Memory.parse(memory.encode())
    assert memory.seen is not None
    assert memory.fork is not None
    for log in (MemoryPublished(SOUND[:seen]), MemoryPublished(SOUND)):
        memory, word = look(log, memory)
        assert isinstance(word, Refused)
        assert word.for_ever


def test_a_log_that_went_back_is_refused_and_may_come_forward_again():
    """An old copy may be served for a while: nothing is cosigned, nothing is forgotten."""
    memory, _ = look(MemoryPublished(SOUND[:20]), Memory())
    after, word = look(MemoryPublished(SOUND[:19]), memory)
    assert isinstance(word, Refused)
    assert (word.why, word.for_ever) == ("went back: 20 entries were seen, now 19", False)
    assert after == memory
    _, word = look(MemoryPublished(SOUND[:21]), memory)
    assert isinstance(word, Word)


@pytest.mark.parametrize("seen", [128, 256, 300])
def test_damaged_tiles_prove_nothing(seen):
    """Neither a cosignature nor a fork: whoever serves the tiles must not be able to silence a witness for ever."""
    memory, _ = look(MemoryPublished(SOUND[:seen]), Memory())
    chance = random.Random(seen)
    log = MemoryPublished(SOUND)
    sound = dict(log.files)
    for path in [path for path in sound if path.startswith(("tile/0", "tile/1"))]:
        for content in (None, b"", bytes(len(sound[path])), chance.randbytes(len(sound[path]))):
            log.files = {**sound, path: content}
            after, word = look(log, memory)
            assert isinstance(word, Word) or not word.for_ever
            assert isinstance(word, Word) or after == memory
    log.files = sound
    _, word = look(log, memory)
    assert isinstance(word, Word)


def test_only_the_logs_own_checkpoints_count():
    """Another key, another name, no note, no file."""
    log = MemoryPublished(SOUND[:3])
    for other in (Signer(SIGNER.name, SIGNATURE, b"o" * 32), Signer("other", SIGNATURE, SIGNER.seed)):
        memory, word = look(log, Memory(), other)
        assert isinstance(word, Refused)
        assert memory == Memory()
    for content in (None, b"", b"nothing\n\nmore\n"):
        log.files["checkpoint"] = content
        assert isinstance(look(log, Memory())[1], Refused)


def test_a_damaged_memory_is_said_to_be_so():
    """It is no empty memory: that would cosign a fork."""
    for broken in (b"", b"{}", b"null", b'{"version": 1, "seen": "x", "fork": null}', b'{"version": 2}'):
        with pytest.raises(WitnessError):
            Memory.parse(broken)
