"""The simulator's HTTP: handsets, their streams, the handset page, and faults.

Rule 1: this file alone knows HTTP paths and bodies.
Rule 2: it keeps nothing; `centre` and `faults` do.
"""

import asyncio
import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from sms_gateway_sim.centre import Centre, UnknownHandsetError
from sms_gateway_sim.faults import Direction, FaultBox, Faults

__all__ = ["application"]

_PAGES = Path(__file__).parent / "pages"
_TEXT = 2000  # characters; a handset sends no more than a few parts
_LISTENERS = 200
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")
    to: str = Field(min_length=1, max_length=21, pattern=r"^\+?[0-9]+$")
    text: str = Field(min_length=1, max_length=_TEXT)


class _Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")
    delay_seconds: float = Field(0, ge=0, le=60)
    drop: int = Field(0, ge=0)
    duplicate: int = Field(0, ge=0)
    reorder: int = Field(0, ge=0)
    throttle: int = Field(0, ge=0)
    vendor_status: int = Field(0x400, ge=1, le=0xFFFFFFFF)
    vendor_count: int = Field(0, ge=0)
    no_response: int = Field(0, ge=0)
    lose_link: int = Field(0, ge=0)
    truncate: int = Field(0, ge=0)


def application(centre: Centre, faults: FaultBox) -> FastAPI:
    """The application."""
    app = FastAPI(title="sms-gateway-sim", docs_url=None, redoc_url=None)
    _handsets(app, centre)
    _faults(app, faults)

    @app.get("/", include_in_schema=False)
    async def page() -> Response:
        return FileResponse(_PAGES / "handset.html", headers={"Content-Security-Policy": _POLICY})

    app.mount("/pages", StaticFiles(directory=_PAGES), name="pages")
    return app


def _handsets(app: FastAPI, centre: Centre) -> None:
    listeners = asyncio.Semaphore(_LISTENERS)

    @app.post("/handsets/{msisdn}/messages", status_code=201)
    async def send(msisdn: str, text: Annotated[_Text, Body()]) -> dict[str, object]:
        try:
            return (await centre.send(msisdn, text.to, text.text)).as_json()
        except UnknownHandsetError as error:
            raise HTTPException(422, str(error)) from None

    @app.get("/handsets/{msisdn}/messages")
    async def thread(msisdn: str) -> list[dict[str, object]]:
        try:
            return [message.as_json() for message in centre.thread(msisdn)]
        except UnknownHandsetError as error:
            raise HTTPException(422, str(error)) from None

    @app.websocket("/handsets/{msisdn}/stream")
    async def stream(socket: WebSocket, msisdn: str) -> None:
        await socket.accept()
        if listeners.locked():
            await socket.close(1013, "too many listeners")
            return
        async with listeners:
            await _streamed(centre, socket, msisdn)


def _faults(app: FastAPI, faults: FaultBox) -> None:
    @app.get("/faults")
    async def view() -> dict[str, Any]:
        return faults.view()

    @app.put("/faults/{direction}")
    async def put(direction: Direction, wanted: Annotated[_Faults, Body()]) -> dict[str, Any]:
        faults.set(direction, Faults(**wanted.model_dump()))
        return asdict(faults.of(direction))

    @app.delete("/faults", status_code=204)
    async def clear() -> None:
        faults.clear()


async def _streamed(centre: Centre, socket: WebSocket, msisdn: str) -> None:
    """Send what comes until either side leaves."""

    async def forward() -> None:
        async for message in centre.stream(msisdn):
            await socket.send_json(message.as_json())

    forwarding = asyncio.create_task(forward())
    try:
        while True:
            await socket.receive()
    except (WebSocketDisconnect, RuntimeError):
        forwarding.cancel()
    with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
        await forwarding
