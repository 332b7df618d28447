"""The service is closed for good, as operators, subscribers, employers and auditors see it: real processes, real SMPP."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from pkcs11 import Attribute, ObjectClass
from typer.testing import CliRunner
from websockets.sync.client import connect

from service.entrypoints.cli import app
from tests.configured import configured
from tests.end_to_end.test_operations import lookup, stopped, until
from tests.ports import free_port

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
SIM = str(Path(sys.executable).with_name("sms-gateway-sim"))
NUMBER = "8613800138001"
AHEAD = 20  # seconds until the end that is ordered
AGREED = ("--reason", "as agreed", "--ticket", "OPS-2")
NOWHERE = ("it is another role's", "destroyed for good", "the token has no key")
COLLEAGUE = "nobody"  # whose proposal it is: the file is theirs


class Closing:
    """A configuration of its own with a simulator, and commands on it."""

    def __init__(self, folder, token=None):
        self.folder = folder
        self.smpp, self.http, self.web = free_port(), free_port(), free_port()
        self.ready = {"sim": f"http://127.0.0.1:{self.http}"}
        self.url = f"http://127.0.0.1:{self.web}"
        self.config = folder / "itinerary.toml"
        hsm = {}
        if token is not None:
            (folder / "pin").write_text(token.pin, encoding="ascii")
            hsm["hsm"] = {"module": str(token.module), "token": token.label, "pin_file": "pin"}
        configured(
            self.config,
            log_origin="localhost/itinerary",
            smpp={"port": self.smpp},
            http={"port": self.web},
            **hsm,
        )
        (folder / "people.csv").write_text(
            f"msisdn,document_type,document_last_four,activated_on\n{NUMBER},resident_id,123X,2020-01-02\n"
        )
        (folder / "cells.csv").write_text("cell,region,lat,lon\n1,420100,30.5,114.3\n")
        begin = int(time.time()) - 30 * 3600
        rows = [f"{NUMBER},{begin + at * 600},1" for at in range(150)]
        (folder / "events.csv").write_text("\n".join(["msisdn,time,cell", *rows]) + "\n")

    def started(self, name, *command):
        """A process whose output lies in a file."""
        with (self.folder / name).open("ab") as said:
            return subprocess.Popen(command, stdout=said, stderr=said, cwd=self.folder)

    def itinerary(self, *arguments):
        """A command to its end: exit code, standard output, standard error."""
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*arguments, "--config", str(self.config)])
        return done.exit_code, done.stdout, done.stderr

    def good(self, *arguments):
        """One that has to succeed; what it said as JSON."""
        code, out, errors = self.itinerary(*arguments, "--json")
        assert code == 0, errors
        return json.loads(out)

    def serve(self):
        """The service with all roles, once it answers."""
        process = self.started("serve", ITINERARY, "serve", "--config", str(self.config))
        try:
            until(self.answers, "the service")
        except AssertionError:
            process.kill()
            process.wait()
            raise AssertionError((self.folder / "serve").read_text()) from None
        return process

    def answers(self):
        """Whether its pages are served."""
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def gone(self):
        """Whether the page of checks says that it has closed."""
        try:
            return httpx.get(f"{self.url}/verify").status_code == 410
        except httpx.TransportError:
            return False


@pytest.fixture
def closing(tmp_path):
    """A service with a subscription that has been somewhere."""
    with open_until_then(Closing(tmp_path)) as world:
        yield world


@pytest.fixture
def closing_on_token(tmp_path, token):
    """The same, its keys in a hardware module."""
    with open_until_then(Closing(tmp_path, token)) as world:
        yield world


@contextmanager
def open_until_then(world):
    """With an SMS centre beside it."""
    sim = world.started(
        "sim",
        SIM,
        "serve",
        f"--smpp=127.0.0.1:{world.smpp}",
        f"--http=127.0.0.1:{world.http}",
        "--esme=itinerary:secret",
    )
    try:
        assert world.itinerary("init")[0] == 0
        world.good("enrol", str(world.folder / "people.csv"))
        world.good("ingest", str(world.folder / "events.csv"), "--cells", str(world.folder / "cells.csv"))
        yield world
    finally:
        sim.kill()
        sim.wait()


def copied(world, name):
    """A backup of both stores and the key file, as an operator makes one."""
    place = world.folder / name
    shutil.copytree(world.folder / "store", place, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    return place


def test_closed_for_good(closing):
    """Ordered by two; from its moment on everybody is told; killed while it destroys, it goes on; certified from bytes."""
    older = copied(closing, "older")
    service = closing.serve()
    try:
        ordered(closing)
        until(closing.gone, "the end")
        refuses(closing)
        last = copied(closing, "last")
        destroyed = carried_out(closing)
        certified(closing, destroyed)
    finally:
        stopped(service)
    kept = json.loads((closing.folder / "keys.json").read_text())
    assert kept == {"version": 1, "epochs": {}, "ended": True}
    opens_nowhere(closing, older, last)


def test_a_hardware_module_holds_nothing_afterwards(closing_on_token, token):
    """The same end where keys are objects of a PKCS#11 device: none is left, so no copy of the stores or of the key file opens anything."""
    world = closing_on_token
    key_file = (world.folder / "keys.json").read_bytes()
    older = copied(world, "older")
    service = world.serve()
    try:
        ordered(world)
        until(world.gone, "the end")
        last = copied(world, "last")
        assert objects(token)
        carried_out(world)
    finally:
        stopped(service)
    assert objects(token) == []
    opens_nowhere(world, older, last)
    (world.folder / "keys.json").write_bytes(key_file)
    code, _, errors = world.itinerary("admin", "epochs")
    assert (code, "the token has no key" in errors) == (1, True), errors


