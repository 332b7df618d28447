"""What `make demo` runs, as a newcomer runs it: real processes, real stores, real SMPP; and what it leaves behind."""

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from service.adapters.region_tables import load_regions

REGIONS = load_regions()
ITINERARY = str(Path(sys.executable).with_name("itinerary"))
POSSIBLE = "边界基站,可能未到:"


@dataclass
class Demo:
    """A demo that is up."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]
    data: Path
    errors: Path

    @property
    def folder(self):
        """Today's folder: stores, log, keys and the sample."""
        [folder] = [path for path in self.data.iterdir() if path.is_dir()]
        return folder

    def lookup(self, msisdn, query, proof):
        """What a handset is answered, by two texts."""
        with httpx.Client(base_url=self.ready["sim"], timeout=10) as client:
            path = f"/handsets/{msisdn}/messages"
            answer = None
            for text in (query, proof):
                sent = client.post(path, json={"to": "10086", "text": text}).raise_for_status().json()
                answer = self._next(client, path, sent["id"])
            return answer

    @staticmethod
    def _next(client, path, after):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for message in client.get(path).json():
                if message["id"] > after and message["from"] == "10086":
                    return message
            time.sleep(0.01)
        raise AssertionError("no answer came")


def start(data, errors, *arguments):
    """The demo as a process of its own."""
    with errors.open("w") as said:
        return subprocess.Popen(
            [ITINERARY, "demo", f"--data={data}", *arguments],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )


