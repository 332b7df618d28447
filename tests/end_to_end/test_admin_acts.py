"""Each command of staff that changes something: no act without words that can be kept, none in a dry run, none without the log."""

import asyncio
import hashlib
import json

import pytest
from typer.testing import CliRunner

from service.adapters.act_file import note_act
from service.domain.acts import Act
from service.entrypoints.cli import app
from service.settings import Settings
from service.wiring.storage import storage
from tests.configured import configured
from tests.end_to_end.marked import NUMBERS, filled, shows_nobody
from tests.operations.test_commands import CHANGES, LOOKS_AT_NOBODY

CODE = "91350100M000100Y43"
ARGUMENTS = {
    **{f"case {name}": ["H4TN8"] for name in ("resend", "withdraw", "lift", "unlock")},
    "dispute propose": ["K7QM2XA", "--keep"],
    "dispute approve": ["K7QM2XA"],
    "verifiers add": [CODE, "--name", "某某科技"],
    "verifiers end": [CODE],
    "keys rotate": [],
    "epochs rotate": ["--ahead"],
    "epochs sweep": [],
    "backup verify": ["--keys", "copy", "--data", "copy"],
    "sunset propose": ["--on", "2199-06-30"],
    "sunset approve": [],
    "sunset carry-out": [],
    "sunset forget": [],
    "restore": [],
    "cells correct": ["events.csv", "--before", "cells.csv", "--after", "cells.csv"],
    "cells approve": ["proposal.json"],
}
WORDS = ["--reason", "as agreed", "--ticket", "OPS-1"]
BAD_WORDS = {
    "a number": ["--reason", "call 13800138000", "--ticket", "OPS-1"],
    "a place": ["--reason", "was in 武汉", "--ticket", "OPS-1"],
    "no ticket": ["--reason", "as agreed", "--ticket", "soon"],
}
ALONE = {
    "verifiers add",
    "keys rotate",
    "epochs rotate",
    "epochs sweep",
    "sunset propose",
    "restore",
    "cells correct",
}
"""What one person may do on a service that has just been set up: tried in earnest, and without a log."""


def itinerary(folder, name, *more):
    """A command's exit code and what it said, which names nobody."""
    command = [
        *([] if name.startswith("cells ") else ["admin"]),
        *name.split(),
        *ARGUMENTS.get(name, []),
        *more,
    ]
    done = CliRunner().invoke(app, [*command, "--config", str(folder / "itinerary.toml")])
    shows_nobody(done.stdout + done.stderr)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A service that has just been set up; in its store people whom no output may name."""
    folder = tmp_path_factory.mktemp("acts")
    settings = Settings.load(configured(folder / "itinerary.toml"))
    (folder / "copy").mkdir()
    (folder / "cells.csv").write_text("cell,region\nw1,420100\n")
    (folder / "events.csv").write_text(f"msisdn,time,cell\n{NUMBERS[0]},1750003200,w1\n")
    made = CliRunner().invoke(app, ["init", "--config", str(folder / "itinerary.toml")])
    assert made.exit_code == 0, made.stderr

    async def fill():
        async with storage(settings) as stored:
            await filled(stored)

    asyncio.run(fill())
    return folder


@pytest.fixture(autouse=True)
def _there(place, monkeypatch):
    monkeypatch.chdir(place)


def entries(folder):
    """How many the log holds."""
    head = folder / "log" / "checkpoint"
    return int(head.read_text(encoding="utf-8").splitlines()[1]) if head.exists() else 0


def state(folder):
    """All that an act could change, but what opening a store writes by itself."""
    shown = [
        CliRunner()
        .invoke(app, ["admin", *words, "--json", "--config", str(folder / "itinerary.toml")])
        .stdout
        for words in (["keys"], ["epochs"], ["verifiers", "list"])
    ]
    names = ("keys.json", "signing.json", "verified-backup.json", "log/sunset")
    files = [file for name in names for file in sorted({folder / name, *(folder / name).glob("*")})]
    kept = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()}
    return kept, shown


def test_no_command_is_forgotten_here():
    """A new one needs a row."""
    assert ARGUMENTS.keys() == CHANGES


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_no_act_without_words_that_can_be_kept(place, name):
    """Wrong usage without them; refused, dry or not, where they name somebody or somewhere, or no ticket; no entry."""
    before = entries(place)
    assert itinerary(place, name)[0] == 2
    for words in BAD_WORDS.values():
        for dry in ([], ["--dry-run"]):
            code, _, said = itinerary(place, name, *words, *dry)
            assert (code, "names no" in said or "ticket number" in said) == (1, True), (words, said)
    assert entries(place) == before


def test_a_dry_run_leaves_no_entry_and_without_a_log_nothing_is_done(place):
    """Said what would be, or why not; then refused for want of a log: all as it was, and afterwards each act has its entry."""
    before, known = state(place), entries(place)
    for name in sorted(ALONE):
        code, foreseen, said = itinerary(place, name, *WORDS, "--dry-run", "--json")
        assert (code, bool(json.loads(foreseen))) == (0, True), (name, said)
    configured(place / "itinerary.toml", log_here=False)
    for name in sorted(ALONE):
        code, _, said = itinerary(place, name, *WORDS)
        assert (code, "log" in said) == (1, True), (name, said)
    configured(place / "itinerary.toml")
    assert (state(place), entries(place)) == (before, known)
    for name in sorted(ALONE):
        code, _, said = itinerary(place, name, *WORDS)
        assert code == 0, (name, said)
        assert entries(place) > known
        known = entries(place)


@pytest.mark.parametrize("name", sorted(LOOKS_AT_NOBODY))
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_looks_at_nobody_names_nobody(place, name, form):
    """As a table and as JSON, over the same store."""
    code, shown, _ = itinerary(place, name, *form)
    assert (code, bool(shown.strip())) == (0, True)


def test_who_forgets_a_roles_keys_is_noted_before(place, tmp_path):
    """The log has ended by then: beside the key file stands who, when and why; a dry run notes and forgets nothing."""
    code, _, said = itinerary(place, "sunset forget", *WORDS)
    assert (code, "nothing certifies the end" in said) == (1, True)
    note_act(tmp_path / "keys.acts", Act("ann", "as agreed", "OPS-1"), "forget", 7)
    note_act(tmp_path / "keys.acts", Act("bob", "as agreed", "OPS-2"), "forget", 8)
    lines = [json.loads(line) for line in (tmp_path / "keys.acts").read_text().splitlines()]
    assert [(line["by"], line["ticket"], line["at"]) for line in lines] == [
        ("ann", "OPS-1", 7),
        ("bob", "OPS-2", 8),
    ]
    assert (tmp_path / "keys.acts").stat().st_mode & 0o777 == 0o600
