"""Everything that a process exposes, read as Prometheus reads it; and what alerts and dashboard ask for."""

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
OPS = ROOT / "config/ops"
RULES = OPS / "prometheus/itinerary.rules.yml"
DASHBOARD = OPS / "grafana/itinerary.json"
_SELECTOR = re.compile(r"\b((?:itinerary|process)_[a-z_]+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)=(~?)"([^"]*)"')
_OF_PROMETHEUS = {"job", "instance", "role"}  # labels that the scrape gives, not we


def series(page):
    """(name, labels) of every sample of an exposition."""
    return [
        (sample.name, sample.labels)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    ]


def alerts():
    """The alert rules, in their order."""
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def queries():
    """Every expression of dashboard and alerts, as a server can run it."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    return [rule["expr"] for rule in alerts()] + [one.replace("$__rate_interval", "1m") for one in asked]


def selectors():
    """What these expressions select: a name, and words that a label may have."""
    found = set()
    for query in queries():
        for name, inside in _SELECTOR.findall(query):
            matchers = _MATCHER.findall(inside)
            words = [
                (label, word)
                for label, regex, value in matchers
                if label not in _OF_PROMETHEUS
                for word in (value.split("|") if regex else [value])
            ]
            found |= {(name, *one) for one in words} or {(name,)}
    return found
