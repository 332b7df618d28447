"""What one value of a configuration must be: a path, an address, a name.

Rule 1: a value is judged here once, and its fault said in one line that never shows a secret.
Rule 2: which setting it belongs to is not known here.
"""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from service.audit.note import is_key_name
from service.domain.stay_rule import RULES

__all__ = [
    "Anchored",
    "Authorities",
    "LoopbackPlace",
    "Origin",
    "RuleName",
    "SettingsError",
    "StoreUrl",
    "loopback",
    "secret_line",
]


class SettingsError(ValueError):
    """Faults of a configuration, one line each."""


def _anchored(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return (folder / path).absolute()


def _key_name(origin: str) -> str:
    if not is_key_name(origin):
        raise ValueError("a log's name has no spaces and no plus; by custom its URL without the scheme")
    return origin


Origin = Annotated[str, AfterValidator(_key_name)]
Anchored = Annotated[Path, AfterValidator(_anchored)]


def _store_url(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://", "cluster://", "clusters://")):
        raise ValueError(
            "redis://, rediss://, unix://, cluster://HOST:PORT,HOST:PORT or clusters:// (over TLS)"
        )
    if url.startswith("cluster"):
        for place in url.partition("://")[2].rpartition("@")[2].split(","):
            host, _, port = place.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) <= 65535:
                raise ValueError(
                    "a cluster's servers are HOST:PORT, some of them with commas between, and nothing after"
                )
    return url


StoreUrl = Annotated[str, AfterValidator(_store_url)]
"""A single server, or some servers of a cluster; the others are asked for."""


def _there(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"{path}: no file there; give the authorities' certificates as PEM")
    return path


Authorities = Annotated[Anchored, AfterValidator(_there)]


def secret_line(section: str, path: Path, what: str) -> str:
    """The first line of a file that holds a secret. Raises SettingsError."""
    try:
        return path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{section}: {path}: no readable {what}") from None


def _known_rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"one of {', '.join(RULES)}")
    return name


def loopback(address: str) -> tuple[str, int]:
    """HOST:PORT of this machine, where nobody else can listen in. Raises ValueError with what is wrong."""
    host, _, port = address.rpartition(":")
    name = host.strip("[]")
    here = "127.0.0.1" if name == "localhost" else name
    try:
        if ipaddress.ip_address(here).is_loopback and 0 <= int(port) <= 65535:
            return here, int(port)
    except ValueError:
        pass
    raise ValueError(f"metrics: {address} is no HOST:PORT of this machine's loopback, such as 127.0.0.1:9102")


def _on_loopback(address: str) -> str:
    loopback(address)
    return address


LoopbackPlace = Annotated[str, AfterValidator(_on_loopback)]
RuleName = Annotated[str, AfterValidator(_known_rule)]
