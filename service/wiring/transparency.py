"""The transparency log: its sequencer, its public side, and those who check it.

Rule 1: where a log lies, under which name and key it signs, and who remembers what in which file, is decided here.
Rule 2: nothing is judged here.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from service.adapters.kept_file import KeptFile, KeptFileError
from service.adapters.key_file import KeyFile
from service.adapters.published_directory import PublishedDirectory
from service.adapters.published_http import PublishedHttp
from service.adapters.shared_log import SharedLog
from service.adapters.tiled_log import TiledLog
from service.audit.note import COSIGNATURE, NOTE_BYTES_MAX, SIGNATURE, Note, NoteError, Signer, VerifierKey
from service.auditor.audit import audit
from service.auditor.finding import found
from service.auditor.history import History
from service.auditor.proving import ProvingError, proved
from service.auditor.report import Report, Terms
from service.auditor.witness import Memory, Refused, Word, witness
from service.flows.access import Finding, FindingError
from service.flows.own_export import Proving
from service.ports.log import LogTakenError
from service.ports.published import Published, PublishedError
from service.settings import Settings
from service.wiring.callers import appenders
from service.wiring.keys import role_keys_of
from service.wiring.public_log import published

__all__ = [
    "KeptFileError",
    "SharedLog",
    "audited",
    "finding",
    "log_key_of",
    "log_signer",
    "open_log",
    "proving",
    "published_at",
    "watched",
    "witness_key",
]


def log_signer(settings: Settings, device: KeyFile) -> Signer:
    """Under which name and with which key this log signs its checkpoints."""
    return Signer(settings.log_origin, SIGNATURE, device.log_key)


def log_key_of(settings: Settings) -> VerifierKey:
    """What this service's log is verified with. Raises DeviceError."""
    return log_signer(settings, role_keys_of(settings)).verifier


async def open_log(settings: Settings, device: KeyFile, patience: float = 2.0) -> SharedLog:
    """The log: written by this process, or through the one on this machine that writes it. Raises LogError.

    `patience`: seconds for that one to start, or to end.
    """

    def lead() -> TiledLog:
        if not settings.log_here:
            raise LogTakenError("another process writes this log")
        return TiledLog.open(settings.log_directory, device.receipt_key, log_signer(settings, device))

    return await SharedLog.open(lead, settings.log_directory / "socket", appenders(settings), patience)


def finding(settings: Settings) -> Finding:
    """Where an entry stands in our own log, by its public files."""
    source = published(settings)

    async def find(entry: bytes) -> int | None:
        try:
            return await asyncio.to_thread(found, source, entry)
        except (ProvingError, PublishedError) as error:
            raise FindingError(str(error)) from None

    return find


def proving(settings: Settings) -> Proving:
    """Proof files of entries of our own log, from its public files."""
    source = published(settings)

    async def prove(position: int) -> str | None:
        try:
            _, proof = await asyncio.to_thread(proved, source, position)
        except (ProvingError, PublishedError):
            return None
        return proof.encode().decode()

    return prove


@contextmanager
def published_at(place: str) -> Iterator[Published]:
    """The public files of a log in a directory or behind a URL. Raises PublishedError where there can be none."""
    if place.startswith(("http://", "https://")):
        with PublishedHttp(place) as source:
            yield source
        return
    if not Path(place).is_dir():
        raise PublishedError(f"{place}: no such directory; give a directory, or a URL that begins with http")
    yield PublishedDirectory(Path(place))


def audited(
    place: str,
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey],
    quorum: int,
    cosigned: Sequence[str],
    state: Path | None,
    progress: Callable[[int], None],
) -> Report:
    """Audit the log at `place`, against what the state remembers; what it has signed is remembered then.

    Raises PublishedError where it can't be read just now, KeptFileError, HistoryError.
    """
    if state is None:
        return _audited(place, keys, witnesses, quorum, cosigned, History(), progress)
    with KeptFile(state) as file:
        content = file.read()
        history = History() if content is None else History.parse(content)
        report = _audited(place, keys or history.keys, witnesses, quorum, cosigned, history, progress)
        if report.note is not None:
            file.replace(history.with_seen(report.note, tuple(keys)).encode())
        return report


def _audited(
    place: str,
    keys: Sequence[VerifierKey],
    witnesses: Sequence[VerifierKey],
    quorum: int,
    cosigned: Sequence[str],
    history: History,
    progress: Callable[[int], None],
) -> Report:
    notes = tuple(map(_note, cosigned))
    terms = Terms(tuple(keys), tuple(witnesses), quorum, notes, int(time.time()))
    with published_at(place) as source:
        return audit(source, terms, history, progress)


def _note(place: str) -> Note:
    """A cosigned checkpoint in a file or behind a URL."""
    folder, _, name = (place if "/" in place else f"./{place}").rpartition("/")
    with published_at(folder or "/") as source:
        content = source.fetch(name, NOTE_BYTES_MAX)
    if content is None:
        raise PublishedError(f"{place}: there is no such file")
    try:
        return Note.parse(content)
    except NoteError as error:
        raise PublishedError(f"{place}: {error}") from None


def witness_key(path: Path, name: str | None, entropy: Callable[[int], bytes]) -> Signer:
    """The witness's key; made under that name where there is none yet. Raises KeptFileError, NoteError."""
    with KeptFile(path) as file:
        content = file.read()
        if content is not None:
            return Signer.parse(content.decode(errors="replace"))
        if name is None:
            raise KeptFileError(f"{path}: no key there; give --name to make one")
        signer = Signer(name, COSIGNATURE, entropy(32))
        file.replace(signer.secret().encode() + b"\n")
        return signer


@contextmanager
def watched(
    place: str, log: VerifierKey, signer: Signer, state: Path, out: Path | None
) -> Iterator[Callable[[], Word | Refused]]:
    """A witness at its post: each call looks at the log once, remembers, and only then puts its word where it goes.

    Raises KeptFileError, WitnessError; the call may raise PublishedError.
    """
    with KeptFile(state) as file, published_at(place) as source:

        def look() -> Word | Refused:
            content = file.read()
            memory = Memory() if content is None else Memory.parse(content)
            after, word = witness(source, log, signer, memory, int(time.time()))
            if after != memory:
                file.replace(after.encode())
            if out is not None and isinstance(word, Word):
                with KeptFile(out, 0o644) as public:
                    public.replace(word.note.encode())
            return word

        yield look
