"""`itinerary cells correct` and `approve`, with a real store: two users of the operating system, and twice is once."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from service.entrypoints.cli import app
from tests.configured import configured

NUMBER, NEIGHBOUR = 8613800138000, 8613800138001
COLLEAGUE = 65_534


def run(*arguments: object, code: int = 0) -> str:
    """A command's output; what it says on an error where it fails."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.output
    return done.output if code else done.stdout


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configured folder: two subscribers, a feed of a day, and a table in which one cell has a wrong region."""
    monkeypatch.chdir(tmp_path)
    configured(tmp_path / "itinerary.toml")
    (tmp_path / "subscribers.csv").write_text(
        "msisdn,document_type,document_last_four,activated_on\n"
        + "".join(f"{number},resident_id,1234,2020-01-01\n" for number in (NUMBER, NEIGHBOUR))
    )
    begin = int(time.time()) - 86_400
    events = [f"{NUMBER},{begin + 600 * turn},{'bad' if turn < 60 else 'home'}\n" for turn in range(140)]
    events += [f"{NEIGHBOUR},{begin + 600 * turn},home\n" for turn in range(140)]
    (tmp_path / "events.csv").write_text("msisdn,time,cell\n" + "".join(events))
    for name, region in (("old", 310000), ("new", 320500)):
        (tmp_path / f"{name}.csv").write_text(f"cell,region\nhome,320500\nbad,{region}\n")
    run("init")
    run("enrol", "subscribers.csv")
    run("ingest", "events.csv", "--cells", "old.csv")
    return tmp_path


WHY = ("--reason", "as agreed", "--ticket", "NET-2")
APPROVE = ("cells", "approve", "correction-NET-1.json", *WHY)
CORRECT = ("cells", "correct", "events.csv", "--before", "old.csv", "--after", "new.csv", "--ticket", "NET-1")


def test_a_dry_run_says_how_many_and_does_nothing(place: Path) -> None:
    """Who used the cell, not who only lived beside it."""
    told = run(*CORRECT, "--reason", "a wrong tower", "--dry-run", "--json")
    assert json.loads(told) == {"touched": 1}
    assert not list(place.glob("correction-*"))


def test_a_reason_that_names_a_number_or_a_place_is_refused(place: Path) -> None:
    """Before anything is folded, in one line."""
    assert "names no number" in run(*CORRECT, "--reason", f"for {NUMBER}", code=1)
    assert "names no place" in run(*CORRECT, "--reason", "苏州 was 上海", code=1)
    assert not list(place.glob("correction-*"))


@pytest.mark.usefixtures("place")
def test_who_proposed_does_not_approve() -> None:
    """Whatever the file says of it: its owner is the one who proposed."""
    run(*CORRECT, "--reason", "a wrong tower")
    assert "ask a colleague" in run(*APPROVE, code=1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a file another user's")
def test_a_colleague_approves_and_twice_changes_nothing(place: Path) -> None:
    """One record is written, the worker's state is right; another run does nothing; changed tables are refused."""
    run(*CORRECT, "--reason", "a wrong tower")
    os.chown("correction-NET-1.json", COLLEAGUE, -1)
    assert json.loads(run(*APPROVE, "--dry-run", "--json")) == {"touched": 1}
    first = json.loads(run(*APPROVE, "--json"))
    assert first == {"touched": 1, "written": 1, "state_corrected": 1}
    again = json.loads(run(*APPROVE, "--json"))
    assert again == {"touched": 1, "done_before": 1, "state_right": 1}
    (place / "new.csv").write_text("cell,region\nhome,320500\nbad,110000\n")
    assert "propose anew" in run(*APPROVE, code=1)
    (place / "correction-NET-1.json").write_text("{}")
    assert "as `itinerary cells correct` writes it" in run(*APPROVE, code=1)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a file another user's")
def test_beside_a_running_worker_it_counts_but_does_not_approve(place: Path) -> None:
    """The worker's state is its own while it follows; stopped, and with what it took meanwhile given too, all is put right."""
    begin = int(time.time()) - 7200
    later = "msisdn,time,cell\n" + "".join(f"{NUMBER},{begin + 600 * turn},home\n" for turn in range(9))
    (place / "feed").mkdir()
    with following(place, "old.csv"):
        correct = (*CORRECT[:3], "later.csv", *CORRECT[3:])
        run(*CORRECT, "--reason", "a wrong tower")
        os.chown("correction-NET-1.json", COLLEAGUE, -1)
        assert "another ingest works here" in run(*APPROVE, code=1)
        (place / "later.csv").write_text(later)
        before = events(place)
        shutil.copy("later.csv", "feed/.later.csv")
        (place / "feed" / ".later.csv").rename(place / "feed" / "later.csv")
        until(lambda: events(place) == before + 9)
    stale = json.loads(run(*APPROVE, "--json"))
    assert stale == {"touched": 1, "written": 1, "state_moved_on": 1}
    run(*correct, "--reason", "a wrong tower", "--proposal", "both.json")
    os.chown("both.json", COLLEAGUE, -1)
    both = json.loads(run("cells", "approve", "both.json", *WHY, "--json"))
    assert (both["touched"], both["state_corrected"]) == (1, 1)
    with following(place, "new.csv"):
        pass


@contextmanager
def following(place: Path, table: str) -> Iterator[None]:
    """A worker that follows the folder `feed`; stopped at the end, and ended well."""
    itinerary = str(Path(sys.executable).with_name("itinerary"))
    command = [itinerary, "ingest", "feed", "--follow", "--cells", table, "--json", "--metrics=127.0.0.1:0"]
    with (
        (place / "worker.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as worker,
    ):
        try:
            until(lambda: taken(place / "ingest" / "lock"))
            yield
        finally:
            worker.terminate()
    assert worker.returncode == 0, (place / "worker.log").read_text()


def events(place: Path) -> int:
    """How many the worker says that it has folded."""
    [port] = re.findall(r"metrics on port (\d+)", (place / "worker.log").read_text())
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        [count] = re.findall(r"^itinerary_ingest_events_total (\S+)$", answer.read().decode(), re.MULTILINE)
    return int(float(count))


def taken(lock: Path) -> bool:
    """Whether somebody works with the directory."""
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def until(true: Callable[[], bool]) -> None:
    """Wait for it, for a minute and a half at most."""
    for _ in range(900):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come about within a minute and a half")
