"""Alerts, dashboard and runbook fit each other, and what the service exposes."""

import re
import shutil
import subprocess

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from service.adapters.prometheus_figures import FiguresCollector
from service.adapters.prometheus_tally import PrometheusTally
from service.ports.figures import Figures
from service.ports.vitals import BindVital, KeysVital, LogVital, OutboxVital, StoreVital, Vitals
from tests.operations.exposed import OPS, ROOT, RULES, alerts, selectors, series

RUNBOOK = (ROOT / "docs/runbook.md").read_text("utf-8")
TESTS = OPS / "prometheus/itinerary.rules.test.yml"


def exposed():
    """What link, log, web and worker expose before anything has happened."""
    store = StoreVital(answers=True, seconds=0.001, failures=0)
    log = LogVital(takes_entries=True, writes=True, entries=5, waiting=1, checkpoint=2.0)
    keys = KeysVital(answers=True, current=20_000, oldest=19_999)
    vitals = Vitals(
        {"keys": store, "data": store}, keys, log, OutboxVital(0, 0.0), BindVital(1, 1), link=True
    )
    worker = CollectorRegistry()
    worker.register(FiguresCollector(lambda: Figures({}, {}, 0, 0.0, 0, 0, 0.0), lambda: 0.0))
    return series((PrometheusTally().exposition(vitals) + generate_latest(worker)).decode())


def missing(wanted, found):
    """Selected names and words that nobody exposes."""
    names = {(name,) for name, _ in found}
    words = {(name, *label) for name, labels in found for label in labels.items()}
    return sorted(wanted - names - words)


def test_whatever_alerts_and_dashboard_ask_for_is_exposed_from_the_start():
    """A counter that appears with its first event would hide that event; a misspelt one would never alert."""
    assert len(selectors()) > 60
    assert missing(selectors(), exposed()) == []


def test_a_misspelt_name_or_word_is_found():
    """The guard itself."""
    wanted = {
        ("itinerary_sent_totals",),
        ("itinerary_sent_total", "outcome", "vanished"),
        ("itinerary_log_up",),
    }
    assert len(missing(wanted, exposed())) == 2


def test_every_alert_has_its_section_with_all_that_somebody_woken_needs():
    """What it means, what is noticed, where to look, what to do, whom to wake; and no section without its alert."""
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
    assert list(sections) == [rule["alert"] for rule in alerts()]
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}
        told = re.findall(r"^- \*\*(.+?):\*\* \S", sections[rule["alert"]], re.MULTILINE)
        assert told == ["Means", "Subscribers notice", "First look", "Remedy", "Wake"]


def test_every_alert_is_tried_on_figures_that_wake_and_on_figures_that_do_not():
    """In the rules' own unit tests."""
    tried = yaml.safe_load(TESTS.read_text("utf-8"))["tests"]
    outcomes = {
        (one["alertname"], bool(one["exp_alerts"])) for test in tried for one in test["alert_rule_test"]
    }
    assert outcomes == {(rule["alert"], fires) for rule in alerts() for fires in (True, False)}


@pytest.mark.peer
@pytest.mark.parametrize(
    "command",
    [["check", "rules", RULES.name], ["test", "rules", TESTS.name], ["check", "config", "prometheus.yml"]],
)
def test_promtool_agrees(command):
    """The rules are well-formed, and do on made-up figures what they say."""
    if shutil.which("promtool") is None:
        pytest.skip("needs promtool: apt-get install prometheus")
    done = subprocess.run(
        ["promtool", *command], cwd=RULES.parent, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
