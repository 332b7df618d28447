"""Where a process spends its time, drawn: a flame graph while the block runs.

Rule 1: this file alone knows the sampler.
Rule 2: it measures nothing that is quoted: whoever is sampled is slower for it.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

__all__ = ["drawn"]

_SAMPLER = Path(sys.executable).with_name("py-spy")
_A_SECOND = 200  # samples
_BEGUN = b"Sampling"
_GRACE = 60.0  # seconds for the picture


@asynccontextmanager
async def drawn(pid: int, picture: Path) -> AsyncIterator[None]:
    """Sample this process until the block ends; then the picture is there. Raises RuntimeError where that is not allowed."""
    sampler = await asyncio.create_subprocess_exec(
        str(_SAMPLER),
        *("record", "--pid", str(pid), "--rate", str(_A_SECOND), "--format", "flamegraph"),
        *("--nonblocking", "--output", str(picture)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert sampler.stdout is not None
    said = b""
    while _BEGUN not in said:
        more = await sampler.stdout.read(4096)
        if not more:
            raise RuntimeError(f"py-spy may not look at the service: {said.decode(errors='replace').strip()}")
        said += more
    try:
        yield
    finally:
        sampler.send_signal(signal.SIGINT)
        await asyncio.wait_for(sampler.communicate(), _GRACE)
