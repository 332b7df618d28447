"""Checks: how many a second, how long one takes, and whether the time of a refusal tells what was refused.

The service (web and link in one process, two embedded stores, the log on disk) serves over TCP; beside it, in the same
run on the same server and store, a bare FastAPI route with one round trip to the store. The load is a process of its own.

    genuine         counted, opened, entered in the log on disk, the holder's notice queued, confirmed
    refusals        unknown, mistyped, wrong digits, withdrawn: TOST, the margin stated in the table's title
    of the card     unknown number, wrong digits of the SIM, wrong document, no tries left: the same, each try in a fresh page
"""

import asyncio
import ipaddress
import json
import math
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop
from rich.console import Console
from rich.progress import track
from rich.table import Table

from service.adapters.pack_files import load_packs
from service.adapters.prometheus_tally import PrometheusTally
from service.adapters.region_tables import load_regions
from service.domain.check_codes import CODE_ENTROPY, CheckCode
from service.domain.held_codes import HeldCodes
from service.domain.identity import DocumentType, LastFour
from service.domain.itinerary import Certainty, day_of
from service.domain.limits import DIALOGUE_SECONDS
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Visit
from service.entrypoints.serve import Role, running, until_signal
from service.flows.mint import Minting
from service.ports.keys import Claim, Enrolment, Way
from service.records.card_session_record import CardSession
from service.records.check_record import Holder
from service.settings import Settings
from service.vault.card_sessions import CardSessionVault
from service.vault.check_holders import HolderVault
from service.vault.judging import TRIES_A_DAY
from service.wiring.keys import create_keys
from service.wiring.storage import Storage
from tests.configured import PACKS, configured

HOLDERS = 400
SECONDS = 6.0
CONNECTIONS = 32
SAMPLES = 2500

Kinds = Mapping[str, Callable[[], bytes]]


@dataclass(frozen=True)
class Series:
    """How refusals are timed: so many of each kind, on so many connections at once, equivalent within a margin in seconds."""

    what: str
    samples: int
    connections: int
    margin: float


CHECKS = Series("checks", SAMPLES, 1, 50e-6)
"""A network's own jitter is ten times that margin."""

CARDS = Series("cards", 400, 4, 1e-3)
"""Each is answered after the same tenth of a second, whatever it took; the margin is a hundredth of it."""


def main() -> None:
    """Both tables."""
    show = Console()
    with tempfile.TemporaryDirectory(prefix="checks-") as folder:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.checks", folder], stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            ready = json.loads(child.stdout.readline())
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                _rates(runner, ready, show)
                _equivalence(runner, ready["port"], _refused_checks(ready), CHECKS, show)
                _equivalence(runner, ready["port"], _refused_cards(ready), CARDS, show)
        finally:
            child.terminate()
            child.wait()


def _rates(runner: asyncio.Runner, ready: dict[str, Any], show: Console) -> None:
    codes = ready["codes"]
    kinds = {
        "bare FastAPI, one round trip": [_get("/bare")],
        "genuine": [_check(*code) for code in codes],
        "not confirmed (unknown)": [_check(_random_code(), "0000") for _ in range(1000)],
    }
    table = Table(
        "what", "a second", "of bare", "p50 ms", "p99 ms", title=f"Checks, {CONNECTIONS} connections"
    )
    bare = 0.0
    for name, requests in kinds.items():
        times, elapsed = runner.run(_load(ready["port"], requests))
        rate = len(times) / elapsed
        bare = bare or rate
        ordered = sorted(times)
        p50, p99 = (ordered[int(len(ordered) * share)] * 1000 for share in (0.5, 0.99))
        table.add_row(name, f"{rate:,.0f}", f"{rate / bare:.2f}", f"{p50:.1f}", f"{p99:.1f}")
    show.print(table)


def _refused_checks(ready: dict[str, Any]) -> Kinds:
    codes, withdrawn = ready["codes"], ready["withdrawn"]
    return {
        "unknown": lambda: _check(_random_code(), "0000"),
        "mistyped": lambda: _check("7KQ2M-9XW4C", "0000"),
        "wrong digits": lambda: _check(random.choice(codes)[0], "0000"),
        "withdrawn": lambda: _check(*random.choice(withdrawn)),
    }


def _refused_cards(ready: dict[str, Any]) -> Kinds:
    return {kind: map(_card_shown, pages).__next__ for kind, pages in ready["cards"].items()}


def _equivalence(runner: asyncio.Runner, port: int, kinds: Kinds, series: Series, show: Console) -> None:
    """The first kind is what the others are held against."""
    times = runner.run(_timed(port, kinds, series))
    margin = series.margin
    table = Table(
        "refusal", "mean ms", "difference µs", "90 % interval µs", "equivalent",
        title=f"Refused {series.what} told apart by time? TOST, margin ±{margin * 1e6:.0f} µs, {series.samples:,} each, slowest tenth cut",
    )  # fmt: skip
    base = _trimmed(next(iter(times.values())))
    for name, found in times.items():
        kept = _trimmed(found)
        difference = statistics.fmean(kept) - statistics.fmean(base)
        error = math.sqrt(statistics.variance(kept) / len(kept) + statistics.variance(base) / len(base))
        low, high = difference - 1.645 * error, difference + 1.645 * error
        table.add_row(
            name,
            f"{statistics.fmean(kept) * 1000:.3f}",
            f"{difference * 1e6:+.1f}",
            f"{low * 1e6:+.1f} to {high * 1e6:+.1f}",
            "yes" if low > -margin and high < margin else "no",
        )
    show.print(table)


