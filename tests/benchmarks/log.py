"""The log: entries a second, durable, and what a proof costs in a log of ten million.

Yardsticks of the same run and the same bytes: bare SHA-256, and bare writes with a bare fsync in the same portions.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from service.adapters.tiled_log import TiledLog
from service.audit.tiles import Edge, TileName, nodes
from service.audit.tree import (
    Node,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    range_hash,
)
from service.ports.log import Draft
from tests.log_directory import RECEIPT_KEY, SIGNER, draft

SECONDS = 4.0
SHAPES = [(1, 1), (64, 1), (1000, 1), (1, 256), (4, 256)]
"""(callers at once, entries that each brings)."""
SIZES = [10**6, 10**7]
PROOFS = 2000


def main() -> None:
    """Both tables."""
    show = Console()
    show.width = max(show.width, 120)  # the first table has nine columns
    with tempfile.TemporaryDirectory(prefix="log-bench-") as folder:
        _appending(Path(folder), show)
    with tempfile.TemporaryDirectory(prefix="log-bench-") as folder:
        _proving(Path(folder), show)


def _appending(folder: Path, show: Console) -> None:
    drafts = [draft(number) for number in range(200_000)]
    hashed = _rate(lambda: [sha256(b"\x00" + one.entry).digest() for one in drafts], len(drafts))
    table = Table(
        "callers", "entries each", "entries/s", "fsyncs/s", "p50", "p99", "bare fsync", "of it", "of bare SHA-256",
        title=f"Durable entries with receipts, tiles and checkpoints; bare SHA-256 of them: {hashed:,.0f}/s",
    )  # fmt: skip
    for callers, each in SHAPES:
        directory = folder / f"{callers}x{each}"
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            entries, portions, waits, seconds = runner.run(_filled(directory, drafts, callers, each))
        rate = entries / seconds
        bare = _bare_fsync(folder / "bare", drafts, entries / portions)
        waits.sort()
        table.add_row(
            f"{callers:,}", f"{each:,}", f"{rate:,.0f}", f"{portions / seconds:,.0f}",
            f"{1000 * waits[len(waits) // 2]:.2f} ms", f"{1000 * waits[len(waits) * 99 // 100]:.2f} ms",
            f"{bare:,.0f}/s", f"{rate / bare:.0%}", f"{rate / hashed:.0%}",
        )  # fmt: skip
    show.print(table)


async def _filled(
    directory: Path, drafts: list[Draft], callers: int, each: int
) -> tuple[int, int, list[float], float]:
    """Entries written, portions they were written in, each caller's waits, seconds until all of it was published."""
    log = TiledLog.open(directory, RECEIPT_KEY, SIGNER)
    portions = 0
    write = log._ahead.append

    def counted(position: int, entries: Sequence[bytes]) -> None:
        nonlocal portions
        portions += 1
        write(position, entries)

    log._ahead.append = counted  # type: ignore[method-assign]
    waits: list[float] = []
    begun = time.perf_counter()

    async def caller(at: int) -> None:
        while time.perf_counter() < begun + SECONDS:
            start = time.perf_counter()
            await log.append(drafts[at : at + each])
            waits.append(time.perf_counter() - start)
            at = (at + each) % (len(drafts) - each)

    await asyncio.gather(*(caller(97 * number) for number in range(callers)))
    await log.close()
    return log.size, portions, waits, time.perf_counter() - begun


def _bare_fsync(path: Path, drafts: list[Draft], portion: float) -> float:
    """Entries a second, if nothing is done but to write the same bytes in such portions and wait for the disk."""
    size = max(1, round(portion))
    content = b"".join(one.entry for one in drafts[:size])
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    done = 0
    begun = time.perf_counter()
    while time.perf_counter() < begun + 1:
        os.write(descriptor, content)
        os.fdatasync(descriptor)
        done += size
    seconds = time.perf_counter() - begun
    os.close(descriptor)
    path.unlink()
    return done / seconds


def _proving(folder: Path, show: Console) -> None:
    table = Table(
        "entries",
        "proof of",
        "cold p50",
        "cold p99",
        "warm p50",
        "hashes",
        "to check",
        title="Proofs from tiles",
    )
    edge = Edge()
    with Progress(console=show, transient=True) as progress:
        task = progress.add_task("growing a tree of ten million", total=SIZES[-1])
        for size in SIZES:
            while edge.size < size:
                some = [sha256(b"%d" % at).digest() for at in range(edge.size, min(size, edge.size + 65_536))]
                _kept(folder, edge.append(some))
                progress.update(task, completed=edge.size)
            _kept(folder, edge.partial())
            for row in _proofs(folder, size, edge.root()):
                table.add_row(*row)
    show.print(table)


def _proofs(folder: Path, size: int, root: bytes) -> list[tuple[str, ...]]:
    """Inclusion of entries all over, and consistency from sizes all over."""

    def read(name: TileName) -> bytes:
        return (folder / name.path).read_bytes()

    places = [(at * 7_368_787) % (size - 1) + 1 for at in range(PROOFS)]
    kept = nodes(read, size, 100_000)
    rows: list[tuple[str, ...]] = []
    for what, make in (("inclusion", inclusion_proof), ("consistency", consistency_proof)):
        cold = [_timed(partial(_fresh, make, place, size, read)) for place in places]
        for place in places[:200]:
            make(place, size, kept)
        warm = [_timed(partial(make, place, size, kept)) for place in places[:200]]
        proof = make(places[0], size, kept)
        if what == "inclusion":
            leaf = sha256(b"%d" % places[0]).digest()
            checked = _timed(partial(is_included, leaf, places[0], size, proof, root))
            assert is_included(leaf, places[0], size, proof, root)
        else:
            old = range_hash(0, places[0], kept)
            checked = _timed(partial(is_consistent, places[0], size, proof, old, root))
            assert is_consistent(places[0], size, proof, old, root)
        cold.sort()
        rows.append((
            f"{size:,}", what, _micro(cold[len(cold) // 2]), _micro(cold[len(cold) * 99 // 100]),
            _micro(statistics.median(warm)), str(len(proof)), _micro(checked),
        ))  # fmt: skip
    return rows


def _fresh(
    make: Callable[[int, int, Node], list[bytes]], place: int, size: int, read: Callable[[TileName], bytes]
) -> list[bytes]:
    """A proof by somebody who has no tile yet."""
    return make(place, size, nodes(read, size))


def _kept(folder: Path, tiles: list[tuple[TileName, bytes]]) -> None:
    for name, content in tiles:
        path = folder / name.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _rate(work: Callable[[], object], count: int) -> float:
    return count / min(_timed(work) for _ in range(3))


def _micro(seconds: float) -> str:
    return f"{1e6 * seconds:,.0f} µs"
