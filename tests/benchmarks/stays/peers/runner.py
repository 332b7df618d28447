"""Peers beside us: made on demand, run on some of the people, and named where they can't be had.

Rule 1: how a peer is installed, fed and read stands here; its own settings stand in its `run_NAME.py`.
Rule 2: a peer never enters our environment: it lives in .venv/peers/NAME, with pinned versions.

A peer gets the events sorted, without duplicates, each at its tower's position (cells without one are left out; a
foreign country gets one far place), and finds stops at places. Here a stop becomes a stay of the region that most of
its events were in, and consecutive stops of one region, less than a day apart, become one stay: kinder than asking
each of them for four hours in one spot.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks.stays.methods import sorted_events
from tests.benchmarks.stays.scores import Found
from tests.benchmarks.stays.signalling import World

__all__ = ["ABSENT", "PEERS", "SLOW", "PeerError", "peer", "some"]

PEERS = {
    "trackintel": "1.4.2",
    "scikit-mobility": "1.3.1",  # its own pins have no wheels for Python 3.11; newer statsmodels and folium do
    "movingpandas": "0.23.0",
    "infostop": "0.1.9",  # asks for infomap 1.0.6, which does not build any more; 2 does
}
"""Name -> version; what else is in its environment: NAME.txt, all pinned."""
ABSENT = {"multimno": "not a package of PyPI; its repository asks for Spark and Java"}
SLOW = {"movingpandas"}
"""Eight seconds a person: on fewer people."""
_HERE = Path(__file__).parent
_HOMES = Path(sys.prefix) / "peers"
_INSTALL_SECONDS, _RUN_SECONDS = 900, 1200
_DAY, _DWELL, _ABROAD = 86_400, 14_400, 1000


class PeerError(Exception):
    """A peer cannot be installed or does not finish; the reason in one line."""


def some(world: World, count: int) -> np.ndarray:
    """So many people, every class in its share."""
    return np.unique(np.linspace(0, len(world.people) - 1, count).astype(np.int64))


def peer(name: str, world: World, level: str, who: np.ndarray) -> list[Found]:
    """Stays of these people by the peer. Raises PeerError."""
    python = _environment(name)
    phone, time, cell = sorted_events(world)
    lat, lon = world.network.lat.copy(), world.network.lon.copy()
    for place, foreign in enumerate(world.network.abroad.values()):
        lat[foreign], lon[foreign] = 35.0 + 5 * place, 140.0
    kept = np.isin(phone, who) & ~np.isnan(lat[cell])
    phone, time, cell = phone[kept], time[kept], cell[kept]
    with tempfile.TemporaryDirectory() as folder:
        events, stays = Path(folder) / "events.npz", Path(folder) / "stays.npz"
        np.savez(events, phone=phone, time=time, lat=lat[cell], lon=lon[cell])
        script = _HERE / f"run_{name.replace('-', '_')}.py"
        _run([str(python), "-W", "ignore", str(script), str(events), str(stays)], _RUN_SECONDS, name)
        with np.load(stays) as found:
            stops = np.column_stack([found["phone"], found["start"], found["end"]]).astype(np.int64)
    return _stays(stops, phone, time, world.network.region[level][cell])


def _environment(name: str) -> Path:
    home, pins = _HOMES / name, _HERE / f"{name}.txt"
    python, made = home / "bin" / "python", home / "made"
    asked = f"{name}=={PEERS[name]}"
    if not made.exists() or made.read_text() != asked + pins.read_text():
        _run([sys.executable, "-m", "venv", "--clear", str(home)], _INSTALL_SECONDS, name)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        _run([*install, "-r", str(pins)], _INSTALL_SECONDS, name)
        _run([*install, "--no-build-isolation", asked], _INSTALL_SECONDS, name)
        made.write_text(asked + pins.read_text())
    return python


def _run(command: list[str], seconds: int, name: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise PeerError(f"{name} was not ready after {seconds} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        raise PeerError(f"{name}: {last[:120]}")


def _stays(stops: np.ndarray, phone: np.ndarray, time: np.ndarray, region: np.ndarray) -> list[Found]:
    order = np.lexsort((stops[:, 1], stops[:, 0]))
    joined: list[list[int]] = []
    key = phone.astype(np.int64) << 32 | time
    for person, start, end in stops[order].tolist():
        begin, stop = np.searchsorted(key, [person << 32 | start, (person << 32 | end) + 1])
        if begin == stop:
            continue
        codes, counts = np.unique(region[begin:stop], return_counts=True)
        code = int(codes[counts.argmax()])
        last = joined[-1] if joined else [-1, 0, 0, 0]
        if last[0] == person and last[1] == code and start - last[3] < _DAY:
            last[3] = max(end, last[3])
        else:
            joined.append([person, code, start, end])
    return [Found(p, r, b, e) for p, r, b, e in joined if r < _ABROAD or e - b > _DWELL]
