"""What tests of the log share: entries about nobody, keys of nobody, and a plain reader of a log's directory."""

from service.audit.checkpoint import Checkpoint, signed
from service.audit.entries import Kind, leaf, tag
from service.audit.note import COSIGNATURE, SIGNATURE, Note, Signer
from service.audit.tiles import ENTRIES, Growing, tiles_of, unbundle
from service.audit.tree import leaf_hash
from service.ports.log import Draft

RECEIPT_KEY = b"r" * 32
SIGNER = Signer("log.example/itinerary", SIGNATURE, b"s" * 32)
WITNESS = Signer("witness.example/w1", COSIGNATURE, b"w" * 32)
SECOND = Signer("witness.example/w2", COSIGNATURE, b"x" * 32)
NOON = 1_795_400_000


def entry(number, kind=Kind.DISCLOSE, now=NOON):
    """An entry about nobody."""
    return leaf(kind, now, tag(b"k" * 32, number), b"s" * 16, b"%d" % number)


def draft(number):
    """The same, to be written."""
    return Draft(entry(number), b"i" * 16, 1)


def head_of(directory):
    """The checkpoint of a log's directory, its signature checked."""
    note = Note.parse((directory / "checkpoint").read_bytes())
    assert note.signed_by([SIGNER.verifier]) == [SIGNER.verifier]
    return Checkpoint.parse(note.text)


def entries_of(directory):
    """All published entries, in order, by nothing but the names of the specification."""
    found = []
    for name in tiles_of(head_of(directory).size):
        if name.level == ENTRIES:
            path = directory / name.path
            content = path.read_bytes() if path.exists() else (directory / name.full.path).read_bytes()
            found += unbundle(content, name.width)
    return found


def written(directory, entries, signer=SIGNER):
    """A log written by hand: what a sequencer that lies in what it likes can sign."""
    growing = Growing()
    tiles = growing.append(entries, [leaf_hash(some) for some in entries]) + growing.partial()
    for name, content in tiles:
        (directory / name.path).parent.mkdir(parents=True, exist_ok=True)
        (directory / name.path).write_bytes(content)
    head = Checkpoint(signer.name, len(entries), growing.edge.root())
    (directory / "checkpoint").write_bytes(signed(head, signer).encode())
    return head
