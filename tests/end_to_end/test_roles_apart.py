"""Keys, log, link and web as four processes: a check, a challenge and a card go through them, and each may fail alone."""

import json
import os
import pwd
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest
import redis
from playwright.sync_api import expect

from service.wiring.transparency import audited, log_key_of
from tests.end_to_end.apart import PEOPLE, Apart
from tests.end_to_end.browser import EN
from tests.end_to_end.pages import Asking, Demo, asked_of, carded, check
from tests.ports import free_port

pytestmark = pytest.mark.peer
COLLEAGUE = "daemon"  # a user that every system has
RANDOM = "7KQ2M-9XW4B"
PATIENCE = 20


@pytest.fixture(scope="module")
def apart():
    """The four processes, for all tests of this file."""
    with tempfile.TemporaryDirectory(prefix="it-") as folder:
        Path(folder).chmod(0o755)  # another user of the staff reaches the desk's socket
        with Apart(Path(folder), free_port()) as service:
            yield service


@pytest.fixture(scope="module")
def demo(apart):
    """Handsets and pages."""
    return Demo(apart.sim, apart.url, PEOPLE)


def ready(apart):
    """What the web process says of its parts."""
    return httpx.get(f"{apart.url}/readyz", timeout=10).json()["parts"]


def until(true, what):
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def checked(apart, code, holder):
    """A check without a browser."""
    body = {"code": code, "phone_last_four": holder["msisdn"][-4:]}
    return httpx.post(f"{apart.url}/api/verify", json=body, timeout=20)


def test_a_check_goes_through_all_of_them(apart, demo, opened):
    """Genuine on the page of one process; told to the holder by another, which has written the entry with a third."""
    holder = PEOPLE[0]
    assert ready(apart) == {"store data": "up", "keys": "up", "link": "up"}
    reply, code = demo.shown(holder)
    page = opened(f"{apart.url}/verify")
    check(page, code, holder["msisdn"][-4:])
    expect(page.get_by_role("heading", level=1)).to_have_text("结果属实")
    expect(page.locator(".sms")).to_have_text(reply)
    until(lambda: any("被核验1次(网页)" in text for text in demo.texts(holder)), "no notice")
    assert "核验" in demo.text(holder, "CXJL")


def test_a_challenge_goes_through_all_of_them(apart, demo, opened):
    """Asked on the page, agreed to by SMS, green with a receipt."""
    holder = PEOPLE[1]
    asking = Asking(opened(f"{apart.url}/verify", EN))
    asking.ask(holder, "East Gate")
    demo.text(holder, asked_of(demo, holder, asking, "East Gate"))
    expect(asking.stage.locator(".yes")).to_be_visible()
    expect(asking.stage.locator(".places .certain")).to_contain_text(["Wuhan"])
    expect(asking.stage.get_by_role("link", name="Download")).to_be_visible()


def test_a_card_goes_through_all_of_them(apart, demo, opened):
    """Number, two proofs, the card; verified in another page; withdrawn, it is void there."""
    holder = PEOPLE[2]
    page = opened(f"{apart.url}/card", EN)
    carded(demo, page, holder)
    address = page.locator("a[href*='/q#']").first.get_attribute("href")
    reader = opened(address, EN)
    expect(reader.locator("h1")).to_have_text("Genuine card")
    page.get_by_role("button", name="Withdraw this card").click()
    expect(page.locator("h1")).to_have_text("Card withdrawn")
    reader.reload()
    expect(reader.locator("h1")).to_have_text("Withdrawn by the holder")


