"""Signed notes, checkpoints, cosignatures, proof files: published examples and foreign readers of the same bytes."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sigstore._internal.rekor.checkpoint import LogCheckpoint, SignedNote

from service.audit.checkpoint import Checkpoint, Proof, cosigned, signed, witnessed
from service.audit.note import COSIGNATURE, SIGNATURE, Note, NoteError, Signature, Signer, VerifierKey
from service.audit.tiles import Edge, nodes
from service.audit.tree import inclusion_proof, leaf_hash

# The example of golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
GO_NOTE = (GO_TEXT + "\n" + GO_LINE).encode()

# The example of C2SP tlog-cosignature.
C2SP_CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()

LOG = Signer("log.example/itinerary", SIGNATURE, b"l" * 32)
WITNESS = Signer("witness.example/w1", COSIGNATURE, b"w" * 32)
OTHER = Signer("witness.example/w2", COSIGNATURE, b"x" * 32)
HEAD = Checkpoint(LOG.name, 3, bytes(range(32)))


def test_gos_example_opens_and_is_made_anew_byte_for_byte():
    """Ed25519 is deterministic: the same key and text make the same note."""
    key = VerifierKey.parse(GO_KEY)
    note = Note.parse(GO_NOTE)
    assert note.text == GO_TEXT
    assert note.signed_by([key]) == [key]
    signer = Signer("PeterNeumann", SIGNATURE, base64.b64decode(GO_SECRET)[1:])
    assert str(signer.verifier) == GO_KEY
    made = Note(GO_TEXT, (Signature(signer.name, key.key_id, signer.sign(GO_TEXT.encode())),))
    assert made.encode() == GO_NOTE == note.encode()


@pytest.mark.parametrize(
    "broken",
    [
        GO_TEXT.encode(),
        GO_TEXT.encode() + b"\n",
        GO_NOTE[:-1],
        b"\x01" + GO_NOTE,
        b"\xff" + GO_NOTE,
        GO_NOTE.replace(b"PeterNeumann", b"Bad Name"),
        GO_NOTE + b"Unexpected line.\n",
        GO_NOTE + GO_LINE.encode() * 100,
        GO_NOTE.replace(b"nAM=", b"nAN="),  # bits behind the end that nobody would miss
        GO_NOTE.replace(b"nAM=", b"nAM"),
        b"x" * 70_000 + GO_NOTE,
    ],
)
def test_gos_bad_messages_are_refused(broken):
    """The reference implementation's table, and what it lets pass."""
    with pytest.raises(NoteError):
        Note.parse(broken)


@pytest.mark.parametrize(
    "broken",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "Peter"),
        "PeterNeumann",
        "",
    ],
)
def test_gos_bad_verifier_keys_are_refused(broken):
    """Another length, kind, name or key id."""
    with pytest.raises(NoteError):
        VerifierKey.parse(broken)


