"""The commands `audit` and `witness`: exit codes, verdict lines, JSON. One of them as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.entrypoints.audit import audit_commands
from tests.log_directory import SECOND, SIGNER, entry, written

ITINERARY = Path(sys.executable).with_name("itinerary")
ENTRIES = [entry(number) for number in range(300)]


def run(*arguments):
    """The command, done."""
    done = CliRunner().invoke(audit_commands, list(map(str, arguments)))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def log(tmp_path):
    """A log of three hundred entries in a directory."""
    written(tmp_path / "log", ENTRIES)
    return tmp_path / "log"


def test_a_sound_log_then_an_altered_one(log, tmp_path):
    """Good: 0 and a line that says so. One bit of entry 17 flipped: 1, and the entry is named, for people and programs."""
    arguments = (log, "--key", SIGNER.verifier, "--state", tmp_path / "state.json")
    good = run("audit", *arguments)
    assert good.exit_code == 0, good.stderr
    assert good.stdout.splitlines()[-1] == "GOOD: 300 entries, every byte accounted for"
    path = log / "tile/entries/000"
    content = bytearray(path.read_bytes())
    content[17 * (len(ENTRIES[0]) + 2) + 20] ^= 1
    path.write_bytes(content)
    bad = run("audit", *arguments)
    assert bad.exit_code == 1
    assert (
        "BAD: first bad entry 17: its bytes do not hash to what its tile says" in bad.stdout.splitlines()[-1]
    )
    told = json.loads(run("audit", *arguments, "--json").stdout)
    assert (told["verdict"], told["first_bad_entry"], told["checkpoints_held"]) == ("bad", 17, 1)


def test_the_state_finds_a_fork_and_a_log_that_went_back(log, tmp_path):
    """Both perfectly signed. The state keeps the key too: it need be given once."""
    state = tmp_path / "state.json"
    assert run("audit", log, "--key", SIGNER.verifier, "--state", state).exit_code == 0
    written(tmp_path / "older", ENTRIES[:200])
    older = run("audit", tmp_path / "older", "--state", state)
    assert older.exit_code == 1
    assert "went back: 300 entries were signed before, now 200" in older.stdout
    written(tmp_path / "forked", [*ENTRIES[:250], *ENTRIES[251:], entry(1000), entry(1001)])
    forked = json.loads(run("audit", tmp_path / "forked", "--state", state, "--json").stdout)
    assert forked["verdict"] == "bad"
    assert "entries 200 to 299 are not those that a checkpoint seen before was signed over" in forked["line"]
    assert run("audit", log, "--state", state).exit_code == 1, "evidence is kept"


def test_without_a_key_the_verdict_says_what_it_is_worth(log):
    """The bytes agree with each other; whose they are is not known."""
    told = run("audit", log)
    assert told.exit_code == 0
    assert told.stdout.splitlines()[-1].endswith("SIGNATURE NOT CHECKED: give --key")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["audit", "nowhere"], 1, "no verdict: nowhere: no such directory"),
        (["audit", "http://127.0.0.1:1"], 1, "no verdict: http://127.0.0.1:1/checkpoint: cannot be read"),
        (["audit", ".", "--key", "name+00000000+AAAA"], 2, "is not an Ed25519 key"),
        (["audit", ".", "--key", str(SECOND.verifier)], 2, "a witness's key; give a log's"),
        (["audit", ".", "--witness", str(SIGNER.verifier)], 2, "a log's key; give a witness's"),
        (["audit", ".", "--quorum", "1"], 2, "a quorum of 1 needs as many witnesses' keys"),
        (["audit"], 2, "Missing argument"),
        (["log-key", "--config", "nowhere.toml"], 2, "nowhere.toml"),
    ],
)
def test_wrong_usage_is_one_line(arguments, code, message, tmp_path, monkeypatch):
    """What is wrong and what to give instead; never a traceback."""
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == code
    assert message in done.stderr


def test_the_command_as_a_process(log, tmp_path):
    """Its exit code is the verdict's."""
    command = [ITINERARY, "audit", log, "--key", str(SIGNER.verifier), "--json"]
    good = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (good.returncode, json.loads(good.stdout)["verdict"]) == (0, "good")
    (log / "tile/0/000").unlink()
    bad = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (bad.returncode, json.loads(bad.stdout)["verdict"]) == (1, "bad")


def test_a_witness_and_an_auditor_who_asks_for_it(log, tmp_path):
    """Its key is made under its name; its note goes to a file; the quorum is met by it, and broken by its silence."""
    watch = ("witness", "--log", log, "--log-key", SIGNER.verifier, "--key", tmp_path / "w.key")
    watch = (*watch, "--state", tmp_path / "w.json", "--out", tmp_path / "cosigned", "--once")
    assert "give --name to make one" in run(*watch).stderr
    first = run(*watch, "--name", "witness.example/w1")
    assert first.exit_code == 0, first.stderr
    assert first.stdout.startswith("cosigned: 300 entries, root ")
    [key] = [line.removeprefix("witness ") for line in first.stderr.splitlines()]
    assert (tmp_path / "w.key").stat().st_mode & 0o77 == 0
    audit = ("audit", log, "--key", SIGNER.verifier, "--witness", key)
    assert run(*audit).exit_code == 1
    told = json.loads(run(*audit, "--cosigned", tmp_path / "cosigned", "--json").stdout)
    assert told["verdict"] == "good"
    assert [(seen["name"], seen["size"]) for seen in told["witnesses"]] == [("witness.example/w1", 300)]
    written(log, [*ENTRIES[:250], *ENTRIES[251:], entry(1000), entry(1001)])
    forked = run(*watch)
    assert forked.exit_code == 1
    assert forked.stdout.startswith(
        "refused for ever: a fork: the signed tree of 301 entries does not begin with"
    )
    written(log, ENTRIES)
    assert run(*watch).stdout.startswith("refused for ever: the log has forked")
