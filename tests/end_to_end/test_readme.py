"""The README is executed: its commands as written, its people as promised, its links where they lead."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.adapters.region_tables import load_regions
from service.sample.personas import personas

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REGIONS = load_regions()


def examples():
    """Each command of a console block, and the lines that must come of it."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:].split("  #")[0].strip(), []))
            else:
                found[-1][1].append(line)
    return found


def matches(expected, line):
    """A line as the README shows it; … stands for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in expected.split("…")), line) is not None


def run(command, folder):
    """A command in a shell, as a reader pastes it; programs of the environment are found first."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )


def test_the_commands_do_what_the_readme_shows(tmp_path):
    """Every example after `make demo`, in the order of the README, in the folder that the demo leaves behind."""
    assert run("itinerary demo --once", tmp_path).returncode == 0
    shown = [(command, lines) for command, lines in examples() if not command.startswith("make ")]
    assert len(shown) >= 4
    for command, expected in shown:
        done = run(command, tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        said = done.stdout.splitlines()
        assert len(said) == len(expected), (command, said)
        for wanted, line in zip(expected, said, strict=True):
            assert matches(wanted, line), (command, wanted, line)


def test_make_knows_what_the_readme_calls():
    """`make NAME` of the README is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    called = {shlex.split(command)[1] for command, _ in examples() if command.startswith("make ")}
    assert {"demo", "test"} <= called <= targets


def test_the_table_of_people_is_the_demos():
    """Number, digits, story and every region of the answer, for each of the ten."""
    rows = re.findall(r"^\| \+(\d+) \| (\w+) \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    people = personas(int(time.time()))
    assert [row[:3] for row in rows] == [
        (person.msisdn, person.last_four, person.story_en) for person in people
    ]
    for (*_, answer), person in zip(rows, people, strict=True):
        certain, _, possible = answer.partition("possible")
        assert all(REGIONS.name(region, "zh") in certain for region in person.certain)
        assert all(REGIONS.name(region, "zh") in possible for region in person.possible)
        assert bool(possible) == bool(person.possible)
        if person.missing and person.certain:
            assert f"{14 - len(person.missing)} of 14 days" in answer


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CHANGELOG.md",
        *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
    ],
)
def test_links_lead_somewhere(document):
    """A relative link names a file or a folder of the project."""
    path = ROOT / document
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
