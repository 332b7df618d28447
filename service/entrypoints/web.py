"""The web role's pages for operators: is it alive, is it ready, what did it count.

Rule 1: this file alone knows HTTP paths.
Rule 2: it holds no key and reads no record.
"""

import asyncio
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Literal, cast

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from service.entrypoints.guarded_http import HttpLimits, bounded_bodies, guarded
from service.ports.vitals import Vitals
from service.settings import Settings

__all__ = ["WebServer", "application", "limits_of", "operator_pages", "served"]


class _Alive(BaseModel):
    status: Literal["alive"] = "alive"


class _Readiness(BaseModel):
    """Each part that this process depends on, by its name."""

    status: Literal["ready", "not ready"]
    parts: dict[str, Literal["up", "down"]]


def application() -> FastAPI:
    """An application without pages. It answers HEAD like GET, and a wrong question without repeating what was asked."""
    app = FastAPI(
        title="itinerary",
        docs_url=None,
        redoc_url=None,
        exception_handlers={RequestValidationError: _wrong_question},
    )
    app.add_middleware(_HeadLikeGet)
    return app


async def _wrong_question(_request: Request, error: Exception) -> JSONResponse:
    """Where, and what was expected. The library's own answer repeats the value, and a value may be a code or digits."""
    faults = cast(RequestValidationError, error).errors()
    told = [{key: fault[key] for key in ("type", "loc", "msg")} for fault in faults]
    return JSONResponse({"detail": told}, 422)


class _HeadLikeGet:
    """For monitors and crawlers, who ask with HEAD; the server sends the head of the answer alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = {**scope, "method": "GET"} if scope.get("method") == "HEAD" else scope
        await self._app(asked, receive, send)


def operator_pages(look: Callable[[], Awaitable[Vitals]], exposition: Callable[[Vitals], bytes]) -> APIRouter:
    """/healthz: it runs. /readyz: it can do its work, or which part keeps it from it. /metrics: figures."""
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> _Alive:
        """The process runs and its event loop turns."""
        return _Alive()

    @router.get("/readyz", responses={503: {"model": _Readiness, "description": "A part is down"}})
    async def readyz(response: Response) -> _Readiness:
        """Whether the work of this process can be done now."""
        parts = (await look()).parts
        well = all(parts.values())
        response.status_code = 200 if well else 503
        return _Readiness(
            status="ready" if well else "not ready",
            parts={name: "up" if up else "down" for name, up in parts.items()},
        )

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """In the Prometheus text format."""
        return Response(exposition(await look()), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


class WebServer(uvicorn.Server):
    """Uvicorn inside our own event loop; signals are the program's business, not the server's.

    The socket is bound at once, so that a taken port is an OSError here and the port is known before it serves.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        proxies: Sequence[str] = (),
        limits: HttpLimits = HttpLimits(),
    ) -> None:
        config = uvicorn.Config(
            bounded_bodies(app, limits.body_bytes),
            http=guarded(limits),
            timeout_graceful_shutdown=math.ceil(
                limits.answer_seconds
            ),  # or one request could keep us from stopping
            backlog=min(limits.connections, 2048),
            log_config=None,  # the journal takes what it has to say
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=65_536,  # the one message of a socket is short; sixteen megabytes are the default
            ws_per_message_deflate=False,  # nor is there anything in it worth unpacking
            proxy_headers=bool(proxies),  # or anybody on this machine could ask in the name of any address
            forwarded_allow_ips=list(proxies),
        )
        super().__init__(config)
        self.app = app
        self._listening = socket.create_server((host, port))
        # Connections inherit it; asyncio sets it only on sockets that name their protocol. Without: 40 ms an answer.
        self._listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = host
        self.port: int = self._listening.getsockname()[1]

    async def run_until_stopped(self) -> None:
        """Serve until `should_exit` is set."""
        await self.serve(sockets=[self._listening])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield


def limits_of(settings: Settings) -> HttpLimits:
    """What one client may take up, as configured."""
    http = settings.http
    return HttpLimits(
        http.connections, http.head_bytes, http.body_bytes, http.request_seconds, http.answer_seconds
    )


@asynccontextmanager
async def served(server: WebServer) -> AsyncIterator[WebServer]:
    """Serve until the block ends."""
    serving = asyncio.create_task(server.run_until_stopped())
    try:
        yield server
    finally:
        server.should_exit = True
        await serving
