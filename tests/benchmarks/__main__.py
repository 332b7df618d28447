"""`make bench [BENCH=NAME]`: one benchmark, or all of them, each with its yardsticks in the same run.

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


def main(arguments: list[str]) -> int:
    """Run what is named; the exit status."""
    unknown = [name for name in arguments if name not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)  # noqa: T201
        return 2
    for name in arguments or NAMES:
        run: Callable[[], None] = import_module(NAMES[name]).main
        run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
