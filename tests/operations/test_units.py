"""Units and containers: one unprivileged user a role, a root that cannot be written, commands that exist."""

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from service.entrypoints.cli import app
from service.settings import Settings
from tests.operations.exposed import OPS

UNITS = sorted((OPS / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((OPS / "container/compose.yaml").read_text("utf-8"))
CONTAINERFILE = (OPS / "container/Containerfile").read_text("utf-8")
PROMETHEUS = yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text("utf-8"))
SHARED = {
    "link": {"erased:/var/lib/itinerary"},
    "desk": {"run-desk:/run/itinerary-desk"},
}  # written by it alone
EXPOSURE = 20  # of 100, by systemd's own judgement; an ordinary service has 96


def commands():
    """Arguments of `itinerary` in every unit and every container."""
    lines = [re.search(r"^ExecStart=(.*)$", unit.read_text("utf-8"), re.MULTILINE)[1] for unit in UNITS]
    return [shlex.split(line)[1:] for line in lines] + [
        one["command"] for one in COMPOSE["services"].values()
    ]


def examples():
    """The configurations that operators start from, by role."""
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in (OPS / "etc").glob("*.toml")}


def test_every_command_has_its_example():
    """Each is one that the program takes; its key file lies where the unit may write."""
    named = {Path(arguments[arguments.index("--config") + 1]).stem for arguments in commands()}
    assert named | {"enrol"} == set(examples())
    for role in examples():
        settings = Settings.load(OPS / f"etc/{role}.toml")
        assert settings.key_file == Path(f"/var/lib/itinerary-{role}/{role}.json")
        assert (settings.keys.here, settings.log_here) == (role == "keys", role == "log")


def test_examples_differ_in_what_makes_the_role_alone():
    """Whatever else differed, one process would look for another where it is not."""
    rest = list(examples().values())
    for example in rest:
        del example["key_file"], example["log_here"], example["keys"]["here"]
    assert rest == rest[:1] * len(rest)


def test_whoever_may_ask_is_a_user_that_is_made():
    """In the units' system, and in the image."""
    made = re.findall(r"^u (\S+)", (OPS / "systemd/itinerary.sysusers.conf").read_text("utf-8"), re.MULTILINE)
    asking = set(examples()["keys"]["keys"]["callers"])
    assert asking == set(made)
    assert asking == {f"itinerary-{role}" for role in re.findall(r"\b([a-z]+):1000[1-9]", CONTAINERFILE)}


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_is_one_that_the_program_knows(arguments):
    """With these options: what is missing is the configuration alone."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "itinerary/" in done.output.replace("\n", "")
    assert "No such" in done.output
    assert "No such option" not in done.output


def test_units_and_containers_run_the_same():
    """The same roles, with the same arguments."""
    half = len(UNITS)
    units, containers = commands()[:half], commands()[half:]
    assert sorted(units) == sorted(containers)


def test_prometheus_asks_where_they_answer():
    """Each address of the example configuration belongs to a process, and each process is asked."""
    asked = {
        target
        for job in PROMETHEUS["scrape_configs"]
        for one in job["static_configs"]
        for target in one["targets"]
    }
    assert asked == {arguments[arguments.index("--metrics") + 1] for arguments in commands()}


@pytest.mark.peer
def test_systemd_understands_the_units(tmp_path):
    """With the program where it lies here, and a user that exists here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    here = Path(sys.executable).with_name("itinerary")
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/itinerary/.venv/bin/itinerary", str(here))
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text, "utf-8")
    files = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "itinerary" in line]) == (0, [])


@pytest.mark.peer
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_finds_little_that_a_unit_exposes(unit):
    """By its own judgement."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze: apt-get install systemd")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout[-300:]


def test_no_two_roles_share_a_user():
    """And each user is made by the file that makes users."""
    users = [re.search(r"^User=(.*)$", unit.read_text("utf-8"), re.MULTILINE)[1] for unit in UNITS]
    made = re.findall(r"^u (\S+)", (OPS / "systemd/itinerary.sysusers.conf").read_text("utf-8"), re.MULTILINE)
    assert len(set(users)) == len(users)
    assert sorted([*users, "itinerary-enrol"]) == sorted(made)  # a batch is no unit


def test_a_container_can_write_nothing_but_its_own_volume():
    """A root that cannot be written, no capability, nothing gained later, a user of its own; logs of others read-only."""
    users = set()
    for name, one in COMPOSE["services"].items():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        user, group = one["user"].split(":")
        assert (int(user) > 10_000, group) == (True, "10000")
        users.add(user)
        written = [volume for volume in one["volumes"] if not volume.endswith(":ro")]
        assert set(written) == {"run:/run/itinerary", f"{name}:/var/lib/itinerary-{name}"} | SHARED.get(
            name, set()
        )
    assert len(users) == len(COMPOSE["services"])


def test_every_container_reaches_keys_and_log():
    """Whoever enters something in the log, the keys role included, asks over a socket in the log's folder."""
    for name, one in COMPOSE["services"].items():
        inside = [volume.split(":")[1] for volume in one["volumes"]]
        assert {"/run/itinerary", "/var/lib/itinerary-log"} <= set(inside), name


def test_the_image_has_what_the_lock_names_and_no_root():
    """Hashes are required, the last user is none of the system's."""
    assert "--require-hashes -r /src/requirements.lock" in CONTAINERFILE
    assert re.findall(r"^USER (.*)$", CONTAINERFILE, re.MULTILINE)[-1] == "10003:10000"
