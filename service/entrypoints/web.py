"""The web role's pages for operators: is it alive, is it ready, what did it count.

Rule 1: this file alone knows HTTP paths.
Rule 2: it holds no key and reads no record.
"""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, Response

__all__ = ["WebServer", "application"]


def application(ready: Callable[[], bool], exposition: Callable[[], bytes]) -> FastAPI:
    """The application. `ready` tells whether a lookup would be answered now."""
    app = FastAPI(title="itinerary", docs_url=None, redoc_url=None)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        if ready():
            return {"status": "ready"}
        response.status_code = 503
        return {"status": "not ready: no bind to the message centre"}

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


class WebServer(uvicorn.Server):
    """Uvicorn inside our own event loop; signals are the program's business, not the server's.

    The socket is bound at once, so that a taken port is an OSError here and the port is known before it serves.
    """

    def __init__(self, app: FastAPI, host: str, port: int, proxies: Sequence[str] = ()) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),  # or anybody on this machine could ask in the name of any address
            forwarded_allow_ips=list(proxies),
        )
        super().__init__(config)
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
