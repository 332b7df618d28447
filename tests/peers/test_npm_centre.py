"""The whole service at a foreign message centre, npm's smpp as server: lookups, lost links, throttling, refusals."""

import pytest

from service.adapters.region_tables import load_regions

pytestmark = pytest.mark.peer
REGIONS = load_regions()
WORDY = 2  # whose reply takes two short messages


class Phone:
    """A handset behind the foreign centre."""

    def __init__(self, centre, person):
        self.centre, self.person = centre, person

    def send(self, text, **fields):
        """It writes to 10086, and the service acknowledges."""
        address = {"source_addr": self.person.msisdn, "source_addr_ton": 1, "destination_addr": "10086"}
        self.centre.do("deliver", text=text, **address, **fields)
        assert self.centre.next("delivered")["status"] == 0

    def read(self, status=0):
        """The next text it is sent, its parts joined; each part answered with this status."""
        part = self.part(status)
        total = int(part["udh"][0][6:8], 16) if part.get("udh") else 1
        parts = {1 if total == 1 else int(part["udh"][0][8:10], 16): part["text"]}
        while len(parts) < total:
            part = self.part(status)
            parts[int(part["udh"][0][8:10], 16)] = part["text"]
        return "".join(parts[number] for number in sorted(parts))

    def part(self, status=0):
        """The next short message for it."""
        return self.centre.next("submit", to=self.person.msisdn, status=status)

    def silent(self):
        """Whether nothing more comes."""
        return self.centre.quiet("submit", 1)


@pytest.fixture(scope="module")
def centre(scripts):
    """The foreign centre, listening."""
    one = scripts("centre.js")
    one.port = one.next("listening")["port"]
    return one


@pytest.fixture(scope="module")
def bound(centre, service):
    """The service, bound to the centre; at the end it unbinds."""
    with service.serving(centre.port, receipts=True):
        assert centre.next("bind")["welcome"]
        yield service
    assert centre.next("unbind")


@pytest.fixture
def phone(centre, bound):
    """Makes handsets of the sample's people."""
    centre.seen.clear()
    return lambda number: Phone(centre, bound.people[number])


def names(person):
    """What a reply to this person has to name."""
    return [REGIONS.name(region, "zh") for region in (*person.certain, *person.possible)]


def is_reply(text, person):
    """Whether this is this person's answer."""
    return all(name in text for name in names(person)) and f"****{person.msisdn[-4:]}" in text


def test_a_lookup_through_a_foreign_centre(phone):
    """CXMYD, the last four, and a reply in parts; with a receipt for each part, before its response."""
    mine = phone(WORDY)
    mine.send("CXMYD")
    assert "编号" in mine.read()
    mine.send(mine.person.last_four)
    first = mine.part()
    assert first["udh"], "the reply has to be one of several parts"
    assert (first["data_coding"], first["registered"]) == (8, 1)
    second = mine.part()
    assert [part["udh"][0][6:] for part in (first, second)] == ["0201", "0202"]
    assert is_reply(first["text"] + second["text"], mine.person)
    assert [mine.centre.next("delivered")["status"] for _ in range(3)] == [0, 0, 0]  # the receipts
    assert mine.silent()


def test_a_question_in_parts_and_in_ucs2_is_understood(phone):
    """Split between two deliver_sm, the second one first; full-width; in the alphabet that npm's smpp chooses."""
    mine = phone(1)
    mine.send("MYD", udh="0500030902" + "02", esm_class=0x40, data_coding=8)
    mine.send("ＣＸ", udh="0500030902" + "01", esm_class=0x40, data_coding=8)
    assert "编号" in mine.read()
    mine.send(mine.person.last_four)
    assert is_reply(mine.read(), mine.person)


def test_throttled_in_the_middle_it_answers_all_the_same(phone):
    """The prompt is refused once, part two of the reply twice: everything comes, once, in order."""
    mine = phone(WORDY)
    mine.centre.do("statuses", next=[0x58])
    mine.send("CXMYD")
    assert "编号" in mine.read(0x58)
    assert "编号" in mine.read()
    mine.centre.do("statuses", next=[0, 0x14, 0x58])
    mine.send(mine.person.last_four)
    parts = [mine.part(status) for status in (0, 0x14, 0x58, 0)]
    assert [part["udh"][0][8:10] for part in parts] == ["01", "02", "02", "02"]
    assert is_reply(parts[0]["text"] + parts[3]["text"], mine.person)
    assert mine.silent()


def test_a_link_lost_before_the_prompts_answer_sends_the_prompt_again(phone):
    """Nobody knows whether it arrived; a handset can bear a prompt twice. The lookup goes on from there."""
    mine = phone(3)
    mine.centre.do("statuses", next=["cut"])
    mine.send("CXMYD")
    lost = mine.part("cut")
    assert mine.centre.next("bind")["welcome"]
    assert mine.read() == lost["text"]
    mine.send(mine.person.last_four)
    assert is_reply(mine.read(), mine.person)
    assert mine.silent()


def test_a_link_lost_in_the_middle_of_a_reply_never_repeats_data(phone):
    """Part one is out, the link is lost at part two: the subscriber is told, and no region is said again."""
    mine = phone(WORDY)
    mine.send("CXMYD")
    mine.read()
    mine.centre.do("statuses", next=[0, "cut"])
    mine.send(mine.person.last_four)
    mine.part()
    mine.part("cut")
    assert mine.centre.next("bind")["welcome"]
    told = mine.read()
    assert not [name for name in names(mine.person) if name in told]
    assert "CXMYD" in told
    assert mine.silent()


def test_a_vendors_refusal_is_final(phone):
    """Status 0x4FF: the reply is not tried again, nothing breaks, and the next lookup is answered."""
    mine = phone(5)
    mine.centre.do("statuses", next=[0x4FF])
    mine.send("CXMYD")
    mine.part(0x4FF)
    assert mine.silent()
    mine.send("CXMYD15")
    mine.read()
    mine.send(mine.person.last_four)
    assert is_reply(mine.read(), mine.person)
