"""Kannel (bearerbox and smsbox) as an ESME of our simulator: what it binds, submits and is delivered."""

import re
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.kannel import Bind, configured
from tests.peers.conftest import until
from tests.ports import free_port

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        not (shutil.which("bearerbox") and shutil.which("smsbox")),
        reason="needs Kannel: apt-get install kannel",
    ),
]

SMSBOX = """\
sendsms-port = {http}
sendsms-interface = "127.0.0.1"
log-level = 1

group = sendsms-user
username = tester
password = tester
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "http://127.0.0.1:{listener}/text?from=%p&to=%P&coding=%c&octets=%b"
"""
GSM, SPECIAL, UCS2 = "with room for everybody, " * 12, "^{}\\[~]|€ ÆΔñ@_", "𠀀😀行程" * 35


class Kannel:
    """Both boxes, and what they report to us by HTTP."""

    def __init__(self, folder):
        self.folder, self.reports = folder, []
        self.ports = {name: free_port() for name in ("admin", "box", "http")}
        self.server = listening(self.reports)
        self.listener = self.server.server_address[1]

    def configure(self, smpp, password):
        """Its configuration, for a simulator at this port."""
        often = {"transceiver-mode": "true", "enquire-link-interval": 1, "reconnect-delay": 1}
        configured(
            self.folder,
            admin=self.ports["admin"],
            box=self.ports["box"],
            binds=[Bind("one", smpp, password, often)],
            smsbox=SMSBOX.format(http=self.ports["http"], listener=self.listener),
        )

    def log(self):
        """What the bearerbox says."""
        return (self.folder / "bearerbox.log").read_text(errors="replace")

    def submit(self, phone, text, **more):
        """A text by Kannel's own HTTP."""
        who = {"username": "tester", "password": "tester", "charset": "UTF-8"}
        asked = {**who, "from": "10086", "to": phone, "text": text, **more}
        answer = httpx.get(f"http://127.0.0.1:{self.ports['http']}/cgi-bin/sendsms", params=asked, timeout=10)
        assert answer.status_code == 202, answer.text

    def reported(self, path, **fields):
        """The first report of this path with these fields, once it is there."""
        return until(
            lambda: next(
                (one for at, one in self.reports if at == path and fields.items() <= one.items()), None
            ),
            f"Kannel's report to {path}",
        )


def listening(reports):
    """The HTTP server that Kannel reports to."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urlsplit(self.path)
            fields = parse_qs(asked.query, keep_blank_values=True, encoding="latin-1")
            reports.append((asked.path, {name: values[0] for name, values in fields.items()}))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def box(program, folder, port):
    """One of Kannel's programs, from when its port is open until the block ends."""
    with (folder / f"{program}.log").open("w") as log:
        child = subprocess.Popen([program, str(folder / "kannel.conf")], stdout=log, stderr=log, cwd=folder)
        try:
            until(lambda: opens(port), f"{program}'s port")
            yield
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def opens(port):
    """Whether somebody listens there."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(scope="module")
def kannel(tmp_path_factory, centre):
    """Kannel, bound to the simulator."""
    folder = tmp_path_factory.mktemp("kannel")
    one = Kannel(folder)
    one.configure(centre.port, "secret")
    serving = threading.Thread(target=one.server.serve_forever, args=(0.05,))
    serving.start()
    try:
        with box("bearerbox", folder, one.ports["box"]), box("smsbox", folder, one.ports["http"]):
            yield one
    finally:
        one.server.shutdown()
        serving.join()
        one.server.server_close()


@pytest.mark.parametrize("text", [SPECIAL, GSM])
def test_a_text_in_the_default_alphabet_arrives(centre, kannel, text):
    """Short, with the extension table; and long, in parts that Kannel cut."""
    phone = f"861380013840{len(text) % 10}"
    kannel.submit(phone, text, coding=0)
    shown = centre.wait(phone)[-1]
    assert (shown["text"], shown["parts"]) == (text, 1 if text is SPECIAL else 2)


@pytest.mark.parametrize("text", ["短信😀", UCS2])
def test_a_text_in_ucs2_arrives(centre, kannel, text):
    """Kannel cuts through surrogate pairs; the handset shows none of it."""
    phone = f"861380013841{len(text) % 10}"
    kannel.submit(phone, text, coding=2)
    assert centre.wait(phone)[-1]["text"] == text


def test_a_receipt_is_understood(centre, kannel):
    """Kannel asks for one, finds its text by the id, and reports delivery: type 1."""
    report = f"http://127.0.0.1:{kannel.listener}/receipt?type=%d&to=%p"
    kannel.submit("8613800138420", "receipt please", **{"dlr-mask": "31", "dlr-url": report})
    centre.wait("8613800138420")
    assert kannel.reported("/receipt", type="1")["to"].endswith("8613800138420")


@pytest.mark.parametrize(("text", "coding"), [(SPECIAL, 0), (GSM, 0), ("查😀", 2), (UCS2, 2), ("CXMYD", 0)])
def test_a_handsets_text_is_delivered(centre, kannel, text, coding):
    """Kannel joins the parts and reports one text."""
    phone = f"86138001385{len(text) % 100:02}"
    centre.send(phone, text)
    found = kannel.reported(
        "/text", **{"from": f"+{phone}"}
    )  # the plus for an international number, from its TON
    octets = found["octets"].encode("latin-1")
    assert octets.decode("utf-16-be" if coding else "utf-8") == text
    assert (found["to"], found["coding"]) == ("10086", str(coding))


def test_it_stays_bound_while_nothing_happens(kannel):
    """It asks every second whether we live; nothing it says of us is an error."""
    time.sleep(2.5)
    said = [line for line in kannel.log().splitlines() if "SMPP[" in line]
    assert len(said) > 2
    assert [line for line in said if re.search("ERROR|WARNING|PANIC", line)] == []


def test_a_wrong_password_is_refused(tmp_path, centre):
    """Kannel says why, in its own words; with the right one it is let in."""
    one = Kannel(tmp_path)
    one.server.server_close()
    one.configure(centre.port, "wrong")
    with box("bearerbox", tmp_path, one.ports["box"]):
        until(lambda: "rejected login" in one.log() and "0x0000000e" in one.log(), "a refusal")
