"""Nothing of a person in anything an operator sees: roles as processes of their own, and a day on which much goes wrong.

Marks are the numbers, digits, regions and codes that pass through. They must be in no line of standard output and
error, on no page for operators, in no figure; whatever encoding they are written in.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from service.adapters.region_tables import load_regions
from tests.end_to_end.test_demo import alone, encodings
from tests.end_to_end.test_operations import lookup, until
from tests.ports import free_port

PROGRAMS = Path(sys.executable).parent
PLACES = ("420100", "440300", "310000", "320500")  # where the demo's first three people were
STRANGER = "8613912345678"
BAD_ROWS = f"msisdn,cell,time\n{STRANGER},yesterday,{STRANGER}\n8613800138001,湖北武汉,4201001\n"


class Service:
    """Simulator, service and worker, on a store that the demo has filled."""

    def __init__(self, folder):
        self.folder = folder
        demo = [str(PROGRAMS / "itinerary"), "demo", "--once", f"--data={folder / 'data'}"]
        subprocess.run(demo, check=True, capture_output=True, timeout=120)
        [self.home] = (folder / "data").glob("*-*-*")
        self.smpp, self.http, self.metrics, self.worker = (free_port() for _ in range(4))
        self.config = self._configured()
        self.feed = folder / "feed"
        self.feed.mkdir()
        self.processes, self.files = [], []
        self.codes = set()

    def _configured(self):
        written = (self.home / "itinerary.toml").read_text("utf-8")
        places = (
            written.replace("[http]\n", f'[http]\nmetrics = "127.0.0.1:{self.metrics}"\n')
            .replace(re.search(r"\[smpp\]\nport = \d+", written)[0], f"[smpp]\nport = {self.smpp}")
            .replace(re.search(r"\nport = (\d+)\n\[ingest\]", written)[0], f"\nport = {self.http}\n[ingest]")
        )
        config = self.home / "service.toml"
        config.write_text(places, "utf-8")
        return config

    def start(self, name, *command):
        """A process whose every word is kept."""
        said, errors = self.folder / name, self.folder / f"{name}.journal"
        self.files += [said, errors]
        with said.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen([str(PROGRAMS / command[0]), *command[1:]], stdout=out, stderr=err)
        self.processes.append(process)
        return process

    def everything(self):
        """Start the three, and wait until texts are answered."""
        password = (self.home / "password").read_text("ascii")
        self.sim_http = free_port()
        self.start(
            "simulator",
            *("sms-gateway-sim", "serve", f"--smpp=127.0.0.1:{self.smpp}"),
            *(f"--http=127.0.0.1:{self.sim_http}", f"--esme=itinerary:{password}"),
        )
        self.service = self.start("service", "itinerary", "serve", f"--config={self.config}")
        self.follower = self.start(
            "worker",
            *("itinerary", "ingest", str(self.feed), "--follow", f"--config={self.config}"),
            f"--metrics=127.0.0.1:{self.worker}",
        )
        until(lambda: self.page("readyz").startswith("200"), "readiness")
        until(lambda: listening(self.worker), "the worker's page")
        return self

    @property
    def ready(self):
        """As the demo says it."""
        return {"sim": f"http://127.0.0.1:{self.sim_http}", "service": f"http://127.0.0.1:{self.http}"}

    def text(self, msisdn, *texts):
        """Texts from a handset, whatever answers them: the third that moves nothing on is met with silence."""
        with httpx.Client(base_url=self.ready["sim"], timeout=10) as client:
            for text in texts:
                client.post(
                    f"/handsets/{msisdn}/messages", json={"to": "10086", "text": text}
                ).raise_for_status()

    def page(self, name, port=None):
        """A page for operators: its status, headers and text."""
        try:
            answer = httpx.get(f"http://127.0.0.1:{port or self.metrics}/{name}", timeout=10)
        except httpx.TransportError:
            return ""
        return f"{answer.status_code} {dict(answer.headers)} {answer.text}"

    @property
    def ours(self):
        """What the service's own processes said; the simulator is a handset's side, where texts belong."""
        return [file for file in self.files if not file.name.startswith("simulator")]

    def seen(self):
        """All that an operator sees."""
        pages = [self.page(name) for name in ("metrics", "readyz", "healthz")] + [
            self.page("metrics", self.worker)
        ]
        return {name: text.encode() for name, text in zip("mrhw", pages, strict=True)} | {
            file.name: file.read_bytes() for file in self.ours
        }


def listening(port):
    """Whether anybody does."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Up, and stopped in the end."""
    one = Service(tmp_path_factory.mktemp("roles"))
    try:
        yield one.everything()
    finally:
        for process in one.processes:
            process.kill()
            process.wait()


