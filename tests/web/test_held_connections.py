"""Clients that hold a connection: slow, silent, many, or with too much to say. On a real socket."""

import asyncio
import time
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from service.entrypoints.guarded_http import HttpLimits
from service.entrypoints.web import WebServer

LIMITS = HttpLimits(connections=8, head_bytes=4096, body_bytes=4096, request_seconds=0.4, answer_seconds=0.4)
HEAD = b"POST /api/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
QUESTION = {"code": "7KQ2M-9XW4B", "phone_last_four": "5678"}


@asynccontextmanager
async def serving(app, limits=LIMITS):
    """The pages on a port."""
    server = WebServer(app, "127.0.0.1", 0, limits=limits)
    running = asyncio.create_task(server.run_until_stopped())
    try:
        yield server.port
    finally:
        server.should_exit = True
        await asyncio.wait_for(running, 10)


async def said(reader):
    """All that comes until the connection is cut."""
    found = b""
    with suppress(ConnectionError):
        while data := await asyncio.wait_for(reader.read(65_536), 5):
            found += data
    return found


async def answered(port):
    """Whether somebody else's check is answered now."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        return (await client.post("/api/verify", json=QUESTION)).json() == {"genuine": False}


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"GET /verify HT",
        HEAD,
        HEAD + b"Content-Length: 60\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    ],
    ids=["nothing", "a line", "a head", "a body", "a chunk"],
)
async def test_a_request_that_comes_an_octet_at_a_time_is_cut(app, begin):
    """However often something more of it comes."""
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        begun = time.monotonic()
        writer.write(begin)
        with suppress(ConnectionError):
            while time.monotonic() - begun < 5 and not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
                if reader._buffer or reader.exception():
                    break
        await said(reader)
        assert time.monotonic() - begun < 2
        writer.close()
        assert await answered(port)


async def test_a_second_request_on_a_connection_has_its_own_time(app):
    """Who asks again and again, each time at once, is not cut."""
    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(4):
            assert (await client.get("/verify")).status_code == 200
            await asyncio.sleep(LIMITS.request_seconds / 2)


async def test_an_answer_that_takes_too_long_is_given_up(app):
    """To make, or to be taken: nobody holds a connection with it."""

    @app.get("/never")
    async def never():
        await asyncio.sleep(60)

    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n")
        begun = time.monotonic()
        assert await said(reader) == b""
        assert time.monotonic() - begun < 2
        writer.close()
        assert await answered(port)


@pytest.mark.parametrize("path", ["/api/verify", "/verify"])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(app, path, announced):
    """At once where it says so, else as soon as it is; the same answer for each path."""

    async def body():
        for _ in range(100):
            yield b" " * 1000

    async with serving(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        content = b" " * 100_000 if announced else body()
        answer = await client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json() == {"detail": "the body is too large"}
        assert await answered(port)


async def test_a_head_without_end_is_refused(app):
    """However fast it comes: memory is not to be had for it."""
    async with serving(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /verify HTTP/1.1\r\n" + b"X-Filler: " + b"x" * 100_000)
        assert (await said(reader)).startswith(b"HTTP/1.1 431 ")
        writer.close()
        assert await answered(port)


async def test_too_many_connections_are_closed_unheard(app):
    """Those that were there first are served; once they have gone there is room."""
    async with serving(app, HttpLimits(connections=8, request_seconds=5)) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await said(reader) == b""
        writer.close()
        first, writer = held[0]
        writer.write(b"GET /verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await said(first)).startswith(b"HTTP/1.1 200 ")
        for _, one in held:
            one.close()
        await asyncio.sleep(0.1)
        assert await answered(port)
