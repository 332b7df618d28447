"""Each import contract fails on a planted import: a guard that nobody has seen red is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def broken_contracts(folder: Path) -> str:
    """What lint-imports says of a tree."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    return "\n".join(line for line in done.stdout.splitlines() if "BROKEN" in line)


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("service/vault/records.py", "import service.flows.answer", "A file imports only from floors below"),
        ("service/domain/identity.py", "import service.smpp.text", "A file imports only from floors below"),
        ("service/domain/dialogue.py", "import time", "The pure floor has no I/O"),
        ("service/smpp/session.py", "import socket", "The pure floor has no I/O"),
        ("sms_gateway_sim/centre.py", "import service.domain.identity", "The simulator knows SMPP"),
        (
            "service/settings/whole.py",
            "import sms_gateway_sim.centre",
            "The service never imports the simulator",
        ),
        (
            "service/entrypoints/web.py",
            "import service.adapters.redis_server",
            "Only the wiring names adapters",
        ),
        ("service/flows/ingest.py", "import service.vault.revealer", "The worker has no way to an itinerary"),
        (
            "service/flows/correct.py",
            "import service.vault.revealer",
            "The worker has no way to an itinerary",
        ),
        ("service/flows/send.py", "import service.vault.amender", "Who answers cannot change a record"),
        ("service/auditor/audit.py", "import service.vault.records", "A file imports only from floors below"),
        ("service/auditor/audit.py", "import service.sealing.keyring", "Who checks the log sees bytes alone"),
        (
            "service/entrypoints/web_pages.py",
            "import service.wiring.lookups",
            "The web role opens no conversation",
        ),
        (
            "service/adapters/link_socket.py",
            "import service.vault.check_holders",
            "The web role opens no conversation",
        ),
        ("service/flows/answer.py", "import service.vault.corrector", "Who answers cannot change a record"),
    ],
)
def test_a_planted_import_breaks_its_contract(file, line, contract, tmp_path):
    """One line in the wrong file is enough."""
    for name in ("service", "sms_gateway_sim"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / file
    planted.write_text(planted.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert contract in broken_contracts(tmp_path)