def objects(token):
    """The secret and private keys in it."""
    with token.session() as session:
        return [
            one
            for kind in (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY)
            for one in session.get_objects({Attribute.CLASS: kind})
        ]


def ordered(world):
    """Two persons, and not one."""
    answers = lookup(world.ready, ["CXMYD", "123X"], NUMBER)
    assert "湖北武汉" in answers[-1]
    on = datetime.fromtimestamp(time.time() + AHEAD).astimezone()
    words = ("--reason", "the epidemic is over", "--ticket", "OPS-1")
    code, _, errors = world.itinerary("admin", "sunset", "propose", "--on", "soon", *words)
    assert (code, "a day or a moment" in errors) == (2, True)
    world.good("admin", "sunset", "propose", "--on", on.isoformat(timespec="seconds"), *words)
    code, _, errors = world.itinerary("admin", "sunset", "approve", *AGREED)
    assert (code, "ask a colleague" in errors) == (1, True)
    os.chown(world.folder / "log" / "sunset" / "proposal.json", pwd.getpwnam(COLLEAGUE).pw_uid, -1)
    approved = world.good("admin", "sunset", "approve", *AGREED)
    assert approved["proposed_by"] == COLLEAGUE
    until(lambda: world.good("admin", "sunset", "show")["state"] != "proposed", "the order's checkpoint")
    [help_text] = lookup(world.ready, ["BZ"], NUMBER)
    code, _, errors = world.itinerary("admin", "sunset", "carry-out", *AGREED)
    if time.time() < on.timestamp():
        assert "本服务将于" in help_text
        assert (code, "has not come yet" in errors) == (1, True)


def refuses(world):
    """The same process says so, to everybody and by every way; nothing is taken any more."""
    for path in ("/card", "/q", "/"):
        assert httpx.get(world.url + path).status_code == 410
    english = httpx.get(f"{world.url}/verify?lang=en").text
    assert "This service has closed" in english
    assert "being destroyed" in english
    checked = httpx.post(f"{world.url}/api/verify", json={"code": "7KQ2M-9XW4B", "phone_last_four": "8001"})
    assert (checked.status_code, "genuine" in checked.text) == (410, False)
    with connect(world.url.replace("http", "ws") + "/api/challenge") as socket:
        assert json.loads(socket.recv())["state"] == "closed"
    assert httpx.get(f"{world.url}/.well-known/sunset").status_code == 404
    told = lookup(world.ready, ["CXMYD", "123X"], NUMBER)
    assert all("本服务已于" in text and "永久停止" in text for text in told)
    stopped_text = lookup(world.ready, ["TD"], "8613800138003")[0]
    assert stopped_text.startswith("【行程查询】已停止,不再向该号码发送信息")
    assert "closed for good" in lookup(world.ready, ["HELP"], "8613800138004")[0]
    for command in (
        ("enrol", str(world.folder / "people.csv")),
        ("ingest", str(world.folder / "events.csv"), "--cells", str(world.folder / "cells.csv")),
        ("admin", "disputes", "list", *AGREED),
        ("admin", "epochs"),
        ("init",),
    ):
        code, _, errors = world.itinerary(*command)
        assert (code, "closed for good at" in errors) == (1, True), (command, errors)


def carried_out(world):
    """Every key, killed at its beginning, and once more; what was destroyed."""
    names = world.good("admin", "sunset", "carry-out", *AGREED, "--dry-run")["would_destroy"]
    assert {"pepper", "check_place", "check_salt", "index_key", "requester_key"} < set(names)
    state = world.folder / "log" / "sunset" / "state.json"
    killed = world.started(
        "killed", ITINERARY, "admin", "sunset", "carry-out", *AGREED, "--config", str(world.config)
    )
    until(state.exists, "the entry before the destruction")
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    certificate = world.good("admin", "sunset", "carry-out", *AGREED)
    assert set(certificate["destroyed"]) == set(names)
    assert world.good("admin", "sunset", "show")["state"] == "closed for good"
    assert world.good("admin", "sunset", "carry-out", *AGREED)["destroyed"] == certificate["destroyed"]
    return certificate["destroyed"]


def certified(world, destroyed):
    """Published, told, and good for an auditor with nothing but bytes."""
    content = until(lambda: httpx.get(f"{world.url}/.well-known/sunset").content, "the certificate")
    assert content == (world.folder / "log" / "sunset" / "certificate").read_bytes()
    assert httpx.get(f"{world.url}/.well-known/jwks.json").json()["keys"]
    assert "all keys are destroyed" in lookup(world.ready, ["TRIP"], "8613800138005")[0].lower()
    for place in (f"{world.url}/log", str(world.folder / "log")):
        report = audited(place)
        assert report["verdict"] == "good"
        assert report["closed"]["destroyed"] == destroyed


def opens_nowhere(world, older, last):
    """From whichever copy: the service does not start on it, with its order or without."""
    sunset = world.folder / "log" / "sunset"
    for copy, ordered in ((older, True), (last, True), (older, False), (last, False)):
        if not ordered and sunset.exists():
            shutil.rmtree(sunset)
        shutil.rmtree(world.folder / "store")
        shutil.copytree(copy, world.folder / "store")
        code, _, errors = world.itinerary("admin", "epochs")
        assert code == 1
        if ordered:
            assert "closed for good at" in errors
            continue
        assert any(said in errors for said in NOWHERE), errors


def audited(place):
    """What an auditor gets, from bytes alone."""
    done = subprocess.run([ITINERARY, "audit", place, "--json"], capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)