def staff(apart, *command, user=None):
    """A command of staff, through the desk, in a user's own name; what it says as JSON."""
    words = ("--reason", "seen on site", "--ticket", "NET-1", "--json", "--config", "staff.toml")
    (apart.folder / "staff.toml").write_text('[staff]\nsocket = "desk.socket"\n')
    became = "" if user is None else f"import os; os.setuid({pwd.getpwnam(user).pw_uid})"
    script = f"import sys; from service.entrypoints.cli import app\n{became}\napp()"
    command = [sys.executable, "-c", script, "admin", *command, *words]
    done = subprocess.run(command, cwd=apart.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as two persons")
def test_a_dispute_goes_through_all_of_them(apart, demo):
    """Opened by SMS, found and looked at by the desk, which opens no itinerary: link strikes what two have decided."""
    holder = PEOPLE[3]
    for text in ("YY", holder["document_last_four"], "YY1"):
        told = demo.text(holder, text)
    assert "已登记" in told
    [ticket] = staff(apart, "disputes", "list")
    reference = ticket["reference"]
    assert staff(apart, "disputes", "show", reference)["status"] == "open"
    staff(apart, "dispute", "propose", reference, "--strike")
    staff(apart, "dispute", "approve", reference, user=COLLEAGUE)
    assert staff(apart, "disputes", "show", reference)["status"] == "struck"
    until(lambda: any(reference in text for text in demo.texts(holder)), "no notice")


def test_the_log_of_it_holds(apart):
    """Whatever the processes did is in one log, which verifies from its bytes."""
    log, keys = apart.folder / "log", [log_key_of(apart.settings("log"))]
    report = audited(str(log), keys, [], 0, [], None, lambda _count: None)
    assert (report.findings, report.note is not None) == ([], True)


def memory(pid):
    """Everything that a process can read of itself, as whoever has it would."""
    found = bytearray()
    with Path(f"/proc/{pid}/mem").open("rb", 0) as octets:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if rights.startswith("rw"):  # what it has not written it has read from files that everybody has
                begin, end = (int(one, 16) for one in span.split("-"))
                try:
                    octets.seek(begin)
                    found += octets.read(end - begin)
                except OSError:
                    continue
    return bytes(found)


def test_a_thief_of_the_web_process_and_its_files(apart, demo):
    """Has the requesters' key and no other, in memory or in a file; its store user reads no conversation and no record."""
    quiet = PEOPLE[3]  # has never been named on a page
    _, code = demo.shown(quiet)
    whole = json.loads((apart.folder / "whole.json").read_text())
    keys = {name: value for name, value in whole.items() if isinstance(value, str) and len(value) == 64}
    keys |= {
        f"epoch {day}": value
        for day, value in json.loads((apart.folder / "roles/keys.json").read_text())["epochs"].items()
    }
    assert len(keys) > 6

    def held(role):
        octets = memory(apart.running[role].pid)
        return octets, {
            name for name, value in keys.items() if bytes.fromhex(value) in octets or value.encode() in octets
        }

    octets, found = held("web")
    assert found == {"requester_key"}
    assert not [mark for mark in (quiet["msisdn"], code, code.replace("-", "")) if mark.encode() in octets]
    # The search itself is sound: it finds what the other roles hold.
    assert {"index_key", "requester_key"} <= held("link")[1]
    assert keys.keys() - {"index_key", "log_key", "requester_key"} <= held("keys")[1]
    own = json.loads((apart.folder / "roles/web.json").read_text())
    assert own.keys() == {"version", "role", "requester_key"}
    url = re.search(r'data_url = "(.*)"', (apart.folder / "web.toml").read_text())[1]
    every = redis.Redis.from_url(apart.stores["data"].url)
    names = list(every.scan_iter(count=1000))
    with redis.Redis.from_url(url) as mine:
        for refused in (["SCAN", "0"], ["KEYS", "*"], ["FLUSHALL"], ["DEL", "r:{verifiers}"]):
            with pytest.raises(redis.exceptions.NoPermissionError):
                mine.execute_command(*refused)
        kinds = set()
        for name in names:
            try:
                mine.execute_command("EXISTS", name)
                kinds.add(name.split(b":")[0])
            except redis.exceptions.NoPermissionError:
                pass
    every.close()
    assert {b"v", b"g"} <= kinds <= {b"v", b"g", b"l"}
    assert {name.split(b":")[0] for name in names} > kinds


def test_without_the_link_the_pages_say_later_and_come_back_by_themselves(apart, demo):
    """For a genuine code as for a random one, in plain words; the card's page too. With the link it is genuine again."""
    holder = PEOPLE[0]
    _, code = demo.shown(holder)
    apart.kill("link")
    until(lambda: ready(apart)["link"] == "down", "the link is not missed")
    answers = [checked(apart, one, holder) for one in (code, RANDOM)]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert answers[0].content == answers[1].content
    assert int(answers[0].headers["retry-after"]) > 0
    said = httpx.post(
        f"{apart.url}/verify", data={"code": code, "phone_last_four": holder["msisdn"][-4:]}
    ).text
    assert "这不说明短信的真假" in said or "不能说明" in said, said
    card = httpx.post(f"{apart.url}/card", data={"number": holder["msisdn"]})
    assert card.status_code == 503
    assert "CXMYD" in card.text
    apart.start("link")
    until(lambda: ready(apart)["link"] == "up", "the link is not found again")
    until(lambda: checked(apart, code, holder).json().get("genuine"), "not genuine again")


def test_without_the_web_sms_goes_on(apart, demo):
    """A lookup, and a check by SMS; the pages are there again when the process is, and know the reply of meanwhile."""
    holder, other = PEOPLE[1], PEOPLE[2]
    apart.kill("web")
    with pytest.raises(httpx.ConnectError):
        checked(apart, RANDOM, holder)
    reply, code = demo.shown(holder)
    assert "属实" in demo.text(other, f"HY {reply}")
    apart.start("web")
    assert checked(apart, code, holder).json()["genuine"] is True


def test_the_figures_are_whole_where_web_runs_alone(apart):
    """Open disputes come over the link's socket: a figure, not nothing."""
    told = httpx.get(f"{apart.url}/transparency", headers={"Accept": "application/json"}, timeout=20).json()
    assert told["open_disputes"] == 0
