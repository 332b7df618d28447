"""Every parser on what it understands, on what fuzzers have found, and on a few changes of both.

A parser may refuse in its own way; any other exception is a finding. `make soak` looks for more (`test_soak.py`).
"""

import random
import re
from pathlib import Path

import pytest

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
CHANGED = 60


def kept(name):
    """What fuzzers have found for a target."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_well_formed_is_understood(name):
    """Or the fuzzers would begin at nothing."""
    for seed in TARGETS[name].seeds():
        assert TARGETS[name].parse(seed), seed[:80]


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_was_found_is_understood_or_refused(name):
    """Each octet string that once was a finding or went a way of its own, and seeded changes of them all."""
    known = [*TARGETS[name].seeds(), *kept(name)]
    chance = random.Random(name)
    for data in [b"", *known, *(mutated(known, chance) for _ in range(CHANGED))]:
        TARGETS[name].parse(data)


def test_every_folder_of_the_corpus_has_its_target():
    """And nothing lies there unread."""
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)


def test_every_record_has_its_target():
    """A decoder that nobody fuzzes would be found by whoever writes the bytes."""
    written = [path.read_text("utf-8") for path in (ROOT / "service/records").glob("*.py")]
    decoders = {name for text in written for name in re.findall(r"^def (decode_\w+)", text, re.MULTILINE)}
    fuzzed = (Path(__file__).parent / "targets.py").read_text("utf-8")
    assert {name for name in decoders if f"({name}," not in re.sub(r"\s+", "", fuzzed)} == set()


def test_the_same_seed_makes_the_same_octets():
    """A finding can be found again."""
    assert mutated([b"abc" * 9], random.Random(1)) == mutated([b"abc" * 9], random.Random(1))
