"""`make bench [BENCH=NAME]`: one benchmark, or all of them, each with its yardsticks in the same run.

`make bench BENCH="stays --full"`: the one that has a long form, in it.

Rule 1: a benchmark is a module of this folder with a `main`; what is not one is not listed.
Rule 2: nothing here is part of a test run: a machine that others use at the same time says nothing by a threshold.
"""

import sys
from collections.abc import Callable
from importlib import import_module

NAMES: dict[str, str] = {
    "fold": "tests.benchmarks.fold",
    "ingest": "tests.benchmarks.ingest",
    "memory": "tests.benchmarks.memory",
    "store": "tests.benchmarks.store",
    "lookups": "tests.benchmarks.lookups",
    "stays": "tests.benchmarks.stays.bench",
    "checks": "tests.benchmarks.checks",
    "log": "tests.benchmarks.log",
    "cluster": "tests.benchmarks.cluster",
}
"""Name of a benchmark -> its module."""
FULL = "--full"


def main(arguments: list[str]) -> int:
    """Run what is named; the exit status."""
    full = [FULL] if FULL in arguments else []
    names = [name for name in arguments if name not in full]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)  # noqa: T201
        return 2
    if full and names != ["stays"]:
        print(f"{FULL} is for stays alone", file=sys.stderr)  # noqa: T201
        return 2
    for name in names or NAMES:
        run: Callable[..., None] = import_module(NAMES[name]).main
        run(*map(bool, full))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
