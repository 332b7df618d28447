"""The command `sms-gateway-sim`: a message centre, or one handset of it in the terminal.

Rule 1: this file alone parses the command line and starts things.
Rule 2: it decides nothing about SMPP, handsets or faults.
"""

import asyncio
import json
import os
import socket
import sys
import time
from typing import Annotated

import typer
import uvicorn
import uvloop

from service.smpp.parts import LongMessages
from service.smpp.text import coding_for, cut
from sms_gateway_sim.centre import Centre
from sms_gateway_sim.faults import FaultBox
from sms_gateway_sim.http import application
from sms_gateway_sim.smsc import Account, SmscServer
from sms_gateway_sim.terminal import handset as terminal_handset

__all__ = ["app", "main"]

app = typer.Typer(
    help="A simulated SMS centre (SMPP 3.4) with handsets behind it. For tests and demos, on loopback.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def serve(
    smpp: Annotated[
        str, typer.Option(help="HOST:PORT for ESMEs; port 0 takes a free one")
    ] = "127.0.0.1:2775",
    http: Annotated[
        str, typer.Option(help="HOST:PORT for handsets; port 0 takes a free one")
    ] = "127.0.0.1:8090",
    esme: Annotated[list[str] | None, typer.Option(help="ID:PASSWORD that may bind; repeatable")] = None,
    long_messages: Annotated[
        LongMessages, typer.Option(help="how handsets' long texts travel to ESMEs")
    ] = "udh",
    as_json: Annotated[bool, typer.Option("--json", help="one line of JSON when it listens")] = False,
    exit_with_parent: Annotated[bool, typer.Option(help="stop when standard input ends")] = False,
) -> None:
    """Run a message centre until Ctrl-C. Without --esme the account itinerary:secret may bind."""
    faults: list[str] = []
    smpp_at = _address(smpp, "--smpp", faults)
    http_at = _address(http, "--http", faults)
    accounts = [_account(text, faults) for text in esme or ["itinerary:secret"]]
    if faults:
        for fault in faults:
            typer.echo(fault, err=True)
        raise typer.Exit(2)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(
                _serve(
                    smpp_at, http_at, accounts, long_messages, as_json=as_json, watch_stdin=exit_with_parent
                )
            )
    except OSError as error:
        typer.echo(
            f"cannot listen ({error.strerror or error}); choose other ports with --smpp and --http", err=True
        )
        raise typer.Exit(1) from None


@app.command()
def handset(
    msisdn: Annotated[str, typer.Argument(help="the handset's number, E.164")],
    to: Annotated[str, typer.Option(help="the short code that it writes to")] = "10086",
    http: Annotated[str, typer.Option(help="where the simulator serves handsets")] = "http://127.0.0.1:8090",
) -> None:
    """A handset in the terminal: shows its thread, sends what you type. Ctrl-D ends it."""
    raise typer.Exit(asyncio.run(terminal_handset(http, msisdn, to)))


def main() -> None:
    """Entry point."""
    app()


def _address(text: str, option: str, faults: list[str]) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        faults.append(f"{option} {text}: give HOST:PORT, for example 127.0.0.1:2775")
        return "", 0
    return host, int(port)


def _account(text: str, faults: list[str]) -> Account:
    system_id, colon, password = text.partition(":")
    if not colon or not 0 < len(system_id) <= 15 or not 0 < len(password) <= 8:  # SMPP 3.4, 5.2.1 and 5.2.2
        faults.append("--esme: give ID:PASSWORD, at most 15 and 8 characters")
    return Account(system_id, password)


async def _serve(
    smpp: tuple[str, int],
    http: tuple[str, int],
    accounts: list[Account],
    long_messages: LongMessages,
    *,
    as_json: bool,
    watch_stdin: bool,
) -> None:
    centre = Centre(time.time, lambda text: len(cut(text, coding_for(text))))
    faults = FaultBox()
    smsc = SmscServer(centre, accounts, faults, clock=time.time, long_messages=long_messages)
    await smsc.start(*smpp)
    listening = socket.create_server(http)
    listening.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # inherited; without it an answer waits 40 ms
    web = uvicorn.Server(uvicorn.Config(application(centre, faults), log_level="warning", access_log=False))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    port = listening.getsockname()[1]
    _announce(f"{smpp[0]}:{smsc.port}", f"http://{http[0]}:{port}", as_json=as_json)
    if watch_stdin:
        asyncio.get_running_loop().add_reader(sys.stdin, _stop_at_end, web)
    await serving
    await smsc.stop()


def _stop_at_end(web: uvicorn.Server) -> None:
    if not os.read(sys.stdin.fileno(), 1024):
        web.should_exit = True
        asyncio.get_running_loop().remove_reader(sys.stdin)


def _announce(smpp: str, http: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"smpp": smpp, "http": http}), flush=True)  # noqa: T201 - this is the program's output
    else:
        print(f"SMPP listens on {smpp}\nhandsets on {http}", flush=True)  # noqa: T201
