"""Second digits beside wrong ones: whoever holds the phone, or reads the public log, can't tell which they were."""

import json

import pytest

from service.audit.entries import Entry, Kind, leaf, tag
from service.domain.identity import LastFour
from service.flows.entries import apart
from service.flows.refusals import SECOND
from service.ports.keys import Claim, KeysError, Verdict, Way
from service.ports.log import LogError
from service.records.access_record import committed
from tests.stories.conftest import World

NUMBER, OWN, OTHER, WRONG = "8613800138000", "1234", "8642", "9753"


async def told(folder, said, *, wrong=OTHER):
    """A world in which these texts were sent; `said` stands for whatever was said under force."""
    folder.mkdir()
    world = await World(folder, 1).start()
    await world.enrol(NUMBER, OWN, 400)
    await world.stayed(NUMBER, 420100, 5, 20)
    world.digits |= {OTHER, WRONG}
    await world.keys.set_second(
        Claim(world.blind(NUMBER), LastFour.parse(OWN), Way.SIM), LastFour.parse(OTHER)
    )
    for text in said:
        world.clock.now += 3
        await world.text(NUMBER, text.format(forced=wrong))
    return world


def public(world):
    """What anybody sees of the log: kinds and hours, in their order."""
    return [(Entry.parse(entry).kind, Entry.parse(entry).hour) for entry in world.log.entries]


@pytest.mark.parametrize(
    "said",
    [
        ("CXMYD", "{forced}", "CXJL", "QX"),
        ("CXMYD", "{forced}", "{forced}", "{forced}", "CXJL", "CXMYD"),
        ("YY", "{forced}", "TD", "CXJL", "BZ"),
        ("SC", "0000", "{forced}", "CXJL", "QX", "TH"),
        ("DY", "{forced}", "0000", "DY0", "CXJL"),
    ],
)
async def test_second_digits_look_like_wrong_ones(tmp_path, said):
    """The same texts, the same public entries, the same tries used up, the same counts for operators."""
    forced = await told(tmp_path / "forced", said)
    wrong = await told(tmp_path / "wrong", said, wrong=WRONG)
    assert [sms.text for sms in forced.centre.everything] == [sms.text for sms in wrong.centre.everything]
    assert public(forced) == public(wrong)
    assert Kind.REFUSE in dict(public(forced))
    assert forced.tally.counts == wrong.tally.counts
    assert forced.key_space._charges == wrong.key_space._charges


async def test_her_entry_opens_for_her_alone(tmp_path):
    """It commits to its details under her key; it has none of her running numbers, and her card's list shows it."""
    world = await told(tmp_path / "one", ("CXMYD", "{forced}"))
    index = world.blind(NUMBER)
    [key] = await world.keys.read_log([index])
    assert (key.number, key.silenced_at) == (0, int(world.clock()))
    assert (await world.access.newest(index, 10, int(world.clock()))).lines == ()
    [kept] = await world.access.apart(index)
    access = kept.access
    assert (access.kind, access.about, access.number) == ("refuse", SECOND, apart(access.at))
    made = leaf(Kind.REFUSE, access.at, tag(key.key, access.number), kept.salt, committed(access))
    assert made == world.log.entries[access.position]
    assert json.loads(made)["k"] == "refuse"


async def test_without_a_log_the_words_are_the_same(tmp_path):
    """Nothing can be opened then, by nobody; nothing is locked, as nothing is done without its entry."""
    world = await told(tmp_path / "one", ("CXMYD",))

    class Full:
        """A disk that is full."""

        async def append(self, _drafts):
            """Refused."""
            raise LogError("full")

    world.log.append = Full().append
    await world.text(NUMBER, OTHER)
    assert "未能完成查询" in world.inbox(NUMBER)[-1].text
    [key] = await world.keys.read_log([world.blind(NUMBER)])
    assert key.silenced_at == 0


async def test_every_failed_proof_is_answered_at_its_own_time(tmp_path):
    """Not before a tenth of a second is over, whatever was wrong: wrong digits, an unknown number, a lock, second digits."""
    world = await told(tmp_path / "one", ())
    waited = []

    async def wait(seconds):
        waited.append(seconds)

    world.rested = wait
    await world.start()
    for number, digits in ((NUMBER, WRONG), ("8613800138009", WRONG), (NUMBER, OTHER), (NUMBER, OWN)):
        world.clock.now += 40
        await world.text(number, "CXMYD")
        await world.text(number, digits)
    assert len(waited) == 4
    assert all(0 < seconds <= 0.1 for seconds in waited)


async def test_nobody_asks_whether_there_are_any(tmp_path):
    """Setting, replacing and removing are answered alike; a claim that fails changes nothing; one's own are refused."""
    world = await told(tmp_path / "one", ())
    index = world.blind(NUMBER)

    async def set_second(own, second):
        chosen = LastFour.parse(second) if second else None
        return await world.keys.set_second(Claim(index, LastFour.parse(own), Way.SIM), chosen)

    rows = dict(world.key_space.rows)
    assert await set_second(WRONG, "1111") is Verdict.UNPROVED
    assert await set_second(OTHER, None) is Verdict.SECOND
    with pytest.raises(KeysError, match="others than the document's"):
        await set_second(OWN, OWN)
    assert world.key_space.rows == rows
    assert await set_second(OWN, None) is Verdict.PROVED
    assert await set_second(OWN, None) is Verdict.PROVED
    assert await set_second(OWN, OTHER) is Verdict.PROVED
    # Another document: whether they still differ nobody can tell, so there are none.
    await world.enrol(NUMBER, "1235", 400)
    [verdict] = await world.keys.verify([Claim(index, LastFour.parse(OTHER), Way.OPEN)])
    assert verdict is Verdict.UNPROVED
