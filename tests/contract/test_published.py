"""A published log's promises, held by a directory and by our own web pages over real HTTP."""

import asyncio
import http.server
import threading
import time

import httpx
import pytest
from fastapi import FastAPI

from service.adapters.published_directory import PublishedDirectory
from service.adapters.published_http import PublishedHttp
from service.audit.tiles import tiles_of
from service.entrypoints.log_pages import log_pages
from service.entrypoints.web import WebServer
from service.ports.published import PublishedError
from tests.log_directory import entry, written


@pytest.fixture
def directory(tmp_path):
    """Three hundred entries; and a file beside them that is nobody's business."""
    written(tmp_path / "log", [entry(number) for number in range(300)])
    (tmp_path / "log" / "ahead").mkdir()
    (tmp_path / "log" / "ahead" / "secret").write_bytes(b"secret")
    return tmp_path / "log"


@pytest.fixture
def served(directory):
    """The web role's pages of that log, on loopback; their URL."""
    app = FastAPI()
    app.include_router(log_pages(PublishedDirectory(directory)))
    server = WebServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=lambda: asyncio.run(server.run_until_stopped()))
    thread.start()
    yield f"http://127.0.0.1:{server.port}/log"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=["directory", "http"])
def source(request, directory):
    """Either way to the same log."""
    if request.param == "directory":
        yield PublishedDirectory(directory)
        return
    with PublishedHttp(request.getfixturevalue("served")) as found:
        yield found


def test_every_file_comes_as_it_lies(source, directory):
    """The checkpoint, full and partial tiles, bundles."""
    for path in ["checkpoint", *(name.path for name in tiles_of(300))]:
        assert source.fetch(path, 1 << 20) == (directory / path).read_bytes()


def test_what_is_not_there_is_none(source):
    """A tile beyond the tree, another width, a folder."""
    for path in ("tile/0/002", "tile/0/001.p/43", "tile/5/000", "tile/0/000.p/1"):
        assert source.fetch(path, 100) is None


def test_a_file_that_is_too_long_shows_it(source, directory):
    """One byte more than was allowed, and no more."""
    whole = (directory / "tile/0/000").read_bytes()
    assert source.fetch("tile/0/000", 100) == whole[:101]
    assert source.fetch("tile/0/000", len(whole)) == whole


def test_the_pages_lead_nowhere_else(served):
    """Names that are no tile's, and ways out of the folder, spelled in any way."""
    with PublishedHttp(served) as found:
        for path in (
            "ahead/secret",
            "tile/../ahead/secret",
            "tile/%2e%2e/ahead/secret",
            "tile/0/%2e%2e/%2e%2e/ahead/secret",
            "tile//ahead/secret",
            "tile/0/000/",
            "tile/0/0000",
            "lock",
        ):
            assert found.fetch(path, 100) is None


def test_tiles_may_be_kept_for_ever_and_a_checkpoint_may_not(served):
    """As tlog-tiles asks; the kinds of content too."""
    head = httpx.get(f"{served}/checkpoint")
    assert head.headers["content-type"] == "text/plain; charset=utf-8"
    assert head.headers["cache-control"] == "no-cache"
    tile = httpx.get(f"{served}/tile/0/000")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]


class Unfriendly(http.server.BaseHTTPRequestHandler):
    """A server that is slow, endless, elsewhere or broken."""

    def do_GET(self):
        """By path."""
        if self.path.endswith("slow"):
            time.sleep(1)
        if self.path.endswith("elsewhere"):
            self.send_response(302)
            self.send_header("Location", "/found")
            self.end_headers()
            return
        self.send_response(500 if self.path.endswith("broken") else 200)
        self.end_headers()
        try:
            for _ in range(1000):
                self.wfile.write(b"x")
                if self.path.endswith("drip"):
                    time.sleep(0.05)
        except OSError:
            return

    def log_message(self, *_):
        """Quiet."""


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("slow", "ReadTimeout"),
        ("drip", "took longer"),
        ("elsewhere", "answered 302"),
        ("broken", "answered 500"),
    ],
)
def test_an_unfriendly_server_costs_no_more_than_its_time(path, message):
    """Slow, dripping, redirecting, failing: a PublishedError in bounded time."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unfriendly)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        begun = time.monotonic()
        with (
            PublishedHttp(f"http://127.0.0.1:{server.server_address[1]}", timeout=0.2) as found,
            pytest.raises(PublishedError, match=message),
        ):
            found.fetch(path, 10_000)
        assert time.monotonic() - begun < 2
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_server_that_is_not_there_is_an_error():
    """And so is what is no URL."""
    for url in ("http://127.0.0.1:1", "http://[bad"):
        with PublishedHttp(url, timeout=0.5) as found, pytest.raises(PublishedError):
            found.fetch("checkpoint", 100)