def processes_of(folder):
    """Command lines of processes that were started for this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """One demo for all tests of this file; it has to end well."""
    data, errors = tmp_path_factory.mktemp("demo") / "data", tmp_path_factory.mktemp("said") / "stderr"
    process = start(data, errors, "--json")
    line = process.stdout.readline()
    assert line, errors.read_text()
    demo = Demo(process, json.loads(line), data, errors)
    yield demo
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0, errors.read_text()
    process.stdout.close()
    assert processes_of(data) == []


def test_the_ready_line_is_the_contracts(demo):
    """{"sim", "service", "subscribers": [{"msisdn", "document_last_four", "certain", "possible"}]}."""
    assert set(demo.ready) == {"sim", "service", "subscribers"}
    assert len(demo.ready["subscribers"]) == 10
    for person in demo.ready["subscribers"]:
        assert set(person) == {"msisdn", "document_last_four", "certain", "possible"}


def test_everybody_gets_what_the_demo_promises(demo):
    """All ten personas, by SMS: certain regions, and behind their own words the possible ones."""
    for person in demo.ready["subscribers"]:
        text = demo.lookup(person["msisdn"], "CXMYD", person["document_last_four"])["text"]
        certain, _, possible = text.partition(POSSIBLE)
        for region in person["certain"]:
            assert REGIONS.name(region, "zh") in certain
        for region in person["possible"]:
            assert REGIONS.name(region, "zh") in possible
        named = re.search(r"超4小时:([^。]*)", certain)
        assert len(named[1].split("、") if named else []) == len(person["certain"])
        assert bool(possible) == bool(person["possible"])


def test_wrong_digits_get_the_ordinary_words(demo):
    """And no region."""
    text = demo.lookup("8613800138002", "CXMYD", "9999")["text"]
    assert "未能完成查询" in text
    assert "上海" not in text


def test_the_operator_sees_that_it_lives_and_nothing_else(demo):
    """Healthz, readyz and metrics; no metric names a person or a region."""
    with httpx.Client(base_url=demo.ready["service"]) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 200
        metrics = client.get("/metrics").text
    assert "itinerary" in metrics
    assert not re.search(r"8613800138|\{[^}]*\d{6}|武汉", metrics)


def encodings(text):
    """The usual ways to write a text or a number down."""
    forms = {text.encode(code) for code in ("utf-8", "utf-16-be", "utf-16-le", "gb18030")}
    forms |= {base64.b64encode(text.encode())[:-4], text.encode().hex().encode()}
    if text.isdigit():
        number = int(text)
        forms |= {number.to_bytes(8), number.to_bytes(8, "little"), f"{number:x}".encode()}
        forms.add(bytes.fromhex(text + "f" * (len(text) % 2)))
        swapped = (text + "f" * (len(text) % 2)).encode()
        forms.add(bytes.fromhex(bytes(swapped[place ^ 1] for place in range(len(swapped))).decode()))
    return {form for form in forms if len(form) >= 6}


def dump(server):
    """Every key and every value of a store."""
    found = []
    for key in server.scan_iter(count=1000):
        found.append(key)
        match server.type(key):
            case b"hash":
                found += [part for row in server.hgetall(key).items() for part in row]
            case b"string":
                found.append(server.get(key))
            case b"set":
                found += server.smembers(key)
            case b"zset":
                found += [member for member, _ in server.zrange(key, 0, -1, withscores=True)]
            case b"list":
                found += server.lrange(key, 0, -1)
            case other:
                raise AssertionError(f"a type that this test does not read: {other}")
    return found


def alone(words):
    """Any of these but within a longer number, decimal or hexadecimal: in times and hashes they stand by chance."""
    return re.compile(
        rb"(?<![0-9a-f.])(?:%s)(?![0-9a-f.])" % b"|".join(word.encode() for word in sorted(words))
    )


def test_a_dump_of_the_store_tells_nothing(demo):
    """Keys, values, append-only files, the log and all that was printed: no number, no region, no digits."""
    demo.lookup("8613800138001", "CXMYD", "123X")
    values = []
    for path in sorted((demo.folder / "store").rglob("*.sock")) or sockets(demo):
        with redis.Redis(unix_socket_path=str(path)) as server:
            values += dump(server)
    assert len(values) > 400
    files = [path for path in demo.folder.rglob("*") if path.is_file() and "sample" not in path.parts]
    assert any("appendonly" in str(path) for path in files)
    everything = [*values, demo.errors.read_bytes(), *(path.read_bytes() for path in files)]
    subscribers = demo.ready["subscribers"]
    secrets = {person["msisdn"] for person in subscribers} | {person["msisdn"][2:] for person in subscribers}
    visited = {region for person in subscribers for region in person["certain"] + person["possible"]}
    secrets |= {REGIONS.name(region, language) for region in visited for language in ("zh", "en")}
    for secret in secrets:
        for form in encodings(secret):
            assert not [part[:20] for part in everything if form in part], (secret, form)
    codes = {str(region) for region in visited if region > 1000}
    assert not [part[:20] for part in everything if alone(codes).search(part)]
    digits = {person["document_last_four"] for person in subscribers}
    assert not [part[:20] for part in values if alone(digits).search(part)]


def sockets(demo):
    """Unix sockets of the embedded servers, wherever their supervisor had room for them."""
    found = {
        line.split()[-1]
        for line in Path("/proc/net/unix").read_text().splitlines()[1:]
        if line.split()[-1].startswith("/")
    }
    own = [path for path in found if any(path in line for line in processes_of(demo.folder))]
    return sorted(set(own))


def test_the_scan_finds_what_is_there(tmp_path):
    """The guard itself: each encoding of a number is found in a file that holds it."""
    for form in encodings("8613800138001"):
        (tmp_path / "file").write_bytes(b"\0" * 50 + form + b"\0")
        assert any(known in (tmp_path / "file").read_bytes() for known in encodings("8613800138001"))
    assert len(encodings("8613800138001")) == 10
    for told in (b'{"region":310000,', b'total{region="310000"} 1', b"$6\r\n310000\r\n"):
        assert alone({"310000"}).search(told)
    for chance in (b"1795627310000", b"a7310000e3", b"0.310000", b"310000.5"):
        assert not alone({"310000"}).search(chance)


def test_once_shows_a_lookup_and_ends(tmp_path):
    """Exit 0 after the lookup, each SMS shown as it goes; a second start ingests nothing again; nothing stays."""
    for expected in ("stays derived and sealed", "ingested before"):
        done = subprocess.run(
            [ITINERARY, "demo", "--once", f"--data={tmp_path}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "COLUMNS": "200"},
        )
        assert done.returncode == 0, done.stderr
        assert "> CXMYD" in done.stdout
        assert "> 123X" in done.stdout
        assert "湖北武汉、广东深圳" in done.stdout
        assert expected in done.stdout
        assert done.stderr == ""
        assert processes_of(tmp_path) == []


def test_killed_it_leaves_nothing_that_blocks_the_next_start(tmp_path):
    """Kill -9 in the middle: stores and simulator die with it, and the next start comes up."""
    errors = tmp_path / "stderr"
    process = start(tmp_path / "data", errors, "--json")
    assert process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while processes_of(tmp_path / "data") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(tmp_path / "data") == []
    again = start(tmp_path / "data", errors, "--once")
    assert again.wait(60) == 0, errors.read_text()
    again.stdout.close()