def test_the_specifications_checkpoint_reads():
    """Origin, size, root, two lines of signatures; the cosignature says when."""
    note = Note.parse(C2SP_CHECKPOINT)
    head = Checkpoint.parse(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert str(head) == note.text
    assert [line.name for line in note.signatures] == [head.origin, "witness.example.com/w1"]
    assert int.from_bytes(note.signatures[1].blob[:8]) == 1_679_315_147


def test_a_signature_line_by_a_known_key_must_hold():
    """A line of a key that nobody asked for is passed over; one of a known key that fails spoils the note."""
    note = signed(HEAD, LOG)
    assert note.signed_by([LOG.verifier]) == [LOG.verifier]
    assert note.signed_by([VerifierKey.parse(GO_KEY)]) == []
    altered = Note(note.text.replace("\n3\n", "\n4\n"), note.signatures)
    with pytest.raises(NoteError, match="does not hold"):
        altered.signed_by([LOG.verifier])


def test_cosignatures_say_who_saw_it_and_when():
    """Two witnesses; one cosigns again later and keeps one line."""
    note = cosigned(cosigned(cosigned(signed(HEAD, LOG), WITNESS, 10), OTHER, 20), WITNESS, 30)
    found = witnessed(note, [WITNESS.verifier, OTHER.verifier])
    assert {(seen.key.name, seen.at) for seen in found} == {(WITNESS.name, 30), (OTHER.name, 20)}
    assert len(note.signatures) == 3
    assert note.signed_by([LOG.verifier])
    for bit in range(8 * 72):
        *others, line = note.signatures
        blob = bytearray(line.blob)
        blob[bit // 8] ^= 1 << bit % 8
        bad = Note(note.text, (*others, Signature(line.name, line.key_id, bytes(blob))))
        with pytest.raises(NoteError, match="cosignature"):
            witnessed(bad, [WITNESS.verifier])


def test_a_log_and_a_witness_use_their_own_kinds_of_keys():
    """A log's key never signs as a witness's: the kind is part of the key id."""
    with pytest.raises(ValueError, match="kind 1"):
        signed(HEAD, WITNESS)
    with pytest.raises(ValueError, match="kind 4"):
        cosigned(signed(HEAD, LOG), LOG, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n3\n",
        "\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n03\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n-3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n٣\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n99999999999999999999\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "origin\n3\nAAEC\n",
        "origin\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n",
        "origin\n3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n",
    ],
)
def test_what_is_no_checkpoint(text):
    """Lines missing, numbers and roots in other spellings, lines that nobody can audit."""
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_sigstore_reads_our_checkpoints():
    """Its parser of Rekor's checkpoints finds the same origin, size, root and lines."""
    note = cosigned(signed(HEAD, LOG), WITNESS, 10)
    foreign = SignedNote.from_text(note.encode().decode())
    assert foreign.note == note.text
    assert [line.sig_hash for line in foreign.signatures] == [line.key_id for line in note.signatures]
    head = LogCheckpoint.from_text(foreign.note)
    assert (head.origin, head.log_size, head.log_hash) == (HEAD.origin, HEAD.size, HEAD.root.hex())


def test_aics_tlog_takes_our_checkpoints_and_cosignatures():
    """Its verifier, with our keys in their textual form."""
    foreign = pytest.importorskip("aics_tlog", reason="aics-tlog installs from Python 3.12 on")
    note = cosigned(signed(HEAD, LOG), WITNESS, 10).encode().decode()
    log, witness = foreign.parse_vkey(str(LOG.verifier)), foreign.parse_vkey(str(WITNESS.verifier))
    found = foreign.verify_checkpoint(foreign.parse_note(note), log, [witness], 1)
    assert found.ok, found
    altered = foreign.parse_note(note.replace("\n3\n", "\n4\n"))
    assert not foreign.verify_checkpoint(altered, log, [witness], 1).ok


@settings(max_examples=1000)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_crash_a_reader(content):
    """Whatever comes, it is read or refused."""
    for read in (Note.parse, Proof.parse, lambda some: Checkpoint.parse(some.decode(errors="replace"))):
        with suppress(NoteError):
            read(content)


def test_a_proof_file_proves_its_entry_and_no_bit_of_it_is_idle():
    """It holds for its entry alone; every single bit flipped makes it fall."""
    entries = [b"entry %d" % number for number in range(5)]
    edge = Edge()
    edge.append([leaf_hash(entry) for entry in entries])
    head = Checkpoint(LOG.name, 5, edge.root())
    tiles = dict(edge.partial())
    path = tuple(inclusion_proof(4, 5, nodes(tiles.__getitem__, 5)))
    proof = Proof(4, path, signed(head, LOG))
    content = proof.encode()
    assert Proof.parse(content) == proof
    assert proof.holds(entries[4], LOG.verifier)
    assert not proof.holds(entries[3], LOG.verifier)
    assert not proof.holds(entries[4], OTHER.verifier)
    for bit in range(8 * len(content)):
        altered = bytearray(content)
        altered[bit // 8] ^= 1 << bit % 8
        try:
            read = Proof.parse(bytes(altered))
        except NoteError:
            continue
        assert not read.holds(entries[4], LOG.verifier)
    with_extra = Proof(4, proof.path, proof.checkpoint, b"opaque")
    assert Proof.parse(with_extra.encode()) == with_extra
