"""One parser, fuzzed for a while: `python -m tests.fuzz NAME SECONDS [FOUND]`.

With atheris (Linux on x86-64) guided by coverage, elsewhere by seeded changes. The first finding ends it, exit 1 or 77,
and lies in FOUND; put it into `tests/fuzz/corpus/NAME`, and mend the parser.
"""

import importlib.util
import random
import sys
import tempfile
import time
import traceback
from hashlib import sha1
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
GUIDED = importlib.util.find_spec("atheris") is not None
FOREIGN = {"events_parquet", "events_arrow"}
"""Parsers in C++: there is no coverage of ours to be guided by, and their threads hold up libFuzzer's exit."""


def _guided(name: str, seconds: int, found: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 - where it is installed

    with atheris.instrument_imports(include=["service"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - instrumented on import
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{name}-") as folder:
        for place, seed in enumerate(target.seeds()):
            (Path(folder) / f"seed-{place}").write_bytes(seed)
        limits = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=3000"]
        quiet = ["-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={found}/"]
        kept = [str(CORPUS / name)] if (CORPUS / name).exists() else []

        def once(data: bytes) -> None:
            target.parse(data)

        atheris.Setup(["fuzz", *limits, *quiet, folder, *kept], once)
        atheris.Fuzz()


def _seeded(name: str, seconds: int, found: Path) -> None:
    from tests.fuzz.mutate import mutated  # noqa: PLC0415 - beside the other way
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    target, kept = TARGETS[name], sorted((CORPUS / name).glob("*"))
    known = [*target.seeds(), *(path.read_bytes() for path in kept)]
    chance, tried, until = random.Random(name), 0, time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(known, chance)
        tried += 1
        try:
            if target.parse(data) and len(known) < 2000:
                known.append(data)
        except Exception:  # noqa: BLE001 - whatever it is, it is a finding
            traceback.print_exc()
            (found / f"crash-{sha1(data, usedforsecurity=False).hexdigest()}").write_bytes(data)
            sys.exit(1)
    print(f"stat::number_of_executed_units: {tried}")  # noqa: T201 - as libFuzzer says it


if __name__ == "__main__":
    place = Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp(prefix="found-"))
    (_guided if GUIDED and sys.argv[1] not in FOREIGN else _seeded)(sys.argv[1], int(sys.argv[2]), place)
