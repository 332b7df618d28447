"""What can be counted is listed; what is not on the list is never shown."""

import ast
from pathlib import Path

import pytest

from service.adapters.prometheus_tally import WORDS, PrometheusTally
from service.ports.vitals import KeysVital, Vitals
from tests.operations.exposed import series

SERVICE = Path(__file__).parents[2] / "service"
NOTHING = Vitals({}, KeysVital(answers=True, current=0, oldest=0))


def counted():
    """(file, what, reason) of every call that counts with literal words."""
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "count"
            ):
                if len(node.args) != 2 or not isinstance(node.args[0], ast.Constant):
                    continue
                yield path.name, node.args[0].value, literals(node.args[1])


def literals(node):
    """The words that an expression can be, where it can be seen."""
    match node:
        case ast.Constant():
            return [node.value]
        case ast.IfExp():
            return literals(node.body) + literals(node.orelse)
    return []


def test_every_word_that_the_service_counts_is_listed():
    """A new one is a line in service/adapters/prometheus_tally.py, or it is counted as unlisted."""
    found = list(counted())
    assert len(found) > 20
    assert [(file, what) for file, what, _ in found if what not in WORDS] == []
    assert [one for one in found if not set(one[2]) <= WORDS[one[1]]] == []


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("sent", "8613800138001"),
        ("8613800138001", "sent"),
        ("acted", "420100"),
        ("judged", "湖北武汉"),
        ("checked", "7KQ2M-9XW4B"),
        ("link", 'bound"} 1\n8613800138001{x="'),
        ("took", "answer"),
    ],
)
def test_a_number_a_region_or_a_code_cannot_become_a_label(what, reason):
    """It is counted under a word that is on no list, and the page shows that something was."""
    tally = PrometheusTally()
    before = {(name, *labels.items()) for name, labels in series(tally.exposition(NOTHING).decode())}
    tally.count(what, reason)
    tally.took(reason, 1.0)
    page = tally.exposition(NOTHING).decode()
    assert {(name, *labels.items()) for name, labels in series(page)} == before
    assert not any(word in page for word in ("13800138001", "420100", "武汉", "9XW4B"))
    assert "itinerary_unlisted_total 2.0" in page or reason == "answer"
    assert "itinerary_unlisted_total 0.0" not in page
