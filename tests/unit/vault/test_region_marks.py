"""The worker's word that a region newly counts: for whoever wants it, when it is new to the record, and without saying which."""

import pytest

from service.domain.amendments import Change, ChangeKind
from service.vault.amender import Amender, Amendment, Outcome

NUMBER, OTHER = "8613800138000", "8613800138001"
WUHAN, SHENZHEN = 420100, 440300
BEGIN = 1_795_000_000
DAY = 86_400


class Marks:
    """Marks as they are left, with what the record held at that moment."""

    def __init__(self, vault):
        self.vault = vault
        self.left = []

    async def leave(self, index, generation, *, written):
        """See `ports.region_marks.RegionMarks`."""
        self.left.append((index, generation, written, index in self.vault.data.rows))


@pytest.fixture
async def marked(vault):
    """Two subscriptions, of which one wants to be told."""
    await vault.enrol(NUMBER)
    await vault.enrol(OTHER)
    await vault.keys.note_notices(vault.index(NUMBER), 1, wanted=True)
    vault.marks = Marks(vault)
    vault.amender = Amender(vault.keys, vault.data, vault.chance.randbytes, vault.marks)
    return vault


async def amended(vault, ordinal, kind, region, *, certain=True, day=0, number=NUMBER):
    """One change; how many marks it left."""
    before = len(vault.marks.left)
    start = BEGIN + day * DAY
    change = Change(ordinal, kind, certain, region, start, start + 18_000)
    await vault.amender.amend([Amendment(vault.index(number), 1, (change,))])
    return len(vault.marks.left) - before


async def test_a_new_region_leaves_its_mark_before_the_write_and_after_it(marked):
    """So that no kill loses it, and no look in between sees it for the last time."""
    assert await amended(marked, 1, ChangeKind.OPEN, WUHAN) == 2
    index = marked.index(NUMBER)
    assert marked.marks.left == [(index, 1, False, False), (index, 1, True, True)]


async def test_nobody_is_marked_who_has_not_agreed_or_has_ended_it(marked):
    """The flag lies in the key record."""
    assert await amended(marked, 1, ChangeKind.OPEN, WUHAN, number=OTHER) == 0
    await marked.keys.note_notices(marked.index(NUMBER), 1, wanted=False)
    assert await amended(marked, 1, ChangeKind.OPEN, WUHAN) == 0


async def test_what_is_not_new_leaves_no_mark(marked):
    """A region of the last fourteen days, a border's, a day with data, a replayed change; after them it is new again."""
    assert await amended(marked, 1, ChangeKind.OPEN, WUHAN) == 2
    assert await amended(marked, 1, ChangeKind.OPEN, WUHAN) == 0
    assert await amended(marked, 2, ChangeKind.CLOSED, WUHAN) == 0
    assert await amended(marked, 3, ChangeKind.SEEN, 0, day=1) == 0
    assert await amended(marked, 4, ChangeKind.OPEN, SHENZHEN, certain=False, day=2) == 0
    assert await amended(marked, 5, ChangeKind.CLOSED, WUHAN, day=13) == 0
    assert await amended(marked, 6, ChangeKind.CLOSED, WUHAN, day=29) == 2


async def test_a_mark_that_cannot_be_left_stops_the_write(marked):
    """The change is applied again with the next attempt, and marked."""

    async def failing(*_, **__):
        raise OSError("no answer")

    leave, marked.marks.leave = marked.marks.leave, failing
    with pytest.raises(OSError, match="no answer"):
        await amended(marked, 1, ChangeKind.OPEN, WUHAN)
    assert marked.index(NUMBER) not in marked.data.rows
    marked.marks.leave = leave
    change = Change(1, ChangeKind.OPEN, True, WUHAN, BEGIN, BEGIN + 18_000)
    [done] = await marked.amender.amend([Amendment(marked.index(NUMBER), 1, (change,))])
    assert done.outcome is Outcome.WRITTEN
    assert len(marked.marks.left) == 2
