"""The end of the service: by two persons, in time, killed at every step, certified from bytes alone."""

import json
import random
from dataclasses import replace

import pytest

from service.adapters.key_file import KeyFile
from service.adapters.memory_log import MemoryLog
from service.adapters.memory_store import MemoryKeySpace
from service.adapters.signing_file import SigningFile
from service.adapters.sunset_folder import SunsetFolder
from service.audit.closing import Certificate, CertificateError, certified
from service.audit.entries import Entry, Kind
from service.auditor.audit import audit
from service.auditor.history import History
from service.auditor.proving import ProvingError, proved
from service.auditor.report import Terms
from service.domain.acts import Act
from service.domain.disputes import DisputeError
from service.domain.sunset import SunsetError
from service.flows.entries import LogUnavailableError
from service.flows.sunset import CERTIFICATE, ORDER, Sunset, order_in
from service.ports.log import LogError
from service.sealing.signing import Draft, KeyUse
from service.vault.key_ending import KeyEnding
from tests.log_directory import SIGNER
from tests.mortal import KilledError, Mortal
from tests.unit.log.test_audit import MemoryPublished

ON = 1_800_000_000


def act(by):
    """Somebody's, with words that can be kept."""
    return Act(by, "over", "OPS-1")


class Service:
    """What outlives a process: files, the store, the log."""

    def __init__(self, folder):
        self.folder = folder
        self.chance = random.Random(3).randbytes
        self.now = ON - 100.0
        self.log = MemoryLog(b"r" * 32)
        self.space = MemoryKeySpace(lambda: self.now)
        self.device = KeyFile.open(folder / "keys.json", self.chance, create=True)
        self.files = SunsetFolder(folder / "sunset")

    async def start(self):
        """Two epochs and a signing key."""
        for epoch in (20_832, 20_833):
            await self.device.create(epoch)
            await self.space.put_epoch(epoch, await self.device.wrap(epoch, bytes(32)))
        signing = SigningFile(self.folder / "signing.json", self.chance)
        key = await signing.create(Draft(KeyUse.RECEIPT, 1, 1, 2, 3, 4))
        await signing.keep(replace(key, position=0))
        return self

    @property
    def published(self):
        """The log's public files."""
        return MemoryPublished(self.log.entries, SIGNER)

    async def find(self, entry):
        """Where it stands."""
        return self.log.entries.index(entry) if entry in self.log.entries else None

    async def prove(self, position):
        """Its proof file."""
        try:
            return proved(self.published, position)[1].encode().decode()
        except ProvingError:
            return None

    def process(self, life=None):
        """A process: the flow and what it destroys with. `life`: calls until it is killed."""
        left = [10**9 if life is None else life]
        device = KeyFile.open(self.folder / "keys.json", self.chance)
        signing = SigningFile(self.folder / "signing.json", self.chance)
        names = [name for name in device.held() if name in {"index_key", "requester_key"}]
        device, mortal = Mortal(device, left), Mortal
        ending = KeyEnding(device, mortal(signing, left), mortal(self.space, left), names, device.forget)
        return Sunset(
            mortal(self.files, left),
            mortal(self.log, left),
            self.find,
            self.prove,
            SIGNER.name,
            lambda text: "Wuhan" in text,
            self.chance,
            lambda: self.now,
            _no_wait,
        ), ending

    async def ordered(self):
        """Proposed and approved; its moment has come."""
        flow, _ = self.process()
        await flow.propose(ON, Act("whoever", "the epidemic is over", "OPS-1"))
        await flow.approve(Act("a colleague", "agreed", "OPS-2"))
        self.now = ON + 1.0
        return self

    def kinds(self):
        """Of all entries."""
        return [Entry.parse(entry).kind for entry in self.log.entries]


async def _no_wait(_seconds):
    """A checkpoint is there as soon as it is asked for."""


@pytest.fixture
async def service(tmp_path):
    """A service with keys."""
    return await Service(tmp_path).start()


async def test_two_persons_order_it_each_behind_an_entry(service):
    """Nobody alone, nothing in the past, no place in the reason; dry runs leave nothing."""
    flow, _ = service.process()
    with pytest.raises(SunsetError, match="nothing is proposed"):
        await flow.approve(act("b"))
    with pytest.raises(DisputeError, match="names no place"):
        await flow.propose(ON, Act("a", "Wuhan is over", "OPS-1"))
    with pytest.raises(SunsetError, match="moment has passed"):
        await flow.propose(int(service.now), act("a"))
    await flow.propose(ON, act("a"), dry_run=True)
    assert service.kinds() == []
    await flow.propose(ON, act("a"))
    with pytest.raises(SunsetError, match="waits already"):
        await flow.propose(ON, act("a"))
    owner = service.files.proposal()[1]
    with pytest.raises(DisputeError, match="ask a colleague"):
        await flow.approve(Act(owner, "agreed", "OPS-2"))
    assert (await flow.approve(act("b"), dry_run=True)).proposed_by == owner
    assert await order_in(service.files, service.find, SIGNER.name) is None
    order = await flow.approve(act("b"))
    assert service.kinds() == [Kind.STAFF_PROPOSE, Kind.STAFF_APPROVE, Kind.CONFIG]
    assert await order_in(service.files, service.find, SIGNER.name) == (order, 2)
    with pytest.raises(SunsetError, match="ordered already"):
        await flow.approve(act("c"))