def test_lookups_refusals_checks_and_nonsense(service):
    """Right and wrong digits, a stranger, texts that hold numbers, whole replies, checks by page, interface and SMS."""
    answers = lookup(service.ready, ["CXMYD", "123X", "CXMYD", "9999", "YY", "123X"])
    [code] = re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}", answers[1])
    service.codes.add(code)
    assert "湖北武汉" in answers[1]
    service.text("8613800138003", f"HY{answers[1]}", STRANGER, "420100", "湖北武汉", "CXMYD#123X")
    lookup(service.ready, ["CXMYD", "0421"], STRANGER)
    with httpx.Client(base_url=service.ready["service"]) as client:
        right = {"code": code, "phone_last_four": "8001"}
        assert client.post("/api/verify", json=right).json()["genuine"]
        assert not client.post("/api/verify", json={**right, "phone_last_four": "8002"}).json()["genuine"]
        assert client.post("/verify", data=right).status_code == 200


def test_requests_that_are_none(service):
    """Numbers in paths, queries, headers, bodies of the wrong kind; octets that are no HTTP, and no SMPP."""
    with httpx.Client(base_url=service.ready["service"]) as client:
        for path in (f"/{STRANGER}", f"/verify?code={STRANGER}", "/log/tile/420100", f"/pages/../{STRANGER}"):
            client.get(path, headers={"X-Forwarded-For": STRANGER, "User-Agent": STRANGER})
        for body in (
            {"code": STRANGER},
            {"code": STRANGER, "phone_last_four": 8613800138001},
            [STRANGER],
            STRANGER,
        ):
            assert client.post("/api/verify", json=body).status_code == 422
        client.post("/api/verify", content=STRANGER.encode(), headers={"Content-Type": STRANGER})
        client.post("/verify", content=b"code=" + STRANGER.encode() * 1000)
    for port, octets in (
        (service.http, f"GET {STRANGER} \r\n{STRANGER}\r\n\r\n".encode()),
        (service.metrics, STRANGER.encode() * 10_000),
    ):
        with socket.create_connection(("127.0.0.1", port)) as wire:
            wire.sendall(octets)
            wire.settimeout(2)
            assert wire.recv(4096)


def test_a_feed_of_nonsense(service):
    """Files named after a number, rows that cannot be read, and what is no table at all."""
    (service.feed / f"{STRANGER}.csv").write_text(BAD_ROWS, "utf-8")
    (service.feed / "湖北武汉.csv").write_bytes(STRANGER.encode() * 100 + b"\n")
    (service.feed / f"{STRANGER}.parquet").write_bytes(STRANGER.encode() * 100)

    def told():
        figures = service.page("metrics", service.worker)
        return "bad_files_total 0.0" not in figures and "dead_letters_total 2.0" in figures

    until(told, "both kinds of bad input")


def test_a_store_that_is_killed(service):
    """Readiness names it; texts are given back to the centre; checks say that the fault is ours; nothing is shown."""
    home = service.home / "store" / "data"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        if str(home).encode() in path.read_bytes():
            os.kill(int(path.parent.name), signal.SIGKILL)
    service.text("8613800138001", "CXMYD", "123X")
    until(lambda: '"store data":"down"' in service.page("readyz"), "that readiness names the store")
    assert service.page("readyz").startswith("503")
    assert 'itinerary_store_up{space="data"} 0.0' in service.page("metrics")
    [code] = service.codes
    question = {"code": code, "phone_last_four": "8001"}
    assert httpx.post(f"{service.ready['service']}/api/verify", json=question).status_code == 503
    until(
        lambda: 'received_total{outcome="not_safe"} 0.0' not in service.page("metrics"), "a text given back"
    )


def test_after_all_that_nothing_personal_is_to_be_seen(service):
    """Every mark, in every usual encoding; digits and codes as they are written."""
    seen = service.seen()
    for process in (service.follower, service.service):
        process.send_signal(signal.SIGTERM)
    until(lambda: None not in (service.follower.poll(), service.service.poll()), "the end of both")
    seen |= {f"{file.name} at its end": file.read_bytes() for file in service.ours}
    assert all(seen[name] for name in (*"mrhw", "service.journal", "worker.journal"))
    regions = load_regions()
    marks = {STRANGER, STRANGER[2:], *service.codes}
    marks |= {f"86138001380{place:02}" for place in range(1, 11)} | {
        f"138001380{place:02}" for place in range(1, 11)
    }
    marks |= {regions.name(int(place), language) for place in PLACES for language in ("zh", "en")}
    found = [
        (name, mark)
        for name, text in seen.items()
        for mark in marks
        for form in encodings(mark) | {mark.encode()}
        if form in text
    ]
    codes = alone(PLACES)
    found += [(name, "a region's code") for name, text in seen.items() if codes.search(text)]
    found += [(name, "123X") for name, text in seen.items() if b"123X" in text]
    assert found == []


def test_every_line_of_the_journal_is_json_with_listed_keys(service):
    """No traceback, no line that a library wrote by itself."""
    for file in service.ours:
        if file.suffix == ".journal":
            for line in file.read_text("utf-8").splitlines():
                assert {"event", "level", "timestamp"} <= set(json.loads(line)), line
