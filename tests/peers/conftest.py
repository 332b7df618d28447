"""What foreign judges meet: our simulator, or our service, as programs of their own; and programs of theirs."""

import json
import queue
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from service.sample.month import write_sample
from service.sample.personas import personas
from tests.configured import configured

PROGRAMS = Path(sys.executable).parent
PATIENCE = 15


def until(found, what, seconds=PATIENCE):
    """The first true answer of `found`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"waited in vain for {what}")


class Simulator:
    """A running `sms-gateway-sim serve`, with its handsets."""

    def __init__(self, where):
        host, _, port = where["smpp"].rpartition(":")
        self.host, self.port = host, int(port)
        self.http = httpx.Client(base_url=where["http"], timeout=10)

    def send(self, msisdn, text, to="10086"):
        """A handset writes."""
        path = f"/handsets/{msisdn}/messages"
        return self.http.post(path, json={"to": to, "text": text}).raise_for_status().json()

    def received(self, msisdn, sender="10086"):
        """What a handset was sent."""
        return [one for one in self.http.get(f"/handsets/{msisdn}/messages").json() if one["from"] == sender]

    def wait(self, msisdn, count=1, sender="10086"):
        """The same, once there are so many."""
        return until(
            lambda: found if len(found := self.received(msisdn, sender)) >= count else None,
            f"{count} texts at a handset",
        )

    def faults(self, direction, **faults):
        """Ask for faults."""
        self.http.put(f"/faults/{direction}", json=faults).raise_for_status()

    def lookup(self, msisdn, *texts):
        """What a handset is answered last, when it sends one text after the other."""
        for text in texts:
            before = len(self.received(msisdn))
            self.send(msisdn, text)
            answers = self.wait(msisdn, before + 1)
        return answers[-1]


@contextmanager
def simulator(*arguments):
    """A simulator until the block ends; accounts one:secret and two:secret."""
    command = [
        str(PROGRAMS / "sms-gateway-sim"),
        "serve",
        "--smpp=127.0.0.1:0",
        "--http=127.0.0.1:0",
        "--json",
    ]
    accounts = ["--esme=one:secret", "--esme=two:secret"]
    child = subprocess.Popen([*command, *accounts, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        running = Simulator(json.loads(child.stdout.readline()))
        yield running
        running.http.close()
    finally:
        child.terminate()
        assert child.wait(10) in {0, -15}
        child.stdout.close()


@pytest.fixture(scope="session")
def centres():
    """A simulator for each way in which long texts travel to ESMEs."""
    with ExitStack() as stack:
        yield {
            way: stack.enter_context(simulator(f"--long-messages={way}")) for way in ("udh", "sar", "payload")
        }


@pytest.fixture(scope="session")
def centre(centres):
    """The one that sends long texts by user data headers."""
    return centres["udh"]


class Script:
    """A program that takes lines of JSON and says lines of JSON: {"event": name, ...}."""

    def __init__(self, command):
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._said = queue.Queue()
        self.seen = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            self._said.put(json.loads(line))
        self._said.put(None)

    def do(self, action, **fields):
        """Tell it what to do."""
        self.child.stdin.write(json.dumps({"do": action, **fields}) + "\n")
        self.child.stdin.flush()

    def next(self, event, **fields):
        """The next event of this name, with these fields; others stay for later."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for place, one in enumerate(self.seen):
                if one["event"] == event and all(one.get(key) == value for key, value in fields.items()):
                    return self.seen.pop(place)
            try:
                one = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"waited in vain for {event}; there were {self.seen}") from None
            assert one is not None, f"the program ended before {event}"
            self.seen.append(one)

    def quiet(self, event, seconds=0.5):
        """Whether no such event comes for a while."""
        with suppress(queue.Empty):
            while True:
                self.seen.append(self._said.get(timeout=seconds))
        return not any(one["event"] == event for one in self.seen)

    def close(self):
        """End it; once more changes nothing."""
        if self.child.stdout.closed:
            return
        with suppress(BrokenPipeError):
            self.child.stdin.close()
        try:
            self.child.wait(10)
        finally:
            self.child.kill()
            self.child.wait()
            self._reader.join()
            self.child.stdout.close()


@pytest.fixture(scope="module")
def scripts(node):
    """Runs scripts of this folder; ends them with the module."""
    running = []

    def start(name, *arguments):
        running.append(Script([*node(name, "smpp"), *map(str, arguments)]))
        return running[-1]

    yield start
    for one in running:
        one.close()


@pytest.fixture
def script(scripts):
    """The same, where one test is all that a script is for."""
    started = []

    def start(name, *arguments):
        started.append(scripts(name, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.close()


class Service:
    """The service's folder: enrolled and ingested once, served for each test at another centre."""

    def __init__(self, folder):
        self.folder = folder
        self.people = personas(int(time.time()))
        sample = write_sample(folder / "sample", int(time.time()))
        self.configure(1)
        for arguments in (["init"], ["enrol", sample.subscribers_file], ["ingest", sample.events_file]):
            self._run(*arguments)

    def configure(self, port, **more):
        """Its configuration, for a centre at this port."""
        configured(
            self.folder / "itinerary.toml",
            smpp={"port": port, "system_id": "one", **more},
            ingest={"cells": "sample/cells.csv"},
        )

    def _command(self, *arguments):
        return [
            str(PROGRAMS / "itinerary"),
            *map(str, arguments),
            f"--config={self.folder / 'itinerary.toml'}",
        ]

    def _run(self, *arguments):
        subprocess.run(self._command(*arguments), check=True, capture_output=True, timeout=120)

    @contextmanager
    def serving(self, port, **more):
        """`itinerary serve` until the block ends; it ends well. The journal is in the file that is given."""
        self.configure(port, **more)
        with (self.folder / "journal").open("w+") as journal:
            child = subprocess.Popen(self._command("serve", "--role=link"), stdout=journal, stderr=journal)
            try:
                until(lambda: "role started" in (self.folder / "journal").read_text(), "the service", 60)
                yield child
            finally:
                child.terminate()
                assert child.wait(20) == 0, (self.folder / "journal").read_text()


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """The service with the sample month in its store."""
    return Service(tmp_path_factory.mktemp("service"))
