"""What the tests in a browser share: a demo that is up, and Chromium."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.end_to_end.browser import Opener
from tests.end_to_end.pages import Demo

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_PATIENCE = 180  # seconds of a demo's life; no test takes longer


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory):
    """Where the demo of this file keeps `data` and what it said on `stderr`."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def ready(demo_folder):
    """The line with which `itinerary demo` says that it is ready; stopped as a person would stop it, it ends in peace."""
    folder = demo_folder
    command = [
        str(Path(sys.executable).with_name("itinerary")),
        "demo",
        "--json",
        "--data",
        str(folder / "data"),
    ]
    with (folder / "stderr").open("wb") as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
    too_late = threading.Timer(_PATIENCE, child.kill)
    too_late.start()
    try:
        line = child.stdout.readline()
        assert line, (folder / "stderr").read_text()
        config = next((folder / "data").glob("*/itinerary.toml"))
        yield {**json.loads(line), "config": str(config)}
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0, (folder / "stderr").read_text()
    finally:
        too_late.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.fixture(scope="module")
def chromium():
    """One browser for all pages of a file."""
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(ready):
    """The demo, as those see it who text and check."""
    return Demo(ready["sim"], ready["service"], ready["subscribers"])


@pytest.fixture
def opened(chromium, demo):
    """Opens pages; when the test is over, nothing may have gone wrong on any."""
    opener = Opener(chromium, demo.home)
    yield opener
    assert opener.close() == []


@pytest.fixture(scope="session")
def axe(npm):
    """The source of axe-core."""
    return (npm("axe-core") / "axe.min.js").read_text(encoding="utf-8")
