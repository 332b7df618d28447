"""Every command of `itinerary admin`, found by walking the tree: what each has to offer, and what it may not do unasked."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer

from service.entrypoints.cli import app

TREE = typer.main.get_command(app)
CHANGES_NOTHING = {
    *(
        "case show",
        "disputes list",
        "disputes show",
        "verifiers list",
        "keys",
        "epochs",
        "backup verify",
        "sunset show",
    ),
}
WITHOUT_DRY_RUN = {"keys rotate", "epochs rotate", "epochs sweep", "sunset forget"}
"""What the service does daily by itself: done by hand it is the same a little earlier, and there is nothing to foresee."""
WITHOUT_WORDS = {"dispute approve", "sunset approve", "sunset carry-out"} | WITHOUT_DRY_RUN
"""A decision has its proposer's reason and ticket; the daily work of keys has none."""


def leaves(command, path=()):
    """Commands that do something, by their words."""
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield " ".join(path), command
    for name, one in inner.items():
        yield from leaves(one, (*path, name))


ADMIN = dict(leaves(getattr(TREE, "commands", {})["admin"]))


def options(command):
    """Its options as they are typed."""
    return {name for one in command.params if isinstance(one, click.Option) or one.opts for name in one.opts}


def required(command):
    """Options that it does not work without."""
    return {name for one in command.params if one.required for name in one.opts}


def test_the_walk_finds_the_commands():
    """A tree that nobody walks would pass in silence."""
    assert {
        "case resend",
        "dispute approve",
        "verifiers add",
        "keys",
        "keys rotate",
        "restore",
    } <= ADMIN.keys()
    assert ADMIN.keys() >= CHANGES_NOTHING | WITHOUT_DRY_RUN | WITHOUT_WORDS


@pytest.mark.parametrize("name", sorted(ADMIN))
def test_each_speaks_to_programs_and_explains_itself(name):
    """`--json`, `--config`, a sentence of help, and one for each option."""
    command = ADMIN[name]
    assert {"--json", "--config"} <= options(command)
    assert (command.help or "").strip()
    assert not [one.name for one in command.params if not getattr(one, "help", "x")]


@pytest.mark.parametrize("name", sorted(ADMIN.keys() - CHANGES_NOTHING - WITHOUT_DRY_RUN))
def test_each_that_changes_something_can_be_tried(name):
    """`--dry-run`."""
    assert "--dry-run" in options(ADMIN[name])


@pytest.mark.parametrize("name", sorted((ADMIN.keys() - CHANGES_NOTHING - WITHOUT_WORDS) | {"case show"}))
def test_each_act_asks_for_its_reason_and_its_ticket(name):
    """Before anything else: without them it is wrong usage."""
    assert {"--reason", "--ticket"} <= required(ADMIN[name])


def test_a_shell_can_complete_them():
    """Words of commands, in the shell's own way."""
    names = {option for one in TREE.params for option in one.opts}
    assert {"--install-completion", "--show-completion"} <= names
    asked = {
        "_ITINERARY_COMPLETE": "complete_bash",
        "COMP_WORDS": "itinerary admin case re",
        "COMP_CWORD": "3",
    }
    program = Path(sys.executable).with_name("itinerary")
    done = subprocess.run(
        [program], env={**os.environ, **asked}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["resend"]
