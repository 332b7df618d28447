"""Kannel's configuration, for whoever runs it against the simulator: the peers' tests and the benchmark of lookups.

Rule 1: how a bearerbox, its binds and a smsbox are described to Kannel is written here and nowhere else.
Rule 2: nothing is started here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Bind", "configured"]

_CORE = """
group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
admin-password = admin
smsbox-port = {box}
smsbox-interface = "127.0.0.1"
box-allow-ip = "127.0.0.1"
log-level = {level}
"""
_BIND = """
group = smsc
smsc = smpp
smsc-id = {name}
host = 127.0.0.1
port = {port}
smsc-username = {name}
smsc-password = {password}
system-type = ""
"""
_SMSBOX = """
group = smsbox
bearerbox-host = 127.0.0.1
"""


@dataclass(frozen=True, slots=True)
class Bind:
    """One bind of a bearerbox; `more`: what else the user's guide knows of it."""

    name: str
    port: int
    password: str = field(default="secret", repr=False)
    more: Mapping[str, object] = field(default_factory=dict)


def configured(
    folder: Path, *, admin: int, box: int, binds: list[Bind], level: int = 1, smsbox: str = ""
) -> Path:
    """Write kannel.conf, with whatever is said of the smsbox at its end; where it is."""
    text = _CORE.format(admin=admin, box=box, level=level)
    for bind in binds:
        text += _BIND.format(name=bind.name, port=bind.port, password=bind.password)
        text += "".join(f"{name} = {value}\n" for name, value in bind.more.items())
    path = folder / "kannel.conf"
    path.write_text(text + _SMSBOX + smsbox, encoding="ascii")
    return path
