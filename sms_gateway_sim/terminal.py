"""A handset in the terminal.

Rule 1: this file alone draws a thread in a terminal.
Rule 2: it speaks to the simulator by HTTP and WebSocket only, as anybody could.
"""

import asyncio
import contextlib
import json
import sys
from typing import Any

import httpx
from rich.align import Align
from rich.console import Console
from rich.panel import Panel
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

__all__ = ["bubble", "handset"]


async def handset(http: str, msisdn: str, to: str) -> int:
    """Show and send until the input ends; the exit status."""
    console = Console()
    try:
        async with httpx.AsyncClient(base_url=http, timeout=5) as client:
            answer = await client.get(f"/handsets/{msisdn}/messages")
            if answer.status_code != httpx.codes.OK:
                console.print(str(answer.json().get("detail", "the simulator refused")), markup=False)
                return 1
            for message in answer.json():
                bubble(console, message, own=message["from"] == msisdn.removeprefix("+"))
            async with connect(f"ws{http.removeprefix('http')}/handsets/{msisdn}/stream") as socket:
                shown = asyncio.create_task(_show(console, socket, msisdn.removeprefix("+")))
                try:
                    await _type(client, msisdn, to)
                finally:
                    shown.cancel()
    except (httpx.HTTPError, OSError, WebSocketException):
        Console(stderr=True).print(f"no simulator answers at {http}; start one with: sms-gateway-sim serve")
        return 1
    return 0


def bubble(console: Console, message: dict[str, Any], *, own: bool) -> None:
    """One message: own ones on the right. Without a terminal a plain line."""
    if not console.is_terminal:
        arrow = ">" if own else "<"
        console.print(f"{arrow} {message['text']}", markup=False, soft_wrap=True)
        return
    parts = f" · {message['parts']} parts" if message["parts"] > 1 else ""
    title = f"{message['from']}{parts}"
    width = min(60, console.width - 8)
    panel = Panel(message["text"], subtitle=title, width=width, border_style="green" if own else "blue")
    console.print(Align(panel, "right" if own else "left"))


async def _show(console: Console, socket: Any, number: str) -> None:
    async for frame in socket:
        message = json.loads(frame)
        bubble(console, message, own=message["from"] == number)


async def _type(client: httpx.AsyncClient, msisdn: str, to: str) -> None:
    """Send each line that is typed; the end of the input waits a moment for what is still coming."""
    with contextlib.suppress(EOFError):
        while line := await asyncio.to_thread(sys.stdin.readline):
            if line.strip():
                await client.post(f"/handsets/{msisdn}/messages", json={"to": to, "text": line.strip()})
    await asyncio.sleep(1 if not sys.stdin.isatty() else 0)
