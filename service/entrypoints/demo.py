"""Everything on one machine: what `make demo` runs.

Rule 1: the demo's own decisions stand here: where things lie, which ports, what is shown.
Rule 2: it has no way around the service: it enrols, ingests and asks as anybody would.

    DIR/DATE/  itinerary.toml  keys.json  password  sample/  store/{keys,data}  log/  ingest/
"""

import asyncio
import json
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import httpx
from rich.align import Align
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress

from service.domain.itinerary import day_of
from service.entrypoints.serve import Role, Running, running_on, until_signal
from service.sample.month import Sample, write_sample
from service.sample.personas import Persona, personas
from service.settings import Settings
from service.wiring.files import enrol_file, ingest_files
from service.wiring.keys import create_keys
from service.wiring.storage import storage

__all__ = ["DemoError", "demo_run"]

_SIM_SMPP, _SIM_HTTP, _HTTP = 2775, 8090, 8080
_SHORT_CODE = "10086"
_PATIENCE = 30.0  # seconds for one SMS; it takes a few milliseconds
_PACKS = Path(__file__).resolve().parents[2] / "config" / "packs"


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


async def demo_run(data: Path, *, once: bool, as_json: bool) -> None:
    """Start everything, ask once, then stay up until Ctrl-C unless `once`."""
    show = Console(stderr=as_json, highlight=False)
    now = int(time.time())
    folder = _folder(data, now)
    async with _simulator(folder) as (smpp_port, sim):
        settings = _settings(folder, smpp_port)
        await create_keys(settings)
        _done(show, f"SMS centre simulator at {sim}")
        async with storage(settings) as stored:
            _done(show, "two embedded stores, on unix sockets below " + str(folder / "store"))
            await _filled(settings, folder, now, show)
            async with running_on(settings, frozenset(Role), stored) as service:
                _done(
                    show,
                    "service bound to the SMS centre; its keys lie in a file and no backup is kept: for a demo only",
                )
                await _shown(service, sim, Console(highlight=False, quiet=as_json), now)
                if as_json:
                    print(_ready_line(service, sim, now), flush=True)  # noqa: T201 - the contract's line
                elif not once:
                    _addresses(show, service, sim, now)
                if not once:
                    await until_signal()


def _folder(data: Path, now: int) -> Path:
    """One folder a day: the sample month ends today, so yesterday's stays would be another month's."""
    today = date(1970, 1, 1) + timedelta(days=day_of(now))
    if data.exists():
        for old in data.iterdir():
            if re.fullmatch(r"\d{4}-\d\d-\d\d", old.name) and old.name != today.isoformat():
                shutil.rmtree(old)
    folder = data.absolute() / today.isoformat()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _settings(folder: Path, smpp_port: int) -> Settings:
    """The demo's configuration, as a file that the other commands can be given too."""
    password = folder / "password"
    file = folder / "itinerary.toml"
    file.write_text(
        f"""# Written by `itinerary demo`; the other commands take it with --config.
key_file = "keys.json"
log_directory = "log"
[store]
directory = "store"
backups = "none" # a demo has none: an epoch's key is destroyed without waiting for one
[smpp]
port = {smpp_port}
system_id = "itinerary"
password_file = "{password.name}"
[http]
port = {_free(_HTTP)}
[ingest]
directory = "ingest"
cells = "sample/cells.csv"
[packs]
directory = "{_PACKS}"
""",
        encoding="utf-8",
    )
    return Settings.load(file)


@asynccontextmanager
async def _simulator(folder: Path) -> AsyncIterator[tuple[int, str]]:
    """The simulator as a child that ends with us; its SMPP port and its address."""
    password = folder / "password"
    password.write_text(secrets.token_hex(4), encoding="ascii")
    command = [
        str(Path(sys.executable).with_name("sms-gateway-sim")),
        "serve",
        f"--smpp=127.0.0.1:{_free(_SIM_SMPP)}",
        f"--http=127.0.0.1:{_free(_SIM_HTTP)}",
        f"--esme=itinerary:{password.read_text(encoding='ascii')}",
        "--json",
        "--exit-with-parent",
    ]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        if child.stdout is None or not (line := await child.stdout.readline()):
            raise DemoError("the SMS centre simulator did not start; its reason stands above")
        where = json.loads(line)
        yield int(where["smpp"].rpartition(":")[2]), where["http"]
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


