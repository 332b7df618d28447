"""`itinerary admin verifiers`, as an operator runs it."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from service.entrypoints.cli import app
from service.settings import Settings
from service.wiring.keys import create_keys
from tests.configured import configured

CODE = "91350100M000100Y43"
WHY = ["--reason", "contract signed", "--ticket", "NET-12"]


@pytest.fixture
def run(tmp_path):
    """Runs one of the commands."""
    file = configured(tmp_path / "itinerary.toml")
    asyncio.run(create_keys(Settings.load(file)))

    def command(*arguments):
        return CliRunner().invoke(app, ["admin", "verifiers", *arguments, "--config", str(file)])

    return command


def test_registered_listed_and_ended(run):
    """The secret is printed once; a fault is one line that says what to do, and exit 1. The rules: tests/stories."""
    named = ["--name", "福州某某科技有限公司"]
    made = json.loads(run("add", CODE, *named, *WHY, "--json").stdout)
    assert len(made["secret"]) == 23
    assert "tag" not in made
    refused = run("add", CODE, *named, *WHY)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.output
    assert "registered already" in refused.stderr
    listed = run("list").stdout
    assert "福州某某" in listed
    assert made["secret"] not in listed
    assert run("add", CODE, *named).exit_code == 2  # no reason, no ticket
    assert json.loads(run("end", CODE, *WHY, "--json").stdout)["ended_at"] > 0
