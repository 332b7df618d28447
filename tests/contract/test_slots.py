"""What a cluster asks of keys and scripts, held without one.

That every call of every adapter keeps to one slot is watched while the contracts run (`tests/slots.py`, in the place of
one of the servers); here is what can be seen without running anything.
"""

import re
from pathlib import Path

import pytest

from service.adapters import redis_server
from tests.slots import fault_of

ADAPTERS = Path(redis_server.__file__).parent
SCRIPTS = sorted((ADAPTERS / "lua").glob("*.lua"))
CALL = re.compile(r"redis\.p?call\(\s*'([A-Z]+)'\s*(?:,\s*([^,)]+))?(?:,\s*([^,)]+))?")
OF_NO_KEY = {"TIME"}
AFTER_A_WORD = {"XINFO"}  # XINFO STREAM key
BY_ROWS = {"read", "swap"}  # each of whose keys is a row of its own


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_touches_only_the_keys_that_it_is_given(script):
    """A key made inside a script would lie anywhere."""
    text = script.read_text(encoding="utf-8")
    calls = CALL.findall(text)
    assert len(calls) == text.count("redis.call(") + text.count("redis.pcall(")
    for command, first, second in calls:
        key = second if command in AFTER_A_WORD else first
        assert command in OF_NO_KEY or re.fullmatch(r"KEYS\[\w+\]", key.strip()), f"{command} {key}"


def test_every_script_is_called_and_only_rows_take_keys_of_several_slots():
    """`rows` splits them by slot; `run` takes keys of one."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in ADAPTERS.glob("redis_*.py"))
    run = set(re.findall(r"\.run\(\s*\"(\w+)\"", source))
    rows = set(re.findall(r"\.rows\(\s*\"(\w+)\"", source))
    assert rows == BY_ROWS
    assert not run & rows
    assert run | rows == {path.stem for path in SCRIPTS}


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        (("EVALSHA", "x", 2, "c:{q0a3}:ff", "o:{q0a3}"), None),
        (("EVALSHA", "x", 2, "c:{q0a3}:ff", "o:{q0a4}"), "one slot"),
        (("DEL", "v:{0a}", "v:{0b}"), "one slot"),
        (("DEL", "plain", "plain"), "hash tag"),
        (("GET", "u:{\x00}"), "hex or a word"),
        (("GET", "u:{é}"), "ASCII"),
    ],
)
def test_the_watch_sees_what_a_cluster_would_refuse(command, fault):
    """The watch itself, on planted faults."""
    found = fault_of(command)
    assert found is None if fault is None else fault in found
