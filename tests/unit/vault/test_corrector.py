"""A correction opens a record against the receipt of its own entry, as a lookup does."""

from dataclasses import replace

import pytest

from service.domain.corrections import Correction, Strike
from service.ports.correcting import Corrected
from service.ports.keys import KeysError
from service.vault.corrector import Corrector

NUMBER = "8613800138000"
STAY = Correction((Strike(420100, 1_795_000_000, 1_795_018_000),))
NOW = 1_795_400_000


@pytest.fixture
async def corrector(vault):
    """A record with one stay, and who may correct it."""
    await vault.enrol(NUMBER)
    await vault.stay(NUMBER, 1)
    return Corrector(vault.keys, vault.data, vault.chance.randbytes)


async def test_with_its_receipt_a_stay_is_struck_once(vault, corrector):
    """Applied twice it changes nothing; of a life that is over it is gone."""
    receipt = vault.receipt(NUMBER)
    assert await corrector.correct(receipt, STAY, NOW) is Corrected.WRITTEN
    assert await corrector.correct(receipt, STAY, NOW) is Corrected.REPLAYED
    assert await corrector.correct(vault.receipt(NUMBER, generation=2), STAY, NOW) is Corrected.GONE


async def test_without_a_receipt_of_the_log_nothing_is_opened(vault, corrector):
    """Made by somebody else's key, or of another entry: the record is as it was."""
    before = dict(vault.data.rows)
    forged = vault.receipt(NUMBER, key=bytes(32))
    altered = replace(vault.receipt(NUMBER), position=7)
    for receipt in (forged, altered):
        with pytest.raises(KeysError, match="no valid receipt"):
            await corrector.correct(receipt, STAY, NOW)
    assert vault.data.rows == before
