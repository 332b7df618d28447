"""A store full of people that no command of staff may name: their numbers, and the regions in which they stayed."""

import re
import secrets
import time

from service.adapters.region_tables import load_regions
from service.domain.amendments import Change, ChangeKind
from service.domain.identity import DocumentType, LastFour
from service.domain.itinerary import day_of
from service.ports.keys import Enrolment
from service.vault.amender import Amender, Amendment

REGIONS = load_regions()
NUMBERS = [f"86138001380{n:02}" for n in range(12)]
PLACES = [420100, 320500, 440]


async def filled(stored):
    """Twelve numbers that have stayed in three regions."""
    now = int(time.time())
    document = LastFour.parse("123X")
    rows = [
        Enrolment(stored.index(number), DocumentType.RESIDENT_ID, document, day_of(now) - 400)
        for number in NUMBERS
    ]
    await stored.keys.enrol(rows)
    amender = Amender(stored.keys, stored.data_space, secrets.token_bytes)
    for number in NUMBERS:
        changes = tuple(
            Change(
                place + 1,
                ChangeKind.CLOSED,
                True,
                region,
                start := now - 500_000 + place * 90_000,
                start + 20_000,
            )
            for place, region in enumerate(PLACES)
        )
        await amender.amend([Amendment(stored.index(number), 1, changes)])


def shows_nobody(output):
    """No number, masked or not, and no region by code or name; a moment in seconds may hold the same digits."""
    assert not [number for number in NUMBERS if number[2:] in output]
    assert not [number for number in NUMBERS if re.search(rf"(?<!\d){number[-4:]}(?!\d)", output)]
    assert not [code for code in PLACES if re.search(rf"(?<!\d){code:06}(?!\d)", output)]
    assert not REGIONS.named_in(output)
    assert "****" not in output
