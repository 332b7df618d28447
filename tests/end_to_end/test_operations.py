"""What an operator sees of a running service: a real Prometheus, with our rules, beside real processes."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml

from tests.operations.exposed import RULES, alerts, queries, selectors, series
from tests.ports import free_port

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
PATIENCE = 30


def until(found, what):
    """The first true answer."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen in {PATIENCE} s")


def stopped(process, number=signal.SIGTERM):
    """It ends when it is told to."""
    process.send_signal(number)
    try:
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def lookup(ready, texts, msisdn="8613800138001"):
    """Texts from a handset, each with the answer to it."""
    answers = []
    with httpx.Client(base_url=ready["sim"], timeout=10) as client:
        path = f"/handsets/{msisdn}/messages"
        for text in texts:
            sent = client.post(path, json={"to": "10086", "text": text}).raise_for_status().json()["id"]

            def answer(sent=sent):
                return [one for one in client.get(path).json() if one["id"] > sent and one["from"] == "10086"]

            answers.append(until(answer, "an answer")[0]["text"])
    return answers


def figures(url):
    """Every sample of a page."""
    page = httpx.get(f"{url}/metrics").text
    lines = [line.rpartition(" ") for line in page.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.fixture(scope="module")
def worker(ready, demo_folder):
    """`itinerary ingest --follow` beside the demo, on the demo's own configuration; where its figures are."""
    assert ready["service"]
    [config] = (demo_folder / "data").glob("*/itinerary.toml")
    feed, port = demo_folder / "feed", free_port()
    feed.mkdir()
    command = [
        ITINERARY,
        "ingest",
        str(feed),
        "--follow",
        f"--config={config}",
        f"--metrics=127.0.0.1:{port}",
    ]
    with (demo_folder / "worker").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    until(answers, "the worker's page")
    yield f"127.0.0.1:{port}"
    stopped(process)


@pytest.fixture(scope="module")
def prometheus(ready, worker, demo_folder):
    """A Prometheus that scrapes both, with our rules."""
    if shutil.which("prometheus") is None:
        pytest.skip("needs prometheus: apt-get install prometheus")
    port = free_port()
    service = ready["service"].removeprefix("http://")
    settings = {
        "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {"job_name": "itinerary", "static_configs": [{"targets": [service], "labels": {"role": "all"}}]},
            {"job_name": "itinerary-ingest", "static_configs": [{"targets": [worker]}]},
        ],
    }
    config = demo_folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(settings), "utf-8")
    command = ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={demo_folder / 'tsdb'}"]
    with (demo_folder / "prometheus.log").open("wb") as said:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=said, stderr=said
        )
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=10) as client:

        def scraped():
            try:
                found = client.get("/query", params={"query": "up == 1"}).json()
            except (httpx.TransportError, json.JSONDecodeError):
                return False
            return len(found["data"]["result"]) == 2

        until(scraped, "a scrape of both")
        yield client
    stopped(process)


def test_a_lookup_moves_the_figures_that_tell_of_it(ready):
    """Texts by kind, what they came to, proofs, sendings, and the time that each took."""
    before = figures(ready["service"])
    lookup(ready, ["CXMYD", "9999", "CXMYD", "123X"])
    after = figures(ready["service"])
    moved = {name for name, value in after.items() if value > before[name]}
    assert {
        'itinerary_received_total{outcome="query"}',
        'itinerary_received_total{outcome="digits"}',
        'itinerary_acted_total{outcome="challenge"}',
        'itinerary_acted_total{outcome="reveal"}',
        'itinerary_acted_total{outcome="refuse"}',
        'itinerary_judged_total{outcome="proved"}',
        'itinerary_judged_total{outcome="unproved"}',
        'itinerary_sent_total{outcome="accepted"}',
        'itinerary_minted_total{outcome="done"}',
        "itinerary_log_entries",
    } <= moved
    assert after["itinerary_answer_seconds_count"] - before["itinerary_answer_seconds_count"] == 4
    assert after["itinerary_unlisted_total"] == 0
    assert after["itinerary_link_binds_up"] == after["itinerary_link_binds_wanted"] == 1
    assert after["itinerary_outbox_texts"] == 0


def test_readiness_names_each_part(ready):
    """And nothing else."""
    answer = httpx.get(f"{ready['service']}/readyz")
    parts = dict.fromkeys(["store keys", "store data", "keys", "log", "bind"], "up")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "parts": parts})
    assert httpx.get(f"{ready['service']}/healthz").json() == {"status": "alive"}


@pytest.mark.peer
def test_a_real_prometheus_finds_all_that_rules_and_dashboard_ask_for(prometheus):
    """Each selected series is scraped from the running processes; each expression runs; each rule is healthy."""
    for name, *label in sorted(selectors()):
        if name == "itinerary_link_answers":  # of a web process that is alone; here link runs in the same one
            continue
        match = f'{name}{{{label[0]}="{label[1]}"}}' if label else name
        found = prometheus.get("/series", params={"match[]": match}).json()
        assert found["data"], match
    for query in queries():
        answer = prometheus.get("/query", params={"query": query}).json()
        assert answer["status"] == "success", (query, answer)
    healthy = until(lambda: loaded(prometheus), "an evaluation of every rule")
    assert healthy == {rule["alert"]: "ok" for rule in alerts()}


def loaded(prometheus):
    """Every alert's health, once all have been evaluated."""
    groups = prometheus.get("/rules").json()["data"]["groups"]
    found = {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}
    return None if "unknown" in found.values() else found


@pytest.mark.peer
def test_a_healthy_service_wakes_nobody(prometheus):
    """No alert fires, nor is about to."""
    until(lambda: loaded(prometheus), "an evaluation of every rule")
    groups = prometheus.get("/rules").json()["data"]["groups"]
    states = {rule["name"]: rule["state"] for group in groups for rule in group["rules"]}
    assert {name for name, state in states.items() if state != "inactive"} == set()


def test_the_page_is_one_that_any_reader_understands(ready):
    """Each sample belongs to a family with its kind and its meaning."""
    page = httpx.get(f"{ready['service']}/metrics").text
    for name, _ in series(page):
        family = (
            name.removesuffix("_total").removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        )
        assert f"# HELP {family}" in page, name