def _free(port: int) -> int:
    """The port that the contract names; 0 where somebody has it: then the server itself takes a free one."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return port
    except OSError:
        return 0


async def _filled(settings: Settings, folder: Path, now: int, show: Console) -> None:
    """The sample month, enrolled and ingested; a second start finds all of it done."""
    begun = time.monotonic()
    with show.status("making up a month of signalling"):
        sample: Sample = write_sample(folder / "sample", now)
    _done(show, f"sample month: {sample.subscribers:,} subscribers, {sample.events:,} signalling events")
    with Progress(console=show, transient=True, disable=not show.is_terminal) as progress:
        enrolling = progress.add_task("enrolling", total=sample.subscribers)
        folding = progress.add_task("deriving stays and sealing them", total=sample.events)
        await enrol_file(settings, sample.subscribers_file, lambda more: progress.advance(enrolling, more))
        counts = await ingest_files(
            settings,
            [sample.events_file],
            sample.cells_file,
            lambda more: progress.advance(folding, more),
            show.print,
        )
    [result] = counts.values()
    if result["already_ingested"]:
        _done(show, "ingested before: the same file changes nothing")
    else:
        records = f"{result['written']:,} writes of sealed records"
        _done(show, f"stays derived and sealed: {records}, {time.monotonic() - begun:.1f} s")


async def _shown(service: Running, sim: str, show: Console, now: int) -> None:
    """One lookup, each SMS as it goes, and one check of its reply. For a program it is made without a word: the texts are somebody's."""
    persona = personas(now)[0]
    show.print()
    show.print(f"A lookup by [bold]+{persona.msisdn}[/bold]: {persona.story_en}")
    if service.talks is None:
        raise DemoError("the link role does not run")
    await asyncio.wait_for(service.talks.link.wait_bound(), _PATIENCE)
    async with httpx.AsyncClient(base_url=sim, timeout=_PATIENCE) as client:
        for text in ("CXMYD", persona.last_four):
            reply = await _said(client, persona, text, show)
        await _checked(client, service, reply, persona.msisdn[-4:], show)
    show.print()


async def _checked(client: httpx.AsyncClient, service: Running, reply: str, four: str, show: Console) -> None:
    """What an employer does with the reply that he is shown."""
    code = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", reply)
    if code is None:
        raise DemoError("the reply carries no check code; the journal above may say why")
    answer = await client.post(f"{service.url}/api/verify", json={"code": code[0], "phone_last_four": four})
    found = answer.json()
    if not found.get("genuine"):
        raise DemoError("a reply of our own was not confirmed; the journal above may say why")
    regions = ", ".join(region["name"]["zh"] for region in found["regions"])
    show.print()
    show.print(f"Checked as an employer would at {service.url}/verify", soft_wrap=True)
    show.print(f"  {code[0]}, {four}: genuine, {found['masked']}, {regions}", soft_wrap=True)


async def _said(client: httpx.AsyncClient, persona: Persona, text: str, show: Console) -> str:
    """Send one text, and wait for the one that answers it."""
    path = f"/handsets/{persona.msisdn}/messages"
    sent = await client.post(path, json={"to": _SHORT_CODE, "text": text})
    sent.raise_for_status()
    _bubble(show, "right", "green", text, f"to {_SHORT_CODE}")
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        thread = (await client.get(path)).json()
        for message in thread:
            if message["id"] > sent.json()["id"] and message["from"] == _SHORT_CODE:
                _bubble(show, "left", "blue", message["text"], f"from {_SHORT_CODE}, {message['parts']} SMS")
                return str(message["text"])
        await asyncio.sleep(0.02)
    raise DemoError("no answer came; the journal above may say why")


def _bubble(show: Console, side: str, colour: str, text: str, caption: str) -> None:
    if not show.is_terminal:
        show.print(f"{'>' if side == 'right' else '<'} {text}", markup=False, soft_wrap=True)
        return
    panel = Panel(text, subtitle=caption, width=min(64, show.width - 6), border_style=colour)
    show.print(Align.right(panel) if side == "right" else Align.left(panel))


def _ready_line(service: Running, sim: str, now: int) -> str:
    subscribers = [
        {
            "msisdn": persona.msisdn,
            "document_last_four": persona.last_four,
            "certain": list(persona.certain),
            "possible": list(persona.possible),
        }
        for persona in personas(now)
    ]
    return json.dumps({"sim": sim, "service": service.url, "subscribers": subscribers})


def _addresses(show: Console, service: Running, sim: str, now: int) -> None:
    phones = ",".join(persona.msisdn for persona in personas(now)[:3])
    show.print(f"handsets  {sim}/?phones={phones}", soft_wrap=True)
    show.print(f"checks    {service.url}/verify", soft_wrap=True)
    show.print(f"service   {service.url}/readyz   {service.url}/metrics", soft_wrap=True)
    show.print("Ctrl-C stops everything and leaves the data where it is.")


def _done(show: Console, line: str) -> None:
    show.print(f"[green]✓[/green] {line}", soft_wrap=True)
