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
LOOKS_AT_NOBODY = {"verifiers list", "keys", "epochs", "sunset show"}
LOOKS = {"case show", "disputes list", "disputes show"}
"""What somebody in trouble is looked at by: behind an entry, too. Whatever is in neither set changes something."""


def leaves(command, path=()):
    """Commands that do something, by their words."""
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        yield " ".join(path), command
    for name, one in inner.items():
        yield from leaves(one, (*path, name))


ADMIN = dict(leaves(getattr(TREE, "commands", {})["admin"]))
STAFF = ADMIN | {
    f"cells {name}": command
    for name, command in getattr(TREE, "commands", {})["cells"].commands.items()
    if name != "build"
}
CHANGES = STAFF.keys() - LOOKS - LOOKS_AT_NOBODY


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
    assert ADMIN.keys() >= LOOKS | LOOKS_AT_NOBODY


@pytest.mark.parametrize("name", sorted(ADMIN))
def test_each_speaks_to_programs_and_explains_itself(name):
    """`--json`, `--config`, a sentence of help, and one for each option."""
    command = ADMIN[name]
    assert {"--json", "--config"} <= options(command)
    assert (command.help or "").strip()
    assert not [one.name for one in command.params if not getattr(one, "help", "x")]


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_each_that_changes_something_can_be_tried(name):
    """`--dry-run`."""
    assert "--dry-run" in options(STAFF[name])


@pytest.mark.parametrize("name", sorted(CHANGES | LOOKS))
def test_each_act_asks_for_its_reason_and_its_ticket(name):
    """Before anything else: without them it is wrong usage."""
    assert {"--reason", "--ticket"} <= required(STAFF[name])
    judged = [one.callback for one in STAFF[name].params if {"--reason", "--ticket"} & {*one.opts}]
    assert len([one for one in judged if one is not None]) == 2


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
