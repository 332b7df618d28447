"""The service's configuration as tests write it: what every process needs, and what a test wants otherwise."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

PACKS = Path(__file__).parents[1] / "config" / "packs"
_EMBEDDED: Mapping[str, object] = MappingProxyType({"directory": "store"})
_PLAIN = {
    "key_file": "keys.json",
    "log_directory": "log",
    "smpp": {"system_id": "itinerary", "password_file": "password"},
    "http": {"port": 0},
    "ingest": {"directory": "ingest"},
    "packs": {"directory": str(PACKS)},
}


def configured(file: Path, store: Mapping[str, object] = _EMBEDDED, **wanted: object) -> Path:
    """Write it, and the centre's password beside it where there is none yet.

    What is wanted of a table goes to what every process needs of it.
    """
    password = file.with_name("password")
    if not password.exists():
        password.write_text("secret", encoding="ascii")
    tables: dict[str, object] = {**_PLAIN, "store": dict(store)}
    for name, value in wanted.items():
        plain = tables.get(name)
        tables[name] = {**plain, **value} if isinstance(plain, dict) and isinstance(value, dict) else value
    file.write_text(_toml(tables), encoding="utf-8")
    return file


def _toml(tables: dict[str, object]) -> str:
    """Strings, numbers and truth values are written in TOML as in JSON."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in tables.items() if not isinstance(value, dict)]
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    return "\n".join([*lines, ""])