async def test_an_order_that_the_log_does_not_bear_out_binds_nobody(service):
    """Another moment, another name, or an order that was never entered."""
    await service.ordered()
    kept = json.loads(service.files.read(ORDER))
    for field, value in (("on", ON - 50), ("approved_by", "nobody")):
        bent = {**kept, "order": {**kept["order"], field: value}}
        service.files.keep(ORDER, json.dumps(bent).encode())
        assert await order_in(service.files, service.find, SIGNER.name) is None
    for damaged in (b"{", b"[]", b"{}", b'{"order": 1, "salt": "", "at": 0}'):
        service.files.keep(ORDER, damaged)
        assert await order_in(service.files, service.find, SIGNER.name) is None


async def test_nothing_is_destroyed_before_its_moment_or_without_a_log(service):
    """Not a second too early; and no key without an entry."""
    before = (service.folder / "keys.json").read_bytes()
    await service.ordered()
    service.now = ON - 1.0
    flow, ending = service.process()
    with pytest.raises(SunsetError, match="has not come yet"):
        await flow.carry_out(ending, act("a"), lambda _: None)
    service.now = ON + 1.0

    class Full:
        """A disk that is full."""

        async def append(self, _drafts):
            """Refused."""
            raise LogError("full")

    with pytest.raises(LogUnavailableError):
        await replace(flow, log=Full()).carry_out(ending, act("a"), lambda _: None)
    assert (service.folder / "keys.json").read_bytes() == before


async def test_it_is_carried_out_once_and_told_by_bytes(service):
    """Everything goes; the certificate holds under the log's key, and the audit says so; a second run changes nothing."""
    await service.ordered()
    flow, ending = service.process()
    names = await flow.left(ending)
    told = []
    certificate = await flow.carry_out(ending, act("a"), told.append)
    assert names == told == list(certificate.destroyed)
    assert service.kinds()[-2:] == [Kind.SUNSET, Kind.SUNSET]
    content = service.files.read(CERTIFICATE)
    assert certified(content, [SIGNER.verifier])[0] == certificate
    assert certificate.jwks["keys"][0]["signs"] == "receipt"
    entries = len(service.log.entries)
    flow, ending = service.process()
    assert await flow.carry_out(ending, act("a"), told.append) == certificate
    assert (len(service.log.entries), len(told)) == (entries, len(names))
    published = service.published
    published.files["sunset/certificate"] = content
    terms = Terms((SIGNER.verifier,), now=ON)
    report = audit(published, terms, History(), lambda _: None)
    assert report.good
    assert report.closed == certificate


async def test_killed_at_every_step_it_is_finished_by_the_next_process(tmp_path):
    """Whatever is gone had its entry before; nothing is left; the certificate names everything, from every run."""
    life, finished = 0, False
    while not finished:
        folder = tmp_path / str(life)
        folder.mkdir()
        service = await (await Service(folder).start()).ordered()
        flow, ending = service.process()
        whole = set(await flow.left(ending))
        flow, ending = service.process(life)
        try:
            await flow.carry_out(ending, act("a"), lambda _: None)
            finished = True
        except KilledError:
            pass
        left = json.loads((folder / "keys.json").read_text())
        gone = "pepper" not in left or len(left["epochs"]) < 2
        assert not gone or Kind.SUNSET in service.kinds()
        flow, ending = service.process()
        certificate = await flow.carry_out(ending, act("a"), lambda _: None)
        assert set(certificate.destroyed) == whole
        assert certified(service.files.read(CERTIFICATE), [SIGNER.verifier])[0] == certificate
        left = json.loads((folder / "keys.json").read_text())
        assert left.keys() == {"version", "receipt_key", "log_key", "epochs", "ended"}
        assert left["epochs"] == {}
        assert all(not row["seed"] for row in json.loads((folder / "signing.json").read_text())["keys"])
        assert service.space._epochs == {}
        life += 1
    assert life > 40


async def test_every_bent_bit_of_a_certificate_is_found(service):
    """By its text, its proof or its signature; another log's key, and a log that goes on, are found by the audit."""
    await service.ordered()
    flow, ending = service.process()
    await flow.carry_out(ending, act("a"), lambda _: None)
    content = service.files.read(CERTIFICATE)
    for at in range(len(content)):
        bent = bytearray(content)
        bent[at] ^= 1
        with pytest.raises(CertificateError):
            certified(bytes(bent), [SIGNER.verifier])
    for text in (b"", b"[]", b"{}", b'{"v":1}', b"[" * 100_000):
        with pytest.raises(CertificateError):
            Certificate.parse(text)
    terms = Terms((SIGNER.verifier,), now=ON)
    published = service.published
    published.files["sunset/certificate"] = content[:-10]
    report = audit(published, terms, History(), lambda _: None)
    assert "certificate of its end" in report.first_bad.what
    service.log.entries.append(service.log.entries[0])
    published = service.published
    published.files["sunset/certificate"] = content
    report = audit(published, terms, History(), lambda _: None)
    assert (report.closed, report.first_bad.entry) == (None, len(service.log.entries) - 1)
    assert "goes on behind the certificate" in report.first_bad.what
