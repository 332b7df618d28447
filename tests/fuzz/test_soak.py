"""Each parser fuzzed for a while, in a process of its own: `make soak`, `FUZZ_SECONDS` for each (20 by default)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))


@pytest.mark.soak
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_is_found(name, tmp_path):
    """Ends by itself, having tried; a finding lies in the folder that the failure names."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", name, str(SECONDS), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 120,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, (list(tmp_path.iterdir()), said[-3000:])
    [tried] = re.findall(r"number_of_executed_units: (\d+)", said)
    assert int(tried) > 100
