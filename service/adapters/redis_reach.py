"""How commands get to a store, whatever it is made of, and what every server of it has to be like.

Rule 1: what `redis_server` may ask of a single server and of a cluster alike is written here.
Rule 2: it knows no command but those about the servers themselves.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from ssl import TLSVersion
from typing import Any, Protocol

from hiredis import pack_command

from service.adapters.redis_lane import Command

__all__ = ["EXPECTED", "TIMEOUT", "Reach", "faults_of", "packed", "tls_of"]

TIMEOUT = 5.0  # seconds; a store on the same network that takes longer has failed

EXPECTED = {
    "appendonly": "yes",  # what is acknowledged must survive a kill
    "maxmemory-policy": "noeviction",  # a store that forgets keys by itself would erase subscriptions
    "hash-max-listpack-value": "1024",  # or a bucket of records takes three times the memory
}


class Reach(Protocol):
    """The way to one store.

    - `ask` answers one command or raises the client library's error. `kept`: not before a replica has it too, where
      there are replicas. `repeatable`: where nobody knows whether it was carried out it may be carried out again.
    - `together` parts keys into groups, by their places, whose rows may travel in one script call.
    - `keys` yields every key of a pattern, some perhaps twice; it fails rather than leave one out.
    - `alive` raises unless every part of the store answers. `faults` is what has to be configured otherwise.
    - `followed` says why a replica may lack what has been written, "" where every one has all of it.
    - `unreplicated`: writes that should have been kept by a replica while there was none.
    """

    @property
    def unreplicated(self) -> int: ...
    async def ask(self, command: Command, *, kept: bool, repeatable: bool) -> Any: ...
    def together(self, keys: Sequence[str]) -> list[Sequence[int]]: ...
    def keys(self, pattern: str) -> AsyncIterator[bytes]: ...
    async def alive(self) -> None: ...
    async def faults(self) -> list[str]: ...
    async def followed(self) -> str: ...
    async def close(self) -> None: ...


def packed(command: Command) -> bytes:
    """A command as octets. The client writes them in Python, 3 microseconds an argument; hiredis has it in C."""
    name = command[0].encode() if isinstance(command[0], str) else command[0]
    octets: bytes = pack_command((*name.split(), *command[1:]))  # CONFIG GET is two arguments
    return octets


def tls_of(url: str, ca_file: Path | None) -> dict[str, Any]:
    """A server is taken only with a certificate, of an authority that we trust, for the name that it was called by."""
    if not url.startswith(("rediss://", "clusters://")):
        return {}
    trusted = {} if ca_file is None else {"ssl_ca_certs": str(ca_file)}
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_min_version": TLSVersion.TLSv1_2,
        **trusted,
    }


def faults_of(found: Mapping[Any, Any]) -> list[str]:
    """What has to be configured otherwise before this server may hold records; a line each."""
    return [
        f"the store's {name} is {found.get(name)}; set it to {wanted}"
        for name, wanted in EXPECTED.items()
        if found.get(name) != wanted
    ]
