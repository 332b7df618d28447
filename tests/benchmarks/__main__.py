"""`make bench [BENCH=NAME]`: one benchmark, or all of them, each with its yardsticks in the same run.

`make bench BENCH="stays --full"`: one that has other forms, in one of them.

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
    "lookups": "tests.benchmarks.lookups.bench",
    "stays": "tests.benchmarks.stays.bench",
    "checks": "tests.benchmarks.checks",
    "log": "tests.benchmarks.log",
    "cluster": "tests.benchmarks.cluster",
}
"""Name of a benchmark -> its module."""
FORMS: dict[str, frozenset[str]] = {
    "stays": frozenset({"--full", "--ceiling"}),
    "lookups": frozenset({"--flame", "--links", "--growth"}),
}
"""Which forms a benchmark has beside its short one; its module says what they do."""


def main(arguments: list[str]) -> int:
    """Run what is named; the exit status."""
    forms = [one for one in arguments if one.startswith("--")]
    names = [one for one in arguments if one not in forms]
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)  # noqa: T201
        return 2
    if forms and (len(names) != 1 or not FORMS.get(names[0], frozenset()).issuperset(forms)):
        known = "; ".join(f"{name} {' '.join(sorted(some))}" for name, some in FORMS.items())
        print(f"one benchmark, and a form that it has: {known}", file=sys.stderr)  # noqa: T201
        return 2
    for name in names or NAMES:
        run: Callable[..., None] = import_module(NAMES[name]).main
        run(**{form.removeprefix("--"): True for form in forms})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