def _trimmed(times: Sequence[float]) -> list[float]:
    return sorted(times)[: len(times) * 9 // 10]


async def _load(port: int, requests: Sequence[bytes]) -> tuple[list[float], float]:
    """Closed loops on some connections, after a second that is not counted."""
    times: list[float] = []
    begin = time.perf_counter() + 1.0

    async def loop(offset: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        number = offset * 37
        while (sent := time.perf_counter()) < begin + SECONDS:
            await _asked(reader, writer, requests[number % len(requests)])
            number += 1
            if sent >= begin:
                times.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(loop(offset) for offset in range(CONNECTIONS)))
    return times, SECONDS


async def _timed(port: int, kinds: Kinds, series: Series) -> dict[str, list[float]]:
    """On each connection each kind in a random order again and again."""
    times: dict[str, list[float]] = {name: [] for name in kinds}
    rounds = iter(track(range(series.samples), description=f"refused {series.what}"))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in rounds:
            for name in random.sample(list(kinds), len(kinds)):
                request = kinds[name]()
                sent = time.perf_counter()
                await _asked(reader, writer, request)
                times[name].append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(connection() for _ in range(series.connections)))
    return times


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode().splitlines()[0])
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def _check(code: str, four: str) -> bytes:
    body = json.dumps({"code": code, "phone_last_four": four})
    head = f"POST /api/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}".encode()


def _card_shown(page: tuple[str, str, str]) -> bytes:
    """A proof in a page, each of another network behind a proxy."""
    body = urlencode(dict(zip(("session", "code", "last_four"), page, strict=True)))
    head = (
        f"POST /card HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {ipaddress.ip_address(secrets.randbelow(2**32))}"
    )
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}"
    return f"{head}\r\n{form}\r\n\r\n{body}".encode()


def _random_code() -> str:
    return CheckCode.of(secrets.token_bytes(CODE_ENTROPY)).written


async def _serve(folder: Path) -> None:
    """The child: the service with some holders, each with a code that lives and one that was taken back."""
    settings = Settings.load(
        configured(
            folder / "itinerary.toml",
            smpp={"port": 1},
            http={"port": 0, "checks_a_minute": 60_000, "proxies": ["127.0.0.1"]},
        )
    )
    await create_keys(settings)
    async with running(settings, frozenset(Role)) as service:
        assert service.stored is not None
        codes, withdrawn = await _minted(service.stored)
        assert service.web is not None
        checks = service.stored.checks

        @service.web.app.get("/bare")
        async def bare() -> dict[str, bool]:
            await checks.confirm(bytes(16))
            return {"genuine": False}

        assert service.talks is not None
        cards = await _pages(service.stored, service.talks.card.showing.sessions)
        line = {"port": service.web.port, "codes": codes, "withdrawn": withdrawn, "cards": cards}
        print(json.dumps(line), flush=True)  # noqa: T201 - for the parent
        await until_signal()


async def _minted(stored: Storage) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    now = int(time.time())
    language = load_packs(PACKS)["10086"].languages[0]
    holders = HolderVault(stored.keys, secrets.token_bytes)
    minting = Minting(stored.checks, stored.check_keys, holders, load_regions().name, PrometheusTally())
    today = day_of(now)
    visits = (Visit(420100, Certainty.CERTAIN), Visit(440300, Certainty.CERTAIN))
    answer = Answer("dwell-4h/1", today - 14, today, 14, visits, ())
    live: list[tuple[str, str]] = []
    gone: list[tuple[str, str]] = []
    for number in range(HOLDERS):
        msisdn = _number(number)
        index = stored.index(msisdn)
        enrolment = Enrolment(index, DocumentType.RESIDENT_ID, LastFour.parse("1234"), today - 400)
        await stored.keys.enrol([enrolment])
        said = Statement(f"138****{msisdn[-4:]}", answer, today - 400, 0, now)
        holder = Holder(index, 1, msisdn, "10086", "zh", now)
        for kept, codes in ((True, live), (False, gone)):
            minted = await minting.mint(said, holder, language, HeldCodes())
            assert minted is not None
            text, held = minted
            codes.append((text.split("核验码")[1][:11], msisdn[-4:]))
            if not kept:
                await minting.withdraw(held.live(now))
    return live, gone


def _number(place: int) -> str:
    return f"86138{place:08}"


async def _pages(stored: Storage, sessions: CardSessionVault) -> dict[str, list[tuple[str, str, str]]]:
    """Pages of the card for each kind of refusal: token, digits of the SIM, document."""
    spent, until = stored.index(_number(0)), int(time.time()) + DIALOGUE_SECONDS
    for _ in range(TRIES_A_DAY + 1):
        await stored.keys.verify([Claim(spent, LastFour.parse("0000"), Way.SIM)])

    async def page(msisdn: str, code: str, last_four: str) -> tuple[str, str, str]:
        session = CardSession(stored.index(msisdn), msisdn, "10086", "zh", "1234", until, "H4TN8")
        return await sessions.begin(session, DIALOGUE_SECONDS), code, last_four

    kinds = {
        "unknown number": ("8613999999999", "1234", "1234"),
        "wrong digits of the SIM": (None, "4321", "1234"),
        "wrong document": (None, "1234", "4321"),
        "no tries left": (_number(0), "1234", "1234"),
    }
    return {
        kind: [
            await page(msisdn or _number(1 + place % (HOLDERS - 1)), code, four)
            for place in range(CARDS.samples)
        ]
        for kind, (msisdn, code, four) in kinds.items()
    }


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as serving:
        serving.run(_serve(Path(sys.argv[1])))
