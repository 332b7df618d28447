"""Which code may open an itinerary, and what hands one out: a new way is red until somebody has named it here."""

import ast
import re
from pathlib import Path

SERVICE = Path(__file__).parents[3] / "service"
TREES = {
    file.relative_to(SERVICE).as_posix(): ast.parse(file.read_text("utf-8")) for file in SERVICE.rglob("*.py")
}


def test_only_these_import_what_opens_a_record():
    """Link's reveal, the worker's amend, the correction behind its entry, the moves between epochs, the check of a backup."""
    found = {
        path: {name.name for name in node.names} & {"opened", "opened_body"}
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "service.vault.records"
    }
    assert {path: names for path, names in found.items() if names} == {
        "vault/revealer.py": {"opened"},
        "vault/corrector.py": {"opened"},
        "vault/amender.py": {"opened_body"},
        "vault/sweep.py": {"opened_body"},
        "vault/copies.py": {"opened_body"},
    }


def test_one_call_of_the_vault_answers_with_an_itinerary_and_takes_a_receipt():
    """By the types that the checker holds everybody to: no public function but `reveal`, and the codec that it opens with."""
    found = {
        f"{path}:{node.name}": ast.unparse(node.args)
        for path, tree in TREES.items()
        if path.startswith("vault/")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if not node.name.startswith("_")
        if node.returns is not None and re.search(r"\b(Itinerary|Revealed|Stay)\b", ast.unparse(node.returns))
    }
    assert found.keys() == {"vault/records.py:opened", "vault/revealer.py:reveal"}
    assert found["vault/revealer.py:reveal"] == "self, receipt: EntryReceipt"


def test_only_these_ask_for_the_key_of_one():
    """Against a receipt three: to reveal, to correct, and to learn that a number is not locked; without one the worker alone."""
    found = {
        (path, node.func.attr)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr.startswith("derive_itinerary")
    }
    assert found == {
        ("vault/revealer.py", "derive_itinerary"),
        ("vault/corrector.py", "derive_itinerary"),
        ("flows/showing.py", "derive_itinerary"),
        ("vault/amender.py", "derive_itinerary_for_amend"),
        ("vault/key_service.py", "derive_itinerary_for_amend"),
    }
