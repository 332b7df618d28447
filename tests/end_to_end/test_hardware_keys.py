"""The commands with a PKCS#11 module behind them: the device's keys are in the token and nowhere else."""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.domain.identity import LastFour
from service.entrypoints.cli import app
from service.ports.keys import Claim, KeysError, Verdict, Way
from service.settings import Settings
from service.wiring.storage import storage
from tests.configured import configured

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
NUMBER = "8613800138000"


@pytest.fixture
def at_token(token, tmp_path):
    """A configuration that names the token."""
    (tmp_path / "pin").write_text(token.pin + "\n", encoding="ascii")
    (tmp_path / "people.csv").write_text(
        f"msisdn,document_type,document_last_four,activated_on\n{NUMBER},resident_id,123X,2020-01-02\n"
    )
    file = configured(
        tmp_path / "itinerary.toml",
        hsm={"module": str(token.module), "token": token.label, "pin_file": "pin"},
    )

    def itinerary(*arguments):
        return CliRunner().invoke(app, [*arguments, "--config", str(file)])

    return itinerary


async def _verdicts(settings, *endings):
    async with storage(settings) as stored:
        claims = [Claim(stored.index(NUMBER), LastFour.parse(ending), Way.OPEN) for ending in endings]
        return await stored.keys.verify(claims)


def test_a_subscription_lives_on_a_token(at_token, tmp_path):
    """`init` makes the keys, enrol uses them, another process proves by them; the key file has no key of the device."""
    refused = at_token("enrol", str(tmp_path / "people.csv"))
    assert (refused.exit_code, "itinerary init" in refused.stderr) == (1, True), refused.stderr
    made = at_token("init")
    assert made.exit_code == 0, made.stderr
    assert "the device's are in the module" in made.stderr
    enrolled = at_token("enrol", str(tmp_path / "people.csv"), "--json")
    assert enrolled.exit_code == 0, enrolled.stderr
    kept = json.loads((tmp_path / "keys.json").read_text())
    assert kept.keys() == {"version", "index_key", "receipt_key", "log_key", "requester_key", "epochs"}
    assert kept["epochs"] == {}
    settings = Settings.load(tmp_path / "itinerary.toml")
    assert asyncio.run(_verdicts(settings, "123X", "1234")) == [Verdict.PROVED, Verdict.UNPROVED]


def test_the_pin_is_asked_for_by_its_file_alone(at_token, tmp_path):
    """A missing PIN file and a wrong PIN are one line each, without the PIN."""
    assert at_token("init").exit_code == 0
    (tmp_path / "pin").write_text("0000\n")
    wrong = at_token("enrol", str(tmp_path / "people.csv"))
    (tmp_path / "pin").unlink()
    missing = at_token("enrol", str(tmp_path / "people.csv"))
    for said, words in ((wrong, "hsm.pin_file"), (missing, "no readable PIN file")):
        assert words in said.stderr
        assert "0000" not in said.stderr
        assert said.stderr.count("\n") == 1
    assert (wrong.exit_code, missing.exit_code) == (1, 2)


def test_the_keys_role_is_a_process_of_its_own(at_token, tmp_path):
    """Whoever enrols and asks holds no device and no PIN: the process with the token answers, and both are stopped."""
    assert at_token("init").exit_code == 0
    others = Settings.load(configured(tmp_path / "others.toml", keys={"here": False}))
    assert others.hsm is None
    with serving(tmp_path):
        enrolled = CliRunner().invoke(
            app, ["enrol", str(tmp_path / "people.csv"), "--config", str(tmp_path / "others.toml"), "--json"]
        )
        assert (enrolled.exit_code, '"new": 1' in enrolled.stdout) == (0, True), enrolled.output
        assert asyncio.run(_verdicts(others, "123X", "1234")) == [Verdict.PROVED, Verdict.UNPROVED]
    with pytest.raises(KeysError, match="nobody serves the keys"):
        asyncio.run(_verdicts(others, "123X"))


@contextmanager
def serving(folder):
    """`itinerary serve --role keys`, until the block ends."""
    command = [ITINERARY, "serve", "--role", "keys", "--config", str(folder / "itinerary.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ) as process:
        for line in process.stderr:
            if "role started" in line:
                break
        yield
        process.terminate()
        assert process.wait(10) == 0
