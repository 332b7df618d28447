"""An audit of the log, from bytes alone.

Rule 1: whether a log is good is decided here: tree, signature, every checkpoint seen before, witnesses, time, form.
Rule 2: it trusts nothing that it reads, has no secret, and changes nothing.

    (1) the checkpoint: whose, and signed by a key that the auditor was given
    (2) what it is held against: the checkpoints seen before, and those that witnesses have cosigned
    (3) every entry: its bytes against its tile, its form, its hour; the tree grows by what the bytes hash to
    (4) every tile above, and the root at each size that somebody has signed
    (5) enough witnesses
    (6) where the service has closed: its certificate, of this very history, and no entry behind it
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.audit.checkpoint import Checkpoint, Proof, witnessed
from service.audit.closing import CERTIFICATE_BYTES_MAX, CertificateError, certified
from service.audit.entries import Entry, EntryError
from service.audit.note import NOTE_BYTES_MAX, Note, NoteError
from service.audit.tiles import ENTRIES, TILE_WIDTH, Edge, TileError, TileName, unbundle
from service.audit.tree import HASH_BYTES, leaf_hash
from service.auditor.history import History
from service.auditor.report import Report, Seen, Terms
from service.ports.published import Published

__all__ = ["audit"]

_HOUR = 3600
_CERTIFICATE = "sunset/certificate"
_SLACK = 1  # hours: an act at the turn of an hour may be entered behind one that began after it


@dataclass(frozen=True, slots=True)
class _Mark:
    """A root that the tree must have at one size, because somebody signed it."""

    root: bytes
    whose: str
    witness: Seen | None = None


def audit(source: Published, terms: Terms, history: History, progress: Callable[[int], None]) -> Report:
    """Audit a log. Raises PublishedError where it can't be read just now: then there is no verdict."""
    report = Report()
    head = _checkpoint(source, terms, report)
    if head is None:
        return report
    marks = _marks(head, terms, history, report)
    proof = _certificate(source, head, terms, report)
    if proof is not None:
        signed = Checkpoint.parse(proof.checkpoint.text)
        marks.setdefault(signed.size, []).append(_Mark(signed.root, "the checkpoint in the certificate"))
    walk = _Walk(source, head.size, terms.now // _HOUR, report)
    good = walk.held({size: marks[size] for size in sorted(marks) if size <= head.size}, progress)
    _witnesses(good, terms, report)
    return report


def _checkpoint(source: Published, terms: Terms, report: Report) -> Checkpoint | None:
    """(1) The checkpoint, if it can be read and no signature that counts is missing."""
    content = source.fetch("checkpoint", NOTE_BYTES_MAX)
    if content is None:
        report.wrong("there is no checkpoint")
        return None
    try:
        note = Note.parse(content)
        head = Checkpoint.parse(note.text)
        signers = note.signed_by(key for key in terms.keys if key.name == head.origin)
    except NoteError as error:
        report.wrong(f"checkpoint: {error}")
        return None
    report.head = head
    if signers:
        report.signed_by = str(signers[0])
        report.note = note
    elif terms.keys:
        report.wrong(f"checkpoint: of {head.origin}, signed by no key that was given")
    return head


def _marks(head: Checkpoint, terms: Terms, history: History, report: Report) -> dict[int, list[_Mark]]:
    """(2) What the tree is held against, by size. A size beyond the checkpoint's is a log that went back."""
    marks: dict[int, list[_Mark]] = {head.size: [_Mark(head.root, "the checkpoint")]}
    seen = history.checkpoints
    report.held_against = len(seen)
    for older in seen:
        if older.origin != head.origin:
            report.wrong(f"the log of {head.origin}; the state is that of {older.origin}")
        elif older.size > head.size:
            report.wrong(f"went back: {older.size} entries were signed before, now {head.size}", head.size)
        else:
            marks.setdefault(older.size, []).append(_Mark(older.root, "a checkpoint seen before"))
    for note in [report.note, *terms.cosigned]:
        if note is not None:
            _cosigned_marks(note, head, terms, report, marks)
    return marks


def _cosigned_marks(
    note: Note, head: Checkpoint, terms: Terms, report: Report, marks: dict[int, list[_Mark]]
) -> None:
    """What witnesses have said of a checkpoint that the log has signed."""
    try:
        cosigned = Checkpoint.parse(note.text)
        words = witnessed(note, terms.witnesses)
        ours = cosigned.origin == head.origin and (not terms.keys or bool(note.signed_by(terms.keys)))
    except NoteError as error:
        report.wrong(f"a cosigned checkpoint: {error}")
        return
    if not ours:
        report.wrong("a cosigned checkpoint is not this log's, or not signed by it")
        return
    for word in words:
        mark = _Mark(
            cosigned.root,
            f"the checkpoint that {word.key.name} cosigned",
            Seen(word.key.name, cosigned.size, word.at),
        )
        if cosigned.size > head.size:
            report.wrong(
                f"went back: {word.key.name} saw {cosigned.size} entries, now {head.size}", head.size
            )
        else:
            marks.setdefault(cosigned.size, []).append(mark)


def _witnesses(good: Sequence[Seen], terms: Terms, report: Report) -> None:
    """(5) Each witness counts once, and so does each key, under however many names."""
    newest: dict[bytes, Seen] = {}
    publics = {key.name: key.public for key in terms.witnesses}
    for seen in sorted(good, key=lambda one: one.size):
        newest[publics[seen.name]] = seen
    report.witnesses = list(newest.values())
    if len(newest) < terms.quorum:
        report.wrong(f"{len(newest)} of {terms.quorum} witnesses have cosigned this history")


def _certificate(source: Published, head: Checkpoint, terms: Terms, report: Report) -> Proof | None:
    """(6) The certificate, if there is one that holds: the log ends with its entry."""
    content = source.fetch(_CERTIFICATE, CERTIFICATE_BYTES_MAX)
    if content is None:
        return None
    try:
        certificate, proof = certified(content, terms.keys)
    except CertificateError as error:
        report.wrong(f"the certificate of its end: {error}")
        return None
    if certificate.origin != head.origin:
        report.wrong(f"the certificate of its end is of {certificate.origin}")
    elif proof.index >= head.size:
        report.wrong(
            f"went back: the certificate is entry {proof.index}, now there are {head.size}", head.size
        )
    elif proof.index + 1 < head.size:
        report.wrong("it goes on behind the certificate of its end", proof.index + 1)
    else:
        report.closed = certificate
    return proof


class _Walk:
    """(3) and (4): over all entries, once, in order."""

    def __init__(self, source: Published, size: int, this_hour: int, report: Report) -> None:
        self._source = source
        self._size = size
        self._this_hour = this_hour
        self._report = report
        self._edge = Edge()
        self._kept: tuple[int, list[bytes]] | None = (
            None  # the bundle read last: a signed size may lie within it
        )

    def held(self, marks: dict[int, list[_Mark]], progress: Callable[[int], None]) -> list[Seen]:
        """Walk, and hold the roots against the marks (by size, ascending); the witnesses whose word is borne out."""
        good: list[Seen] = []
        sound = 0  # the largest size whose signed root the tree has
        for size, some in marks.items():
            if not self._grown_to(size, progress):
                return good
            root = self._edge.root()
            for mark in some:
                if mark.root != root:
                    self._report.wrong(_rewritten(mark, sound, size))
                elif mark.witness is not None:
                    good.append(mark.witness)
            if all(mark.root == root for mark in some):
                sound = size
        for name, content in self._edge.partial():
            self._same(name, content)
        return good

    def _grown_to(self, size: int, progress: Callable[[int], None]) -> bool:
        """Let the tree grow to this size; False where there is nothing that it could grow by."""
        while self._edge.size < size:
            index = self._edge.size // TILE_WIDTH
            width = min(TILE_WIDTH, self._size - index * TILE_WIDTH)
            hashes = self._hashes(index, width)
            if hashes is None:
                return False
            inside = self._edge.size % TILE_WIDTH
            fresh = hashes[inside : size - index * TILE_WIDTH]
            for name, content in self._edge.append(fresh):
                self._same(name, content)
            progress(len(fresh))
        return True

    def _hashes(self, index: int, width: int) -> list[bytes] | None:
        """The leaf hashes of one bundle; where it does not read, those that its tile claims. None without either."""
        first = index * TILE_WIDTH
        if self._kept is not None and self._kept[0] == index:
            return self._kept[1]
        tile = self._tile(TileName(0, index, width))
        claimed = (
            None if tile is None else [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
        )
        try:
            entries = self._bundle(TileName(ENTRIES, index, width))
        except TileError as error:
            self._report.wrong(str(error), first)
            hashes = claimed
        else:
            hashes = [leaf_hash(entry) for entry in entries]
            self._entries(first, entries, hashes, claimed)
        self._kept = None if hashes is None else (index, hashes)
        return hashes

    def _entries(
        self, first: int, entries: list[bytes], hashes: list[bytes], claimed: list[bytes] | None
    ) -> None:
        """Each entry's bytes against its tile, its form, its hour."""
        for at, content in enumerate(entries):
            if claimed is not None and hashes[at] != claimed[at]:
                self._report.wrong("its bytes do not hash to what its tile says", first + at)
            try:
                entry = Entry.parse(content)
            except EntryError as error:
                self._report.wrong(str(error), first + at)
                continue
            self._report.counts[entry.kind] += 1
            self._hour(entry.hour, first + at)

    def _hour(self, hour: int, at: int) -> None:
        report = self._report
        if hour > self._this_hour + _SLACK:
            report.wrong("of an hour that has not come yet", at)
            return
        if report.last_hour is not None and hour < report.last_hour - _SLACK:
            report.wrong(f"{report.last_hour - hour} hours older than one before it", at)
        report.first_hour = hour if report.first_hour is None else report.first_hour
        report.last_hour = max(hour, report.last_hour or 0)

    def _same(self, name: TileName, content: bytes) -> None:
        """(4) A tile as it is served against the tile that the entries make."""
        if name.level == 0:
            return  # held against its entries, one by one
        tile = self._tile(name)
        if tile is not None and tile != content:
            self._report.wrong(f"{name.path}: not what the tiles below it make")

    def _tile(self, name: TileName) -> bytes | None:
        served, content = self._fetch(name)
        if content is None or len(content) != served.width * HASH_BYTES:
            self._report.wrong(f"{name.path}: {'missing' if content is None else 'not as long as it says'}")
            return None
        return content[: name.width * HASH_BYTES]

    def _bundle(self, name: TileName) -> list[bytes]:
        """The entries of a bundle. Raises TileError."""
        served, content = self._fetch(name)
        if content is None:
            raise TileError(f"{name.path}: missing")
        entries = unbundle(content, served.width)
        if sum(map(len, entries)) + 2 * len(entries) != len(content):
            raise TileError(f"{name.path}: goes on behind its last entry")
        return entries[: name.width]

    def _fetch(self, name: TileName) -> tuple[TileName, bytes | None]:
        """A tile, or the full one that it has become since; which of them, and its bytes."""
        content = self._source.fetch(name.path, name.size_limit)
        if content is None and name.width < TILE_WIDTH:
            return name.full, self._source.fetch(name.full.path, name.full.size_limit)
        return name, content


def _rewritten(mark: _Mark, sound: int, size: int) -> str:
    where = f"entries {sound} to {size - 1} are not" if sound < size else f"the tree of {size} entries is not"
    return f"{where} those that {mark.whose} was signed over"
