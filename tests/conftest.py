"""What tests judge by: packages of npm, pinned in tests/peers/package.json and fetched once; a PKCS#11 token. Skipped by name."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.soft_token import made

settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
"""Whatever else the surroundings ask for, no example is timed: a loaded machine fails nothing."""

PEERS = Path(__file__).parent / "peers"
INSTALL = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", str(PEERS)]


def version(manifest: Path):
    """The version of an installed package, None where there is none."""
    return json.loads(manifest.read_text("utf-8"))["version"] if manifest.exists() else None


@pytest.fixture(scope="session")
def npm():
    """The folder of a package, in exactly the version that is pinned."""
    pinned = json.loads((PEERS / "package.json").read_text("utf-8"))["dependencies"]
    modules = PEERS / "node_modules"

    def missing():
        return [name for name in pinned if version(modules / name / "package.json") != pinned[name]]

    if missing() and shutil.which("npm"):
        subprocess.run(INSTALL, check=False, capture_output=True, timeout=300)
    absent = missing()

    def folder(name):
        if name in absent:
            pytest.skip(f"needs {name} {pinned[name]}: npm install --no-package-lock --prefix tests/peers")
        return modules / name

    return folder


@pytest.fixture(scope="session")
def node(npm):
    """The command that runs a script of tests/peers: node, with the packages that the script requires."""
    program = shutil.which("node")

    def command(script, *packages):
        if program is None:
            pytest.skip("needs node: apt-get install nodejs npm")
        for package in packages:
            npm(package)
        return [program, str(PEERS / script)]

    return command


@pytest.fixture(scope="session")
def soft_token(tmp_path_factory):
    """One token for the whole run: the module reads its configuration once in a process."""
    found = made(tmp_path_factory.mktemp("token"))
    if found is None:
        pytest.skip("needs a PKCS#11 module: apt-get install softhsm2")
    return found


@pytest.fixture
def token(soft_token):
    """The token, without a key in it."""
    soft_token.empty()
    return soft_token


@pytest.fixture
def open_folder():
    """A folder that every user may enter; pytest's own are for their owner alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
