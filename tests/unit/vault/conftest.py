"""A vault on the memory twins."""

import random
from dataclasses import dataclass, field

import pytest

from service.adapters.key_file import KeyFile
from service.adapters.memory_store import MemoryKeySpace, MemoryRecords
from service.domain.amendments import Change, ChangeKind
from service.domain.identity import DocumentType, LastFour
from service.ports.keys import Enrolment
from service.ports.log import EntryReceipt
from service.sealing.blinding import blind
from service.sealing.keyring import receipt_mac
from service.vault.amender import Amender, Amendment
from service.vault.key_service import DeviceKeys
from service.vault.revealer import Revealer

TODAY = 20_780
WUHAN = 420100


@dataclass
class Vault:
    """Everything of a vault, and shorthands for its users."""

    folder: object
    now: float = 1_795_400_000.0
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def start(self):
        """Stores, device, keys role and both ways in."""
        self.device = KeyFile.open(self.folder / "keys.json", self.chance.randbytes, create=True)
        self.key_space, self.data = MemoryKeySpace(lambda: self.now), MemoryRecords()
        self.keys = await self.keys_role()
        self.amender = Amender(self.keys, self.data, self.chance.randbytes)
        self.revealer = Revealer(self.keys, self.data)
        return self

    async def keys_role(self):
        """A process of the keys role."""
        return await DeviceKeys.start(
            self.key_space, self.device, self.device.receipt_key, TODAY, self.chance.randbytes
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

    def receipt(self, number, generation=1, key=None):
        """What the log gives for an entry about a subscription."""
        bare = EntryReceipt(0, b"h" * 32, self.index(number), generation, b"")
        mac = receipt_mac(key or self.device.receipt_key, bare.signed())
        return EntryReceipt(bare.position, bare.hash, bare.index, bare.generation, mac)


@pytest.fixture
async def vault(tmp_path):
    """A new vault."""
    return await Vault(tmp_path).start()
