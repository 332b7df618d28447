"""A vault on the memory twins."""

import random
from dataclasses import dataclass, field, replace

import pytest

from service.adapters.key_file import KeyFile
from service.adapters.key_socket import Holding
from service.adapters.memory_store import MemoryKeySpace, MemoryRecords
from service.adapters.shared_keys import SharedKeys
from service.adapters.signing_file import SigningFile
from service.audit.entries import Kind, leaf
from service.audit.tree import leaf_hash
from service.domain.amendments import Change, ChangeKind
from service.domain.identity import DocumentType, LastFour
from service.ports.device import KeyDevice
from service.ports.key_callers import Caller
from service.ports.keys import Enrolment
from service.ports.log import EntryReceipt
from service.sealing.blinding import blind
from service.sealing.keyring import receipt_mac
from service.vault.amender import Amender, Amendment
from service.vault.check_keys import DeviceCheckKeys
from service.vault.epoch_keeping import Keeper
from service.vault.epochs import Epochs
from service.vault.key_service import DeviceKeys
from service.vault.revealer import Revealer
from service.vault.signing_keys import DeviceSigning

TODAY = 20_780
WUHAN = 420100


@dataclass
class Vault:
    """Everything of a vault, and shorthands for its users."""

    folder: object
    now: float = 1_795_400_000.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    module: KeyDevice | None = None  # in the place of the key file's own keys

    async def start(self):
        """Stores, device, keys role and both ways in."""
        self.device = KeyFile.open(self.folder / "keys.json", self.chance.randbytes, create=True)
        self.key_space, self.data = MemoryKeySpace(lambda: self.now), MemoryRecords()
        self.keys = await self.keys_role()
        self.held = {}
        self.lagging = ""
        self.start_keeping()
        self.amender = Amender(self.keys, self.data, self.chance.randbytes)
        self.revealer = Revealer(self.keys, self.data)
        return self

    async def followed(self):
        """Why a replica may lack something."""
        return self.lagging

    def start_keeping(self, copies=None):
        """What begins and ends epochs, in the process of the keys role; `copies` where backups are kept."""
        self.keeper = Keeper(
            self.epochs,
            self.key_space,
            self.data,
            lambda: self.held,
            self.chance.randbytes,
            lambda: self.now,
            copies,
            self.followed,
        )

    async def keys_role(self):
        """A process of the keys role."""
        device = self.module or self.device
        self.epochs = await Epochs.start(self.key_space, device, TODAY, self.chance.randbytes)
        return DeviceKeys(
            self.key_space,
            device,
            self.device.receipt_key,
            self.epochs,
            self.chance.randbytes,
            lambda: self.now,
        )

    def index(self, number):
        """The index of a number."""
        return blind(self.device.index_key, number)

    async def enrol(self, number, last_four="1234", day=TODAY - 400, kind=DocumentType.RESIDENT_ID):
        """One subscription; what came of it."""
        [outcome] = await self.keys.enrol(
            [Enrolment(self.index(number), kind, LastFour.parse(last_four), day)]
        )
        return outcome

    async def stay(self, number, ordinal, region=WUHAN, start=1_795_000_000, generation=1):
        """One closed stay of five hours; what came of it."""
        change = Change(ordinal, ChangeKind.CLOSED, True, region, start, start + 18_000)
        [done] = await self.amender.amend([Amendment(self.index(number), generation, (change,))])
        return done

    def receipt(self, number, generation=1, key=None, kind=Kind.DISCLOSE, hours_ago=0):
        """What the log gives for an entry about a subscription."""
        entry = leaf(kind, int(self.now) - hours_ago * 3600, bytes(16), bytes(16), b"")
        bare = EntryReceipt(0, leaf_hash(entry), entry, self.index(number), generation, b"")
        return replace(bare, mac=receipt_mac(key or self.device.receipt_key, bare.signed()))


class KilledError(Exception):
    """The process ends here."""


class Mortal:
    """Whatever it stands before, until so many of its calls and their ends have passed."""

    def __init__(self, port, steps):
        self.port = port
        self.steps = steps

    def __getattr__(self, name):
        """A call of the port: the process may die before it and after it."""
        if name == "scan":
            return getattr(self.port, name)

        async def called(*arguments):
            self.passed()
            answer = await getattr(self.port, name)(*arguments)
            self.passed()
            return answer

        return called

    def passed(self):
        """One step."""
        self.steps[0] -= 1
        if not self.steps[0]:
            raise KilledError


@pytest.fixture(params=["here", "socket"])
async def vault(tmp_path, request):
    """A new vault; its keys role in the same process, or asked over its socket."""
    vault = await Vault(tmp_path).start()
    if request.param == "here":
        yield vault
        return
    checks = DeviceCheckKeys(vault.device, vault.chance.randbytes, lambda: vault.now)

    signing = DeviceSigning(SigningFile(tmp_path / "signing.json", vault.chance.randbytes), lambda: vault.now)

    async def lead():
        return Holding(vault.keys, checks, vault.keeper, signing, None, _nothing)

    path = tmp_path / "keys.socket"
    holder = SharedKeys(lead, path, lambda _: frozenset(Caller), others=False)
    await holder.settle()
    asked = SharedKeys(None, path, lambda _: frozenset(), others=False)
    await asked.settle()
    vault.keys = asked.keys
    vault.amender = Amender(vault.keys, vault.data, vault.chance.randbytes)
    vault.revealer = Revealer(vault.keys, vault.data)
    yield vault
    await asked.close()
    await holder.close()


async def _nothing():
    """A memory twin has nothing to let go of."""
